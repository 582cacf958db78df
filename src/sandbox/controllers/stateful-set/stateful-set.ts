import { sameJson } from '../../store/freeze.ts';
import { selects } from '../../validation/label-selector.ts';
import { type Controller, type ControllerContext, keyOf, MANAGER_STATUS, splitKey } from '../context.ts';
import { type ControllerRevision, syncHistory, trimHistory } from '../controller-revisions.ts';
import { scaledValue } from '../int-or-percent.ts';
import { claim, controllerKey, controllerOf } from '../ownership.ts';
import { isAvailable, isFinished, isReady, isTerminating, nextAvailability, type Pod } from '../pods.ts';
import { createStatefulPod, deleteStatefulPod } from './stateful-pod.ts';
import { ordinalOf, REVISION_LABEL, revisionOf, type StatefulSet, type StatefulSetStatus } from './types.ts';

const KIND = 'apps/StatefulSet';

/** StatefulSets: pods with names that stay, one after the other. */
export const statefulSetController: Controller = context => {
  const { api } = context;
  const queue = context.queue('statefulset', key => {
    const { namespace, name } = splitKey(key);
    const set = api.get<StatefulSet>(KIND, namespace, name);
    if (!set) return;
    const wait = reconcile(context, set);
    if (wait !== undefined) queue.addAfter(key, wait);
  });
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
  context.watch('Pod', ({ object }) => {
    const owner = controllerKey(object, 'StatefulSet');
    if (owner) queue.add(owner);
    else if (!controllerOf(object))
      for (const set of api.list<StatefulSet>(KIND, object.metadata.namespace))
        if (selects(set.spec.selector, object.metadata.labels)) queue.add(keyOf(set));
  });
};

interface Round {
  set: StatefulSet;
  current: ControllerRevision;
  update: ControllerRevision;
  /** By ordinal from the start; undefined where the pod is missing. */
  replicas: (Pod | undefined)[];
  /** Beyond the wanted size, highest ordinal first. */
  condemned: Pod[];
  start: number;
  monotonic: boolean;
}

function reconcile(context: ControllerContext, set: StatefulSet): number | undefined {
  const { api } = context;
  const { spec, metadata, status } = set;
  const history = syncHistory(context, {
    object: set,
    selector: spec.selector,
    template: spec.template,
    collisionCount: status?.collisionCount ?? 0,
    historyLimit: spec.revisionHistoryLimit ?? 10,
    hashLabel: 'controller.kubernetes.io/hash',
  });
  const current =
    history.revisions.find(revision => revision.metadata.name === status?.currentRevision) ?? history.update;
  const pods = claim(context, set, spec.selector, api.list<Pod>('Pod', metadata.namespace)).filter(
    pod => ordinalOf(set, pod) !== undefined,
  );
  const round = roundOf(set, current, history.update, pods);
  const now = api.clock.now();
  const counted = countedStatus(now, round);
  const deleted = isTerminating(set) ? 0 : advance(context, round);
  if (deleted > 0) take(counted, 'currentReplicas', deleted);
  complete(set, counted);
  if (!sameJson(counted, status)) api.update({ ...set, status: counted }, MANAGER_STATUS);
  const used = new Set([current.metadata.name, history.update.metadata.name, ...pods.map(revisionOf)]);
  trimHistory(context, historyOf(set), history.revisions, ({ metadata: { name } }) => used.has(name));
  return nextAvailability(pods, spec.minReadySeconds ?? 0, now);
}

function historyOf(set: StatefulSet): Parameters<typeof trimHistory>[1] {
  const { selector, template, revisionHistoryLimit = 10 } = set.spec;
  return {
    object: set,
    selector,
    template,
    collisionCount: 0,
    historyLimit: revisionHistoryLimit,
    hashLabel: REVISION_LABEL,
  };
}

function roundOf(
  set: StatefulSet,
  current: ControllerRevision,
  update: ControllerRevision,
  pods: readonly Pod[],
): Round {
  const start = set.spec.ordinals?.start ?? 0;
  const byOrdinal = new Map(pods.map(pod => [ordinalOf(set, pod) ?? -1, pod]));
  const inRange = (ordinal: number): boolean => ordinal >= start && ordinal < start + set.spec.replicas;
  return {
    set,
    current,
    update,
    start,
    replicas: Array.from({ length: set.spec.replicas }, (_, index) => byOrdinal.get(start + index)),
    condemned: [...byOrdinal]
      .filter(([ordinal]) => !inRange(ordinal))
      .sort(([a], [b]) => b - a)
      .map(([, pod]) => pod),
    monotonic: set.spec.podManagementPolicy !== 'Parallel',
  };
}

