import { sameJson } from '../../store/freeze.ts';
import type { StatusError } from '../../types.ts';
import { selects } from '../../validation/label-selector.ts';
import { newCondition, withCondition, withoutCondition } from '../conditions.ts';
import { type Controller, type ControllerContext, keyOf, MANAGER_STATUS, splitKey } from '../context.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../deployment/types.ts';
import { claim, controllerKey, controllerOf, isControlledBy } from '../ownership.ts';
import { createInBatches, createPod, deletePod, isOfEndingNamespace, podFromTemplate } from '../pod-control.ts';
import {
  conditionOf,
  isActive,
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
  nextAvailability,
  type Pod,
} from '../pods.ts';
import { deletionOrder } from './pod-ranking.ts';

const KIND = 'apps/ReplicaSet';
const COMPONENT = 'replicaset-controller';
/** At most so many pods are created or deleted in one round. */
const BURST = 500;

/** ReplicaSets: so many pods from one template. */
export const replicaSetController: Controller = context => {
  const { api } = context;
  const queue = context.queue('replicaset', key => {
    const { namespace, name } = splitKey(key);
    const set = api.get<ReplicaSet>(KIND, namespace, name);
    if (!set) return;
    const wait = reconcile(context, set);
    if (wait !== undefined) queue.addAfter(key, wait);
  });
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
  context.watch('Pod', ({ object, previous }) => {
    const owner = controllerKey(object, 'ReplicaSet');
    const before = previous && controllerKey(previous, 'ReplicaSet');
    if (before && before !== owner) queue.add(before);
    if (owner) queue.add(owner);
    else if (!controllerOf(object))
      for (const set of api.list<ReplicaSet>(KIND, object.metadata.namespace))
        if (selects(set.spec.selector, object.metadata.labels)) queue.add(keyOf(set));
  });
};

function reconcile(context: ControllerContext, set: ReplicaSet): number | undefined {
  const { api } = context;
  const inNamespace = api.list<Pod>('Pod', set.metadata.namespace);
  const claimed = claim(
    context,
    set,
    set.spec.selector,
    inNamespace.filter(pod => isActive(pod) || isControlledBy(pod, set)),
  );
  const pods = claimed.filter(isActive);
  const terminating = claimed.filter(pod => isTerminating(pod) && !isFinished(pod));
  const refusal = isTerminating(set) ? undefined : resize(context, set, pods, inNamespace);

  const now = api.clock.now();
  const status = statusOf(now, set, pods, terminating.length, refusal);
  if (!sameJson(status, set.status)) api.update({ ...set, status }, MANAGER_STATUS);
  if (refusal) throw refusal;
  return nextAvailability(pods, set.spec.minReadySeconds ?? 0, now);
}

function resize(
  context: ControllerContext,
  set: ReplicaSet,
  pods: readonly Pod[],
  inNamespace: readonly Pod[],
): StatusError | undefined {
  const surplus = pods.length - set.spec.replicas;
  if (surplus < 0) {
    const refusal = createInBatches(Math.min(-surplus, BURST), () => {
      createPod(context, COMPONENT, set, podFromTemplate(set, set.spec.template));
    });
    return refusal && !isOfEndingNamespace(refusal) ? refusal : undefined;
  }
  if (surplus === 0) return undefined;
  const related = relatedPods(context, set, inNamespace);
  const crowd = (pod: Pod): number =>
    related.filter(({ spec }) => spec?.nodeName !== undefined && spec.nodeName === pod.spec?.nodeName).length;
  const ranked = [...pods].sort(deletionOrder(crowd));
  for (const pod of ranked.slice(0, Math.min(surplus, BURST))) deletePod(context, COMPONENT, set, pod);
  return undefined;
}

/** The active pods of all ReplicaSets with the same controller: a rollout's new pods tell on which node old ones are dispensable. */
function relatedPods({ api }: ControllerContext, set: ReplicaSet, pods: readonly Pod[]): Pod[] {
  const owner = controllerOf(set);
  const sets = owner
    ? api
        .list<ReplicaSet>(KIND, set.metadata.namespace)
        .filter(other => controllerOf(other)?.uid === owner.uid)
        .map(({ metadata }) => metadata.uid)
    : [set.metadata.uid];
  return pods.filter(pod => isActive(pod) && sets.includes(controllerOf(pod)?.uid));
}

function statusOf(
  now: number,
  set: ReplicaSet,
  pods: readonly Pod[],
  terminating: number,
  refusal: StatusError | undefined,
): ReplicaSetStatus {
  const { spec, metadata } = set;
  const templateLabels = Object.entries(spec.template.metadata?.labels ?? {});
  const labelled = pods.filter(pod => templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value));
  const ready = pods.filter(isReady);
  const availablePods = ready.filter(pod => isAvailable(pod, spec.minReadySeconds ?? 0, now));
  const failed = conditionOf(set.status?.conditions, 'ReplicaFailure');
  let conditions = set.status?.conditions ?? [];
  if (refusal && !failed) {
    const reason = pods.length < spec.replicas ? 'FailedCreate' : 'FailedDelete';
    conditions = withCondition(conditions, newCondition(now, 'ReplicaFailure', 'True', reason, refusal.message));
  } else if (!refusal && failed) conditions = withoutCondition(conditions, 'ReplicaFailure');
  return {
    replicas: pods.length,
    ...(labelled.length ? { fullyLabeledReplicas: labelled.length } : {}),
    ...(ready.length ? { readyReplicas: ready.length } : {}),
    ...(availablePods.length ? { availableReplicas: availablePods.length } : {}),
    terminatingReplicas: terminating,
    observedGeneration: metadata.generation ?? 0,
    ...(conditions.length ? { conditions } : {}),
  };
}
