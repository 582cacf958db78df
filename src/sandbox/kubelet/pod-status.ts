import type { Condition, ContainerStatus, Pod, PodStatus } from '../controllers/pods.ts';
import { conditionOf } from '../controllers/pods.ts';
import { timestamp } from '../controllers/timestamp.ts';

/** Where a pod lives, and what its containers do. */
export interface PodFacts {
  initialized: boolean;
  unfinishedInit: readonly string[];
  containers: readonly ContainerStatus[];
  initContainers: readonly ContainerStatus[];
  /** Known once the sandbox of the pod has its network. */
  podIP: string | undefined;
  hostIP: string;
  startTime: string;
}

function phaseOf(pod: Pod, { containers, initialized, initContainers }: PodFacts): PodStatus['phase'] {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const failedInit = initContainers.some(({ state }) => state.terminated && state.terminated.exitCode !== 0);
  if (!initialized) return failedInit && policy === 'Never' ? 'Failed' : 'Pending';
  const ended = containers.map(({ state }) => state.terminated);
  if (ended.every(state => state !== undefined)) {
    if (ended.every(state => state.exitCode === 0)) return policy === 'Always' ? 'Running' : 'Succeeded';
    return policy === 'Never' || pod.metadata.deletionTimestamp ? 'Failed' : 'Running';
  }
  const began = containers.some(
    ({ state, lastState }) => state.running ?? state.terminated ?? lastState.terminated ?? false,
  );
  return began ? 'Running' : 'Pending';
}

/** The pod's whole status; conditions of others (a readiness gate's, say) stay. */
export function podStatus(now: number, pod: Pod, facts: PodFacts): PodStatus {
  const phase = phaseOf(pod, facts);
  const before = pod.status?.conditions ?? [];
  const own = conditions(pod, phase, facts).map(condition =>
    timed(now, condition, conditionOf(before, condition.type)),
  );
  const scheduled = conditionOf(before, 'PodScheduled');
  const names = new Set(['PodScheduled', ...own.map(({ type }) => type)]);
  return {
    ...pod.status,
    ...(phase ? { phase } : {}),
    conditions: [...(scheduled ? [scheduled] : []), ...own, ...before.filter(({ type }) => !names.has(type))],
    ...(facts.initContainers.length ? { initContainerStatuses: [...facts.initContainers] } : {}),
    containerStatuses: [...facts.containers],
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    ...(facts.podIP ? { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] } : {}),
    startTime: facts.startTime,
  };
}

type Untimed = Omit<Condition, 'lastTransitionTime' | 'lastProbeTime'>;

function timed(now: number, condition: Untimed, before: Condition | undefined): Condition {
  const same = before?.status === condition.status && before.lastTransitionTime;
  return { ...condition, lastProbeTime: null, lastTransitionTime: same || timestamp(now) };
}

function conditions(pod: Pod, phase: PodStatus['phase'], facts: PodFacts): Untimed[] {
  const initialized: Untimed = facts.initialized
    ? { type: 'Initialized', status: 'True' }
    : {
        type: 'Initialized',
        status: 'False',
        reason: 'ContainersNotInitialized',
        message: `containers with incomplete status: [${facts.unfinishedInit.join(' ')}]`,
      };
  const containersReady = readiness(phase, facts);
  return [
    { type: 'PodReadyToStartContainers', status: 'True' },
    initialized,
    { type: 'ContainersReady', ...containersReady },
    { type: 'Ready', ...gated(pod, containersReady) },
  ];
}

function readiness(phase: PodStatus['phase'], { containers }: PodFacts): Omit<Untimed, 'type'> {
  if (phase === 'Succeeded' || phase === 'Failed') return { status: 'False', reason: 'PodCompleted' };
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function gated(pod: Pod, ready: Omit<Untimed, 'type'>): Omit<Untimed, 'type'> {
  if (ready.status !== 'True') return ready;
  const problems = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = conditionOf(pod.status?.conditions, conditionType);
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return gate.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (problems.length === 0) return ready;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
