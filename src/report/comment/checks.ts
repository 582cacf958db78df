import type { LiveReport } from '../live-report.ts';
import { list, type Markdown, paragraphs } from '../markdown.ts';
import { counted } from '../plain-text.ts';
import type { CheckRow } from '../progress-model.ts';
import type { CommentDetail } from './detail.ts';
import { quoted, strong } from './quote.ts';

/** What was asked of the new version in the last hold, trouble first. */
export function checksPart(report: LiveReport, detail: CommentDetail): Markdown | undefined {
  const step = report.checks.at(-1)?.step;
  if (step === undefined) return undefined;
  const last = report.checks.filter(check => check.step === step).toSorted((a, b) => rank(a) - rank(b));
  const shown = last.slice(0, detail.checks).map(check => checkText(check, report, detail));
  const hidden = last.slice(detail.checks);
  const more =
    hidden.length === 0
      ? undefined
      : `… and ${counted(hidden.length, 'further check')}${hidden.every(({ verdict }) => verdict === 'pass') ? ', passed' : ''}.`;
  return paragraphs([`**Checks** during ${quoted(step, detail.text)}:`, list(shown), more]);
}

const ORDER: readonly CheckRow['verdict'][] = ['fail', 'error', 'inconclusive', 'undecided', 'pass'];

/** What has no say comes behind what has. */
function rank({ verdict, dryRun }: CheckRow): number {
  return ORDER.indexOf(verdict) + (dryRun ? ORDER.length : 0);
}

function checkText(check: CheckRow, report: LiveReport, detail: CommentDetail): Markdown {
  const { name, dryRun, message } = check;
  const [sign, verdict] = verdictWords(check, report);
  const says = dryRun ? ' (dry run: has no say)' : '';
  const isCause = message !== '' && report.failure?.headline.includes(message) === true;
  const words = isCause ? 'the cause below' : quoted(message, detail.text);
  return `${sign} ${strong(quoted(name, detail.text))} ${verdict}${says}${words ? `: ${words}` : ''}`;
}

function verdictWords(
  { verdict, step, samples, failures, errors, noData }: CheckRow,
  report: LiveReport,
): [string, string] {
  switch (verdict) {
    case 'pass':
      return ['✅', 'passed'];
    case 'fail':
      return ['❌', 'failed'];
    case 'error':
      return ['❌', 'could not be measured'];
    case 'inconclusive':
      return ['⏸️', 'had too little data to decide'];
    case 'undecided': {
      if (report.phase !== 'running' || report.step?.name !== step) return ['⏸️', 'was not decided'];
      const counts: [number, string][] = [
        [failures, 'failed'],
        [errors, 'without an answer'],
        [noData, 'without data'],
      ];
      const bad = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
      return [
        '⏳',
        `is being measured, ${counted(samples, 'sample')}, ${bad.length > 0 ? bad.join(', ') : 'all good'}`,
      ];
    }
  }
}
