import { groupOf, type KubeObject } from '../../kube.ts';
import type { Core, Write } from '../server/core.ts';
import { collectionOf } from '../server/registry.ts';
import type { GroupKind } from '../types.ts';

/** All objects as they are at one moment. */
export interface World {
  /** Milliseconds of the clock. */
  readonly now: number;
  /** Of the store. */
  readonly version: number;
  get<T extends KubeObject>(kind: GroupKind, namespace: string | undefined, name: string): T | undefined;
  list<T extends KubeObject>(kind: GroupKind, namespace?: string): readonly T[];
}

export function kindOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): GroupKind {
  const group = groupOf(apiVersion);
  return group ? `${group}/${kind}` : kind;
}

/** The store as it is now. */
export function presentWorld({ clock, registry, store }: Core): World {
  const collection = (kind: GroupKind): string | undefined => {
    const resource = registry.ofKind(kind);
    return resource && collectionOf(resource);
  };
  return {
    now: clock.now(),
    version: store.version(),
    get<T extends KubeObject>(kind: GroupKind, namespace: string | undefined, name: string) {
      const found = collection(kind);
      return found === undefined ? undefined : (store.get(found, namespace, name) as T | undefined);
    },
    list<T extends KubeObject>(kind: GroupKind, namespace?: string) {
      const found = collection(kind);
      return found === undefined ? [] : (store.list(found, namespace) as readonly T[]);
    },
  };
}

/** The world without what a write has done to it. */
export function worldBefore(after: World, { before, after: written }: Pick<Write, 'before' | 'after'>): World {
  const subject = before ?? written;
  if (!subject) return after;
  const kind = kindOf(subject);
  const { namespace, name } = subject.metadata;
  const isSubject = (other: KubeObject): boolean =>
    other.metadata.name === name && other.metadata.namespace === namespace;
  return {
    now: after.now,
    version: after.version,
    get<T extends KubeObject>(asked: GroupKind, where: string | undefined, called: string) {
      if (asked === kind && where === namespace && called === name) return before as T | undefined;
      return after.get<T>(asked, where, called);
    },
    list<T extends KubeObject>(asked: GroupKind, where?: string) {
      const objects = after.list<T>(asked, where);
      if (asked !== kind || (where !== undefined && where !== namespace)) return objects;
      const others = objects.filter(object => !isSubject(object));
      return before ? [...others, before as T] : others;
    },
  };
}
