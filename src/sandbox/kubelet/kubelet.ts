import { type Controller, type ControllerContext, keyOf, splitKey } from '../controllers/context.ts';
import { isFinished, isTerminating, type Pod } from '../controllers/pods.ts';
import type { Node } from '../controllers/scheduler/node-fit.ts';
import { timestamp } from '../controllers/timestamp.ts';
import { sameJson } from '../store/freeze.ts';
import { terminationTime } from './behaviour.ts';
import { environmentProblem, volumeProblem } from './container-config.ts';
import { type ContainerHost, finish } from './container-runtime.ts';
import type { PodLogStore } from './pod-logs.ts';
import { earliest, factsOf, newPodRuntime, type PodRuntime, stepPod } from './pod-runtime.ts';
import { podStatus } from './pod-status.ts';

const STATUS = { manager: 'kubelet', subresource: 'status' } as const;
const SIGKILL = 137;

/** The kubelets of all nodes: run the pods that are bound to a node, report on them, and end those that are being deleted. */
export function kubelet(logs: PodLogStore): Controller {
  return context => {
    const { api } = context;
    const runtimes = new Map<string, PodRuntime>();
    let addresses = 0;
    const nextAddress = (): string => {
      addresses += 1;
      return `10.244.${Math.floor(addresses / 250) % 250}.${(addresses % 250) + 2}`;
    };

    const queue = context.queue('kubelet', key => {
      const { namespace, name } = splitKey(key);
      const pod = api.get<Pod>('Pod', namespace, name);
      if (!pod?.spec?.nodeName) return;
      const runtime = runtimes.get(pod.metadata.uid ?? '') ?? newPodRuntime();
      runtimes.set(pod.metadata.uid ?? '', runtime);
      const due = look(context, logs, runtime, pod, nextAddress);
      if (due !== undefined) queue.addAfter(key, Math.max(0, due - api.clock.now()));
    });

    context.watch('Pod', ({ type, object }) => {
      if (type !== 'DELETED') return queue.add(keyOf(object));
      runtimes.delete(object.metadata.uid ?? '');
      logs.forget(object);
    });
    // What a container lacked may be there now.
    for (const kind of ['ConfigMap', 'Secret'])
      context.watch(kind, ({ object }) => {
        for (const pod of api.list<Pod>('Pod', object.metadata.namespace)) {
          const runtime = runtimes.get(pod.metadata.uid ?? '');
          if (runtime && lacksConfig(runtime)) queue.add(keyOf(pod));
        }
      });
  };
}

function lacksConfig({ waitsForVolume, init, main }: PodRuntime): boolean {
  return waitsForVolume || [...init, ...main].some(({ stage }) => stage.name === 'config-error');
}

/** Looks after one pod; returns when to look again. */
function look(
  context: ControllerContext,
  logs: PodLogStore,
  runtime: PodRuntime,
  pod: Pod,
  nextAddress: () => string,
): number | undefined {
  const { api } = context;
  const now = api.clock.now();
  const host = hostOf(context, logs, pod);
  if (isTerminating(pod)) {
    runtime.killAt = Math.min(runtime.killAt ?? Number.POSITIVE_INFINITY, now + terminationTime(pod));
    if (isFinished(pod) || runtime.killAt <= now) {
      kill(context, runtime, pod, host);
      return undefined;
    }
  }
  if (isFinished(pod)) return undefined;
  const due = advance(context, runtime, pod, host);
  report(context, runtime, pod, host, nextAddress);
  return earliest([due, runtime.killAt]);
}

function advance(context: ControllerContext, runtime: PodRuntime, pod: Pod, host: ContainerHost): number | undefined {
  const problem = runtime.main.length === 0 ? volumeProblem(context.api, pod) : undefined;
  if (problem) {
    if (!runtime.waitsForVolume) {
      const message = `MountVolume.SetUp failed for volume "${problem.volume}" : ${problem.message}`;
      context.record('kubelet', pod, 'Warning', 'FailedMount', message);
    }
    runtime.waitsForVolume = true;
    return undefined;
  }
  runtime.waitsForVolume = false;
  for (const container of [...runtime.init, ...runtime.main]) {
    const { stage } = container;
    if (stage.name === 'config-error' && host.configProblem(container.container) !== stage.message)
      container.stage = { name: 'creating', until: host.now };
  }
  return stepPod(runtime, pod, host);
}

function report(
  { api }: ControllerContext,
  runtime: PodRuntime,
  pod: Pod,
  host: ContainerHost,
  nextAddress: () => string,
): void {
  const facts = factsOf(runtime, pod, host);
  const began = facts.containers.some(
    ({ state, lastState }) => state.running || state.terminated || lastState.terminated,
  );
  const node = api.get<Node>('Node', undefined, pod.spec?.nodeName ?? '');
  const hostIP = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '10.0.0.1';
  const status = podStatus(host.now, pod, {
    ...facts,
    hostIP,
    podIP: pod.status?.podIP ?? (began ? (pod.spec?.['hostNetwork'] ? hostIP : nextAddress()) : undefined),
    startTime: pod.status?.startTime ?? timestamp(host.now),
  });
  if (!sameJson(status, pod.status)) api.update({ ...pod, status }, STATUS);
}

/** The grace period is over: a pod that others still hold by a finalizer is left with its containers ended. */
function kill(context: ControllerContext, runtime: PodRuntime, pod: Pod, host: ContainerHost): void {
  const { api } = context;
  const { namespace, name, uid, finalizers } = pod.metadata;
  if (finalizers?.length && !isFinished(pod)) {
    for (const container of runtime.main)
      if (container.stage.name !== 'ended') {
        const since = container.stage.name === 'running' ? container.stage.since : host.now;
        finish(container, { ...host, restartPolicy: 'Never' }, since, SIGKILL, 'Error');
      }
    const facts = { ...factsOf(runtime, pod, host), hostIP: pod.status?.hostIP ?? '', podIP: pod.status?.podIP };
    const startTime = pod.status?.startTime ?? timestamp(host.now);
    api.update({ ...pod, status: podStatus(host.now, pod, { ...facts, startTime }) }, STATUS);
  }
  if (pod.metadata.deletionGracePeriodSeconds === 0 && finalizers?.length) return;
  api.delete('Pod', namespace, name, { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) });
}

function hostOf({ api, record }: ControllerContext, logs: PodLogStore, pod: Pod): ContainerHost {
  const { name, namespace, uid = '' } = pod.metadata;
  return {
    now: api.clock.now(),
    podName: name,
    podText: `${name}_${namespace ?? ''}(${uid})`,
    uid,
    restartPolicy: pod.spec?.restartPolicy ?? 'Always',
    terminating: isTerminating(pod),
    configProblem: container => environmentProblem(api, pod, container),
    event: (type, reason, message, container) =>
      record('kubelet', pod, type, reason, message, `spec.containers{${container}}`),
    started: ({ container, behaviour, restarts }) => {
      if (restarts > 0) logs.rotate(pod, container.name);
      logs.write(pod, container.name, behaviour.log);
    },
    ended: ({ container }, { exitCode, reason }) => {
      if (exitCode !== 0) logs.write(pod, container.name, `${container.name} exits with code ${exitCode} (${reason})`);
    },
  };
}
