import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import type { Cluster, KindRef, Selection } from './cluster.ts';

export interface ViewPart extends KindRef {
  selection: Selection;
}

/** A part of the cluster's state that follows it: one watch a kind and namespace, and no request for what it holds. */
export interface View {
  get<T extends KubeObject>(ref: ObjectRef): T | undefined;
  list<T extends KubeObject>(kind: KindRef, namespace: string | undefined): T[];
  /** Enters the answer to a write of one's own, which the watch may tell later. */
  enter(object: KubeObject): void;
  forget(ref: ObjectRef): void;
  /** Resolves with what `test` answers as soon as that is not undefined; asks it at once, and after every change. */
  until<T>(test: () => T | undefined, signal: AbortSignal): Promise<T>;
  /** Calls back after every change; what it returns ends that. */
  onChange(call: () => void): () => void;
}

/** Resolves when the present state of every part is known. A watch that fails for good fails every wait, then and later. */
export async function openView(cluster: Cluster, parts: readonly ViewPart[], signal: AbortSignal): Promise<View> {
  const objects = new Map<string, KubeObject>();
  const listeners = new Set<() => void>();
  const broken = new AbortController();
  const changed = (): void => {
    for (const call of [...listeners]) call();
  };

  const enter = (object: KubeObject): boolean => {
    const key = refKey(refOf(object));
    const known = objects.get(key);
    if (known && known.metadata.uid === object.metadata.uid && isOlder(object, known)) return false;
    objects.set(key, object);
    return true;
  };
  const follow = async (part: ViewPart, synced: () => void): Promise<void> => {
    for await (const event of cluster.watch<KubeObject>(part, part.selection, signal)) {
      if (event.type === 'synced') {
        synced();
        continue;
      }
      const object = { ...event.object, apiVersion: part.apiVersion, kind: part.kind };
      if (event.type !== 'deleted') enter(object);
      else if (objects.get(refKey(refOf(object)))?.metadata.uid === object.metadata.uid)
        objects.delete(refKey(refOf(object)));
      changed();
    }
  };
  await Promise.all(
    parts.map(
      part =>
        new Promise<void>((resolve, reject) => {
          follow(part, resolve).catch((error: unknown) => {
            if (signal.aborted) return reject(signal.reason);
            broken.abort(error);
            reject(error);
          });
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    ),
  );

  return {
    get: <T extends KubeObject>(ref: ObjectRef) => objects.get(refKey(ref)) as T | undefined,
    list: <T extends KubeObject>({ apiVersion, kind }: KindRef, namespace: string | undefined) =>
      [...objects.values()].filter(
        object => object.apiVersion === apiVersion && object.kind === kind && object.metadata.namespace === namespace,
      ) as T[],
    enter: object => {
      if (enter(object)) changed();
    },
    forget: ref => {
      if (objects.delete(refKey(ref))) changed();
    },
    until: (test, own) => untilHolds(test, AbortSignal.any([own, broken.signal]), listeners),
    onChange: call => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
  };
}

function untilHolds<T>(test: () => T | undefined, signal: AbortSignal, listeners: Set<() => void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      listeners.delete(look);
      signal.removeEventListener('abort', stop);
    };
    const stop = (): void => {
      end();
      reject(signal.reason);
    };
    const look = (): void => {
      try {
        const answer = test();
        if (answer === undefined) return;
        end();
        resolve(answer);
      } catch (error) {
        end();
        reject(error);
      }
    };
    if (signal.aborted) return reject(signal.reason);
    listeners.add(look);
    signal.addEventListener('abort', stop, { once: true });
    look();
  });
}

function isOlder(object: KubeObject, known: KubeObject): boolean {
  const [now = '', then = ''] = [object.metadata.resourceVersion, known.metadata.resourceVersion];
  if (!/^\d+$/.test(now) || !/^\d+$/.test(then)) return false;
  return BigInt(now) < BigInt(then);
}
