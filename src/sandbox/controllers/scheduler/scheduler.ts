import { newCondition } from '../conditions.ts';
import { type Controller, type ControllerContext, clone, keyOf, splitKey } from '../context.ts';
import { type Condition, conditionOf, isFinished, type Pod } from '../pods.ts';
import { matchesNode, type Node, shortages, untolerated } from './node-fit.ts';

const COMPONENT = 'default-scheduler';
/** Milliseconds between two bindings: the scheduler takes one pod at a time. */
const PACE = 6;

/** Gives each pod the least crowded node that fits it, and says of the others why none does. */
export const scheduler: Controller = context => {
  const { api } = context;
  let free = 0;
  const queue = context.queue('scheduler', key => {
    const { namespace, name } = splitKey(key);
    const pod = api.get<Pod>('Pod', namespace, name);
    if (pod && waits(pod)) schedule(context, pod);
  });
  const enqueue = (pod: Pod): void => {
    const now = api.clock.now();
    // Faster than the controllers, so that a pod is seen bound before its owner thinks again.
    free = Math.max(now + context.latency / 2, free + PACE);
    queue.addAfter(keyOf(pod), free - now);
  };
  context.watch('Pod', ({ type, object }) => {
    if (type === 'ADDED' && waits(object as Pod)) enqueue(object as Pod);
    // Room was made, or a gate was taken away.
    else if (type === 'DELETED') retryAll();
    else if (waits(object as Pod) && !conditionOf((object as Pod).status?.conditions, 'PodScheduled'))
      enqueue(object as Pod);
  });
  context.watch('Node', () => retryAll());
  function retryAll(): void {
    for (const pod of api.list<Pod>('Pod')) if (waits(pod)) enqueue(pod);
  }
};

function waits(pod: Pod): boolean {
  return (
    !pod.spec?.nodeName &&
    !pod.metadata.deletionTimestamp &&
    !isFinished(pod) &&
    (pod.spec?.schedulingGates ?? []).length === 0 &&
    (pod.spec?.schedulerName ?? COMPONENT) === COMPONENT
  );
}

function schedule({ api, record }: ControllerContext, pod: Pod): void {
  const nodes = api.list<Node>('Node');
  const placed = api.list<Pod>('Pod').filter(other => other.spec?.nodeName && !isFinished(other));
  const fits: { node: Node; load: number }[] = [];
  const problems = new Map<string, number>();
  for (const node of nodes) {
    const others = placed.filter(other => other.spec?.nodeName === node.metadata.name);
    const found = misfits(pod, node, others);
    if (found.length === 0) fits.push({ node, load: others.length });
    for (const problem of found) problems.set(problem, (problems.get(problem) ?? 0) + 1);
  }
  fits.sort((a, b) => a.load - b.load || (a.node.metadata.name < b.node.metadata.name ? -1 : 1));
  const best = fits[0]?.node;
  if (best) bind({ api, record }, pod, best);
  else refuse({ api, record }, pod, nodes.length, problems);
}

function misfits(pod: Pod, node: Node, others: readonly Pod[]): string[] {
  const taint = untolerated(pod, node);
  if (node.spec?.unschedulable && taint?.key === 'node.kubernetes.io/unschedulable')
    return ['node(s) were unschedulable'];
  if (taint) return ['node(s) had untolerated taint(s)'];
  if (!matchesNode(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  return shortages(pod, node, others);
}

type Scheduling = Pick<ControllerContext, 'api' | 'record'>;

function bind({ api, record }: Scheduling, pod: Pod, node: Node): void {
  const bound = clone(pod);
  const conditions = bound.status?.conditions ?? [];
  const { lastTransitionTime = '' } = newCondition(api.clock.now(), 'PodScheduled', 'True', '', '');
  const scheduled: Condition = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime };
  bound.spec = { ...(bound.spec ?? { containers: [] }), nodeName: node.metadata.name };
  bound.status = {
    ...bound.status,
    conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), scheduled],
  };
  api.update(bound, { manager: 'kube-scheduler', subresource: 'binding' });
  record(
    COMPONENT,
    pod,
    'Normal',
    'Scheduled',
    `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node.metadata.name}`,
  );
}

function refuse({ api, record }: Scheduling, pod: Pod, count: number, problems: Map<string, number>): void {
  const message = unschedulableMessage(count, problems);
  const known = conditionOf(pod.status?.conditions, 'PodScheduled');
  record(COMPONENT, pod, 'Warning', 'FailedScheduling', message);
  if (known?.message === message) return;
  const condition: Condition = {
    ...newCondition(api.clock.now(), 'PodScheduled', 'False', 'Unschedulable', message),
    lastProbeTime: null,
  };
  const refused = clone(pod);
  const others = (refused.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  refused.status = { ...refused.status, conditions: [...others, condition] };
  api.update(refused, { manager: 'kube-scheduler', subresource: 'status' });
}

/** As the scheduler words it: the counted reasons in order, then what preemption could do, which is nothing here. */
function unschedulableMessage(nodes: number, problems: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const reasons = [...problems].map(([reason, count]) => `${count} ${reason}`).sort();
  const shortOfRoom = [...problems.keys()].some(reason => /^(Insufficient|Too many)/.test(reason));
  const preemption = shortOfRoom
    ? `${nodes} No preemption victims found for incoming pod.`
    : `${nodes} Preemption is not helpful for scheduling.`;
  return `0/${nodes} nodes are available: ${reasons.join(', ')}. no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${preemption}`;
}
