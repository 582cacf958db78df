import type { KubeObject } from '../kube.ts';
import type { LiveReport } from '../report/live-report.ts';
import type { FailureReport, WorkloadReport } from '../report/model.ts';

/** Shorter values are words like `true` or `prod`: hiding them would hide the report and no secret. */
const SHORTEST = 5;
const MASK = '***';

type Secret = KubeObject & { data?: unknown; stringData?: unknown };

/** Values of the Secrets among these objects, decoded and as they stand in base64, and their lines. */
export function secretValues(objects: readonly KubeObject[]): string[] {
  const values = new Set<string>();
  for (const secret of objects as readonly Secret[]) {
    if (secret.kind !== 'Secret' || secret.apiVersion !== 'v1') continue;
    for (const encoded of stringsOf(secret.data)) {
      values.add(encoded);
      values.add(Buffer.from(encoded, 'base64').toString('utf8'));
    }
    for (const plain of stringsOf(secret.stringData)) {
      values.add(plain);
      values.add(Buffer.from(plain, 'utf8').toString('base64'));
    }
  }
  for (const value of [...values]) for (const line of value.split(/\r?\n/)) values.add(line.trim());
  const long = [...values].filter(value => value.length >= SHORTEST);
  return [...new Set(long.flatMap(formsOf))].sort((a, b) => b.length - a.length);
}

/** Values of credentials, and the forms in which they are sent. */
export function credentialForms(credentials: ReadonlyMap<string, string>): string[] {
  const values = [...credentials.values()];
  const forms = values.flatMap(value => [...formsOf(value), Buffer.from(value, 'utf8').toString('base64')]);
  // Of `user:password` the password is the secret.
  const passwords = values.flatMap(value => (value.includes(':') ? formsOf(value.slice(value.indexOf(':') + 1)) : []));
  return [...new Set([...forms, ...passwords])].filter(({ length }) => length >= SHORTEST);
}

/** As it is, and as programs print it: inside JSON (Go escapes <, > and &, too), and in a URL. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const go = json.replace(/[<>&]/g, character => `\\u00${character.charCodeAt(0).toString(16)}`);
  return [value, json, go, encodeURIComponent(value.toWellFormed())];
}

function stringsOf(map: unknown): string[] {
  return map !== null && typeof map === 'object' ? Object.values(map).filter(value => typeof value === 'string') : [];
}

/** Replaces each of the values wherever it stands, the longest first. */
export function redactor(values: readonly string[]): (text: string) => string {
  return text => values.reduce((clean, value) => clean.replaceAll(value, MASK), text);
}

/**
 * The report without the values: in everything that is prose of cluster and user. What names things stays, since a value
 * that happens to be a word of the report (`succeeded`, the name of a workload) must not change what the report says.
 */
export function redactReport<Report extends LiveReport>(model: Report, redact: (text: string) => string): Report {
  const { failure, rollback, pause, standing } = model;
  return {
    ...model,
    headline: prose(model.headline, redact),
    workloads: model.workloads.map(workload => redactWorkload(workload, redact)),
    timeline: model.timeline.map(step => (step.detail ? { ...step, detail: redact(step.detail) } : step)),
    notes: model.notes.map(redact),
    checks: model.checks.map(check => ({ ...check, message: redact(check.message) })),
    decisions: model.decisions.map(decision => ({ ...decision, by: redact(decision.by) })),
    warnings: model.warnings.map(redact),
    nextSteps: model.nextSteps.map(step => ({ ...step, text: redact(step.text) })),
    ...(pause?.detail ? { pause: { ...pause, detail: redact(pause.detail) } } : {}),
    ...(standing?.back ? { standing: { ...standing, back: redact(standing.back) } } : {}),
    ...(rollback?.detail ? { rollback: { ...rollback, detail: redact(rollback.detail) } } : {}),
    ...(failure ? { failure: redactFailure(failure, redact) } : {}),
    ...(model.others ? { others: model.others.map(other => redactReport(other, redact)) } : {}),
  };
}

function redactWorkload(workload: WorkloadReport, redact: (text: string) => string): WorkloadReport {
  const { message, twin, baseline } = workload;
  return {
    ...workload,
    ...(message ? { message: redact(message) } : {}),
    ...(twin?.message ? { twin: { ...twin, message: redact(twin.message) } } : {}),
    ...(baseline?.message ? { baseline: { ...baseline, message: redact(baseline.message) } } : {}),
  };
}

function redactFailure(failure: FailureReport, redact: (text: string) => string): FailureReport {
  const { explanation, logTail, problems } = failure;
  return {
    ...failure,
    headline: redact(failure.headline),
    findings: failure.findings.map(finding => ({ ...finding, message: redact(finding.message) })),
    events: failure.events.map(event => ({ ...event, message: redact(event.message) })),
    ...(explanation ? { explanation: redact(explanation) } : {}),
    ...(logTail ? { logTail: { ...logTail, lines: logTail.lines.map(redact) } } : {}),
    ...(problems ? { problems: problems.map(problem => ({ ...problem, message: redact(problem.message) })) } : {}),
  };
}

function prose<T extends object>(texts: T, redact: (text: string) => string): T {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, redact(text as string)])) as T;
}
