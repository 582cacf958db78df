import type { KubeEvent } from '../../src/health/event-view.ts';
import type { ContainerStatus, Pod } from '../../src/health/pod-view.ts';
import type { KubeObject } from '../../src/kube.ts';

type Labels = Record<string, string>;

export function deployment(
  name: string,
  status: Record<string, unknown> = {},
  spec: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      generation: 2,
      resourceVersion: '100',
    },
    spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name, 2), ...spec },
    status: { observedGeneration: 2, ...status },
  };
}

export const DONE = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
export const ROLLING = { replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 };

/** The pod template of a version, as the Deployment has it; its ReplicaSet's has the hash too. */
export function template(name: string, version: number, hash?: string): object {
  const labels = { app: name, ...(hash ? { 'pod-template-hash': hash } : {}) };
  return { metadata: { labels }, spec: { containers: [{ name: 'app', image: `reg.test/app:v${version}` }] } };
}

export function replicaSet(deploymentName: string, hash: string, version: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deploymentName}-${hash}`,
      namespace: 'shop',
      uid: `uid-${deploymentName}-${hash}`,
      labels: { 'pod-template-hash': hash },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: deploymentName,
          uid: `uid-${deploymentName}`,
          controller: true,
        },
      ],
    },
    spec: { replicas: 2, template: template(deploymentName, version, hash) },
  };
}

/** A pod of a Deployment's ReplicaSet, on a node, with these containers. */
export function podOf(deploymentName: string, hash: string, suffix: string, ...containers: ContainerStatus[]): Pod {
  return ownedPod(
    { kind: 'ReplicaSet', name: `${deploymentName}-${hash}` },
    suffix,
    { app: deploymentName, 'pod-template-hash': hash },
    ...containers,
  );
}

export function ownedPod(
  owner: { kind: string; name: string },
  suffix: string,
  labels: Labels,
  ...containers: ContainerStatus[]
): Pod {
  const apiVersion = owner.kind === 'Job' ? 'batch/v1' : 'apps/v1';
  return pod(`${owner.name}-${suffix}`, containers, {
    labels,
    ownerReferences: [{ apiVersion, ...owner, uid: `uid-${owner.name}`, controller: true }],
  });
}

export function pod(name: string, containers: ContainerStatus[], metadata: Partial<KubeObject['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...metadata },
    spec: {
      nodeName: 'node-1',
      containers: containers.map(one => ({
        name: one.name,
        image: `reg.test/${one.name}:v2`,
        resources: { limits: { memory: '128Mi' } },
      })),
    },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: containers.every(({ ready }) => ready) ? 'True' : 'False' },
      ],
      containerStatuses: containers,
    },
  };
}

export function waitingContainer(
  reason: string,
  message?: string,
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  return {
    name: 'app',
    ready: false,
    restartCount: 0,
    state: { waiting: { reason, ...(message ? { message } : {}) } },
    lastState: {},
    ...more,
  };
}

export function unschedulablePod(deploymentName: string, hash: string, words: string): Pod {
  const made = podOf(deploymentName, hash, 'p');
  made.spec = { containers: [] };
  made.status = {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: words }],
  };
  return made;
}

export function eventAbout(object: KubeObject, reason: string, message: string, at = 0, type = 'Warning'): KubeEvent {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${object.metadata.name}.${reason}.${at}`, namespace: 'shop' },
    involvedObject: {
      kind: object.kind,
      name: object.metadata.name,
      namespace: 'shop',
      uid: object.metadata.uid as string,
    },
    type,
    reason,
    message,
    lastTimestamp: new Date(1_000_000 + at).toISOString(),
  };
}
