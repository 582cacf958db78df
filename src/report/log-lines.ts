import { refKey, refText } from '../kube.ts';
import type { CheckReport, ReleaseEvent } from '../release/events.ts';
import { weightAt } from '../release/plan.ts';
import { counted, durationText, oneLine } from './plain-text.ts';
import { pauseReport } from './told.ts';
import { pauseText, percentText } from './traffic-text.ts';

type Fact<T extends ReleaseEvent['type']> = ReleaseEvent & { type: T };

/** Words of others on one line that the runner takes for text: it obeys `##[` anywhere in a line, and `::` where one begins. */
export function logSafe(words: string): string {
  return oneLine(words)
    .replaceAll('##[', '## [')
    .replace(/^(\s*)::/, '$1: :');
}

/** A word in a column of its own, and what it is about. */
export function columns(word: string, words: string): string {
  return `  ${word.padEnd(9)} ${words}`;
}

export function checkedText({ objects, creates, postponed }: Fact<'checked'>): string {
  const waits = `${counted(postponed, objects > 0 ? 'more object' : 'object')} ${postponed === 1 ? 'waits' : 'wait'} for a namespace or kind that this release makes`;
  if (objects === 0 && postponed > 0) return `Nothing could be checked with the API server yet: ${waits}`;
  return `Checked ${counted(objects, 'object')} with the API server: ${creates} to be created, none refused${postponed > 0 ? `; ${waits}` : ''}`;
}

export function startedLines({ revision, plan, firstDeploy }: Fact<'started'>): string[] {
  const first = firstDeploy ? '; the first deploy: there is nothing to roll back to' : '';
  return [
    `Revision ${revision}, ${logSafe(plan.strategy)}, ${counted(plan.steps.length, 'step')}${first}`,
    ...(plan.notes ?? []).map(note => columns('note', logSafe(note))),
  ];
}

export function resumedText({ revision, plan, cursor, by }: Fact<'resumed'>): string {
  const step = plan.steps[cursor];
  const where = step ? `step ${cursor + 1} of ${plan.steps.length}, ${logSafe(step.name)}` : 'its end';
  return `Revision ${revision}, ${logSafe(plan.strategy)}, goes on at ${where}${by ? `; told by ${logSafe(by)}` : ''}`;
}

export function goingBackText({ revision, steps, cursor }: Fact<'going-back'>): string {
  const left = counted(steps.length - cursor, 'step');
  return `Taking revision ${revision} back, ${left}${cursor > 0 ? ` of ${steps.length}: the others are done` : ''}`;
}

/** `asked 10 %, actual 50 % (Deployment shop/web)`. */
export function shiftedText({ weight, actual }: Fact<'shifted'>): string {
  if (weight === 0 && actual.every(({ share }) => share === 0)) return columns('shifted', 'all requests to stable');
  const shares = new Map<string, string[]>();
  for (const { workload, share } of actual)
    shares.set(percentText(share), [...(shares.get(percentText(share)) ?? []), refText(workload)]);
  const words = [...shares].map(([share, names]) => `${share} (${names.join(', ')})`).join(', ');
  return columns('shifted', `asked ${percentText(weight)}${words ? `, actual ${words}` : ''}`);
}

/** `matched   requests with the header x-canary: always go to the new version`. */
export function matchedText({ match: { by, name, value } }: Fact<'matched'>): string {
  return columns(
    'matched',
    `requests with the ${by} ${name}${by === 'header' ? ': ' : '='}${value} go to the new version`,
  );
}

/** The partition of a StatefulSet decides how many of its pods have the new version. */
export function resizedText({ ref, replicas }: Fact<'resized'>): string {
  const what = ref.kind === 'StatefulSet' ? `${counted(replicas, 'pod')} of the new version` : counted(replicas, 'pod');
  return columns('resized', `${refText(ref)} to ${what}`);
}

export function driftLines({ found, corrected }: Fact<'drift'>): string[] {
  const what = corrected ? 'written again' : 'left so (on-drift: ignore)';
  return found.map(text => columns('drift', `${logSafe(text)}: ${what}`));
}

export const VERDICTS = {
  pass: 'passed',
  fail: 'failed',
  error: 'error',
  inconclusive: 'unclear',
  undecided: 'open',
} as const;
export const OUTCOMES = {
  pass: 'passing',
  fail: 'failing',
  undecided: 'open',
  'too-early': 'early',
  'no-data': 'no data',
  error: 'error',
} as const;

export function judgedText({ name, dryRun, samples, failures, errors, noData, message }: CheckReport): string {
  const counts = [
    counted(samples, 'sample'),
    ...(failures > 0 ? [counted(failures, 'failure')] : []),
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(noData > 0 ? [`${noData} without data`] : []),
  ].join(', ');
  return `check ${logSafe(name)}${dryRun ? ' (dry run: has no say)' : ''}, ${counts}: ${logSafe(message)}`;
}

/** Equal for messages which differ in their numbers alone. */
export function messageClass(message: string): string {
  return message.replace(/\d+(\.\d+)?/g, '#');
}

/** Why, until when, and what to do. */
export function pausedLines({ pause, record: { plan, cursor } }: Fact<'paused'>, told?: Error): string[] {
  const weight = plan.traffic ? weightAt(plan.steps, cursor) : undefined;
  // The weight says it, or the failure that has just been told.
  const isTold = pause.why === 'approval' || pause.detail === told?.message;
  const detail = pause.detail && !isTold ? `: ${logSafe(pause.detail)}` : '';
  return [`Paused: the release ${pauseText(pauseReport(pause), weight)}${detail}`, `  ${choicesText(pause.why)}`];
}

function choicesText(why: Fact<'paused'>['pause']['why']): string {
  switch (why) {
    case 'approval':
      return 'action: promote lets it go on, action: reject takes it back';
    case 'time':
      return 'action: advance, in a scheduled workflow, goes on when it is time; promote goes on at once, reject takes it back';
    case 'check-failed':
    case 'check-error':
    case 'check-inconclusive':
      return 'action: resume checks again, promote goes on all the same, reject takes it back';
    case 'command':
      return 'action: resume goes on as planned, promote leaves out what it waits for, reject takes it back';
    case 'cancelled':
      return 'action: resume goes on, reject takes it back';
    case 'failed':
      return 'action: resume tries the same step again, reject takes it back';
  }
}

/** A key for what was last said about this. */
export function saidKey(event: Fact<'health'> | Fact<'sampled'>): string {
  return event.type === 'health' ? refKey(event.progress.ref) : `check ${event.check}`;
}

export function earlyLines({ early }: Fact<'judged'>): string[] {
  if (!early) return [];
  return [
    `  The hold ends ${durationText(early.leftMs)} early: what is compared is settled, and all other checks pass (early-pass)`,
  ];
}
