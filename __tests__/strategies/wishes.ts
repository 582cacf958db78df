import fc from 'fast-check';
import { settledSteps } from '../../src/config/steps.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../src/kube.ts';
import { inOrder } from '../../src/manifests/order.ts';
import type { ProgressiveWish } from '../../src/strategies/wish.ts';
import { stepsOf } from '../config/arbitrary.ts';

export const NAMESPACE = 'shop';

/** One workload of a wish, and what is there of it. */
export interface Part {
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** Absent: the manifests leave it open, and it has 3. */
  replicas: number | undefined;
  presence: 'new' | 'same' | 'changed';
  rolls: 'default' | 'Recreate' | 'no surge';
  isAdopted: boolean;
  hasService: boolean;
  hasHeadless: boolean;
  autoscaler: 'none' | 'wanted' | 'foreign';
  config: 'none' | 'new' | 'same' | 'changed';
}

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom('Deployment', 'Deployment', 'Deployment', 'StatefulSet', 'DaemonSet'),
  replicas: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  presence: fc.constantFrom('new', 'same', 'changed', 'changed', 'changed'),
  rolls: fc.constantFrom('default', 'default', 'Recreate', 'no surge'),
  isAdopted: fc.boolean(),
  hasService: fc.boolean(),
  hasHeadless: fc.boolean(),
  autoscaler: fc.constantFrom('none', 'none', 'wanted', 'foreign'),
  config: fc.constantFrom('none', 'new', 'same', 'changed'),
});

const NAMES = ['web', 'api', 'idle'];
/** Kinds that a release brings or changes beside its workloads. */
const OTHERS = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'NetworkPolicy', 'Job', 'Widget', 'Role'];

export interface Wished {
  wish: ProgressiveWish;
  /** By name of the workload. */
  parts: ReadonlyMap<string, Part>;
}

/** Wishes that can be planned: what a router cannot do is not asked of it. */
export const anyWish: fc.Arbitrary<Wished> = fc
  .record({
    strategy: fc.constantFrom('canary' as const, 'blue-green' as const),
    router: fc.constantFrom('auto' as const, 'pods' as const, 'service' as const),
    parts: fc.array(part, { minLength: 1, maxLength: 3 }),
    others: fc.uniqueArray(fc.record({ kind: fc.constantFrom(...OTHERS), isNew: fc.boolean() }), {
      selector: ({ kind }) => kind,
      maxLength: 4,
    }),
    previous: fc.subarray(['old', 'conf-web', 'gone']),
    prune: fc.boolean(),
    drainMs: fc.constantFrom(0, 2_000, 30_000),
    holdMs: fc.constantFrom(1, 10_000, 60_000),
  })
  .chain(given => {
    // The Service's selector gives one version all or nothing.
    const isWhole = given.strategy === 'blue-green' || given.router === 'service';
    const steps = stepsOf(isWhole ? 'blue-green' : 'canary');
    return steps.map(asked => ({ ...given, asked }));
  })
  .map(({ parts, asked, holdMs, router, others, previous, ...given }) => {
    const named = new Map(parts.map((one, index) => [NAMES[index] as string, forRouter(one, router, given.strategy)]));
    const has = [...named.values()].some(one => one.hasService && one.kind === 'Deployment' && isMoved(one));
    const wanted = [...named].flatMap(([name, one]) => objectsOf(name, one, 'new'));
    const present = [...named].flatMap(([name, one]) => objectsOf(name, one, 'old'));
    const extra = others.map(({ kind }) => other(kind));
    const old = others.filter(({ isNew }) => !isNew).map(({ kind }) => other(kind));
    return {
      parts: named,
      wish: {
        ...given,
        release: 'shop',
        namespace: NAMESPACE,
        groups: inOrder([...extra, ...wanted]),
        live: liveOf([...extra, ...wanted], [...old, ...present]),
        previous: previous.map(name => ref('v1', 'ConfigMap', name)),
        traffic: router === 'service' && !has ? 'auto' : router,
        service: undefined,
        rules: undefined,
        // Refused where the number of pods is what moves the traffic.
        steps: settledSteps(given.strategy, asked, holdMs).filter(
          ({ kind }) => kind !== 'replicas' || (router === 'service' && has),
        ),
        baselines: [],
        asked: [],
        settleMs: 1_000,
      },
    } satisfies Wished;
  });

