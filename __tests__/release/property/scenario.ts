import fc from 'fast-check';
import type { ConfigStep } from '../../../src/config/release-config.ts';
import type { Fault, FaultEffect } from '../../../src/sandbox/server/faults.ts';
import type { RoutedName } from '../../../src/traffic/routers.ts';

/** How the pods of both versions behave, in milliseconds. */
export interface Pods {
  startMs: number;
  readyMs: number;
  minReadySeconds: number;
  /** From SIGTERM to the end: at least as long as nodes still send, and as requests take. */
  terminateMs: number;
  latencyMs: number;
}

/** What is wrong with the new version; times are since the start of a container. */
export type Failure =
  | { kind: 'none' }
  | { kind: 'image-pull-failure' | 'never-ready' }
  | { kind: 'crash-after' | 'oom-after' | 'unready-after'; ms: number };

export type Verb = 'promote' | 'promote-full' | 'reject' | 'pause' | 'resume' | 'advance';

/** What others do, and what befalls the run. */
export type Happening =
  | { do: 'scale'; side: 'stable' | 'twin'; replicas: number }
  | { do: 'delete-pods'; side: 'stable' | 'twin'; count: number }
  | { do: 'drain'; node: number }
  | { do: 'load'; replicas: number }
  | { do: 'command'; verb: Verb }
  | { do: 'deploy'; concurrency: 'wait' | 'supersede' | 'fail' }
  | { do: 'fault'; fault: Fault }
  | { do: 'kill' | 'cancel' }
  | { do: 'freeze'; ms: number };

export interface Timed {
  atMs: number;
  happening: Happening;
}

export interface Scenario {
  /** Of names, jitter and requests. */
  seed: number;
  kind: 'Deployment' | 'StatefulSet';
  size: number;
  /** What the new manifests say of it. Where they leave it open the old ones do, too, and somebody has scaled the workload. */
  newSize: 'same' | 'open' | number;
  /** Sluice has released the version that serves; else it was deployed by hand. */
  isReleased: boolean;
  /** Its pods have the label of stable's track already. */
  isAdopted: boolean;
  /** A second workload beside it has the same new version. */
  isPair: boolean;
  /** The manifests have the route to it, where traffic moves by one. */
  hasRoute: boolean;
  /** A second Service selects its pods. */
  hasInternal: boolean;
  strategy: 'canary' | 'blue-green';
  traffic: 'pods' | 'service' | RoutedName;
  steps: ConfigStep[];
  rolls: { maxSurge: number | string; maxUnavailable: number | string } | 'Recreate' | 'default';
  pods: Pods;
  failure: Failure;
  config: 'same' | 'changed';
  autoscaler: { min: number; desired: number } | undefined;
  settleMs: number;
  drainMs: number;
  maxRunMs: number;
  onFailure: 'rollback' | 'pause' | 'leave';
  onDrift: 'correct' | 'fail' | 'ignore';
  happenings: Timed[];
  /** How a release that is left open is brought to its end. */
  finish: 'promote' | 'reject';
}

const HOUR_MS = 3_600_000;
const replicas = fc.integer({ min: 1, max: 6 });
const side = fc.constantFrom('stable' as const, 'twin' as const);

const pods: fc.Arbitrary<Pods> = fc
  .record({
    startMs: fc.constantFrom(300, 0, 2_000),
    readyMs: fc.constantFrom(700, 0, 5_000, 15_000),
    minReadySeconds: fc.constantFrom(0, 0, 3, 10),
    terminateMs: fc.constantFrom(500, 1_000, 8_000),
    latencyMs: fc.constantFrom(100, 500),
  })
  // A server that ends before its last request is answered loses it in any rolling update.
  .map(one => ({ ...one, latencyMs: Math.min(one.latencyMs, one.terminateMs - 400) }));

const failure: fc.Arbitrary<Failure> = fc.oneof(
  { arbitrary: fc.constant<Failure>({ kind: 'none' }), weight: 5 },
  { arbitrary: fc.record({ kind: fc.constantFrom('image-pull-failure' as const, 'never-ready' as const) }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('crash-after' as const, 'oom-after' as const, 'unready-after' as const),
      ms: fc.integer({ min: 200, max: 40_000 }),
    }),
    weight: 2,
  },
);

