import type { Cluster, KindRef, Selection, WatchEvent } from '../../src/cluster/cluster.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../src/kube.ts';

/** A cluster that is told what it holds and remembers what it was asked. */
export interface FakeCluster extends Cluster {
  /** `watch Pod shop app=web`, in order. */
  readonly requests: string[];
  logs: Record<string, string>;
  /** Answers to be thrown, by the beginning of the request. */
  errors: Record<string, Error>;
  put(object: KubeObject): void;
  delete(object: KubeObject): void;
  /** What a watch is told that is not the present state: an old answer from a cache. */
  tell(event: WatchEvent): void;
  openWatches(): number;
}

interface Open {
  kind: KindRef;
  selection: Selection;
  push(event: WatchEvent): void;
}

export function fakeCluster(...objects: KubeObject[]): FakeCluster {
  const store = new Map(objects.map(object => [refKey(refOf(object)), object]));
  const watches = new Set<Open>();
  const requests: string[] = [];

  function asked(request: string): void {
    requests.push(request);
    for (const [start, error] of Object.entries(cluster.errors)) if (request.startsWith(start)) throw error;
  }

  function tell(event: WatchEvent): void {
    for (const watch of watches) if (event.type === 'synced' || matches(event.object, watch)) watch.push(event);
  }

  async function* watch(kind: KindRef, selection: Selection, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    asked(`watch ${kind.kind} ${text(selection)}`);
    const queue: WatchEvent[] = [];
    let wake = (): void => undefined;
    const open: Open = {
      kind,
      selection,
      push(event) {
        queue.push(event);
        wake();
      },
    };
    for (const object of store.values()) if (matches(object, open)) queue.push({ type: 'added', object });
    queue.push({ type: 'synced' });
    watches.add(open);
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      for (;;) {
        const event = queue.shift();
        if (signal.aborted) return;
        if (event) yield event;
        else
          await new Promise<void>(resolve => {
            wake = resolve;
          });
      }
    } finally {
      watches.delete(open);
    }
  }

  const unused = (): never => {
    throw new Error('health only reads');
  };
  const cluster: FakeCluster = {
    server: 'https://cluster.test',
    namespace: 'shop',
    requests,
    logs: {},
    errors: {},
    put(object) {
      const key = refKey(refOf(object));
      const type = store.has(key) ? 'modified' : 'added';
      store.set(key, object);
      tell({ type, object });
    },
    delete(object) {
      store.delete(refKey(refOf(object)));
      tell({ type: 'deleted', object });
    },
    tell,
    openWatches: () => watches.size,
    async get<T extends KubeObject>(ref: ObjectRef) {
      asked(`get ${ref.kind} ${ref.name}`);
      return store.get(refKey(ref)) as T | undefined;
    },
    async list<T extends KubeObject>(kind: KindRef, selection: Selection = {}) {
      asked(`list ${kind.kind} ${text(selection)}`);
      const items = [...store.values()].filter(object => matches(object, { kind, selection })) as T[];
      return { items, resourceVersion: '1' };
    },
    watch: watch as Cluster['watch'],
    proxied: () => Promise.reject(new Error('nothing is proxied here')),
    async logTail(pod, { container, lines, previous }) {
      asked(`log ${pod.name} ${container} ${lines}${previous ? ' previous' : ''}`);
      return cluster.logs[`${pod.name}/${container}${previous ? '/previous' : ''}`];
    },
    kind: unused,
    serves: unused,
    apply: unused,
    create: unused,
    replace: unused,
    patch: unused,
    remove: unused,
    bound: () => cluster,
    close: async () => undefined,
  };
  return cluster;
}

function text({ namespace = '*', labelSelector = '', fieldSelector = '' }: Selection): string {
  return `${namespace} ${labelSelector}${fieldSelector}`.trim();
}

function matches(object: KubeObject, { kind, selection }: Pick<Open, 'kind' | 'selection'>): boolean {
  if (object.kind !== kind.kind || object.apiVersion !== kind.apiVersion) return false;
  if (selection.namespace && object.metadata.namespace !== selection.namespace) return false;
  return labelsMatch(object, selection.labelSelector) && fieldMatches(object, selection.fieldSelector);
}

function labelsMatch({ metadata: { labels = {} } }: KubeObject, selector = ''): boolean {
  const set = /^(\S+) in \((.*)\)$/.exec(selector);
  if (set) return (set[2] ?? '').split(',').includes(labels[set[1] ?? ''] ?? '');
  const [key = '', value] = selector.split('=');
  return selector === '' || labels[key] === value;
}

function fieldMatches(object: KubeObject, selector = ''): boolean {
  if (selector === '') return true;
  const [path = '', value] = selector.split('=');
  let at: unknown = object;
  for (const part of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[part];
  return at === value;
}
