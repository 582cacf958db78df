import type { Detail } from '../detail.ts';
import { ganttChart } from '../gantt.ts';
import { heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ReportModel, TimelineStep } from '../model.ts';
import { counted, durationText } from '../plain-text.ts';

/** The chart, and a table that says the same. Of a release that was only asked about it is the plan. */
export function timelineSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const { timeline, startedAt, endedAt, standing } = model;
  if (timeline.length === 0) return undefined;
  const shown = timeline.slice(0, detail.rows);
  const rows = runsOf(shown, model).flatMap(run =>
    run.length > MOST_ALIKE ? [runRow(run, detail)] : run.map(numbered => row(numbered, model, detail)),
  );
  const more = timeline.length - shown.length;
  return paragraphs([
    heading(3, standing ? 'Plan' : 'Timeline'),
    detail.chart ? ganttChart('Time since the start', timeline, startedAt, endedAt) : undefined,
    table(['', 'Step', 'Outcome', 'Began after', 'Took', 'Detail'], rows),
    more > 0 ? `… and ${counted(more, 'further step')}.` : undefined,
  ]);
}

interface Numbered {
  number: number;
  step: TimelineStep;
}

/** More steps in a row than this make one line, where this run had nothing to do with them. */
const MOST_ALIKE = 2;

/** Each step by itself, but for those in a row that were done before, or that a way back has made superfluous. */
function runsOf(timeline: readonly TimelineStep[], { standing }: ReportModel): Numbered[][] {
  const lastBack = timeline.findLastIndex(({ rollback }) => rollback);
  const classOf = ({ outcome, earlier, rollback }: TimelineStep, index: number): string | undefined => {
    if (standing) return undefined;
    if (outcome === 'done' && earlier) return `done ${rollback}`;
    return outcome === 'pending' && !rollback && index < lastBack ? 'given up' : undefined;
  };
  const runs: Numbered[][] = [];
  let before: string | undefined;
  for (const [index, step] of timeline.entries()) {
    const now = classOf(step, index);
    if (now !== undefined && now === before) runs.at(-1)?.push({ number: index + 1, step });
    else runs.push([{ number: index + 1, step }]);
    before = now;
  }
  return runs;
}

function runRow(run: readonly Numbered[], detail: Detail): Markdown[] {
  const [first, last] = [run[0] as Numbered, run.at(-1) as Numbered];
  const names = [first, last].map(({ step }) => text(step.name, detail.text)).join(' … ');
  return [`${first.number}–${last.number}`, `${wayText(first.step)}${names}`, outcomeText(first.step), '', '', ''];
}

function row({ number, step }: Numbered, model: ReportModel, detail: Detail): Markdown[] {
  return [
    String(number),
    `${wayText(step)}${text(step.name, detail.text)}`,
    model.standing ? OUTCOME[step.outcome] : outcomeText(step),
    step.startedAt === undefined ? '' : durationText(step.startedAt - model.startedAt),
    tookText(step),
    detailCell(step, model),
  ];
}

function outcomeText({ outcome, earlier }: TimelineStep): Markdown {
  return `${OUTCOME[outcome]}${earlier ? ', before this run' : ''}`;
}

const OUTCOME = {
  done: '✅ done',
  failed: '❌ failed',
  stopped: '🛑 stopped',
  paused: '⏸️ paused',
  running: '▶️ running',
  pending: 'not reached',
} as const;

function wayText({ rollback, revision }: TimelineStep): string {
  if (revision === undefined) return rollback ? 'Rollback: ' : '';
  return `Revision ${revision}${rollback ? ', rollback' : ''}: `;
}

/** The cause is told in full at the top; here a glance is enough. */
const DETAIL_LENGTH = 100;

function detailCell(step: TimelineStep, { failure }: ReportModel): Markdown {
  if (!step.detail) return '';
  return step.detail === failure?.headline ? 'the cause above' : text(step.detail, DETAIL_LENGTH);
}

function tookText({ startedAt, endedAt }: TimelineStep): Markdown {
  return startedAt === undefined || endedAt === undefined ? '' : durationText(endedAt - startedAt);
}
