import type { Detail } from '../detail.ts';
import { heading, list, type Markdown, paragraphs, prose, table, text } from '../markdown.ts';
import type { ReportModel } from '../model.ts';
import { objectCode } from '../names.ts';
import { counted, durationText } from '../plain-text.ts';
import type { ActualShare, WeightReport } from '../progress-model.ts';
import { hasSharesAsked, percentText, shareText } from '../traffic-text.ts';

/** What was asked of the traffic and what came of it, move by move; and why it is moved as it is. */
export function trafficSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const { traffic } = model;
  const notes = notesList(model, detail);
  if (!traffic) return notes && paragraphs([heading(3, 'About the plan'), notes]);
  const rows = traffic.weights.flatMap(weight => weightRows(weight, model));
  const shown = rows.slice(0, detail.rows);
  const more = rows.length - shown.length;
  return paragraphs([
    heading(3, 'Traffic'),
    rows.length > 0
      ? table(['Asked', 'Actual', 'Workload', 'Moved after'], shown)
      : 'No traffic was moved: the old version has had all requests.',
    more > 0 ? `… and ${counted(more, 'further row')}.` : undefined,
    traffic.weights.some(({ at, end }) => at === undefined && !end)
      ? 'What was moved before this run is told as the plan expected it.'
      : undefined,
    notes ?? `Router: ${text(traffic.router)}.`,
  ]);
}

function weightRows(weight: WeightReport, model: ReportModel): Markdown[][] {
  const { at, asked, actual, end } = weight;
  const before = model.standing ? '' : 'before this run';
  const after = at === undefined ? before : durationText(at - model.startedAt);
  if (end) return [['all to stable', endText(end, model), '', at === undefined ? '' : after]];
  const whole = [...sharesOf(actual)];
  return whole.map(([words, alike]) => [
    percentText(asked),
    hasSharesAsked({ ...weight, actual: alike }) ? words : `**${words}**`,
    alike.map(({ workload }) => objectCode(workload, model)).join(', '),
    after,
  ]);
}

/** Workloads with the same share and the same pods make one row. */
function sharesOf(actual: readonly ActualShare[]): Map<string, ActualShare[]> {
  const rows = new Map<string, ActualShare[]>();
  for (const share of actual) rows.set(shareText(share), [...(rows.get(shareText(share)) ?? []), share]);
  return rows;
}

function endText(end: NonNullable<WeightReport['end']>, { revision, rollback }: ReportModel): Markdown {
  if (end === 'promoted') return `promoted: stable is revision ${revision}`;
  const to = rollback?.toRevision;
  return `taken back: stable is ${to === undefined ? 'what it was' : `revision ${to}`}`;
}

function notesList({ notes }: ReportModel, detail: Detail): Markdown | undefined {
  if (notes.length === 0) return undefined;
  const shown = notes.slice(0, detail.rows).map(note => prose(note, detail.text));
  const more = notes.length - shown.length;
  return list(more > 0 ? [...shown, `… and ${more} more in the log.`] : shown);
}
