import { SluiceError } from '../errors.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import type { Pause, ReleaseRecord } from './record.ts';
import type { Records } from './records.ts';

/** Whether a paused release may go on by itself now. */
export function isDue({ clock }: ReleaseDeps, { status, pause }: ReleaseRecord): boolean {
  return status === 'paused' && pause?.resumeAt !== undefined && Date.parse(pause.resumeAt) <= clock.now();
}

/** `it waits for approval at 25 %`. */
export function pauseText({ status, pause }: Pick<ReleaseRecord, 'status' | 'pause'>): string {
  if (status !== 'paused' || !pause) return 'it is in progress';
  const detail = pause.detail ? ` (${pause.detail})` : '';
  return `${WHY[pause.why]}${detail}${pause.resumeAt ? `, until ${pause.resumeAt}` : ''}`;
}

const WHY: Readonly<Record<Pause['why'], string>> = {
  approval: 'it waits for approval',
  time: 'it holds',
  command: 'it was paused',
  'check-failed': 'a check failed, and a person must decide',
  'check-error': 'a check could not be measured, and a person must decide',
  'check-inconclusive': 'a check had no data, and a person must decide',
  failed: 'it failed and was left as it is',
  cancelled: 'its run was cancelled',
};

/** How a run ends that finds the release waiting, or leaves it so; `isOwn`: it has written that. */
export function pausedOutcome(deps: ReleaseDeps, { lastGood }: Records, record: ReleaseRecord, isOwn = false): Outcome {
  const { pause, revision } = record;
  // What a check saw may quote a Secret.
  deps.conceal(record.objects);
  if (pause) deps.emit({ type: 'paused', pause, record, ...(isOwn ? { isOwn } : {}) });
  const error = troubleOf(record);
  return {
    phase: 'paused',
    revision,
    ...(lastGood ? { serving: lastGood.record.revision } : {}),
    ...(error ? { error } : {}),
  };
}

/** A pause that no plan asked for is told as what it is. */
function troubleOf({ pause }: ReleaseRecord): SluiceError | undefined {
  switch (pause?.why) {
    case 'check-failed':
    case 'check-error':
    case 'check-inconclusive':
      return new SluiceError(pause.why, pause.detail ?? 'A check did not let the release through.', {
        hint: 'Look at what the check saw; then promote the release, or reject it.',
      });
    default:
      return undefined;
  }
}
