import type { LiveReport } from '../live-report.ts';
import { list, type Markdown } from '../markdown.ts';
import { commandCode, quoted } from './quote.ts';
import { isGoingBack, type Stand, standOf } from './stand.ts';

/** What to do, in a sentence; undefined while a run does it. */
export function nextText(report: LiveReport, length: number): Markdown | undefined {
  const stand = standOf(report);
  switch (stand) {
    case 'forward':
    case 'promoting':
    case 'back':
      return undefined;
    case 'waiting':
      return waitingText(report);
    case 'stranded':
      return strandedText(report);
    case 'in-place':
    case 'over':
      return adviceText(report, length);
  }
}

function waitingText({ pause }: LiveReport): string {
  switch (pause?.why) {
    case 'approval':
      return 'A person decides: promote it or reject it, by one of the comments below.';
    case 'time':
      return 'Nothing now: a scheduled workflow lets it go on when it is time.';
    case 'check-failed':
    case 'check-error':
    case 'check-inconclusive':
      return 'A person decides: check once more, go on all the same, or take it back, by one of the comments below.';
    default:
      return 'A person decides: let it go on or take it back, by one of the comments below.';
  }
}

function strandedText(report: LiveReport): string {
  if (isGoingBack(report))
    return 'The way back is not complete, and no run works on it: have it gone on with, by the comment below.';
  return report.phase === 'aborted' && report.reason === 'cancelled'
    ? 'The end of its job takes it back, unless its workflow leaves it for a person: then one of the comments below decides.'
    : 'No run works on it: let it go on or take it back, by one of the comments below.';
}

/** Words about a workflow's inputs do not help whoever can only comment. */
const OF_A_WORKFLOW = /\baction: |\bon-cancel\b/;

function adviceText({ headline: { next }, phase }: LiveReport, length: number): Markdown {
  if (next !== undefined && !OF_A_WORKFLOW.test(next)) return quoted(next, length);
  return phase === 'succeeded' || phase === 'unchanged' || next === undefined
    ? 'Nothing to do.'
    : 'Deploy again, or deploy the version that you want.';
}

type Choice = readonly [verb: string, words: string];

const REJECT: Choice = ['reject', 'takes it back'];
const RESUME: Choice = ['resume', 'lets it go on'];

/** What may be said of a release as it stands, the likeliest first. */
function choicesFor(report: LiveReport, stand: Stand): readonly Choice[] {
  switch (stand) {
    case 'forward':
      // Without traffic of its own there is nothing to promote and nothing to give back.
      if (!report.traffic) return [];
      return [['promote', 'goes on without what it holds or waits for'], ['pause', 'stops it where it is'], REJECT];
    case 'promoting':
      return report.traffic ? [REJECT] : [];
    case 'waiting':
      return waitingChoices(report);
    case 'stranded':
      return isGoingBack(report) ? [['reject', 'goes on with the way back']] : [RESUME, REJECT];
    case 'in-place':
      return report.firstDeploy || (report.revision ?? 0) < 2
        ? []
        : [['rollback', 'goes back to the version before, at once']];
    case 'back':
    case 'over':
      return [];
  }
}

function waitingChoices({ pause }: LiveReport): readonly Choice[] {
  switch (pause?.why) {
    case 'approval':
      return [['promote', 'lets it go on'], REJECT];
    case 'time':
      return [['promote', 'goes on at once'], ['pause', 'lets it wait for a person instead'], REJECT];
    case 'check-failed':
    case 'check-error':
    case 'check-inconclusive':
      return [['resume', 'holds and checks once more'], ['promote', 'goes on all the same'], REJECT];
    case 'command':
      return [['resume', 'lets it go on as planned'], ['promote', 'leaves out what it waits for'], REJECT];
    default:
      return [['resume', 'tries the same step again'], REJECT];
  }
}

/** What can be commented now, to copy. Where a release is over there is nothing, but for the way back from a good one. */
export function commandsPart(report: LiveReport, prefix: string): Markdown | undefined {
  const stand = standOf(report);
  const choices: Choice[] = [...choicesFor(report, stand)];
  if (stand !== 'in-place' && stand !== 'over') choices.push(['status', 'tells how it stands']);
  if (choices.length === 0) return undefined;
  return `**What you can comment now:**\n\n${list(choices.map(([verb, words]) => `${commandCode(prefix, verb)} ${words}`))}`;
}
