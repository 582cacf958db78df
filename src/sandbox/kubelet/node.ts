import { timestamp } from '../controllers/timestamp.ts';
import type { Api } from '../types.ts';

/** A node of the simulated cluster. */
export interface NodeOptions {
  name: string;
  cpu?: string;
  memory?: string;
  pods?: number;
  labels?: Record<string, string>;
}

/** The one node of the recorded contract. */
export const DEFAULT_NODES: readonly NodeOptions[] = [{ name: 'sim-node' }];

/** Registers nodes as their kubelets do; those that exist stay as they are. */
export function registerNodes(api: Api, nodes: readonly NodeOptions[]): void {
  nodes.forEach((node, index) => {
    if (api.get('Node', undefined, node.name)) return;
    const labels = {
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': node.name,
      'kubernetes.io/os': 'linux',
      ...node.labels,
    };
    const created = api.create(
      { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name, labels }, spec: {} },
      { manager: 'kubelet' },
    );
    const status = nodeStatus(api.clock.now(), node, index);
    api.update({ ...structuredClone(created), status }, { manager: 'kubelet', subresource: 'status' });
  });
}

function nodeStatus(
  now: number,
  { name, cpu = '64', memory = '256Gi', pods = 1000 }: NodeOptions,
  index: number,
): unknown {
  const resources = { cpu, memory, 'ephemeral-storage': '500Gi', pods: String(pods) };
  const at = timestamp(now);
  const condition = (type: string, status: string, reason: string, message: string): unknown => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: `172.18.0.${index + 2}` },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'containerd://2.1.0',
      kernelVersion: '6.12.0',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.2',
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Sandbox',
      systemUUID: '',
    },
  };
}
