import { type KubeObject, refKey, refOf } from '../../src/kube.ts';
import { choosePairs } from '../../src/strategies/pairs.ts';
import type { FoundRoutes, ProgressiveWish } from '../../src/strategies/wish.ts';
import type { RoutedName } from '../../src/traffic/routers.ts';

const NAMESPACE = 'shop';

function object(apiVersion: string, kind: string, name: string, spec: object, namespace = NAMESPACE): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

export function workload(
  name: string,
  image: string,
  { kind = 'Deployment', app = name, track = true } = {},
): KubeObject {
  const labels = { app, ...(track ? { 'sluice.dev/track': 'stable' } : {}) };
  return object('apps/v1', kind, name, {
    replicas: 4,
    selector: { matchLabels: { app } },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } },
  });
}

export const service = (name: string, app = name): KubeObject =>
  object('v1', 'Service', name, { selector: { app }, ports: [{ port: 80 }] });
export const httpRoute = (name: string, ...services: string[]): KubeObject =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', name, {
    rules: services.map(backend => ({ name: `to-${backend}`, backendRefs: [{ name: backend, port: 80 }] })),
  });
export const virtualService = (name: string, ...hosts: string[]): KubeObject =>
  object('networking.istio.io/v1', 'VirtualService', name, {
    hosts: ['web.example'],
    http: hosts.map(host => ({ name: `to-${host}`, route: [{ destination: { host } }] })),
  });
export const ingress = (name: string, backend: string, ingressClassName = 'nginx'): KubeObject =>
  object('networking.k8s.io/v1', 'Ingress', name, {
    ingressClassName,
    rules: [{ http: { paths: [{ path: '/', backend: { service: { name: backend } } }] } }],
  });

export interface Given {
  /** Names of the workloads that get a new version, and of what kind they are. */
  moving?: Record<string, { kind?: string; app?: string }>;
  services?: KubeObject[];
  routes?: Partial<Record<RoutedName, KubeObject[]>>;
  unseen?: Partial<Record<RoutedName, FoundRoutes['unseen']>>;
  others?: KubeObject[];
  /** Of the manifests, beside the workloads. */
  wanted?: KubeObject[];
  wish?: Partial<ProgressiveWish>;
}

/** Workloads with a new image, and these routes in the cluster. */
export function wishFor({
  moving = { web: {} },
  services = [service('web')],
  others = [],
  ...given
}: Given = {}): ProgressiveWish {
  const present = Object.entries(moving).map(([name, more]) => workload(name, `${name}:1`, more));
  const wanted = Object.entries(moving).map(([name, more]) => workload(name, `${name}:2`, more));
  const keyed = (objects: KubeObject[]) => new Map(objects.map(one => [refKey(refOf(one)), one]));
  const found = (name: RoutedName): [RoutedName, FoundRoutes] => [
    name,
    { routes: given.routes?.[name] ?? [], aids: [], unseen: given.unseen?.[name] ?? [], unseenAids: [] },
  ];
  return {
    release: 'shop',
    namespace: NAMESPACE,
    strategy: 'canary',
    groups: [[...wanted, ...(given.wanted ?? [])]],
    live: {
      objects: keyed(present),
      merged: keyed(wanted),
      services,
      autoscalers: [],
      workloads: [...present, ...others],
      routes: new Map((['gateway-api', 'istio', 'nginx'] as const).map(found)),
    },
    previous: [],
    prune: true,
    traffic: 'auto',
    service: undefined,
    rules: undefined,
    steps: [],
    baselines: [],
    asked: [],
    settleMs: 0,
    drainMs: 0,
    ...given.wish,
  };
}

/** What is chosen for them. */
export function chosen(given: Given = {}) {
  const outcome = choosePairs(wishFor(given));
  return { ...outcome, told: outcome.notes.join('\n'), refused: outcome.problems.map(({ message }) => message) };
}