/** What a switch of the Service cannot do: it needs one Service, and a rollout that stops nothing beside it. */
function forRouter(one: Part, router: string, strategy: string): Part {
  const mayBeService = router === 'service' || (router === 'auto' && strategy === 'blue-green');
  if (!mayBeService) return one;
  return {
    ...one,
    isAdopted: one.isAdopted || one.rolls !== 'default',
    hasService: one.hasService || (one.hasHeadless && one.kind === 'Deployment'),
    // Beside the one that is switched there may be another only where rolling leaves it pods.
    hasHeadless: one.hasHeadless && one.rolls === 'default',
  };
}

/** Whether it gets a new version beside the one that is there. */
export function isMoved({ kind, presence, config, replicas }: Part): boolean {
  // A StatefulSet of one pod can only be of one version.
  if (kind === 'StatefulSet' && (replicas ?? 3) === 1) return false;
  return kind !== 'DaemonSet' && presence !== 'new' && (presence === 'changed' || config === 'changed');
}

function liveOf(wanted: readonly KubeObject[], present: readonly KubeObject[]): ProgressiveWish['live'] {
  const byKey = (objects: readonly KubeObject[]) => new Map(objects.map(one => [refKey(refOf(one)), one]));
  const there = byKey(present);
  const objects = byKey(wanted.flatMap(one => there.get(refKey(refOf(one))) ?? []));
  const all = [...byKey([...wanted, ...present]).values()];
  return {
    objects,
    merged: byKey(wanted.filter(one => objects.has(refKey(refOf(one))))),
    services: all.filter(({ kind }) => kind === 'Service'),
    autoscalers: present.filter(({ kind }) => kind === 'HorizontalPodAutoscaler'),
    workloads: present.filter(({ apiVersion }) => apiVersion === 'apps/v1'),
    routes: new Map(),
  };
}

function ref(apiVersion: string, kind: string, name: string): ObjectRef {
  return { apiVersion, kind, name, namespace: NAMESPACE };
}

function other(kind: string): KubeObject {
  const API: Record<string, string> = {
    CustomResourceDefinition: 'apiextensions.k8s.io/v1',
    NetworkPolicy: 'networking.k8s.io/v1',
    Job: 'batch/v1',
    Widget: 'example.com/v1',
    Role: 'rbac.authorization.k8s.io/v1',
  };
  return { apiVersion: API[kind] ?? 'v1', kind, metadata: { name: 'extra', namespace: NAMESPACE } };
}

/** `old`: what is there of it, by hand and by releases before this one. */
function objectsOf(name: string, one: Part, version: 'old' | 'new'): KubeObject[] {
  const isOld = version === 'old';
  if (isOld && one.presence === 'new') return [];
  const labels = { app: name };
  const track = isOld && one.isAdopted ? { 'sluice.dev/track': 'stable' } : {};
  const image = `${name}:${one.presence === 'changed' && !isOld ? 2 : 1}`;
  const envFrom = one.config === 'none' ? [] : [{ configMapRef: { name: `conf-${name}` } }];
  const replicas = one.replicas ?? (isOld ? 3 : undefined);
  const at = (apiVersion: string, kind: string, own: string, spec: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: own, namespace: NAMESPACE },
    spec,
  });
  const service = (own: string, more: object): KubeObject =>
    at('v1', 'Service', own, { selector: labels, ports: [{ port: 80 }], ...more });
  const autoscaler = at('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: one.kind, name },
    minReplicas: 1,
    maxReplicas: 20,
  });
  const hasAutoscaler =
    one.kind !== 'DaemonSet' && (one.autoscaler === 'wanted' || (isOld && one.autoscaler === 'foreign'));
  const hasConfig = one.config !== 'none' && !(isOld && one.config === 'new');
  return [
    at('apps/v1', one.kind, name, {
      ...(replicas === undefined || one.kind === 'DaemonSet' ? {} : { replicas }),
      ...(one.kind === 'Deployment' ? { strategy: STRATEGIES[one.rolls] } : {}),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, ...track } },
        spec: { containers: [{ name: 'c', image, envFrom }] },
      },
    }),
    ...(one.hasService ? [service(name, {})] : []),
    ...(one.hasHeadless ? [service(`${name}-peers`, { clusterIP: 'None' })] : []),
    ...(hasAutoscaler ? [autoscaler] : []),
    ...(hasConfig
      ? [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: `conf-${name}`, namespace: NAMESPACE },
            data: { version: one.config === 'changed' ? version : 'same' },
          },
        ]
      : []),
  ];
}

const STRATEGIES = {
  default: undefined,
  Recreate: { type: 'Recreate' },
  'no surge': { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } },
} as const;
