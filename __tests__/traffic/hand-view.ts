import type { View } from '../../src/cluster/view.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../src/kube.ts';
import type { Pair } from '../../src/release/plan.ts';

export const NAMESPACE = 'shop';

/** A view that holds what it is given, and nothing else. */
export interface HandView extends View {
  put(...objects: readonly KubeObject[]): void;
}

export function handView(...objects: readonly KubeObject[]): HandView {
  const held = new Map<string, KubeObject>();
  const view: HandView = {
    get: <T extends KubeObject>(ref: ObjectRef) => held.get(refKey(ref)) as T | undefined,
    list: <T extends KubeObject>({ apiVersion, kind }: { apiVersion: string; kind: string }, namespace?: string) =>
      [...held.values()].filter(
        one => one.apiVersion === apiVersion && one.kind === kind && one.metadata.namespace === namespace,
      ) as T[],
    enter: object => void held.set(refKey(refOf(object)), object),
    forget: ref => void held.delete(refKey(ref)),
    until: () => Promise.reject(new Error('this view never changes')),
    onChange: () => () => undefined,
    put: (...more) => {
      for (const object of more) held.set(refKey(refOf(object)), object);
    },
  };
  view.put(...objects);
  return view;
}

export function ref(kind: 'Deployment' | 'StatefulSet' | 'Service', name: string): ObjectRef {
  return { apiVersion: kind === 'Service' ? 'v1' : 'apps/v1', kind, name, namespace: NAMESPACE };
}

export const PAIR: Pair = {
  stable: ref('Deployment', 'web'),
  twin: ref('Deployment', 'web-canary'),
  size: 2,
  surge: 1,
  service: { stable: ref('Service', 'web'), twin: ref('Service', 'web-canary') },
};

const at = (object: ObjectRef, labels: Record<string, string> = {}): KubeObject => {
  const { apiVersion, kind, name, namespace = NAMESPACE } = object;
  return { apiVersion, kind, metadata: { name, namespace, labels } };
};

export function workload(
  object: ObjectRef,
  labels: Record<string, string>,
  { replicas = 1, available = replicas, revision }: { replicas?: number; available?: number; revision?: string } = {},
): KubeObject {
  return {
    ...at(object),
    spec: { replicas, selector: { matchLabels: labels } },
    status: { availableReplicas: available, ...(revision ? { updateRevision: revision } : {}) },
  };
}

/** A pod that is ready, but for what is said of it. */
export function pod(
  name: string,
  labels: Record<string, string>,
  {
    isReady = true,
    restarts = 0,
    state = { running: {} },
    lastState,
    isLeaving = false,
  }: {
    isReady?: boolean;
    restarts?: number;
    state?: object;
    lastState?: object | undefined;
    isLeaving?: boolean;
  } = {},
): KubeObject {
  const { metadata, ...rest } = at({ apiVersion: 'v1', kind: 'Pod', name }, labels);
  const status = { name: 'c', ready: isReady, restartCount: restarts, state, ...(lastState ? { lastState } : {}) };
  return {
    ...rest,
    metadata: { ...metadata, uid: name, ...(isLeaving ? { deletionTimestamp: '2026-11-23T12:00:00Z' } : {}) },
    spec: { containers: [{ name: 'c' }] },
    status: { containerStatuses: [status], conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  };
}

export function slice(service: string, name: string, pods: readonly string[], ready?: boolean): KubeObject {
  return {
    ...at(
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name },
      { 'kubernetes.io/service-name': service },
    ),
    endpoints: pods.map(one => ({
      ...(ready === undefined ? {} : { conditions: { ready } }),
      targetRef: { kind: 'Pod', name: one },
    })),
  };
}
