import type { Detail } from '../detail.ts';
import {
  alert,
  code,
  codeBlock,
  details,
  heading,
  list,
  type Markdown,
  paragraphs,
  prose,
  table,
  text,
} from '../markdown.ts';
import type { FailureFinding, FailureReport, LogTail, ReportModel } from '../model.ts';
import { objectCode, withoutPlace } from '../names.ts';
import { counted, timeText } from '../plain-text.ts';

/** The cause, with its evidence: what the pods say, what the cluster noted, the end of the log. */
export function failureSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const { failure } = model;
  if (!failure) return undefined;
  return paragraphs([
    // What somebody has decided is no trouble of the cluster.
    alert(isDecided(model) ? 'NOTE' : 'CAUTION', causeParagraphs(model, failure, detail)),
    failure.explanation?.includes('\n') ? codeBlock(failure.explanation.slice(0, detail.text * 4)) : undefined,
    problemsPart(failure, detail),
    findingsPart(failure, detail),
    logPart(failure.logTail, detail),
    eventsPart(failure, detail),
  ]);
}

function isDecided({ reason }: ReportModel): boolean {
  return reason === 'rejected' || reason === 'superseded';
}

function causeParagraphs(model: ReportModel, failure: FailureReport, detail: Detail): Markdown[] {
  const about = [
    failure.object && objectCode(failure.object, model),
    model.reason && `reason ${code(model.reason)}`,
  ].filter(part => part !== undefined);
  return [
    `**${prose(failure.headline, detail.text)}**`,
    ...(failure.explanation && !failure.explanation.includes('\n') ? [prose(failure.explanation, detail.text)] : []),
    ...(about.length > 0 ? [about.join(' · ')] : []),
    ...(model.rollback?.outcome === 'failed' && model.rollback.detail
      ? [`The way back failed too: ${prose(model.rollback.detail, detail.text)}`]
      : []),
  ];
}

function problemsPart({ problems = [] }: FailureReport, detail: Detail): Markdown | undefined {
  const [only] = problems;
  // A single one without a place is the headline.
  if (!only || (problems.length === 1 && !only.file)) return undefined;
  const rows = problems
    .slice(0, detail.rows)
    .map(problem => [
      problem.file
        ? code([problem.file, problem.line, problem.column].filter(part => part !== undefined).join(':'))
        : '',
      prose(withoutPlace(problem), detail.text),
    ]);
  return paragraphs([table(['Where', 'What is wrong'], rows), rest(problems.length - rows.length, 'problem')]);
}

/** Pod and container have columns of their own, and what the headline says is not said again. */
function findingText({ pod, message }: FailureFinding, headline: string): string {
  const words = pod && message.startsWith(`Pod ${pod}: `) ? message.slice(`Pod ${pod}: `.length) : message;
  return headline.includes(words) ? '' : words;
}

function findingsPart({ findings, headline }: FailureReport, detail: Detail): Markdown | undefined {
  if (findings.length === 0) return undefined;
  const rows = findings
    .slice(0, detail.rows)
    .map(finding => [
      (finding.pod ? code(finding.pod) : '') +
        (finding.alike ? ` and ${counted(finding.alike, 'more pod').replace(/^1 /, 'one ')}` : ''),
      finding.container ? code(finding.container) : '',
      `**${text(finding.reason)}**${finding.exitCode === undefined ? '' : `, exit code ${finding.exitCode}`}`,
      text(findingText(finding, headline), detail.text),
    ]);
  return paragraphs([
    table(['Pod', 'Container', 'State', 'In the cluster’s words'], rows),
    rest(findings.length - rows.length, 'finding'),
  ]);
}

function eventsPart({ events }: FailureReport, detail: Detail): Markdown | undefined {
  if (events.length === 0 || detail.events === 0) return undefined;
  const rows = events
    .slice(-detail.events)
    .map(event => [
      event.time === undefined ? '' : timeText(event.time).slice(11, 19),
      code(event.object),
      text(event.reason),
      `${text(event.message, detail.text)}${event.count && event.count > 1 ? ` (×${event.count})` : ''}`,
    ]);
  return details(
    `Events (${events.length})`,
    table(['Time (UTC)', 'Object', 'Reason', 'Message'], rows),
    rows.length <= 5,
  );
}

function logPart(tail: LogTail | undefined, detail: Detail): Markdown | undefined {
  if (!tail || tail.lines.length === 0 || detail.logLines === 0) return undefined;
  const lines = tail.lines.slice(-detail.logLines).map(line => line.slice(0, detail.text));
  return details(
    `Last ${counted(lines.length, 'line')} of the log of ${tail.pod}/${tail.container}${tail.previous ? ', before it was restarted' : ''}`,
    codeBlock(lines.join('\n'), 'text'),
    true,
  );
}

function rest(count: number, noun: string): Markdown | undefined {
  return count > 0 ? `… and ${counted(count, `further ${noun}`)}.` : undefined;
}

export function nextStepsSection(model: ReportModel, detail: Detail): Markdown | undefined {
  if (model.nextSteps.length === 0) return undefined;
  const steps = model.nextSteps.slice(0, detail.rows).map(step => {
    const words = prose(step.text, detail.text);
    if (step.workflow) return `${words}\n${codeBlock(step.workflow, 'yaml')}`;
    return step.command ? `${words}\n${codeBlock(step.command, 'sh')}` : words;
  });
  return paragraphs([heading(3, 'What you can do now'), list(steps)]);
}
