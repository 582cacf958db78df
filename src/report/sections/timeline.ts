import type { Detail } from '../detail.ts';
import { ganttChart } from '../gantt.ts';
import { heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ReportModel, TimelineStep } from '../model.ts';
import { counted, durationText } from '../plain-text.ts';

/** The chart, and a table that says the same. */
export function timelineSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const { timeline, startedAt, endedAt } = model;
  if (timeline.length === 0) return undefined;
  const rows = timeline
    .slice(0, detail.rows)
    .map((step, index) => [
      String(index + 1),
      `${step.rollback ? 'Rollback: ' : ''}${text(step.name, detail.text)}`,
      OUTCOME[step.outcome],
      step.startedAt === undefined ? '' : durationText(step.startedAt - startedAt),
      tookText(step),
      detailCell(step, model),
    ]);
  const more = timeline.length - rows.length;
  return paragraphs([
    heading(3, 'Timeline'),
    detail.chart ? ganttChart('Time since the start', timeline, startedAt, endedAt) : undefined,
    table(['', 'Step', 'Outcome', 'Began after', 'Took', 'Detail'], rows),
    more > 0 ? `… and ${counted(more, 'further step')}.` : undefined,
  ]);
}

const OUTCOME = {
  done: '✅ done',
  failed: '❌ failed',
  stopped: '🛑 stopped',
  running: '▶️ running',
  pending: 'not reached',
} as const;

/** The cause is told in full at the top; here a glance is enough. */
const DETAIL_LENGTH = 100;

function detailCell(step: TimelineStep, { failure }: ReportModel): Markdown {
  if (!step.detail) return '';
  return step.detail === failure?.headline ? 'the cause above' : text(step.detail, DETAIL_LENGTH);
}

function tookText({ startedAt, endedAt }: TimelineStep): Markdown {
  return startedAt === undefined || endedAt === undefined ? '' : durationText(endedAt - startedAt);
}
