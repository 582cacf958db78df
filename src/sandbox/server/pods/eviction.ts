import type { KubeObject } from '../../../kube.ts';
import type { DeleteOptions, StatusError } from '../../types.ts';
import { type LabelSelector, selects } from '../../validation/label-selector.ts';
import { type Core, type ResourceRequest, timestamp } from '../core.ts';
import { deleteObject } from '../delete.ts';
import { collectionOf } from '../registry.ts';
import { failure, internal, notFound } from '../statuses.ts';

const BUDGETS = collectionOf({ group: 'policy', plural: 'poddisruptionbudgets' });

interface Budget extends KubeObject {
  spec: { selector?: LabelSelector; unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow' };
  status: {
    observedGeneration?: number;
    disruptionsAllowed: number;
    currentHealthy: number;
    desiredHealthy: number;
    disruptedPods?: Record<string, string>;
  };
}

interface PodStatus {
  phase?: string;
  conditions?: { type: string; status: string }[];
}

function isReady(pod: KubeObject): boolean {
  return (
    (pod.status as PodStatus | undefined)?.conditions?.some(
      ({ type, status }) => type === 'Ready' && status === 'True',
    ) === true
  );
}

/** Deletes a Pod unless a PodDisruptionBudget stands against it: then 429. */
export function evictPod(core: Core, request: ResourceRequest, name: string, options: DeleteOptions): void {
  const { resource, namespace } = request;
  const pod = core.store.get(collectionOf(resource), namespace, name);
  if (!pod) throw notFound(resource, name);
  const { phase } = (pod.status ?? {}) as PodStatus;
  // Pods that do not run hold no budget.
  const free =
    pod.metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending';
  if (!free) takeFromBudget(core, request, pod);
  deleteObject(core, { ...request, verb: 'delete' }, name, options);
}

function takeFromBudget(core: Core, { namespace, dryRun }: ResourceRequest, pod: KubeObject): void {
  const budgets = (core.store.list(BUDGETS, namespace) as readonly Budget[]).filter(({ spec }) =>
    selects(spec.selector, pod.metadata.labels),
  );
  const [budget, second] = budgets;
  if (second)
    throw internal('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  if (!budget) return;
  const { status, metadata, spec } = budget;
  if (
    !isReady(pod) &&
    (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
      (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0))
  )
    return;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed <= 0) {
    throw refused(
      `The disruption budget ${metadata.name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    );
  }
  if (dryRun) return;
  const disruptedPods = { ...status.disruptedPods, [pod.metadata.name]: timestamp(core.clock.now()) };
  core.store.put(BUDGETS, {
    ...budget,
    status: { ...status, disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods },
  });
}

function refused(cause: string, retryAfterSeconds?: number): StatusError {
  return failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
