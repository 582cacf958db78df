import { type Problem, SluiceError } from '../errors.ts';
import { type ObjectRef, refText } from '../kube.ts';
import type { Finding } from './finding.ts';
import { hintFor } from './hints.ts';
import type { Tracked } from './tracked.ts';
import type { Replicas } from './verdict.ts';

/** An object that did not become healthy, and why. */
export interface HealthFailure {
  ref: ObjectRef;
  /** `progressing` where the time was over before it had failed. */
  status: 'failed' | 'progressing';
  /** What it waited for, or how it failed. */
  message: string;
  reason?: string;
  replicas?: Replicas;
  /** Causes, the most telling first. */
  findings: readonly Finding[];
}

export function failureOf(one: Tracked, causes: readonly Finding[], redact: (text: string) => string): HealthFailure {
  const { status, message, reason, replicas } = one.health;
  return {
    ref: one.ref,
    status: status === 'failed' ? 'failed' : 'progressing',
    message: redact(message),
    ...(reason ? { reason } : {}),
    ...(replicas ? { replicas } : {}),
    findings: causes.map(finding => ({
      ...finding,
      message: redact(finding.message),
      ...(finding.log ? { log: redact(finding.log) } : {}),
    })),
  };
}

/** What happened to which object and why; with several, each is a problem of its own. */
export function outcomeError(
  failures: readonly HealthFailure[],
  how: 'failed' | 'deadline',
  facts: { timeoutMs: number; total: number; notes: readonly string[] },
): SluiceError {
  const [first] = failures;
  const problems: Problem[] = failures.map(failure => ({ message: sentence(failure) }));
  const lead = problems[0]?.message ?? 'Nothing is left to say why.';
  const late = `${failures.length} of ${facts.total} ${facts.total === 1 ? 'object was' : 'objects were'} not healthy after ${seconds(facts.timeoutMs)}`;
  const message = how === 'failed' ? lead : `${late}. ${lead}`;
  const hint = [hintFor(first?.findings ?? [], first?.reason), ...facts.notes].filter(Boolean).join('\n');
  return new SluiceError(how === 'failed' ? 'workload-failed' : 'deadline-exceeded', message, {
    ...(hint ? { hint } : {}),
    ...(problems.length > 1 ? { problems } : {}),
  });
}

function sentence({ ref, status, message, reason, findings }: HealthFailure): string {
  const cause = findings[0];
  const more = cause?.alike ? ` (and ${cause.alike} more like it)` : '';
  // A finding that ended the wait is the message already; its own text may have gained the words of an event since.
  const told = cause && cause.reason === reason ? '' : `: ${message}`;
  // The cluster's sentences may end as sentences do.
  const why = cause ? `${told && !told.endsWith('.') ? '.' : ''}${told ? ' ' : ': '}${cause.message}${more}` : '';
  return `${refText(ref)} ${status === 'failed' ? 'failed' : 'is not healthy'}${told}${why}`;
}

function seconds(milliseconds: number): string {
  const total = Math.round(milliseconds / 1000);
  const minutes = Math.floor(total / 60);
  const rest = total % 60;
  return minutes === 0 ? `${total} s` : `${minutes} min${rest ? ` ${rest} s` : ''}`;
}
