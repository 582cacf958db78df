import fc from 'fast-check';
import type { PodsConfig } from '../../src/config/check-config.ts';
import { TRAFFIC } from '../../src/config/config-keys.ts';
import type { ConfigStep, ReleaseConfig, StrategyName } from '../../src/config/release-config.ts';
import { formatDuration } from '../../src/config/values.ts';
import type { Json, JsonObject } from '../../src/kube.ts';

const duration = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const between: fc.Arbitrary<ConfigStep> = fc.oneof(
  fc.record({ kind: fc.constant('hold' as const), ms: duration(10_000_000) }),
  fc.constant<ConfigStep>({ kind: 'approve' }),
  fc.record({ kind: fc.constant('replicas' as const), replicas: fc.integer({ min: 1, max: 1000 }) }),
);

/** Steps that the strategy can take. */
export function stepsOf(strategy: 'canary' | 'blue-green'): fc.Arbitrary<ConfigStep[]> {
  const weights =
    strategy === 'canary'
      ? fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 })
      : fc.subarray([100]);
  const groups = fc.array(fc.array(between, { maxLength: 3 }), { minLength: 9, maxLength: 9 });
  return fc
    .tuple(weights, groups)
    .map(([chosen, others]) => {
      const rising = chosen.sort((a, b) => a - b);
      return others.flatMap((group, index): ConfigStep[] => {
        const weight = rising[index - 1];
        return weight === undefined ? (index === 0 ? group : []) : [{ kind: 'weight', weight }, ...group];
      });
    })
    .filter(steps => steps.length > 0);
}

const matchStep: fc.Arbitrary<ConfigStep> = fc.record({
  kind: fc.constant('match' as const),
  match: fc.record({
    by: fc.constantFrom('header' as const, 'cookie' as const),
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/),
    value: fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
  }),
});

function chosenFirst(steps: fc.Arbitrary<ConfigStep[]>): fc.Arbitrary<ConfigStep[]> {
  return fc.tuple(maybe(matchStep), steps).map(([first, rest]) => (first ? [first, ...rest] : rest));
}

const check: fc.Arbitrary<Omit<PodsConfig, 'name'>> = fc.record({
  kind: fc.constant('pods' as const),
  intervalMs: duration(3_600_000, 100),
  count: maybe(fc.integer({ min: 1, max: 1000 })),
  initialDelayMs: duration(1_000_000),
  failureLimit: fc.nat(100),
  errorLimit: fc.nat(100),
  noData: fc.constantFrom('fail' as const, 'inconclusive' as const, 'ignore' as const),
  dryRun: fc.boolean(),
});

/** Any config that can be written in a file. */
export const anyConfig: fc.Arbitrary<ReleaseConfig> = fc
  .constantFrom<(StrategyName | undefined)[]>('rolling', 'canary', 'blue-green', undefined)
  .chain(strategy =>
    fc.record({
      strategy: fc.constant(strategy),
      traffic: maybe(fc.constantFrom(...TRAFFIC)),
      rules: maybe(fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/), { minLength: 1, maxLength: 3 })),
      service: maybe(fc.stringMatching(/^web(-[a-z0-9]{1,9}){0,2}$/)),
      steps: strategy === 'rolling' ? fc.constant(undefined) : maybe(chosenFirst(stepsOf(strategy ?? 'canary'))),
      holdMs: maybe(duration(2_592_000_000)),
      settleMs: maybe(duration(3_600_000)),
      drainMs: maybe(duration(3_600_000)),
      maxRunMs: maybe(duration(432_000_000, 1_000)),
      timeoutMs: maybe(duration(21_600_000, 1_000)),
      onFailure: maybe(fc.constantFrom('rollback' as const, 'pause' as const, 'leave' as const)),
      onDrift: maybe(fc.constantFrom('correct' as const, 'fail' as const, 'ignore' as const)),
      prometheus: fc.constant(undefined),
      checks: maybe(
        fc
          .array(check, { maxLength: 3 })
          .map(checks => checks.map((one, index) => ({ ...one, name: `check ${index}` }))),
      ),
    }),
  );

/** A config as one would write it; `short` picks among the ways to write a step. */
export function written(config: ReleaseConfig, short: (index: number) => boolean): JsonObject {
  const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : formatDuration(ms));
  return given({
    strategy: config.strategy,
    traffic: config.traffic,
    service: config.service,
    routes: config.rules && (config.rules.length === 1 && short(0) ? (config.rules[0] as string) : [...config.rules]),
    steps: config.steps && writtenSteps(config.steps, short),
    hold: time(config.holdMs),
    settle: time(config.settleMs),
    drain: time(config.drainMs),
    'max-run': time(config.maxRunMs),
    timeout: time(config.timeoutMs),
    'on-failure': config.onFailure,
    'on-drift': config.onDrift,
    checks: config.checks?.map(({ kind, ...rest }) => ({
      [kind]: given({
        name: rest.name,
        interval: time(rest.intervalMs),
        count: rest.count,
        'initial-delay': time(rest.initialDelayMs),
        'failure-limit': rest.failureLimit,
        'error-limit': rest.errorLimit,
        'no-data': rest.noData,
        'dry-run': rest.dryRun,
      }),
    })),
  });
}

function writtenSteps(steps: readonly ConfigStep[], short: (index: number) => boolean): Json {
  const items: Json[] = [];
  for (const [index, step] of steps.entries()) {
    const before = items.at(-1);
    if (step.kind === 'approve') items.push('approve');
    else if (step.kind === 'match')
      items.push({ match: { [step.match.by]: step.match.name, value: step.match.value } });
    else if (step.kind === 'replicas') items.push({ replicas: step.replicas });
    else if (step.kind === 'weight')
      items.push(short(index) ? step.weight : { weight: short(index + 1) ? `${step.weight}%` : step.weight });
    else if (isObject(before) && before['hold'] === undefined && short(index)) before['hold'] = formatDuration(step.ms);
    else items.push({ hold: formatDuration(step.ms) });
  }
  return items;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function given(record: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
