import type { KubeObject, ObjectRef } from '../../kube.ts';
import type { Pair } from '../../release/plan.ts';
import { reaches, type Service } from '../controllers/endpoints/endpoint-ports.ts';
import type { Endpoint } from '../controllers/endpoints/endpoint-slice.ts';
import { isReady, isTerminating, type Pod } from '../controllers/pods.ts';
import { type LabelSelector, selects } from '../validation/label-selector.ts';
import { BASELINE, type Release, TRACK } from './release.ts';
import { kindOf, type World } from './world.ts';

export type Side = 'twin' | 'stable';

type Slice = KubeObject & { endpoints?: readonly Endpoint[] | null; ports?: readonly { port?: number }[] | null };
type Workload = KubeObject<{ replicas?: number; selector?: LabelSelector }>;

/** Pods that can take requests: ready endpoints in an EndpointSlice, or ready by themselves where no Service reaches them. */
export function readyPods(world: World, namespace: string | undefined): Pod[] {
  const services = world
    .list<Service>('Service', namespace)
    .filter(({ spec }) => spec?.selector && spec.publishNotReadyAddresses !== true);
  const listed = listedBy(world, namespace, services);
  return world.list<Pod>('Pod', namespace).filter(pod => {
    if (listed.has(pod.metadata.uid)) return true;
    return isReady(pod) && !isTerminating(pod) && !services.some(service => reaches(service, pod));
  });
}

/** Pods that a Service sends requests to. Where it publishes those that are not ready, too, they must be ready by themselves. */
export function endpointsOf(world: World, ref: ObjectRef): Pod[] {
  const service = world.get<Service>('Service', ref.namespace, ref.name);
  if (!service) return [];
  const listed = listedBy(world, ref.namespace, [service]);
  const publishesAll = service.spec?.publishNotReadyAddresses === true;
  return world
    .list<Pod>('Pod', ref.namespace)
    .filter(pod => listed.has(pod.metadata.uid) && (!publishesAll || (isReady(pod) && !isTerminating(pod))));
}

/** Uids of the pods that are ready in EndpointSlices of these Services. */
function listedBy(world: World, namespace: string | undefined, services: readonly Service[]): Set<string | undefined> {
  const names = new Set(services.map(({ metadata }) => metadata.name));
  const portless = new Set(
    services.filter(({ spec }) => (spec?.ports ?? []).length === 0).map(({ metadata }) => metadata.name),
  );
  return new Set(
    world
      .list<Slice>('discovery.k8s.io/EndpointSlice', namespace)
      .filter(({ metadata }) => names.has(metadata.labels?.['kubernetes.io/service-name'] ?? ''))
      // A pod without the port that the Service asks for stands in a slice without ports, and is sent nothing.
      .filter(
        slice =>
          (slice.ports ?? []).length > 0 || portless.has(slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''),
      )
      .flatMap(({ endpoints }) => (endpoints ?? []).filter(({ conditions }) => conditions.ready))
      .map(({ targetRef }) => targetRef.uid),
  );
}

/** Those of one version of a pair. Stable's own selector often fits its twin's pods, too, and those of a baseline, which are nobody's capacity. */
export function ofSide(pods: readonly Pod[], world: World, { traffic }: Release, pair: Pair, side: Side): Pod[] {
  const stable = workload(world, pair.stable);
  if (!stable) return [];
  return pods.filter(
    ({ metadata: { labels } }) =>
      selects(stable.spec?.selector, labels) &&
      labels?.[BASELINE] === undefined &&
      (labels?.[TRACK] === traffic.track) === (side === 'twin'),
  );
}

export function readyOf(world: World, release: Release, pair: Pair, side: Side): Pod[] {
  return ofSide(readyPods(world, pair.stable.namespace), world, release, pair, side);
}

export function workload(world: World, ref: ObjectRef): Workload | undefined {
  return world.get<Workload>(kindOf(ref), ref.namespace, ref.name);
}

/** Pods that are asked for; none where the workload is gone, or going. */
export function replicasOf(object: KubeObject | undefined): number {
  if (!object || object.metadata.deletionTimestamp) return 0;
  return (object as Workload).spec?.replicas ?? 1;
}

export function names(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => metadata.name).join(', ') || 'none';
}
