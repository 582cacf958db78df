import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import { selects } from '../../validation/label-selector.ts';
import { type Controller, type ControllerContext, keyOf, MANAGER_STATUS, splitKey } from '../context.ts';
import { type ControllerRevision, type Revisioned, syncHistory, trimHistory } from '../controller-revisions.ts';
import { claim, controllerKey, controllerOf } from '../ownership.ts';
import { createInBatches, createPod, deletePod, isOfEndingNamespace } from '../pod-control.ts';
import { isAvailable, isFinished, isReady, isTerminating, nextAvailability, type Pod } from '../pods.ts';
import { matchesNode, type Node, untolerated } from '../scheduler/node-fit.ts';
import { daemonPod, HASH_LABEL, targetNode } from './daemon-pod.ts';
import { type DaemonSetSpec, nextStep } from './rollout.ts';

export type DaemonSet = KubeObject<DaemonSetSpec, Record<string, unknown> & { collisionCount?: number }> & {
  spec: DaemonSetSpec;
};

const KIND = 'apps/DaemonSet';
const COMPONENT = 'daemonset-controller';

/** DaemonSets: one pod on each node that takes it. */
export const daemonSetController: Controller = context => {
  const { api } = context;
  const queue = context.queue('daemonset', key => {
    const { namespace, name } = splitKey(key);
    const set = api.get<DaemonSet>(KIND, namespace, name);
    if (!set || isTerminating(set)) return;
    const wait = reconcile(context, set);
    if (wait !== undefined) queue.addAfter(key, wait);
  });
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
  context.watch('Node', () => {
    for (const set of api.list(KIND)) queue.add(keyOf(set));
  });
  context.watch('Pod', ({ object }) => {
    const owner = controllerKey(object, 'DaemonSet');
    if (owner) queue.add(owner);
    else if (!controllerOf(object))
      for (const set of api.list<DaemonSet>(KIND, object.metadata.namespace))
        if (selects(set.spec.selector, object.metadata.labels)) queue.add(keyOf(set));
  });
};

interface Round {
  set: DaemonSet;
  hash: string;
  /** Pods by node; in each list those that are bound come first, the oldest before the others. */
  byNode: Map<string, Pod[]>;
  wanted: string[];
  unwanted: string[];
}

function reconcile(context: ControllerContext, set: DaemonSet): number | undefined {
  const { api } = context;
  const { spec, metadata } = set;
  const workload: Revisioned = {
    object: set,
    selector: spec.selector,
    template: spec.template,
    collisionCount: set.status?.collisionCount ?? 0,
    historyLimit: spec.revisionHistoryLimit ?? 10,
    hashLabel: HASH_LABEL,
  };
  const history = syncHistory(context, workload);
  const hash = history.update.metadata.labels?.[HASH_LABEL] ?? '';
  const pods = claim(context, set, spec.selector, api.list<Pod>('Pod', metadata.namespace));
  const round = roundOf(context, set, hash, pods);
  manage(context, round);
  roll(context, round);

  const now = api.clock.now();
  const status = statusOf(now, round);
  if (!sameJson(status, set.status)) api.update({ ...set, status }, MANAGER_STATUS);
  const used = new Set(pods.map(pod => pod.metadata.labels?.[HASH_LABEL]));
  trimHistory(context, workload, history.revisions, (revision: ControllerRevision) => {
    return revision === history.update || used.has(revision.metadata.labels?.[HASH_LABEL]);
  });
  return nextAvailability(pods, spec.minReadySeconds ?? 0, now);
}

function boundThenOldest(a: Pod, b: Pod): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  const bound = Number(b.spec?.nodeName !== undefined) - Number(a.spec?.nodeName !== undefined);
  return bound || (left === right ? (a.metadata.name < b.metadata.name ? -1 : 1) : left < right ? -1 : 1);
}

function roundOf({ api }: ControllerContext, set: DaemonSet, hash: string, pods: readonly Pod[]): Round {
  const byNode = new Map<string, Pod[]>();
  for (const pod of [...pods].sort(boundThenOldest)) {
    const node = targetNode(pod);
    if (node) byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  const nodes = api.list<Node>('Node');
  const runsOn = (node: Node): boolean => {
    const probe = daemonPod(set, hash, node.metadata.name);
    return matchesNode(probe, node) && !untolerated(probe, node);
  };
  const wanted = nodes.filter(runsOn).map(node => node.metadata.name);
  return { set, hash, byNode, wanted, unwanted: [...byNode.keys()].filter(node => !wanted.includes(node)) };
}

/** Pods where they are missing; none where they should not be, and failed ones away so that new ones come. */
function manage(context: ControllerContext, { set, hash, byNode, wanted, unwanted }: Round): void {
  for (const node of unwanted)
    for (const pod of byNode.get(node) ?? []) if (!isTerminating(pod)) deletePod(context, COMPONENT, set, pod);
  const missing: string[] = [];
  for (const node of wanted) {
    const pods = byNode.get(node) ?? [];
    for (const pod of pods)
      if (isFinished(pod) && !isTerminating(pod)) {
        const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
        if (pod.status?.phase === 'Failed') {
          const message = `Found failed daemon pod ${name} on node ${node}, will try to kill it`;
          context.record(COMPONENT, set, 'Warning', 'FailedDaemonPod', message);
        } else {
          const message = `Found succeeded daemon pod ${name} on node ${node}, will try to delete it`;
          context.record(COMPONENT, set, 'Normal', 'SucceededDaemonPod', message);
        }
        deletePod(context, COMPONENT, set, pod);
      }
    if (pods.length === 0) missing.push(node);
  }
  createOn(context, set, hash, missing);
}

function roll(context: ControllerContext, { set, hash, byNode, wanted }: Round): void {
  const { remove, surge } = nextStep(set.spec, hash, wanted, node => byNode.get(node) ?? [], context.api.clock.now());
  for (const pod of remove) deletePod(context, COMPONENT, set, pod);
  createOn(context, set, hash, surge);
}

function createOn(context: ControllerContext, set: DaemonSet, hash: string, nodes: readonly string[]): void {
  const left = [...nodes];
  const refusal = createInBatches(nodes.length, () => {
    createPod(context, COMPONENT, set, daemonPod(set, hash, left.shift() ?? ''));
  });
  if (refusal && !isOfEndingNamespace(refusal)) throw refusal;
}

function statusOf(now: number, { set, hash, byNode, wanted, unwanted }: Round): Record<string, unknown> {
  let [scheduled, updated, ready, available] = [0, 0, 0, 0];
  for (const node of wanted) {
    const pod = byNode.get(node)?.[0];
    if (!pod) continue;
    scheduled += 1;
    if (isReady(pod)) ready += 1;
    if (isAvailable(pod, set.spec.minReadySeconds ?? 0, now)) available += 1;
    if (pod.metadata.labels?.[HASH_LABEL] === hash) updated += 1;
  }
  const counts = {
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: wanted.length - available,
  };
  return {
    currentNumberScheduled: scheduled,
    numberMisscheduled: unwanted.length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(set.status?.collisionCount ? { collisionCount: set.status.collisionCount } : {}),
  };
}