function isUp(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod);
}

function isSettled(pod: Pod, { set }: Round, now: number): boolean {
  return isUp(pod) && !isTerminating(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
}

function countedStatus(now: number, { set, current, update, replicas, condemned }: Round): StatefulSetStatus {
  const pods = [...replicas, ...condemned].filter(pod => pod !== undefined);
  const ready = pods.filter(isUp);
  const staying = pods.filter(pod => !isTerminating(pod));
  const of = (revision: ControllerRevision): number =>
    staying.filter(pod => revisionOf(pod) === revision.metadata.name).length;
  const counts = {
    readyReplicas: ready.length,
    currentReplicas: of(current),
    updatedReplicas: of(update),
  };
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    availableReplicas: ready.filter(pod => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    currentRevision: current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
}

function take(status: StatefulSetStatus, field: 'currentReplicas', count: number): void {
  const left = (status[field] ?? 0) - count;
  if (left > 0) status[field] = left;
  else delete status[field];
}

/** The new revision becomes the current one when the whole set runs it. */
function complete({ spec }: StatefulSet, status: StatefulSetStatus): void {
  if (spec.updateStrategy?.type === 'OnDelete') return;
  const { replicas } = spec;
  const { updatedReplicas = 0, readyReplicas = 0 } = status;
  if (updatedReplicas !== replicas || readyReplicas !== replicas || status.replicas !== replicas) return;
  if (replicas > 0) status.currentReplicas = updatedReplicas;
  else delete status.currentReplicas;
  if (status.updateRevision !== undefined) status.currentRevision = status.updateRevision;
}

/** Takes the next step that the order allows; returns how many pods of the old revision it deleted for the update. */
function advance(context: ControllerContext, round: Round): number {
  const now = context.api.clock.now();
  const { set, replicas, condemned, monotonic, start } = round;
  for (const [index, pod] of replicas.entries()) {
    if (pod && isFinished(pod) && !isTerminating(pod)) {
      deleteStatefulPod(context, set, pod);
      if (monotonic) return 0;
    } else if (!pod) {
      createStatefulPod(context, set, revisionFor(round, start + index), start + index);
      if (monotonic) return 0;
    } else if (monotonic && !isSettled(pod, round, now)) return 0;
  }
  const unhealthy = replicas.find(pod => pod && !isSettled(pod, round, now));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (monotonic) return 0;
      continue;
    }
    if (monotonic && !isUp(pod) && unhealthy) return 0;
    deleteStatefulPod(context, set, pod);
    if (monotonic) return 0;
  }
  return rollUpdate(context, round, now);
}

/** Below the partition pods keep, and are made again from, the current revision. */
function revisionFor({ set, current, update, start }: Round, ordinal: number): ControllerRevision {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return update;
  return ordinal < start + (rollingUpdate?.partition ?? 0) ? current : update;
}

/**
 * Deletes pods of another revision, highest ordinal first, while no more than allowed are unavailable, be they above or
 * below the partition. A Parallel set also replaces every old pod that does not serve anyway: it costs nothing.
 */
function rollUpdate(context: ControllerContext, round: Round, now: number): number {
  const { set, update, replicas, monotonic } = round;
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return 0;
  const allowed = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, set.spec.replicas, 'down'));
  const unavailable = replicas.filter(pod => !pod || !isSettled(pod, round, now)).length;
  const old = replicas
    .slice(rollingUpdate?.partition ?? 0)
    .filter(pod => pod !== undefined)
    .filter(pod => !isTerminating(pod) && revisionOf(pod) !== update.metadata.name)
    .reverse();
  const broken = monotonic ? [] : old.filter(pod => !isSettled(pod, round, now));
  const serving = old.filter(pod => !broken.includes(pod));
  const replaced = [...broken, ...serving.slice(0, Math.max(0, allowed - unavailable))];
  for (const pod of replaced) deleteStatefulPod(context, set, pod);
  return replaced.length;
}
