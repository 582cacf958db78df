import { alert, code, heading, type Markdown, paragraphs, text } from '../markdown.ts';
import type { ReportModel } from '../model.ts';

/** Did it work, what serves now, what to do next: in words, with a sign beside them. */
export function verdictSection(model: ReportModel): Markdown {
  return paragraphs([
    heading(2, `${SIGN[model.phase]} ${verdictText(model)}`),
    [`**Now:** ${text(model.headline.serves)}`, `**Next:** ${text(model.headline.next ?? 'Nothing to do.')}`]
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

function verdictText(model: ReportModel): Markdown {
  const release = code(model.release);
  const revision = model.revision === undefined ? '' : ` revision ${model.revision}`;
  switch (model.phase) {
    case 'succeeded':
      return `Deployed: ${release}${revision}${model.firstDeploy ? ', the first' : ''}`;
    case 'unchanged':
      return `Nothing to change: ${release}${revision} is in place`;
    case 'paused':
      return `Paused: ${release}${revision} waits for a decision`;
    case 'rolled-back':
      return `Rolled back: ${release}${revision} failed, revision ${model.rollback?.toRevision ?? '?'} was restored`;
    case 'failed':
      if (model.rollback)
        return `Failed: ${release}${revision}, and the rollback to revision ${model.rollback.toRevision} too`;
      return revision ? `Failed: ${release}${revision}` : `Failed: ${release} was not deployed`;
    case 'aborted':
      return revision ? `Cancelled: ${release}${revision} is not complete` : `Cancelled: ${release} was not deployed`;
  }
}

export function warningsSection(model: ReportModel, length: number, rows: number): Markdown | undefined {
  if (model.warnings.length === 0) return undefined;
  const shown = model.warnings.slice(0, rows).map(warning => text(warning, length));
  const more = model.warnings.length - shown.length;
  return alert('WARNING', more > 0 ? [...shown, `… and ${more} more in the log.`] : shown);
}
