import type { SluiceError } from '../errors.ts';
import { refKey, refText } from '../kube.ts';
import type { ReleaseEvent, TimedEvent } from '../release/events.ts';
import { counted, durationText, oneLine } from './plain-text.ts';

/** One line for the run's log. `live` may be overwritten by what comes next, where a terminal is attached. */
export interface LogLine {
  kind: 'line' | 'live' | 'group' | 'end-group' | 'warning' | 'error';
  text: string;
}

export interface LogStyle {
  colour: boolean;
  /** A terminal is attached: what only reports progress becomes a live line. */
  live: boolean;
}

/** The log of one run: give it every fact in its order, and print what comes back. */
export function runLog(style: LogStyle): (event: TimedEvent) => LogLine[] {
  const paint = style.colour
    ? (code: number, words: string) => `\u001b[${code}m${words}\u001b[0m`
    : (_: number, words: string) => words;
  const said = new Map<string, string>();
  let steps = 0;
  let stepStartedAt = 0;
  let waitedFor = '';
  let wrote = false;
  let failure: SluiceError | undefined;

  const line = (text: string): LogLine => ({ kind: 'line', text });
  const heldBack = (): LogLine[] => {
    if (!failure) return [];
    const { message, hint } = failure;
    failure = undefined;
    return [{ kind: 'error', text: paint(RED, logSafe(message)) }, ...(hint ? [line(`  ${logSafe(hint)}`)] : [])];
  };
  const progressLines = ({ progress }: ReleaseEvent & { type: 'health' }, at: number): LogLine[] => {
    const { ref, status, message } = progress;
    const key = refKey(ref);
    const words = `${status} ${logSafe(message)}`;
    const before = said.get(key);
    if (before === words) return [];
    said.set(key, words);
    // What is healthy from the start, as most objects are, is no news.
    if (status === 'healthy' && !before) return [];
    const name = refText(ref);
    const after = `after ${durationText(at - stepStartedAt)}`;
    switch (status) {
      case 'healthy':
        return [line(`  ${paint(GREEN, 'healthy'.padEnd(9))} ${name}, ${after}`)];
      case 'failed':
        return [line(`  ${paint(RED, 'failed'.padEnd(9))} ${name}, ${after}: ${logSafe(message)}`)];
      case 'progressing':
        return [{ kind: style.live ? 'live' : 'line', text: `  ${'waiting'.padEnd(9)} ${name}: ${logSafe(message)}` }];
    }
  };

  return event => {
    const { at } = event;
    stepStartedAt ||= at;
    switch (event.type) {
      case 'checked':
        return [line(checkedText(event))];
      case 'waiting-for-lock':
        if (waitedFor === event.holder) return [];
        waitedFor = event.holder;
        return [line(`Waiting for another run of this release to end: ${logSafe(event.holder)}`)];
      case 'started':
        steps = event.plan.steps.length;
        return [
          line(
            `Revision ${event.revision}, ${logSafe(event.plan.strategy)}, ${counted(steps, 'step')}${event.firstDeploy ? '; the first deploy: there is nothing to roll back to' : ''}`,
          ),
        ];
      case 'rollback-started':
        steps = event.steps.length;
        said.clear();
        return [
          ...heldBack(),
          line(paint(YELLOW, `Rolling back to revision ${event.revision}, ${counted(steps, 'step')}`)),
        ];
      case 'step-started':
        stepStartedAt = at;
        return [{ kind: 'group', text: `${event.index + 1}/${steps} ${logSafe(event.name)}` }];
      case 'step-ended': {
        // Why a step failed is told by the event that follows.
        const detail = event.detail && event.outcome !== 'failed' ? `: ${logSafe(event.detail)}` : '';
        return [
          line(`  ${event.outcome} after ${durationText(at - stepStartedAt)}${detail}`),
          { kind: 'end-group', text: '' },
        ];
      }
      case 'written':
        wrote ||= event.change !== 'unchanged';
        return [line(`  ${paint(CHANGE_COLOUR[event.change], event.change.padEnd(9))} ${refText(event.ref)}`)];
      case 'health':
        return progressLines(event, at);
      case 'failed':
        failure = event.error;
        return [];
      case 'warning':
        return [{ kind: 'warning', text: logSafe(event.message) }];
      case 'locking':
      case 'unlocked':
        return [];
      case 'ended':
        // The step's own failure, which follows, is the outcome's error.
        return [...(failure === event.outcome.error ? [] : heldBack()), line(endText(event, wrote || steps > 0))];
    }
  };
}

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const QUIET = 2;
const CHANGE_COLOUR = { created: GREEN, changed: YELLOW, restored: YELLOW, pruned: RED, unchanged: QUIET } as const;

/** Words of others on one line that the runner takes for text: it obeys `##[` anywhere in a line, and `::` where one begins. */
export function logSafe(words: string): string {
  return oneLine(words)
    .replaceAll('##[', '## [')
    .replace(/^(\s*)::/, '$1: :');
}

function checkedText({ objects, creates, postponed }: ReleaseEvent & { type: 'checked' }): string {
  const waits = `${counted(postponed, objects > 0 ? 'more object' : 'object')} ${postponed === 1 ? 'waits' : 'wait'} for a namespace or kind that this release makes`;
  if (objects === 0 && postponed > 0) return `Nothing could be checked with the API server yet: ${waits}`;
  return `Checked ${counted(objects, 'object')} with the API server: ${creates} to be created, none refused${postponed > 0 ? `; ${waits}` : ''}`;
}

function endText({ outcome }: ReleaseEvent & { type: 'ended' }, begun: boolean): string {
  const { phase, revision, serving } = outcome;
  if (phase === 'unchanged') return `Nothing to do: revision ${revision} serves as it was asked for`;
  const of = revision === undefined ? '' : `, revision ${revision}`;
  const serves = serving === undefined || serving === revision ? '' : `; revision ${serving} serves`;
  return `Ended: ${phase}${of}${serves}${begun ? '' : '; nothing was changed'}`;
}
