import type { KubeObject } from '../../../src/kube.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { adopted } from '../property/adopted.ts';
import { QUIET, SANDBOX } from '../property/found-rig.ts';
import { type AppOptions, app, NAMESPACE, type Wish } from '../rig.ts';
import { HTTP_ROUTE, INGRESS, type Routed, SUBSETS } from './routed.ts';

export const SIZE = 4;
/** How long the data plane takes to hear of a change. */
export const PROPAGATION_MS = 1_500;
export const TIMES: Wish = { settleMs: PROPAGATION_MS + 500, drainMs: PROPAGATION_MS + 1_000 };

export const ROUTERS: readonly (readonly [string, Routed])[] = [
  ['gateway-api', HTTP_ROUTE],
  ['istio', SUBSETS],
  ['nginx', INGRESS],
];

/** As every pod behind a load balancer should, they go on serving until the last proxy has heard that they end. */
export const PATIENT = { [`${SANDBOX}terminate-after`]: '4s' };

export const versionOf =
  (annotations: Record<string, string> = {}) =>
  (image: string, more: AppOptions = {}): KubeObject[] =>
    app({
      image,
      replicas: SIZE,
      ...more,
      annotations: { ...annotations, ...more.annotations },
      spec: { minReadySeconds: 1, ...more.spec },
    });

export function open({ ground, route }: Routed, version: (image: string) => KubeObject[]): Harness {
  return harness({
    objects: [...ground, ...version('web:1').map(adopted), route],
    traffic: { ...QUIET, propagationMs: PROPAGATION_MS, intervalMs: 200 },
    readyMs: 60_000,
  });
}

type Pod = KubeObject<{ containers: { image: string }[] }>;
type Slice = KubeObject & { endpoints?: { conditions: { ready: boolean }; targetRef: { name: string } }[] };

export function podsOf({ api }: Harness, owner: string): Pod[] {
  const pattern = new RegExp(`^${owner}-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}$`);
  return api
    .list<Pod>('Pod', NAMESPACE)
    .filter(({ metadata }) => pattern.test(metadata.name) && !metadata.deletionTimestamp);
}

/** Pods of a workload that the Service `web` sends to. */
export function servingOf(h: Harness, owner: string): string[] {
  const ready = h.api
    .list<Slice>('discovery.k8s.io/EndpointSlice', NAMESPACE)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web')
    .flatMap(({ endpoints = [] }) => endpoints.filter(one => one.conditions.ready).map(one => one.targetRef.name));
  return podsOf(h, owner)
    .map(({ metadata }) => metadata.name)
    .filter(name => ready.includes(name));
}

export const sizeOf = (h: Harness, name: string): number | undefined =>
  h.api.get<KubeObject<{ replicas: number }>>('apps/Deployment', NAMESPACE, name)?.spec?.replicas;