const pause: fc.Arbitrary<ConfigStep> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('hold' as const), ms: fc.constantFrom(2_000, 8_000, 30_000) }),
    weight: 4,
  },
  { arbitrary: fc.constant<ConfigStep>({ kind: 'approve' }), weight: 1 },
);
const replicasStep: fc.Arbitrary<ConfigStep> = fc.record({ kind: fc.constant('replicas' as const), replicas });

function stepsFor(isWhole: boolean, byPods: boolean): fc.Arbitrary<ConfigStep[]> {
  // By pods, more pods of the new version are more traffic: a size is asked for only where it is not.
  const between = byPods ? pause : fc.oneof({ arbitrary: pause, weight: 5 }, { arbitrary: replicasStep, weight: 1 });
  const weights = isWhole
    ? fc.constant([100])
    : fc.uniqueArray(fc.constantFrom(1, 10, 25, 40, 50, 60, 75, 90, 99, 100), { minLength: 1, maxLength: 4 });
  const groups = fc.array(fc.array(between, { maxLength: 2 }), { minLength: 5, maxLength: 5 });
  return fc
    .tuple(weights, groups)
    .map(([chosen, [before = [], ...after]]) => [
      ...(isWhole ? before : []),
      ...chosen
        .toSorted((a, b) => a - b)
        .flatMap((weight, index): ConfigStep[] => [{ kind: 'weight', weight }, ...(after[index] ?? [])]),
    ]);
}

const effect: fc.Arbitrary<FaultEffect> = fc.oneof(
  fc.constant<FaultEffect>({ kind: 'throttle', retryAfterSeconds: 1 }),
  fc.record({ kind: fc.constant('error' as const), status: fc.constantFrom(500, 503, 504) }),
  fc.record({ kind: fc.constant('reset' as const), executed: fc.boolean() }),
  fc.record({ kind: fc.constant('slow' as const), milliseconds: fc.constantFrom(300, 3_000, 12_000) }),
  fc.record({ kind: fc.constant('cut-watch' as const), afterEvents: fc.nat(3) }),
  fc.constant<FaultEffect>({ kind: 'hang' }),
  fc.constant<FaultEffect>({ kind: 'expired' }),
);

const fault: fc.Arbitrary<Fault> = fc
  .record({
    effect,
    times: fc.integer({ min: 1, max: 6 }),
    verbs: fc.constantFrom(undefined, ['patch', 'update', 'create', 'delete'], ['get', 'list'], ['delete']),
    resource: fc.constantFrom(undefined, undefined, 'deployments', 'services', 'secrets', 'leases', 'pods'),
  })
  .map(({ effect: what, times, verbs, resource }): Fault => {
    const isOfWatch = what.kind === 'cut-watch' || what.kind === 'expired';
    const asked = isOfWatch ? ['watch'] : verbs;
    return { effect: what, times, ...(asked ? { verbs: asked } : {}), ...(resource ? { resource } : {}) };
  });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('scale' as const), side, replicas }), weight: 2 },
  {
    arbitrary: fc.record({ do: fc.constant('delete-pods' as const), side, count: fc.integer({ min: 1, max: 3 }) }),
    weight: 2,
  },
  { arbitrary: fc.record({ do: fc.constant('drain' as const), node: fc.nat(2) }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('load' as const), replicas }), weight: 2 },
  {
    arbitrary: fc.record({
      do: fc.constant('command' as const),
      verb: fc.constantFrom<Verb[]>('promote', 'promote-full', 'reject', 'pause', 'resume', 'advance'),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('deploy' as const),
      concurrency: fc.constantFrom('wait' as const, 'supersede' as const, 'fail' as const),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ do: fc.constant('fault' as const), fault }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'cancel' as const) }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constant('freeze' as const), ms: fc.constantFrom(3_000, 20_000, 60_000) }),
    weight: 1,
  },
);

