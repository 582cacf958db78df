import { type Problem, SluiceError } from '../errors.ts';
import type { Asking, CheckConfig, CheckKind, PrometheusPlace } from './check-config.ts';
import { placeFaults } from './checks/prometheus.ts';
import type { ReleaseConfig } from './release-config.ts';

const SECOND_MS = 1_000;

/** Always on: a crash must never be waited out. */
const PODS: CheckConfig = {
  kind: 'pods',
  name: 'pods',
  intervalMs: 10 * SECOND_MS,
  count: undefined,
  initialDelayMs: 0,
  failureLimit: 0,
  errorLimit: 4,
  noData: 'inconclusive',
  dryRun: false,
};

/**
 * The checks with `pods` among them, and each that asks Prometheus with the place where it is, if that is said anywhere. Throws
 * one error with all credentials that the input does not have, and all places that what is said of them together makes none.
 */
export function settledChecks(
  { checks = [], prometheus }: Pick<ReleaseConfig, 'checks' | 'prometheus'>,
  credentials: ReadonlyMap<string, string>,
): readonly CheckConfig[] {
  const settled = (checks ?? []).map(check => (asksPrometheus(check) ? withPlace(check, prometheus) : check));
  const misplaced = settled.flatMap(check =>
    asksPrometheus(check) ? placeFaults(check).map(fault => `Check ${check.name}: ${fault}`) : [],
  );
  refuse([...misplaced, ...missingCredentials(settled, name => credentials.has(name))]);
  return settled.some(({ kind }) => kind === 'pods') ? settled : [PODS, ...settled];
}

/** Before a run goes on with recorded checks. One that has no say may lack what it needs: its samples then are errors. */
export function requireCredentials(checks: readonly CheckConfig[], has: (name: string) => boolean): void {
  refuse(
    missingCredentials(
      checks.filter(({ dryRun }) => !dryRun),
      has,
    ),
  );
}

function missingCredentials(checks: readonly CheckConfig[], has: (name: string) => boolean): string[] {
  return checks.flatMap(check =>
    isAsking(check)
      ? credentialsOf(check)
          .filter(name => !has(name))
          .map(name => `Check ${check.name}: the credential ${name} is not among the lines of the input credentials`)
      : [],
  );
}

function credentialsOf({ auth, headers }: Asking): string[] {
  const ofHeaders = Object.values(headers ?? {}).flatMap(value =>
    typeof value === 'string' ? [] : [value.credential],
  );
  if (!auth) return ofHeaders;
  return ['bearer' in auth ? auth.bearer : auth.basic, ...ofHeaders];
}

function refuse(faults: readonly string[]): void {
  if (faults.length === 0) return;
  const problems: Problem[] = faults.map(text => ({ message: `${text}.` }));
  throw new SluiceError('invalid-input', problems.map(({ message }) => message).join('\n'), {
    problems,
    hint: 'Nothing was done. docs/checks.md describes where checks ask, and by what they are let in.',
  });
}

type Asker = CheckConfig & PrometheusPlace;
const PROMETHEUS: readonly CheckKind[] = [
  'success-rate',
  'latency-p99',
  'error-count',
  'prometheus',
  'compare',
  'mann-whitney',
];

/** By the kind: in a record, keys that have no value are not there. */
export function asksPrometheus(check: CheckConfig): check is Asker {
  return PROMETHEUS.includes(check.kind);
}

function isAsking(check: CheckConfig): check is CheckConfig & Asking {
  return check.kind !== 'pods' && check.kind !== 'job';
}

export function isPlaced({ url, service }: PrometheusPlace): boolean {
  return url !== undefined || service !== undefined;
}

/**
 * Where the check names an address itself, nothing of the common place goes there but names of metrics and labels: neither
 * credentials nor headers. Else what it says wins over the common place, key by key.
 */
function withPlace<C extends Asker>(check: C, common: ReleaseConfig['prometheus']): C {
  if (!common) return check;
  const names = {
    source: check.source ?? common.source,
    labels: { ...common.labels, ...check.labels },
    metrics: { ...common.metrics, ...check.metrics },
  };
  if (isPlaced(check)) return { ...check, ...names };
  const { url, service, port, scheme, path } = common;
  const headers = common.headers || check.headers ? { ...common.headers, ...check.headers } : undefined;
  // Each check has a time-out, said or not: the shorter one holds.
  const timeoutMs = Math.min(check.timeoutMs, common.timeoutMs ?? check.timeoutMs);
  return { ...check, ...names, timeoutMs, url, service, port, scheme, path, auth: check.auth ?? common.auth, headers };
}
