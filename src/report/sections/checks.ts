import type { Detail } from '../detail.ts';
import { heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ReportModel } from '../model.ts';
import { counted } from '../plain-text.ts';
import type { CheckRow } from '../progress-model.ts';

/** Each check in each hold: what it came to, and by which sample. */
export function checksSection({ checks }: ReportModel, detail: Detail): Markdown | undefined {
  if (checks.length === 0) return undefined;
  const rows = checks
    .slice(0, detail.rows)
    .map(check => [
      text(check.name, detail.text),
      text(check.step, detail.text),
      `${VERDICT[check.verdict]}${check.dryRun ? ' (dry run: has no say)' : ''}`,
      text(check.message, detail.text),
      String(check.samples),
      countCell(check.failures),
      countCell(check.errors),
      countCell(check.noData),
    ]);
  const more = checks.length - rows.length;
  return paragraphs([
    heading(3, 'Checks'),
    table(['Check', 'During', 'Verdict', 'What decided', 'Samples', 'Failures', 'Errors', 'No data'], rows),
    more > 0 ? `… and ${counted(more, 'further check')}.` : undefined,
  ]);
}

const VERDICT: Readonly<Record<CheckRow['verdict'], string>> = {
  pass: '✅ passed',
  fail: '❌ failed',
  error: '❌ could not be measured',
  inconclusive: '⏸️ inconclusive',
  undecided: 'not decided',
};

/** A column in which nothing was counted is left out. */
function countCell(count: number): Markdown {
  return count === 0 ? '' : String(count);
}
