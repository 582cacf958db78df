import type { ObjectRef } from '../../kube.ts';
import type { LiveReport } from '../live-report.ts';
import { alert, code, details, type Markdown, paragraphs } from '../markdown.ts';
import type { FailureFinding, FailureReport, LogTail } from '../model.ts';
import { objectName, withoutPlace } from '../names.ts';
import { counted } from '../plain-text.ts';
import type { CommentDetail } from './detail.ts';
import { quoted, quotedBlock, strong, unlinked } from './quote.ts';

/** The cause in a line or two, and the end of the log folded below it. */
export function failurePart(report: LiveReport, detail: CommentDetail): Markdown | undefined {
  const { failure, reason, rollback } = report;
  // What somebody has decided is no trouble of the cluster, and is told as a decision where it is known as one.
  const decision = reason === 'rejected' ? 'reject' : reason === 'superseded' ? 'supersede' : undefined;
  if (!failure || report.decisions.some(({ verb }) => verb === decision)) return undefined;
  const [finding] = failure.findings;
  const lines = [
    strong(quoted(failure.headline, 2 * detail.text)),
    finding && findingText(finding, failure, detail),
    failure.object && aboutText(report, failure, failure.object),
    ...problemLines(failure, detail),
    rollback?.outcome === 'failed' && rollback.detail && rollback.detail !== failure.headline
      ? `The way back failed too: ${quoted(rollback.detail, 2 * detail.text)}`
      : undefined,
  ].filter((line): line is Markdown => line !== undefined && line !== '');
  return paragraphs([alert(decision ? 'NOTE' : 'CAUTION', lines), logPart(failure.logTail, detail)]);
}

function aboutText(report: LiveReport, { headline }: FailureReport, object: ObjectRef): Markdown | undefined {
  if (headline.includes(object.name)) return undefined;
  return `Object: ${code(objectName(object, report), 200)}`;
}

/** What the headline has not said yet. */
function findingText(
  finding: FailureFinding,
  { headline }: FailureReport,
  detail: CommentDetail,
): Markdown | undefined {
  const { pod, container, reason, message, exitCode, alike } = finding;
  const words = pod && message.startsWith(`Pod ${pod}: `) ? message.slice(`Pod ${pod}: `.length) : message;
  if (headline.includes(words) && headline.includes(reason)) return undefined;
  const others = alike ? ` and ${counted(alike, 'more pod').replace(/^1 /, 'one ')}` : '';
  const where = [pod && `${code(pod, 120)}${others}`, container && `container ${code(container, 120)}`];
  const exit = exitCode === undefined ? '' : `, exit code ${exitCode}`;
  const more = headline.includes(words) ? '' : `: ${quoted(words, detail.text)}`;
  return `${where.flatMap(part => (part ? [`${part}, `] : [])).join('')}${quoted(reason, detail.text)}${exit}${more}`;
}

function problemLines({ problems = [] }: FailureReport, detail: CommentDetail): Markdown[] {
  // A single one without a place is the headline.
  if (problems.length === 1 && !problems[0]?.file) return [];
  const shown = problems.slice(0, detail.rows).map(problem => {
    const place = [problem.file, problem.line, problem.column].filter(part => part !== undefined).join(':');
    const words = quoted(withoutPlace(problem), detail.text);
    return place ? `${code(place, 200)}: ${words}` : `Also: ${words}`;
  });
  const more = problems.length - shown.length;
  return more > 0 ? [...shown, `… and ${counted(more, 'further problem')}.`] : shown;
}

function logPart(tail: LogTail | undefined, detail: CommentDetail): Markdown | undefined {
  if (!tail || tail.lines.length === 0 || detail.logLines === 0) return undefined;
  const lines = tail.lines.slice(-detail.logLines);
  const when = tail.previous ? ', before it was restarted' : '';
  return details(
    unlinked(`Last ${counted(lines.length, 'line')} of the log of ${tail.pod}/${tail.container}`, 300) + when,
    quotedBlock(lines, detail.text),
  );
}
