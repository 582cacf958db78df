import type { View } from '../cluster/view.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import { BASELINE_LABEL, TRACK_LABEL } from '../release/labels.ts';
import type { Pair } from '../release/plan.ts';
import { fits, type LabelSelector } from './selector.ts';
import type { Service } from './services.ts';

export const POD = { apiVersion: 'v1', kind: 'Pod' };
export const SLICE = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
export const SERVICE_OF_SLICE = 'kubernetes.io/service-name';

type Slice = KubeObject & {
  ports?: { name?: string | null; port?: number | null }[] | null;
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { kind?: string; name?: string } }[];
};
type Workload = KubeObject<
  { replicas?: number; selector?: LabelSelector },
  { availableReplicas?: number; observedGeneration?: number }
>;

/** The pods of one version, those that are going included. */
export function podsOf(view: View, pair: Pair, side: 'twin' | 'stable'): KubeObject[] {
  const workload = view.get<Workload>(side === 'twin' ? pair.twin : pair.stable);
  const selector = workload?.spec?.selector ?? {};
  return view.list(POD, pair.stable.namespace).filter(({ metadata }) => {
    const own = metadata.labels ?? {};
    const track = own[TRACK_LABEL];
    // Stable's own selector often fits its twin's pods, too, and its baseline's.
    const isOther = own[BASELINE_LABEL] !== undefined || (track !== undefined && track !== 'stable');
    if (side === 'stable' && isOther) return false;
    return fits(selector, own);
  });
}

/** Size that is asked for, 0 where there is none. */
export function sizeOf(view: View, ref: ObjectRef): number {
  const workload = view.get<Workload>(ref);
  return workload ? (workload.spec?.replicas ?? 1) : 0;
}

/**
 * How many pods of a version can serve: available for as long as the workload asks, and listed as ready in the EndpointSlices
 * of the Service that reaches them, where there is one.
 */
export function readyOf(view: View, pair: Pair, side: 'twin' | 'stable'): number {
  const workload = view.get<Workload>(side === 'twin' ? pair.twin : pair.stable);
  if (!workload) return 0;
  const available = Math.min(workload.spec?.replicas ?? 1, workload.status?.availableReplicas ?? 0);
  return pair.service ? Math.min(available, servingOf(view, pair, side)) : available;
}

/** How many pods of a version get requests: a pod may do so before its workload counts it as available. */
export function servingOf(view: View, pair: Pair, side: 'twin' | 'stable'): number {
  if (!pair.service) return sizeOf(view, side === 'twin' ? pair.twin : pair.stable);
  const { stable, twin, ownStable } = pair.service;
  // Once the Services of one version are gone again, the user's own reaches stable alone.
  const stablesOwn = ownStable && view.get(ownStable) ? ownStable : stable;
  const endpoints = readyEndpoints(view, side === 'twin' ? twin : stablesOwn);
  return podsOf(view, pair, side).filter(({ metadata }) => endpoints.has(metadata.name)).length;
}

/**
 * Names of the pods that a Service sends to, on every port that it has: a pod whose container has no port of the name that the
 * Service asks for is a ready endpoint in a slice without that port, and is sent nothing there.
 */
export function readyEndpoints(view: View, ref: ObjectRef): Set<string> {
  const slices = view
    .list<Slice>(SLICE, ref.namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_OF_SLICE] === ref.name);
  const readyOn = (port: string | undefined): Set<string> =>
    new Set(
      slices
        .filter(({ ports }) => port === undefined || ports?.some(one => (one.name ?? '') === port && one.port))
        .flatMap(({ endpoints }) =>
          (endpoints ?? []).flatMap(
            ({ conditions, targetRef }) => (conditions?.ready !== false && targetRef?.name) || [],
          ),
        ),
    );
  const { ports = [] } = view.get<Service>(ref)?.spec ?? {};
  const [first, ...others] = ports.length > 0 ? ports.map(({ name }) => readyOn(name ?? '')) : [readyOn(undefined)];
  return new Set([...(first ?? [])].filter(pod => others.every(other => other.has(pod))));
}
