import type { KubeObject } from '../../../src/kube.ts';
import type { Condition, Pod, PodSpec } from '../../../src/sandbox/controllers/pods.ts';
import { startControllers } from '../../../src/sandbox/controllers/start.ts';
import { deepCopy } from '../../../src/sandbox/deep-copy.ts';
import type { NodeOptions } from '../../../src/sandbox/kubelet/node.ts';
import { createSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import { seeded } from '../../../src/sandbox/seeded.ts';
import type { Api, GroupKind } from '../../../src/sandbox/types.ts';
import { type VirtualClock, virtualClock } from '../../../src/sandbox/virtual-clock.ts';

export interface Cluster {
  api: Api;
  clock: VirtualClock;
  sandbox: Sandbox;
  create(object: KubeObject): KubeObject;
  /** Changes an object as a user would. */
  change(kind: GroupKind, name: string, edit: (object: Editable) => void): void;
  get<T extends KubeObject = KubeObject>(kind: GroupKind, name: string): T | undefined;
  pods(): Pod[];
  events(): string[];
}

/** A view for edits in tests: whatever the kind holds. */
export interface Editable extends KubeObject {
  spec: Record<string, unknown>;
}

export const NAMESPACE = 'default';
const USER = { manager: 'test' };

export function startCluster(nodes: readonly NodeOptions[] = [{ name: 'n1' }]): Cluster {
  const clock = virtualClock(Date.UTC(2026, 10, 23, 12));
  const sandbox = createSandbox({ clock, random: seeded(1), nodes, controllers: 'off' });
  const { api } = sandbox;
  startControllers(api, {
    logs: sandbox.core.logs,
    report: (_controller, _key, error) => {
      if (!(error instanceof Error) || error.constructor.name !== 'StatusError') throw error;
    },
  });
  clock.advance(100);
  return {
    api,
    clock,
    sandbox,
    create: object => api.create({ ...object, metadata: { namespace: NAMESPACE, ...object.metadata } }, USER),
    change: (kind, name, edit) => {
      const live = deepCopy(api.get<Editable>(kind, NAMESPACE, name));
      if (!live) throw new Error(`no ${kind} ${name}`);
      edit(live);
      api.update(live, USER);
    },
    get: (kind, name) => api.get(kind, NAMESPACE, name),
    pods: () => [...api.list<Pod>('Pod', NAMESPACE)],
    events: () =>
      api
        .list('Event', NAMESPACE)
        .map(event => `${String(event['type'])} ${String(event['reason'])}: ${String(event['message'])}`),
  };
}

export interface WorkloadOptions {
  replicas?: number;
  image?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  pod?: Partial<PodSpec>;
  container?: Record<string, unknown>;
  spec?: Record<string, unknown>;
}

export function template(name: string, { image = 'web:1', annotations, labels, pod, container }: WorkloadOptions = {}) {
  return {
    metadata: { labels: { app: name, ...labels }, ...(annotations ? { annotations } : {}) },
    spec: {
      containers: [
        {
          name: 'web',
          image,
          readinessProbe: { httpGet: { path: '/', port: 80 } },
          ports: [{ name: 'http', containerPort: 80 }],
          ...container,
        },
      ],
      ...pod,
    },
  };
}

export function workload(
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet',
  name: string,
  options: WorkloadOptions = {},
): KubeObject {
  const { replicas = 2, spec } = options;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: template(name, options),
      ...spec,
    },
  };
}

export const deployment = (name: string, options: WorkloadOptions = {}): KubeObject =>
  workload('Deployment', name, options);

export function statusOf(object: KubeObject | undefined): Record<string, unknown> {
  return (object?.status ?? {}) as Record<string, unknown>;
}

export function condition(object: KubeObject | undefined, type: string): Condition | undefined {
  return (statusOf(object)['conditions'] as Condition[] | undefined)?.find(found => found.type === type);
}
