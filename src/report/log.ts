import type { SluiceError } from '../errors.ts';
import { refText } from '../kube.ts';
import type { Outcome, ReleaseEvent, TimedEvent } from '../release/events.ts';
import type { CommandVerb } from '../release/mailbox.ts';
import {
  checkedText,
  columns,
  driftLines,
  earlyLines,
  goingBackText,
  judgedText,
  logSafe,
  matchedText,
  messageClass,
  OUTCOMES,
  pausedLines,
  resizedText,
  resumedText,
  saidKey,
  shiftedText,
  startedLines,
  VERDICTS,
} from './log-lines.ts';
import { statusLines } from './log-status.ts';
import { counted, durationText } from './plain-text.ts';

export { logSafe };

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
  /** `told` another run, only `asked` how a release stands, or has `advanced` releases whose ends are told. */
  let role: 'release' | 'told' | 'asked' | 'advanced' = 'release';

  const line = (text: string): LogLine => ({ kind: 'line', text });
  const begin = (count: number): void => {
    steps = count;
    said.clear();
  };
  const errorLines = ({ message, hint }: SluiceError): LogLine[] => [
    { kind: 'error', text: paint(RED, logSafe(message)) },
    ...(hint ? [line(`  ${logSafe(hint)}`)] : []),
  ];
  const heldBack = (): LogLine[] => {
    const error = failure;
    failure = undefined;
    return error ? errorLines(error) : [];
  };
  const progressLines = (event: ReleaseEvent & { type: 'health' }, at: number): LogLine[] => {
    const { ref, status, message } = event.progress;
    const key = saidKey(event);
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
        return [{ kind: style.live ? 'live' : 'line', text: columns('waiting', `${name}: ${logSafe(message)}`) }];
    }
  };
  /** Every sample is shown where it may be overwritten; else only what it had not been before. */
  const sampleLines = (event: ReleaseEvent & { type: 'sampled' }): LogLine[] => {
    const { check, sample, dryRun } = event;
    const words = `check ${logSafe(check)}${dryRun ? ' (dry run)' : ''}: ${logSafe(sample.message)}`;
    const news = `${sample.outcome} ${messageClass(sample.message)}`;
    const isNews = said.get(saidKey(event)) !== news;
    said.set(saidKey(event), news);
    if (isNews) return [line(columns(OUTCOMES[sample.outcome], words))];
    return style.live ? [{ kind: 'live', text: columns(OUTCOMES[sample.outcome], words) }] : [];
  };
  const endLines = (outcome: Outcome): LogLine[] => {
    if (role === 'asked') return [];
    if (role === 'told' && outcome.phase === 'unchanged') return [line('Ended: the other run goes on')];
    return [line(endText(outcome, wrote || steps > 0 || role === 'told'))];
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
        begin(event.plan.steps.length);
        return startedLines(event).map(line);
      case 'resumed':
        begin(event.plan.steps.length);
        return [line(resumedText(event))];
      case 'rollback-started':
        begin(event.steps.length);
        return [
          ...heldBack(),
          line(paint(YELLOW, `Rolling back to revision ${event.revision}, ${counted(steps, 'step')}`)),
        ];
      case 'going-back':
        begin(event.steps.length);
        // A run that only takes it back has not told why yet.
        failure ??= event.error;
        return [...heldBack(), line(paint(YELLOW, goingBackText(event)))];
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
      case 'resized':
        wrote = true;
        return [line(resizedText(event))];
      case 'matched':
        return [line(matchedText(event))];
      case 'shifted':
        return [line(shiftedText(event))];
      case 'sampled':
        return sampleLines(event);
      case 'judged':
        return [
          ...event.checks.map(check =>
            line(`  ${paint(VERDICT_COLOUR[check.verdict], VERDICTS[check.verdict].padEnd(9))} ${judgedText(check)}`),
          ),
          ...earlyLines(event).map(line),
        ];
      case 'drift':
        return driftLines(event).map(text => line(paint(YELLOW, text)));
      case 'commanded':
        return [line(`Told to ${SAID[event.verb]} by ${logSafe(event.by)}`)];
      case 'command-taken':
        role = 'told';
        return [line(`The run that works on the release was told to ${SAID[event.verb]}: ${logSafe(event.holder)}`)];
      case 'paused': {
        const [why = '', what = ''] = pausedLines(event, failure);
        return [...heldBack(), line(paint(YELLOW, why)), line(what)];
      }
      case 'status':
        role = 'asked';
        return statusLines(event).map(line);
      case 'advancing':
        role = 'release';
        begin(0);
        wrote = false;
        return [line(`Release ${logSafe(event.release)}`)];
      case 'advanced':
        role = 'advanced';
        return event.outcome ? [...heldBack(), ...endLines(event.outcome)] : [line('  Nothing is due')];
      case 'failed':
        failure = event.error;
        return [];
      case 'warning':
        return [{ kind: 'warning', text: logSafe(event.message) }];
      case 'superseded':
      case 'locking':
      case 'unlocked':
        return [];
      case 'ended':
        if (role === 'advanced') return [];
        // The step's own failure, which follows, is the outcome's error.
        return [...(failure === event.outcome.error ? [] : heldBack()), ...endLines(event.outcome)];
    }
  };
}

const SAID: Readonly<Record<CommandVerb, string>> = {
  promote: 'promote',
  reject: 'reject',
  pause: 'pause',
  supersede: 'give way to a newer deploy',
};
const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const QUIET = 2;
const VERDICT_COLOUR = { pass: GREEN, fail: RED, error: RED, inconclusive: YELLOW, undecided: QUIET } as const;
const CHANGE_COLOUR = { created: GREEN, changed: YELLOW, restored: YELLOW, pruned: RED, unchanged: QUIET } as const;

function endText({ phase, revision, serving, error }: Outcome, begun: boolean): string {
  if (phase === 'unchanged' && error) return `Nothing to do: ${logSafe(error.message)}`;
  if (phase === 'unchanged')
    return revision === undefined
      ? 'Nothing to do: no release of the namespace is under way'
      : `Nothing to do: revision ${revision} serves as it was asked for`;
  const of = revision === undefined ? '' : `, revision ${revision}`;
  const serves = serving === undefined || serving === revision ? '' : `; revision ${serving} serves`;
  return `Ended: ${phase}${of}${serves}${begun ? '' : '; nothing was changed'}`;
}
