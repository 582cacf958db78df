import type { KubeObject } from '../../kube.ts';
import { deepCopy } from '../deep-copy.ts';
import type { Api, GroupKind, StoreEvent } from '../types.ts';
import type { EventRecorder } from './event-recorder.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

/** What every controller works with. */
export interface ControllerContext {
  api: Api;
  record: EventRecorder;
  /** Milliseconds from an event to the reconcile it causes. */
  latency: number;
  /** Calls back for each change of objects of a kind, and once for each that exists already. */
  watch(kind: GroupKind, call: (event: StoreEvent) => void): void;
  /** Calls back for each change of any object whatever its kind. */
  watchAll(call: (kind: GroupKind, event: StoreEvent) => void): void;
  /** A queue whose failures are reported and retried. */
  queue(name: string, reconcile: (key: string) => void, latency?: number): WorkQueue;
}

export type Controller = (context: ControllerContext) => void;

export const MANAGER = { manager: 'kube-controller-manager' } as const;
export const MANAGER_STATUS = { manager: 'kube-controller-manager', subresource: 'status' } as const;

/** The key of an object in a queue. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** A copy that may be changed; what the API hands out is frozen. */
export function clone<T>(object: T): T {
  return deepCopy(object);
}

export interface HostParts {
  api: Api;
  record: EventRecorder;
  latency: number;
  report: (controller: string, key: string, error: unknown) => void;
}

/** Runs controllers over one subscription, so that an event costs one lookup however many controllers there are. */
export function controllerHost({ api, record, latency, report }: HostParts): {
  context: ControllerContext;
  stop: () => void;
} {
  const byKind = new Map<GroupKind, ((event: StoreEvent) => void)[]>();
  const all: ((kind: GroupKind, event: StoreEvent) => void)[] = [];
  const queues: WorkQueue[] = [];

  const unsubscribe = api.subscribe((resource, event) => {
    const kind = resource.group ? `${resource.group}/${resource.kind}` : resource.kind;
    for (const call of byKind.get(kind) ?? []) call(event);
    for (const call of all) call(kind, event);
  });

  const context: ControllerContext = {
    api,
    record,
    latency,
    watch: (kind, call) => {
      const calls = byKind.get(kind) ?? [];
      calls.push(call);
      byKind.set(kind, calls);
      for (const object of api.list(kind)) call({ type: 'ADDED', object, resourceVersion: 0 });
    },
    watchAll: call => {
      all.push(call);
    },
    queue: (name, reconcile, queueLatency = latency) => {
      const queue = createWorkQueue({
        clock: api.clock,
        latency: queueLatency,
        reconcile,
        failed: (key, error) => report(name, key, error),
      });
      queues.push(queue);
      return queue;
    },
  };
  const stop = (): void => {
    unsubscribe();
    for (const queue of queues) queue.stop();
  };
  return { context, stop };
}