export const anyScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kind: fc.constantFrom('Deployment' as const, ...Array<'Deployment'>(7).fill('Deployment'), 'StatefulSet' as const),
    strategy: fc.constantFrom('canary' as const, 'blue-green' as const),
    traffic: fc.constantFrom('pods' as const, 'service' as const),
  })
  // A StatefulSet moves by its partition, and that by pods alone.
  .map(one => (one.kind === 'Deployment' ? one : { ...one, strategy: 'canary' as const, traffic: 'pods' as const }))
  .chain(one =>
    fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      kind: fc.constant(one.kind),
      // One at a time its pods go before new ones come: a single one is an outage by itself.
      size: one.kind === 'StatefulSet' ? fc.integer({ min: 2, max: 4 }) : replicas,
      newSize: fc.oneof(
        { arbitrary: fc.constantFrom('same' as const, 'open' as const), weight: 3 },
        { arbitrary: fc.integer({ min: one.kind === 'StatefulSet' ? 2 : 1, max: 6 }), weight: 1 },
      ),
      isReleased: fc.boolean(),
      isAdopted: fc.boolean(),
      isPair: fc.integer({ min: 0, max: 5 }).map(number => number === 5),
      hasInternal: fc.integer({ min: 0, max: 3 }).map(number => number === 3),
      hasRoute: fc.constant(false),
      isAbrupt: fc.boolean(),
      strategy: fc.constant(one.strategy),
      traffic: fc.constant(one.traffic),
      steps: stepsFor(one.strategy === 'blue-green' || one.traffic === 'service', one.traffic === 'pods'),
      rolls: fc.oneof(
        { arbitrary: fc.constant('default' as const), weight: 3 },
        { arbitrary: fc.constant('Recreate' as const), weight: 1 },
        {
          arbitrary: fc.record({
            maxSurge: fc.constantFrom<(number | string)[]>(1, 2, '50%', 0),
            maxUnavailable: fc.constantFrom<(number | string)[]>(1, '25%', '50%'),
          }),
          weight: 2,
        },
      ),
      pods,
      failure,
      config: fc.constantFrom('same' as const, 'changed' as const),
      autoscaler:
        one.kind === 'StatefulSet'
          ? fc.constant(undefined)
          : fc.option(fc.record({ min: fc.integer({ min: 1, max: 3 }), desired: replicas }), {
              nil: undefined,
              freq: 4,
            }),
      settleMs: fc.constantFrom(1_000, 5_000),
      drainMs: fc.constantFrom(2_000, 10_000),
      maxRunMs: fc.constantFrom(HOUR_MS, HOUR_MS, 25_000),
      onFailure: fc.constantFrom('rollback' as const, 'rollback' as const, 'pause' as const, 'leave' as const),
      onDrift: fc.constantFrom('correct' as const, 'correct' as const, 'fail' as const, 'ignore' as const),
      happenings: fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 70_000 }), happening }), { maxLength: 5 }),
      finish: fc.constantFrom('promote' as const, 'reject' as const),
    }),
  )
  // Which of several Services has the traffic can be said for one workload alone.
  .map(scenario => (scenario.isPair ? { ...scenario, hasInternal: false } : scenario))
  .map(({ isAbrupt, ...scenario }) => (isAbrupt && mayBeAbrupt(scenario) ? abrupt(scenario) : scenario));

/** The same over a router that splits by the percent. */
export const anyRouted: fc.Arbitrary<Scenario> = fc
  .tuple(anyScenario, fc.constantFrom<RoutedName[]>('gateway-api', 'istio', 'nginx'), fc.boolean())
  .map(([{ pods: given, ...scenario }, traffic, hasRoute]) => ({
    ...scenario,
    traffic,
    hasRoute,
    // The second workload has no route: requests to its Service would end where it stops to roll.
    rolls: scenario.isPair ? 'default' : scenario.rolls,
    kind: 'Deployment',
    // Whoever uses the Service meets stable while it is rolled, and its pods end in the midst of nothing.
    pods: { ...given, terminateMs: Math.max(1_000, given.terminateMs) },
  }));

const NOT_ABRUPT: readonly Happening['do'][] = ['scale', 'delete-pods', 'drain', 'deploy'];

/** Whether nothing but the release stops a pod, and that only when it has no traffic. */
function mayBeAbrupt({ traffic, isAdopted, hasInternal, failure, autoscaler, happenings, finish }: Scenario): boolean {
  // What is pinned has stable's pods alone, also while they are rolled; what is promoted goes back by rolling once more.
  const isSwitched = traffic === 'service' && isAdopted && !hasInternal && !autoscaler && failure.kind === 'none';
  const isLeftAlone = happenings.every(
    ({ happening }) =>
      !NOT_ABRUPT.includes(happening.do) && !(happening.do === 'command' && happening.verb === 'reject'),
  );
  return isSwitched && isLeftAlone && finish === 'promote';
}

/** Servers that end in the middle of an answer: only a drain keeps their requests. */
function abrupt(scenario: Scenario): Scenario {
  return { ...scenario, pods: { ...scenario.pods, terminateMs: 0, latencyMs: 500 } };
}
