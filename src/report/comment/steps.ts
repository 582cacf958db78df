import type { LiveReport } from '../live-report.ts';
import { details, type Markdown, paragraphs } from '../markdown.ts';
import type { TimelineStep } from '../model.ts';
import { counted, durationText } from '../plain-text.ts';
import type { CommentDetail } from './detail.ts';
import { quoted } from './quote.ts';
import { type Stand, standOf, waysOf } from './stand.ts';

/** Where it is, and what comes then; every step is folded below. */
export function stepsPart(report: LiveReport, detail: CommentDetail): Markdown | undefined {
  const { forth, back } = waysOf(report);
  if (forth.length + back.length === 0) return undefined;
  const stand = standOf(report);
  return paragraphs([summaryText(report, forth, back, stand, detail), allSteps(forth, back, stand, detail)]);
}

const OUTCOME: Readonly<Record<TimelineStep['outcome'], string>> = {
  done: '✅ done',
  failed: '❌ failed',
  stopped: '🛑 stopped',
  paused: '⏸️ waits',
  running: '▶️ now',
  pending: 'to come',
};

/** What a step has come to of which there will be no more. */
function leftAt({ outcome }: TimelineStep): string {
  if (outcome === 'pending') return 'not reached';
  return outcome === 'running' ? OUTCOME.stopped : OUTCOME[outcome];
}

function summaryText(
  report: LiveReport,
  forth: readonly TimelineStep[],
  back: readonly TimelineStep[],
  stand: Stand,
  detail: CommentDetail,
): Markdown {
  if (back.length > 0)
    return [...endText(forth, detail), wayText('The way back', back, report, stand, detail)].join('\\\n');
  return wayText('Steps', forth, report, stand, detail);
}

/** Where the way forward was left. */
function endText(forth: readonly TimelineStep[], detail: CommentDetail): Markdown[] {
  const index = forth.findIndex(({ outcome }) => outcome !== 'done');
  const step = forth[index];
  if (!step) return [];
  const outcome = step.outcome === 'failed' ? OUTCOME.failed : OUTCOME.stopped;
  return [`**Steps:** ${outcome} at ${index + 1} of ${forth.length}, ${quoted(step.name, detail.text)}`];
}

function wayText(
  title: string,
  steps: readonly TimelineStep[],
  report: LiveReport,
  stand: Stand,
  detail: CommentDetail,
): Markdown {
  const done = steps.filter(({ outcome }) => outcome === 'done').length;
  if (done === steps.length) return `**${title}:** ✅ ${steps.length === 1 ? 'done' : `all ${steps.length} done`}`;
  const index = steps.findIndex(({ outcome }) => outcome !== 'done');
  const step = steps[index] as TimelineStep;
  const isOver = stand === 'over' || stand === 'stranded' || stand === 'in-place';
  const outcome = isOver ? leftAt(step) : OUTCOME[step.outcome];
  const now = `**${title}:** ${done} of ${steps.length} done; ${outcome}: ${quoted(step.name, detail.text)}${sinceText(step, report)}`;
  const next = steps[index + 1];
  if (!next || isOver) return now;
  const more = steps.length - index - 2;
  return `${now}\\\n**Then:** ${quoted(next.name, detail.text)}${more > 0 ? `, and ${more} more` : ''}`;
}

/** How long a step has taken so far. */
function sinceText({ outcome, startedAt }: TimelineStep, { endedAt, phase }: LiveReport): string {
  if (phase !== 'running' || outcome !== 'running' || startedAt === undefined || endedAt - startedAt < 1_000) return '';
  return `, for ${durationText(endedAt - startedAt)}`;
}

function allSteps(
  forth: readonly TimelineStep[],
  back: readonly TimelineStep[],
  stand: Stand,
  detail: CommentDetail,
): Markdown | undefined {
  if (detail.steps === 0) return undefined;
  const isOver = back.length > 0 || !['forward', 'promoting', 'waiting'].includes(stand);
  const listed = (steps: readonly TimelineStep[], isDropped: boolean): Markdown => {
    const shown = steps.slice(0, detail.steps).map((step, index) => {
      const outcome = isDropped ? leftAt(step) : OUTCOME[step.outcome];
      return `${index + 1}. ${quoted(step.name, detail.text)}: ${outcome}${tookText(step)}`;
    });
    const more = steps.length - shown.length;
    return paragraphs([shown.join('\n'), more > 0 ? `… and ${counted(more, 'further step')}.` : undefined]);
  };
  return details(
    `All ${counted(forth.length + back.length, 'step')}`,
    paragraphs([
      forth.length > 0 ? listed(forth, isOver) : undefined,
      back.length > 0 ? `The way back:\n\n${listed(back, stand === 'over')}` : undefined,
    ]),
  );
}

function tookText({ outcome, startedAt, endedAt }: TimelineStep): string {
  if (outcome !== 'done' || startedAt === undefined || endedAt === undefined) return '';
  return `, ${durationText(endedAt - startedAt)}`;
}
