import { SluiceError } from '../../src/errors.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { canary, NEW, OLD, pauseFor, recordAt, wayBack } from '../report/shop.ts';
import { pausedForApproval } from '../report/stories.ts';

const { pause: _, traffic: __, ...bare } = pausedForApproval;
export const RUN_URL = 'https://github.com/acme/shop/actions/runs/42';
export const COMMIT = '3f9a1c2be0d84b6f9f2f6f3c9f0a7d1e5b8c4a60';

/** Revision 8 of shop in namespace shop, that a deploy moves. */
export const moving: LiveReport = { ...bare, phase: 'running' };
export const approval = pausedForApproval;

export function endOf(phase: ReportModel['phase'], more: Partial<ReportModel> = {}): ReportModel {
  return { ...bare, phase, ...more };
}

export const startedEvent: ReleaseEvent = {
  type: 'started',
  revision: 8,
  origin: {},
  plan: canary,
  previous: OLD,
  firstDeploy: false,
};
export const resumedEvent: ReleaseEvent = {
  type: 'resumed',
  revision: 8,
  origin: {},
  plan: canary,
  cursor: 5,
  objects: NEW,
  previous: OLD,
};
export const goingBack: ReleaseEvent = {
  type: 'going-back',
  revision: 7,
  origin: {},
  plan: canary,
  reached: 3,
  steps: wayBack,
  cursor: 0,
  error: new SluiceError('superseded', 'Revision 7 was superseded.'),
  objects: NEW,
  previous: OLD,
};
export const supersededEvent: ReleaseEvent = {
  type: 'superseded',
  outcome: { phase: 'rolled-back', revision: 7, error: new SluiceError('superseded', 'Revision 7 was superseded.') },
};
export const pausedEvent: ReleaseEvent = {
  type: 'paused',
  pause: pauseFor('approval'),
  record: recordAt(canary, 5, {}),
};
export const shifted: ReleaseEvent = { type: 'shifted', weight: 25, actual: [] };
