import type { Cluster, KindRef } from '../cluster/cluster.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { autoscalerOf } from '../strategies/pairs.ts';
import type { Live } from '../strategies/wish.ts';
import { TRACK_LABEL } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import type { RouterName } from './plan.ts';
import type { Preflight } from './preflight.ts';
import type { ReleaseRecord } from './record.ts';
import { findRoutes } from './survey-routes.ts';
import { throwFirst } from './traffic-steps.ts';

const AUTOSCALER = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
const SERVICE = { apiVersion: 'v1', kind: 'Service' };
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'].map(kind => ({ apiVersion: 'apps/v1', kind }));

/** Reads what a strategy must know of the cluster to plan a release that moves traffic. */
export async function survey(
  cluster: Cluster,
  objects: readonly KubeObject[],
  checked: Preflight,
  autoscalers: readonly KubeObject[],
  { traffic, open }: { traffic: 'auto' | RouterName; open: ReleaseRecord | undefined },
): Promise<Live> {
  const present = objects.filter(object => checked.get(refKey(refOf(object)))?.created === false);
  const namespaces = namespacesOf(objects.filter(isScaled));
  const [found, services, workloads, routes] = await Promise.all([
    getAll(cluster, present.map(refOf)),
    listIn(cluster, [SERVICE], namespaces),
    listIn(cluster, WORKLOADS, namespaces),
    findRoutes(cluster, traffic, namespaces),
  ]);
  const live = new Map(found.map(object => [refKey(refOf(object)), object]));
  // What an unfinished release has made for itself goes before this one begins.
  const lasting = (all: readonly KubeObject[]): KubeObject[] =>
    all.filter(({ metadata }) => metadata.labels?.[TRACK_LABEL] === undefined);
  const merged = new Map(
    [...live.keys()].flatMap(key => {
      const object = checked.get(key)?.object;
      return object ? [[key, object] as const] : [];
    }),
  );
  // A Service that comes with the release must be reckoned with like one that is there.
  const known = new Set(services.map(service => refKey(refOf(service))));
  const coming = objects.filter(object => object.kind === 'Service' && !known.has(refKey(refOf(object))));
  return {
    objects: live,
    merged,
    services: [...lasting(services), ...coming],
    autoscalers,
    workloads: lasting(workloads),
    routes: new Map(
      [...routes].map(([name, found]) => [
        name,
        { ...found, routes: lasting(found.routes).map(route => asBefore(route, open)), aids: lasting(found.aids) },
      ]),
    ),
  };
}

/** A route as it will be again when the unfinished release has been taken back. */
function asBefore(route: KubeObject, open: ReleaseRecord | undefined): KubeObject {
  const key = refKey(refOf(route));
  if (!open?.plan.traffic?.routes?.some(ref => refKey(ref) === key)) return route;
  const before = open.before?.find(object => refKey(refOf(object)) === key);
  return before ? { ...route, spec: before.spec } : route;
}

/** Objects by their references, those that are gone left out. */
export async function getAll(cluster: Cluster, refs: readonly ObjectRef[]): Promise<KubeObject[]> {
  const results = await forEachAtOnce(refs, ref => cluster.get<KubeObject>(ref));
  throwFirst(results);
  return results.flatMap(result => (result.status === 'fulfilled' && result.value ? [result.value] : []));
}

/** The autoscalers wherever the objects have something to scale. One that comes with the release owns nothing before its end. */
export function findAutoscalers(cluster: Cluster, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  return listIn(cluster, [AUTOSCALER], namespacesOf(objects.filter(isScaled)));
}

/** These of the objects with the size that they have in the cluster. */
export async function withLiveSizes(
  cluster: Cluster,
  objects: readonly KubeObject[],
  kept: ReadonlySet<string>,
): Promise<KubeObject[]> {
  const refs = objects.map(refOf).filter(ref => kept.has(refKey(ref)));
  const live = new Map((await getAll(cluster, refs)).map(object => [refKey(refOf(object)), object]));
  return objects.map(object => {
    const present = live.get(refKey(refOf(object)))?.spec as { replicas?: number } | undefined;
    return present ? { ...object, spec: { ...(object.spec as object), replicas: present.replicas ?? 1 } } : object;
  });
}

/**
 * Workloads whose size the manifests have ceased to name. We own the field still, and an apply without it would not leave it to
 * others but make it 1: they keep the size that they have, from here on.
 */
export function unsizedOf(objects: readonly KubeObject[], good: ReleaseRecord | undefined): KubeObject[] {
  const sizes = new Map(good?.objects.map(object => [refKey(refOf(object)), replicasOf(object)]));
  return objects.filter(object => {
    const key = refKey(refOf(object));
    const wasOurs = sizes.get(key) !== undefined || good?.autoscaled?.includes(key) === true;
    return isScaled(object) && replicasOf(object) === undefined && wasOurs;
  });
}

function replicasOf({ spec }: KubeObject): number | undefined {
  return (spec as { replicas?: number } | undefined)?.replicas;
}

/** Those whose size the manifests name although an autoscaler owns it. */
export function autoscaledOf(objects: readonly KubeObject[], autoscalers: readonly KubeObject[]): KubeObject[] {
  return objects.filter(
    object =>
      isScaled(object) && replicasOf(object) !== undefined && autoscalerOf(refOf(object), autoscalers) !== undefined,
  );
}

function isScaled({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'apps/v1' && (kind === 'Deployment' || kind === 'StatefulSet');
}

function namespacesOf(objects: readonly KubeObject[]): string[] {
  return [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
}

async function listIn(
  cluster: Cluster,
  kinds: readonly KindRef[],
  namespaces: readonly string[],
): Promise<KubeObject[]> {
  const lists = await Promise.all(
    namespaces.flatMap(namespace => kinds.map(kind => cluster.list<KubeObject>(kind, { namespace }))),
  );
  return lists.flatMap(({ items }) => items);
}
