import type { KubeObject } from '../kube.ts';
import type { Conditioned } from './conditions.ts';

export interface Terminated {
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: Terminated;
}

export interface ContainerStatus {
  name: string;
  image?: string;
  ready?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface Container {
  name: string;
  image?: string;
  resources?: { limits?: { memory?: string } };
}

export interface PodSpec {
  nodeName?: string;
  containers?: Container[];
  initContainers?: Container[];
}

export interface PodStatus extends Conditioned {
  phase?: string;
  reason?: string;
  message?: string;
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

export type Pod = KubeObject<PodSpec, PodStatus>;

/** A container's state together with what the spec says of it. */
export interface SeenContainer {
  status: ContainerStatus;
  init: boolean;
  spec: Container | undefined;
}

export function containersOf(pod: Pod): SeenContainer[] {
  const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const seen = (status: ContainerStatus, init: boolean): SeenContainer => ({
    status,
    init,
    spec: specs.find(({ name }) => name === status.name),
  });
  return [
    ...(pod.status?.initContainerStatuses ?? []).map(status => seen(status, true)),
    ...(pod.status?.containerStatuses ?? []).map(status => seen(status, false)),
  ];
}
