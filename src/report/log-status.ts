import type { ReleaseEvent } from '../release/events.ts';
import type { Step } from '../release/plan.ts';
import { weightAt } from '../release/plan.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { logSafe } from './log-lines.ts';
import { timeText } from './plain-text.ts';
import { pauseReport } from './told.ts';
import { pauseText, requestsText } from './traffic-text.ts';
import { plannedWeights } from './weights.ts';

/** A release that was asked about, as a block that can be read at a glance. */
export function statusLines({ record, holder }: ReleaseEvent & { type: 'status' }): string[] {
  const { release, revision, status, plan, cursor, pause, back, startedAt, endedAt } = record;
  const isOpen = status === 'paused' || status === 'in-progress';
  const step = plan.steps[cursor];
  const row = (name: string, words: string | undefined): string[] =>
    words === undefined ? [] : [`  ${name.padEnd(9)} ${words}`];
  const router = plan.traffic ? `, router ${plan.traffic.router}` : '';
  return [
    `Release ${logSafe(release)}, revision ${revision}: ${status}`,
    ...row('strategy', `${logSafe(plan.strategy)}${router}`),
    ...row('begun', timeText(Date.parse(startedAt))),
    ...row('ended', endedAt && timeText(Date.parse(endedAt))),
    ...row('step', isOpen && step ? `${cursor + 1} of ${plan.steps.length}, ${logSafe(step.name)}` : undefined),
    ...row('weight', isOpen ? weightWords(record) : undefined),
    ...row('paused', status === 'paused' && pause ? pausedWords(record, pause) : undefined),
    ...row('back', back && logSafe(back.message)),
    ...row('lock', holder ? `held by ${logSafe(holder)}` : freeText(status)),
    ...planLines('plan', plan.steps, cursor, isOpen && !back),
    ...(back ? planLines('way back', back.steps, back.cursor, isOpen) : []),
  ];
}

function freeText(status: ReleaseRecord['status']): string {
  return `free: no run works on it${status === 'in-progress' ? ', so its run has died' : ''}`;
}

function weightWords({ plan, cursor }: ReleaseRecord): string | undefined {
  if (!plan.traffic) return undefined;
  const last = plannedWeights(plan, cursor).at(-1);
  if (!last) return 'none yet: the old version has all requests';
  return last.end ? 'all requests are given to stable' : `the new version has ${requestsText(last)}`;
}

function pausedWords({ plan, cursor }: ReleaseRecord, pause: NonNullable<ReleaseRecord['pause']>): string {
  const weight = plan.traffic ? weightAt(plan.steps, cursor) : undefined;
  const detail = pause.detail && pause.why !== 'approval' ? `: ${logSafe(pause.detail)}` : '';
  return `since ${timeText(Date.parse(pause.at))}; it ${pauseText(pauseReport(pause), weight)}${detail}`;
}

/** Every step with its number; `>` stands where the release does. */
function planLines(title: string, steps: readonly Step[], cursor: number, isMarked: boolean): string[] {
  const width = String(steps.length).length;
  return [
    `  ${title}`,
    ...steps.map(({ name }, index) => {
      const isNow = isMarked && index === cursor;
      const state = isNow ? 'now' : index < cursor ? 'done' : '';
      return `  ${isNow ? '>' : ' '} ${String(index + 1).padStart(width)}  ${state.padEnd(4)}  ${logSafe(name)}`;
    }),
  ];
}
