import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { KubeObject } from '../../../src/kube.ts';
import { startTraffic, type Traffic, type TrafficOptions } from '../../../src/sandbox/traffic/traffic.ts';
import { type Cluster, deployment, NAMESPACE, startCluster } from '../controllers/cluster.ts';

export const GATEWAY = 'gateway.networking.k8s.io';
export const ISTIO = 'networking.istio.io';
const CRDS: Readonly<Record<string, string>> = {
  HTTPRoute: 'gateway-api-httproutes',
  GRPCRoute: 'gateway-api-grpcroutes',
  ReferenceGrant: 'gateway-api-referencegrants',
  VirtualService: 'istio-virtualservices',
  DestinationRule: 'istio-destinationrules',
};
const read = new Map<string, KubeObject>();

function definitionOf(kind: string): KubeObject[] {
  const file = CRDS[kind];
  if (!file) return [];
  const known =
    read.get(file) ?? parse(readFileSync(new URL(`../../../../shared/crds/${file}.yaml`, import.meta.url), 'utf8'));
  read.set(file, known);
  return [known];
}

export interface Shop {
  cluster: Cluster;
  traffic: Traffic;
  whys(): string[];
  /** Share in percent of the answers by a key that a track has given. */
  share(key: string, track: string): number;
}

/** `web` and `web-canary`, ready behind Services of their own, and requests that come by these routes alone. */
export function shop(
  routes: readonly KubeObject[],
  options: TrafficOptions = {},
  more: readonly KubeObject[] = [],
): Shop {
  const cluster = routedCluster(
    more,
    [...routes, ...more].map(({ kind }) => kind),
  );
  for (const route of routes) cluster.create(route);
  const traffic = startTraffic(cluster.api, { exclude: ['*'], ...options });
  return {
    cluster,
    traffic,
    whys: () => traffic.losses.map(({ why }) => why),
    share: (key, track) => {
      const { answered, byTrack } = traffic.counts(key);
      return (100 * (byTrack[track]?.answered ?? 0)) / answered;
    },
  };
}

/** With the kinds that are named, and the objects beside the two versions. */
export function routedCluster(more: readonly KubeObject[], kinds: readonly string[]): Cluster {
  const cluster = startCluster();
  for (const crd of new Set(kinds.flatMap(definitionOf))) cluster.api.create(crd, { manager: 'test' });
  cluster.clock.advance(10);
  cluster.create(version('web', 'stable', 3));
  cluster.create(version('web-canary', 'canary', 2));
  cluster.create(service('web', 'stable'));
  cluster.create(service('web-canary', 'canary'));
  for (const object of more) cluster.create(object);
  cluster.clock.advance(3000);
  return cluster;
}

export function version(name: string, track: string, replicas: number): KubeObject {
  return deployment(name, {
    replicas,
    image: `web:${track}`,
    labels: { app: 'web', 'sluice.dev/track': track },
    spec: { selector: { matchLabels: { app: 'web', 'sluice.dev/track': track } } },
  });
}

export function service(name: string, track?: string): KubeObject {
  const selector = { app: 'web', ...(track ? { 'sluice.dev/track': track } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector, ports: [{ port: 80 }] },
  };
}

/** An object of a kind of routes, in the namespace of the tests. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
  annotations: Record<string, string> = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE, annotations }, spec };
}

export const split = (weight: number) => [
  { name: 'web', port: 80, weight: 100 - weight },
  { name: 'web-canary', port: 80, weight },
];

export const httpRoute = (rules: readonly object[], annotations: Record<string, string> = {}): KubeObject =>
  object(`${GATEWAY}/v1`, 'HTTPRoute', 'web', { parentRefs: [{ name: 'edge' }], rules }, annotations);
