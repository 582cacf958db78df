import { alert, heading, type Markdown, paragraphs, prose } from '../markdown.ts';
import type { ReportModel } from '../model.ts';
import { verdictText } from './verdict-text.ts';

/** Did it work, what serves now, what to do next: in words, with a sign beside them. */
export function verdictSection(model: ReportModel): Markdown {
  return paragraphs([
    heading(2, `${signOf(model)} ${verdictText(model)}`),
    [`**Now:** ${prose(model.headline.serves)}`, `**Next:** ${prose(model.headline.next ?? 'Nothing to do.')}`]
      .filter(Boolean)
      .join('\\\n'),
  ]);
}

const SIGN = {
  succeeded: '✅',
  unchanged: '✅',
  paused: '⏸️',
  'rolled-back': '↩️',
  failed: '❌',
  aborted: '🛑',
} as const;

/** Of a release that was only asked about, the sign is its own and not that of the question. */
function signOf({ phase, standing }: ReportModel): string {
  if (!standing) return SIGN[phase];
  if (standing.status === 'in-progress') return '▶️';
  return SIGN[standing.status === 'superseded' ? 'rolled-back' : standing.status];
}

export function warningsSection(model: ReportModel, length: number, rows: number): Markdown | undefined {
  if (model.warnings.length === 0) return undefined;
  const shown = model.warnings.slice(0, rows).map(warning => prose(warning, length));
  const more = model.warnings.length - shown.length;
  return alert('WARNING', more > 0 ? [...shown, `… and ${more} more in the log.`] : shown);
}
