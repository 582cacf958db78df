import type { KubeObject, ObjectRef } from '../../src/kube.ts';
import { refOf } from '../../src/kube.ts';
import type { CheckReport, Outcome, ReleaseEvent, TimedEvent } from '../../src/release/events.ts';
import type { Pair, Plan, RouterName, Step, Track, TrafficPlan } from '../../src/release/plan.ts';
import type { Pause, ReleaseRecord } from '../../src/release/record.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { type Asked, tell } from '../../src/report/story.ts';
import { splitOf } from '../../src/strategies/traffic-steps.ts';

export const START = Date.UTC(2026, 2, 14, 9, 26, 53);

export const shopFacts = {
  commit: '3f9a1c2be0d84b6f9f2f6f3c9f0a7d1e5b8c4a60',
  ref: 'refs/heads/main',
  actor: 'rosa',
  runUrl: 'https://github.com/acme/shop/actions/runs/42',
  repositoryUrl: 'https://github.com/acme/shop',
};

export function deployment(name: string): { apiVersion: string; kind: string; name: string; namespace: string } {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: 'shop' };
}

export function other(
  kind: string,
  name: string,
): { apiVersion: string; kind: string; name: string; namespace: string } {
  return { apiVersion: 'v1', kind, name, namespace: 'shop' };
}

/** Releases that move traffic, as facts: web has four pods, cart two, and catalog stays as it is. */
export const RUN = 'https://github.com/acme/shop/actions/runs/43';
export const ADA = `ada in ${RUN}`;

export function workload(name: string, tag: string, replicas = 2): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { replicas, template: { spec: { containers: [{ name, image: `ghcr.io/acme/${name}:${tag}` }] } } },
  };
}

export const OLD = [workload('web', '1.5.0', 4), workload('cart', '1.5.0'), workload('catalog', '0.9.1')];
export const NEW = [workload('web', '1.6.0', 4), workload('cart', '1.6.0'), workload('catalog', '0.9.1')];

export function service(name: string): ObjectRef {
  return other('Service', name);
}

function pair(name: string, size: number, track: Track): Pair {
  const own = { stable: service(name), twin: service(`${name}-${track}`) };
  return { stable: deployment(name), twin: deployment(`${name}-${track}`), size, surge: 1, service: own };
}

function traffic(router: RouterName, track: Track): TrafficPlan {
  const pairs = [pair('web', 4, track), pair('cart', 2, track)];
  return { router, track, pairs, settleMs: 5_000, drainMs: 30_000, pins: [], floors: [] };
}

function shift(weight: number, way: TrafficPlan): Step {
  return { do: 'shift', name: `Shift to ${weight} %`, weight, actual: way.pairs.map(one => splitOf(one, way, weight)) };
}

function hold(weight: number): Step {
  return { do: 'hold', name: `Hold 2m at ${weight} %`, ms: 120_000, weight };
}

function promotion({ track, pairs }: TrafficPlan): Step[] {
  const objects = NEW.map(refOf);
  return [
    { do: 'apply', name: 'Promote 3 Deployments', objects, promotion: true },
    { do: 'await-health', name: 'Wait until stable is the new version', objects },
    { do: 'shift', name: 'Give the traffic back to stable', weight: 0 },
    { do: 'drain', name: 'Drain', ms: 30_000 },
    {
      do: 'remove',
      name: `Remove Deployment shop/web-${track}, Deployment shop/cart-${track}`,
      twins: pairs.map(({ twin }) => twin),
      objects: [service(`web-${track}`), service(`cart-${track}`)],
    },
    { do: 'unguard', name: 'Take back what was held', floors: [], pins: [] },
  ];
}

function prepare(track: Track): Step {
  return { do: 'prepare', name: 'Prepare 2 Services', objects: [service(`web-${track}`), service(`cart-${track}`)] };
}

const byPods = traffic('pods', 'canary');
export const canary: Plan = {
  strategy: 'canary',
  traffic: byPods,
  notes: [
    'Traffic moves by the router pods: Services spread requests evenly over the pods that they select, so the number of pods decides.',
  ],
  steps: [
    prepare('canary'),
    shift(10, byPods),
    hold(10),
    shift(25, byPods),
    hold(25),
    { do: 'approve', name: 'Wait for approval at 25 %', weight: 25 },
    ...promotion(byPods),
  ],
};

const byService = traffic('service', 'preview');
export const blueGreen: Plan = {
  strategy: 'blue-green',
  traffic: byService,
  notes: [
    'Traffic moves by the router service: one Service selects the pods, and its selector can switch at once.',
    'Deployment shop/web: host port 8443 can be had once a node; the new pods need free nodes.',
  ],
  steps: [
    prepare('preview'),
    { do: 'scale', name: 'Start 4/2 pods of the new version', weight: 100 },
    { do: 'hold', name: 'Hold 30s without traffic', ms: 30_000, weight: 0 },
    shift(100, byService),
    hold(100),
    ...promotion(byService),
  ],
};

