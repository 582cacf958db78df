import type { LiveReport } from '../report/live-report.ts';
import { oneLine, shortened } from '../report/plain-text.ts';
import { pauseText, requestsText } from '../report/traffic-text.ts';

/** How a release stands, as far as GitHub's deployments and statuses can tell it. */
export interface StateWords {
  state: 'running' | 'waiting' | 'succeeded' | 'unchanged' | 'superseded' | 'failed' | 'cancelled';
  /** At most 140 characters, on one line. Of a release that runs: how it began to, which stays true while it moves. */
  words: string;
}

/** GitHub refuses longer descriptions of statuses ("The maximum description length is 140 characters"). */
const LONGEST = 140;

export function stateWords(report: LiveReport): StateWords {
  const { state, words } = stateOf(report);
  return { state, words: statusText(words) };
}

/** Text as a description of a status: on one line, no longer than GitHub takes it, no character cut in half. */
export function statusText(words: string): string {
  return shortened(oneLine(words), LONGEST);
}

function stateOf(report: LiveReport): StateWords {
  const { phase, pause, traffic, revision } = report;
  switch (phase) {
    case 'running':
      return pause
        ? { state: 'waiting', words: pauseText(pause, traffic?.now) }
        : { state: 'running', words: runningText(report) };
    case 'paused':
      return { state: 'waiting', words: pause ? pauseText(pause, traffic?.now) : 'waits for a decision' };
    case 'succeeded':
      return { state: 'succeeded', words: traffic ? 'promoted' : 'deployed' };
    case 'unchanged':
      return {
        state: 'unchanged',
        words: `nothing to change${revision === undefined ? '' : `: revision ${revision} is in place`}`,
      };
    case 'rolled-back':
      return report.reason === 'superseded'
        ? { state: 'superseded', words: 'superseded by a newer deploy' }
        : { state: 'failed', words: rolledBackText(report) };
    case 'failed':
      return { state: 'failed', words: `failed: ${whyText(report)}` };
    case 'aborted':
      return { state: 'cancelled', words: `cancelled${standsText(report)}` };
  }
}

function runningText(report: LiveReport): string {
  if (report.rollback) return 'is being taken back';
  if (report.step?.promoting) return 'is being promoted';
  const last = lastMove(report);
  return last ? `goes on at ${requestsText(last)}` : 'is on its way';
}

function standsText(report: LiveReport): string {
  const last = lastMove(report);
  return last ? `: stands at ${requestsText(last)}` : '';
}

/** While both versions serve. */
function lastMove({ traffic }: LiveReport): NonNullable<LiveReport['traffic']>['weights'][number] | undefined {
  const last = traffic?.weights.at(-1);
  return last && !last.end && last.asked > 0 ? last : undefined;
}

function rolledBackText(report: LiveReport): string {
  switch (report.reason) {
    case 'rejected':
      return 'rejected';
    case 'cancelled':
      return 'cancelled, and taken back';
    default:
      return `rolled back: ${whyText(report)}`;
  }
}

function whyText({ reason, failure }: LiveReport): string {
  switch (reason) {
    case 'check-failed':
      return 'a check failed';
    case 'check-error':
      return 'a check could not be measured';
    case 'check-inconclusive':
      return 'a check did not decide';
    case 'rollback-failed':
      return 'the way back failed, too';
    default:
      return failure?.headline ?? reason ?? 'see the run';
  }
}
