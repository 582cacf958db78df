import type { KubeObject } from '../../../src/kube.ts';
import { registerNodes } from '../../../src/sandbox/kubelet/node.ts';
import { seeded } from '../../../src/sandbox/seeded.ts';
import { startTraffic, type Traffic } from '../../../src/sandbox/traffic/traffic.ts';
import { type Harness, harness, webService } from '../../sandbox/harness.ts';
import { app, deployNow, NAMESPACE } from '../rig.ts';
import { HTTP_ROUTE, INGRESS, type Routed, renamed, SUBSETS } from '../routes/routed.ts';
import { adopted } from './adopted.ts';
import type { Failure, Scenario } from './scenario.ts';
import { follow, type Seen } from './seen.ts';

export const NAME = 'shop';
/** Of the workload beside it, where there is one. */
const SECOND = 'api';
const SECOND_SIZE = 2;
const INTERNAL = 'internal';
export const NODES = ['sim-node', 'node-2', 'node-3'];
const SANDBOX = 'sandbox.sluice.dev/';
const DESIRED = `${SANDBOX}desired-replicas`;
/** Enough for the slowest pods of a scenario to serve. */
const READY_MS = 60_000;

const ROUTES: Partial<Record<Scenario['traffic'], Routed>> = {
  'gateway-api': HTTP_ROUTE,
  istio: SUBSETS,
  nginx: INGRESS,
};

export interface World {
  h: Harness;
  traffic: Traffic;
  scenario: Scenario;
  seen: Seen;
  /** Moments, in milliseconds of the clock, at which somebody has taken serving pods away. */
  disruptions: number[];
  /** When the release began, in milliseconds of the clock. */
  startedAt: number;
}

export const imageOf = (version: number): string => `${NAME}:${version}`;

/** The manifests of a version. Only the second one has what is wrong in it. */
export function manifests(scenario: Scenario, version: number): KubeObject[] {
  const { pods, rolls, config, kind } = scenario;
  const annotations = {
    [`${SANDBOX}start-after`]: `${pods.startMs}ms`,
    [`${SANDBOX}ready-after`]: `${pods.readyMs}ms`,
    [`${SANDBOX}terminate-after`]: `${pods.terminateMs}ms`,
    [`${SANDBOX}latency`]: `${pods.latencyMs}ms`,
    ...(version === 2 ? failing(scenario.failure) : {}),
  };
  const spec = { minReadySeconds: pods.minReadySeconds, ...(kind === 'Deployment' ? strategyOf(rolls) : {}) };
  const common = { image: imageOf(version), config: config === 'changed' ? String(version) : '1', annotations, spec };
  const objects = [
    ...app({ ...common, name: NAME, replicas: sizeIn(scenario, version) }),
    ...(scenario.isPair ? app({ ...common, name: SECOND, replicas: SECOND_SIZE }).slice(1) : []),
    ...(scenario.hasInternal ? [webService(INTERNAL, { app: NAME })] : []),
    ...(scenario.hasRoute ? routesOf(scenario).map(({ route }) => route) : []),
  ];
  return kind === 'Deployment' ? objects : objects.map(asStatefulSet);
}

/** The route to the workload, where there is one. */
function routesOf({ traffic }: Scenario): Routed[] {
  const route = ROUTES[traffic];
  return route ? [renamed(route, NAME)] : [];
}

/** As they were deployed by hand. */
function byHand(scenario: Scenario): KubeObject[] {
  const objects = manifests(scenario, 1);
  if (!scenario.isAdopted || scenario.kind === 'StatefulSet') return objects;
  return objects.map(adopted);
}

export function sizeIn({ size, newSize }: Scenario, version: number): number | undefined {
  if (newSize === 'open') return undefined;
  return version === 1 || newSize === 'same' ? size : newSize;
}

function strategyOf(rolls: Scenario['rolls']): object {
  if (rolls === 'default') return {};
  return { strategy: rolls === 'Recreate' ? { type: rolls } : { type: 'RollingUpdate', rollingUpdate: rolls } };
}

function asStatefulSet(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  return { ...object, kind: 'StatefulSet', spec: { ...(object.spec as object), serviceName: NAME } };
}

function failing(failure: Failure): Record<string, string> {
  if (failure.kind === 'none') return {};
  return { [SANDBOX + failure.kind]: 'ms' in failure ? `${failure.ms}ms` : 'true' };
}

export function workloadKind({ kind }: Scenario): string {
  return `apps/${kind}`;
}

/** A cluster of three nodes in which version 1 serves with all its pods, requests flow, and the laws are watched. */
export async function openWorld(scenario: Scenario): Promise<World> {
  const { seed, autoscaler } = scenario;
  // The default workload of the harness stands aside.
  const [routed] = routesOf(scenario);
  const h = harness({ seed, replicas: 0, traffic: false, readyMs: 0, objects: routed?.ground ?? [] });
  registerNodes(
    h.api,
    NODES.map(name => ({ name })),
  );
  const seen = follow(h.api, [NAME, SECOND, INTERNAL]);
  const objects = [...byHand(scenario), ...(routed && !scenario.hasRoute ? [routed.route] : [])];
  for (const object of objects) h.api.create(object, { manager: 'kubectl' });
  scale(h, workloadKind(scenario), NAME, scenario.size, 'kubectl');
  if (autoscaler) h.api.create(scaler(autoscaler), { manager: 'kubectl' });
  h.clock.advance(READY_MS);
  const exclude = ['web', '*-canary', '*-preview', '*-stable', ...(routed && stops(scenario) ? [NAME, INTERNAL] : [])];
  // Clients give a connection up well before any drain ends.
  const traffic = startTraffic(h.api, { random: seeded(seed + 1), exclude, connectionMs: 1_000 });
  if (scenario.isReleased) {
    const released = await deployNow(h, manifests(scenario, 1), { strategy: 'rolling' });
    if (released.phase !== 'succeeded') throw new Error(`version 1 could not be released: ${released.error?.message}`);
    h.clock.advance(READY_MS);
  }
  return { h, traffic, scenario, seen, disruptions: [], startedAt: h.clock.now() };
}

/** Its Service is without pods while it is rolled: only requests by the route go on. */
function stops({ rolls }: Scenario): boolean {
  return rolls !== 'default' && (rolls === 'Recreate' || rolls.maxSurge === 0 || rolls.maxUnavailable !== '25%');
}

function scaler({ min, desired }: NonNullable<Scenario['autoscaler']>): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: NAME, namespace: NAMESPACE, annotations: { [DESIRED]: String(desired) } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
      minReplicas: min,
      maxReplicas: 8,
    },
  };
}

export function setLoad(h: Harness, replicas: number): void {
  const live = h.api.get('autoscaling/HorizontalPodAutoscaler', NAMESPACE, NAME);
  if (!live) return;
  const { metadata, ...rest } = structuredClone(live);
  const annotations = { ...metadata.annotations, [DESIRED]: String(replicas) };
  h.api.update({ ...rest, metadata: { ...metadata, annotations } }, { manager: 'load' });
}

/** Answers how many pods are asked for less than before. */
export function scale(h: Harness, kind: string, name: string, replicas: number, manager: string): number {
  const live = h.api.get<KubeObject<{ replicas?: number }>>(kind, NAMESPACE, name);
  const was = live?.spec?.replicas ?? 1;
  if (!live || was === replicas) return 0;
  h.api.update({ ...structuredClone(live), spec: { ...structuredClone(live.spec), replicas } }, { manager });
  return was - replicas;
}
