import type { Container, ContainerStatus, Pod } from '../controllers/pods.ts';
import { behaviourOf, hintsOf } from './behaviour.ts';
import { type ContainerHost, type ContainerRuntime, newContainer, stepContainer } from './container-runtime.ts';
import { containerStatus } from './container-status.ts';
import type { PodFacts } from './pod-status.ts';

/** What the kubelet remembers of a pod between two looks at it. */
export interface PodRuntime {
  init: ContainerRuntime[];
  /** Empty until the init containers are through. */
  main: ContainerRuntime[];
  /** A volume cannot be mounted yet, so that nothing starts. */
  waitsForVolume: boolean;
  /** When the terminating pod will be gone. */
  killAt: number | undefined;
}

export function newPodRuntime(): PodRuntime {
  return { init: [], main: [], waitsForVolume: false, killAt: undefined };
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** An init container runs for this long unless its pod says otherwise. */
const INIT_RUN = 100;

function initContainer(pod: Pod, container: Container, now: number): ContainerRuntime {
  const behaviour = behaviourOf(pod, container);
  const { exit, startAfter } = behaviour;
  if (isSidecar(container)) {
    const { exit: _, ...endless } = behaviour;
    return newContainer(container, endless, now);
  }
  // The pod's annotations speak of its main containers; an init container fails only by its image or by being named.
  const named = pod.metadata.annotations?.['sandbox.sluice.dev/container'] === container.name;
  const fails = named || hintsOf(container.image).has('crash');
  const ends = fails && exit ? exit : { after: INIT_RUN, code: 0, reason: 'Completed' as const };
  return newContainer(container, { ...behaviour, startAfter, exit: ends }, now);
}

function isThrough({ stage, container }: ContainerRuntime): boolean {
  if (isSidecar(container)) return stage.name === 'running';
  return stage.name === 'ended' && stage.terminated.exitCode === 0;
}

/** Moves the pod's containers on to now; returns when the next of them changes. */
export function stepPod(runtime: PodRuntime, pod: Pod, host: ContainerHost): number | undefined {
  const dues: (number | undefined)[] = [];
  const initContainers = pod.spec?.initContainers ?? [];
  const initPolicy = host.restartPolicy === 'Never' ? 'Never' : 'OnFailure';
  for (const [index, container] of initContainers.entries()) {
    const step = runtime.init[index] ?? initContainer(pod, container, host.now);
    runtime.init[index] = step;
    const restartPolicy = isSidecar(container) ? 'Always' : initPolicy;
    dues.push(stepContainer(step, { ...host, restartPolicy }));
    if (!isThrough(step)) return earliest(dues);
  }
  if (runtime.main.length === 0)
    runtime.main = (pod.spec?.containers ?? []).map(container =>
      newContainer(container, behaviourOf(pod, container), host.now),
    );
  for (const container of runtime.main) dues.push(stepContainer(container, host));
  return earliest(dues);
}

export function earliest(dues: readonly (number | undefined)[]): number | undefined {
  const known = dues.filter(due => due !== undefined);
  return known.length ? Math.min(...known) : undefined;
}

function notStarted(container: Container, reason: string): ContainerStatus {
  return {
    name: container.name,
    state: { waiting: { reason } },
    lastState: {},
    ready: false,
    restartCount: 0,
    image: container.image,
    imageID: '',
    started: false,
  };
}

/** The container statuses of the pod, started or not. */
export function factsOf(
  { init, main }: PodRuntime,
  pod: Pod,
  host: ContainerHost,
): Pick<PodFacts, 'initialized' | 'unfinishedInit' | 'containers' | 'initContainers'> {
  const initContainers = pod.spec?.initContainers ?? [];
  const unfinishedInit = initContainers
    .filter((_, index) => {
      const runtime = init[index];
      return !runtime || !isThrough(runtime);
    })
    .map(({ name }) => name);
  const waiting = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  return {
    initialized: unfinishedInit.length === 0,
    unfinishedInit,
    initContainers: initContainers.map((container, index) => {
      const runtime = init[index];
      if (!runtime) return notStarted(container, 'PodInitializing');
      const status = containerStatus(runtime, host);
      return { ...status, ready: isThrough(runtime) };
    }),
    containers: (pod.spec?.containers ?? []).map((container, index) => {
      const runtime = main[index];
      return runtime ? containerStatus(runtime, host) : notStarted(container, waiting);
    }),
  };
}