export const wayBack: Step[] = [
  { do: 'capacity', name: 'Wait for stable’s capacity' },
  { do: 'shift', name: 'Give the traffic back to stable', weight: 0 },
  { do: 'drain', name: 'Drain', ms: 30_000 },
  { do: 'remove', name: 'Remove Deployment shop/web-canary, Deployment shop/cart-canary', twins: [], objects: [] },
  { do: 'unguard', name: 'Take back what was held', floors: [], pins: [] },
];

export const deploying: Asked = {
  action: 'deploy',
  release: 'shop',
  strategy: 'canary',
  namespaces: ['shop'],
  cluster: { server: 'https://10.0.0.1:6443', context: 'production' },
  facts: { ...shopFacts, uses: 'acme/sluice@v0' },
  startedAt: START,
  objects: NEW,
  substitutions: [],
};

/** A run that is given no manifests. */
export function commanding(action: string): Asked {
  return { ...deploying, action, strategy: 'rolling', objects: [] };
}

/** Facts, each so many seconds after the one before. */
export type Told = readonly (readonly [seconds: number, event: ReleaseEvent])[];

export function timed(facts: Told): TimedEvent[] {
  let at = START;
  return facts.map(([seconds, event]) => {
    at += seconds * 1000;
    return { ...event, at };
  });
}

export function modelOf(asked: Asked, facts: Told): ReportModel {
  const events = timed(facts);
  return tell(asked, events, (events.at(-1)?.at ?? START) + 100);
}

/** A step that takes so long, with what happens in it. */
export function driven(
  { steps }: { steps: readonly Step[] },
  index: number,
  seconds: number,
  inner: readonly ReleaseEvent[] = [],
  outcome: 'done' | 'failed' | 'paused' = 'done',
): Told {
  const { name } = steps[index] as Step;
  return [
    [0.1, { type: 'step-started', index, name }],
    ...inner.map((event, place) => [place === 0 ? seconds / 2 : 0, event] as const),
    [inner.length > 0 ? seconds / 2 : seconds, { type: 'step-ended', index, name, outcome }],
  ];
}

/** Gives both workloads this share of the requests, by pods or at once. */
export function moved(plan: Plan, weight: number): ReleaseEvent[] {
  const way = plan.traffic as TrafficPlan;
  const splits = way.pairs.map(one => ({ pair: one, split: splitOf(one, way, weight) }));
  return [
    ...splits.flatMap(({ pair: { stable, twin }, split }): ReleaseEvent[] =>
      way.router === 'service'
        ? []
        : [
            { type: 'resized', ref: twin, replicas: split.twin },
            { type: 'health', progress: { ref: twin, status: 'progressing', message: 'Waiting for its pods' } },
            { type: 'resized', ref: stable, replicas: split.stable },
          ],
    ),
    {
      type: 'shifted',
      weight,
      actual: splits.map(({ pair: { stable }, split }) => ({ workload: stable, share: split.actual })),
    },
  ];
}

export function check(more: Partial<CheckReport> = {}): CheckReport {
  return {
    name: 'pods',
    verdict: 'pass',
    dryRun: false,
    samples: 13,
    failures: 0,
    errors: 0,
    noData: 0,
    message: 'Deployment shop/web-canary: 1 of 1 pods can serve',
    ...more,
  };
}

export function judged(...checks: CheckReport[]): ReleaseEvent {
  const verdicts = checks.flatMap(({ verdict, dryRun }) => (verdict === 'undecided' || dryRun ? [] : [verdict]));
  return { type: 'judged', verdict: verdicts.find(verdict => verdict !== 'pass') ?? 'pass', checks };
}

export function started(plan: Plan): Told {
  return [[0.4, { type: 'started', revision: 8, origin: {}, plan, previous: OLD, firstDeploy: false }]];
}

export function ended(outcome: Outcome): Told {
  return [[0.1, { type: 'ended', outcome }]];
}

export function recordAt(plan: Plan, cursor: number, more: Partial<ReleaseRecord>): ReleaseRecord {
  return {
    schema: 2,
    release: 'shop',
    namespace: 'shop',
    revision: 8,
    status: 'paused',
    digest: '',
    startedAt: new Date(START - 600_000).toISOString(),
    origin: {},
    holder: `${RUN}#1`,
    plan,
    cursor,
    objects: NEW,
    before: OLD,
    created: [],
    unpruned: [],
    history: [],
    ...more,
  };
}

export function pauseFor(why: Pause['why'], more: Partial<Pause> = {}): Pause {
  return { why, at: new Date(START - 60_000).toISOString(), ...more };
}
