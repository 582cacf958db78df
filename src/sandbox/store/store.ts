import type { KubeObject } from '../../kube.ts';
import type { StoreEvent } from '../types.ts';
import { deepFreeze } from './freeze.ts';

/** Changes that a collection remembers for watches; who asks for older ones is told that they have expired. */
export const HISTORY_LIMIT = 20_000;

export type StoreListener = (collection: string, event: StoreEvent) => void;

/** The one storage under the API server: collections of frozen objects under one resourceVersion counter. */
export interface Store {
  /** The resourceVersion of the newest change of any object. */
  version(): number;
  get(collection: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** In the order of the keys (namespace, then name), as etcd lists them. */
  list(collection: string, namespace?: string): readonly KubeObject[];
  /** The collection as it was at a past version; undefined where the history does not reach back so far. */
  listAt(collection: string, namespace: string | undefined, version: number): readonly KubeObject[] | undefined;
  /** Writes a new object or a new state of one, and gives it its resourceVersion. */
  put(collection: string, object: KubeObject): KubeObject;
  /** Removes the object; what it returns is its last state under the version of the removal. */
  remove(collection: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** The changes after a version, oldest first; undefined where some of them are forgotten. */
  eventsSince(collection: string, version: number): readonly StoreEvent[] | undefined;
  /** The oldest version from which `eventsSince` can still answer. */
  oldest(collection: string): number;
  /** Begins a collection's history now: who asks for what was before is told that it has expired. */
  forget(collection: string): void;
  subscribe(listener: StoreListener): () => void;
}

interface Collection {
  objects: Map<string, KubeObject>;
  events: StoreEvent[];
  floor: number;
  /** The keys in order. */
  keys: string[];
  /** The objects in the order of their keys; built when it is asked for after a change. */
  sorted: readonly KubeObject[] | undefined;
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;
const keyOfObject = (object: KubeObject): string => keyOf(object.metadata.namespace, object.metadata.name);

function inOrder(objects: Iterable<KubeObject>): KubeObject[] {
  return [...objects].sort((a, b) => (keyOfObject(a) < keyOfObject(b) ? -1 : 1));
}

/** Where a key stands, or would stand, in a sorted list. */
function placeOf(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function inNamespace(objects: readonly KubeObject[], namespace: string | undefined): readonly KubeObject[] {
  return namespace === undefined ? objects : objects.filter(object => object.metadata.namespace === namespace);
}

export function createStore(historyLimit = HISTORY_LIMIT): Store {
  let version = 1;
  const collections = new Map<string, Collection>();
  const listeners = new Set<StoreListener>();
  const pending: [string, StoreEvent][] = [];
  let telling = false;

  function collectionOf(name: string): Collection {
    const known = collections.get(name);
    if (known) return known;
    const collection: Collection = { objects: new Map(), events: [], floor: 1, keys: [], sorted: undefined };
    collections.set(name, collection);
    return collection;
  }

  // A listener may write: its changes are told after the present one, so that every listener sees one order.
  function tell(collection: string, event: StoreEvent): void {
    pending.push([collection, event]);
    if (telling) return;
    telling = true;
    try {
      for (let next = pending.shift(); next; next = pending.shift())
        for (const listener of [...listeners]) listener(...next);
    } finally {
      telling = false;
    }
  }

  function record(name: string, collection: Collection, event: StoreEvent): void {
    collection.sorted = undefined;
    collection.events.push(event);
    if (collection.events.length > historyLimit) {
      const dropped = collection.events.splice(0, Math.ceil(historyLimit / 10));
      collection.floor = dropped.at(-1)?.resourceVersion ?? collection.floor;
    }
    tell(name, event);
  }

  function sortedOf(collection: Collection): readonly KubeObject[] {
    const { keys, objects } = collection;
    collection.sorted ??= keys.flatMap(key => objects.get(key) ?? []);
    return collection.sorted;
  }

  return {
    version: () => version,
    get: (name, namespace, object) => collectionOf(name).objects.get(keyOf(namespace, object)),
    list: (name, namespace) => inNamespace(sortedOf(collectionOf(name)), namespace),
    listAt(name, namespace, at) {
      const collection = collectionOf(name);
      if (at < collection.floor) return undefined;
      const objects = new Map(collection.objects);
      for (const event of collection.events.toReversed()) {
        if (event.resourceVersion <= at) break;
        if (event.previous) objects.set(keyOfObject(event.previous), event.previous);
        else objects.delete(keyOfObject(event.object));
      }
      return inNamespace(inOrder(objects.values()), namespace);
    },
    put(name, object) {
      const collection = collectionOf(name);
      const key = keyOfObject(object);
      const previous = collection.objects.get(key);
      version += 1;
      const written = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
      collection.objects.set(key, written);
      if (!previous) collection.keys.splice(placeOf(collection.keys, key), 0, key);
      const change = { object: written, resourceVersion: version };
      record(name, collection, previous ? { type: 'MODIFIED', previous, ...change } : { type: 'ADDED', ...change });
      return written;
    },
    remove(name, namespace, object) {
      const collection = collectionOf(name);
      const key = keyOf(namespace, object);
      const previous = collection.objects.get(key);
      if (!previous) return undefined;
      version += 1;
      collection.objects.delete(key);
      collection.keys.splice(placeOf(collection.keys, key), 1);
      const last = deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion: String(version) } });
      record(name, collection, { type: 'DELETED', object: last, previous, resourceVersion: version });
      return last;
    },
    eventsSince(name, since) {
      const collection = collectionOf(name);
      if (since < collection.floor) return undefined;
      return collection.events.filter(event => event.resourceVersion > since);
    },
    oldest: name => collectionOf(name).floor,
    forget(name) {
      const collection = collectionOf(name);
      collection.events = [];
      collection.floor = version;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
