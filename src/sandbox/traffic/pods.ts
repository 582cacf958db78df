import type { Container, ContainerStatus, Pod } from '../controllers/pods.ts';
import type { Api, StoreEvent } from '../types.ts';

/** The container that answers requests, in one of its runs. */
export interface Server {
  pod: Pod;
  container: Container;
  /** Names this run of the container: another one has none of its connections. */
  run: string;
}

/** What pods can do now, whatever anybody has heard of them. */
export interface Pods {
  /** Who answers on this port of the pod; text says why nobody does. */
  serverOf(namespace: string, name: string, uid: string, port: number | undefined): Server | string;
  /** As they were last, of a pod that is gone, too: a proxy that does not know of its end still has them. */
  labelsOf(uid: string): Readonly<Record<string, string>>;
  /** Whether this run goes on; text says how it ended. */
  endOf(server: Server): string | undefined;
  /** Calls back when a pod has changed or is gone. */
  onChange(call: (uid: string) => void): void;
  stop(): void;
}

export function watchPods(api: Api): Pods {
  /** Runs of containers that have been ready: from then on they can answer. */
  const able = new Set<string>();
  const labels = new Map<string, Readonly<Record<string, string>>>();
  const calls: ((uid: string) => void)[] = [];

  function see({ type, object }: StoreEvent): void {
    const pod = object as Pod;
    labels.set(pod.metadata.uid ?? '', pod.metadata.labels ?? {});
    for (const status of pod.status?.containerStatuses ?? []) if (status.ready) able.add(runOf(pod, status));
    if (type === 'ADDED') return;
    for (const call of calls) call(pod.metadata.uid ?? '');
  }

  for (const object of api.list('Pod')) see({ type: 'ADDED', object, resourceVersion: 0 });
  const unsubscribe = api.subscribe((resource, event) => {
    if (resource.kind === 'Pod' && !resource.crd) see(event);
  });

  const find = (namespace: string, name: string, uid: string): Pod | undefined => {
    const pod = api.get<Pod>('Pod', namespace, name);
    return pod?.metadata.uid === uid ? pod : undefined;
  };

  return {
    serverOf(namespace, name, uid, port) {
      const text = `Pod ${namespace}/${name}`;
      const pod = find(namespace, name, uid);
      if (!pod) return `${text} is gone`;
      const container = listening(pod, port);
      const status = pod.status?.containerStatuses?.find(one => one.name === container?.name);
      if (!container || !status) return `${text} has not started`;
      if (!status.state.running) return `container ${container.name} of ${text} ${stateText(status)}`;
      const run = runOf(pod, status);
      if (!able.has(run)) return `container ${container.name} of ${text} runs, but has not been ready yet`;
      return { pod, container, run };
    },
    labelsOf: uid => labels.get(uid) ?? {},
    endOf({ pod, container, run }) {
      const { namespace = '', name, uid = '' } = pod.metadata;
      const text = `Pod ${namespace}/${name}`;
      const now = find(namespace, name, uid);
      if (!now) return `${text} ended`;
      const status = now.status?.containerStatuses?.find(one => one.name === container.name);
      if (status?.state.running && runOf(now, status) === run) return undefined;
      return `container ${container.name} of ${text} ${status ? stateText(status) : 'ended'}`;
    },
    onChange: call => calls.push(call),
    stop: unsubscribe,
  };
}

/** Names one run of a container of a pod. */
export function runOf({ metadata }: Pod, { name, restartCount }: ContainerStatus): string {
  return `${metadata.uid ?? ''}/${name}/${restartCount}`;
}

/** The container that declares the port; where none does, the first. */
function listening({ spec }: Pod, port: number | undefined): Container | undefined {
  const containers = spec?.containers ?? [];
  return containers.find(({ ports }) => ports?.some(({ containerPort }) => containerPort === port)) ?? containers[0];
}

function stateText({ state, lastState }: ContainerStatus): string {
  const ended = state.terminated ?? lastState.terminated;
  const how = ended ? ` (exit code ${ended.exitCode}, ${ended.reason})` : '';
  if (state.waiting) return `does not run: ${state.waiting.reason}${how}`;
  return state.running ? `has been restarted${how}` : `has ended${how}`;
}
