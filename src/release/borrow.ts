import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { SluiceError } from '../errors.ts';
import { type JsonObject, type KubeObject, type ObjectRef, refText } from '../kube.ts';
import { type FieldPath, isBorrowed, ownersGivenBack, TRANSIENT_MANAGER } from './field-owners.ts';

const MANAGER = { manager: TRANSIENT_MANAGER };
/** Others may write an object as often as they like; somebody who does it this often within moments never stops. */
const ATTEMPTS = 8;

/**
 * Writes one field of an object that is somebody else's, until it is given back. Reads, decides and writes optimistically, so
 * that no concurrent edit is lost; a field that is as wanted already is not written. Answers with the object as it then is.
 */
export async function borrow(
  cluster: Cluster,
  ref: ObjectRef,
  path: FieldPath,
  wanted: (live: KubeObject) => unknown,
): Promise<KubeObject> {
  return optimistically(ref, async () => {
    const live = await present(cluster, ref);
    const value = wanted(live);
    if (isDeepStrictEqual(valueAt(live, path), value)) return live;
    return cluster.patch(ref, patchTo(live, path, value), 'merge', MANAGER);
  });
}

/** Puts a borrowed field back as it was, and its ownership; nothing is written where both are so already, or the object is gone. */
export async function giveBack(
  cluster: Cluster,
  ref: ObjectRef,
  path: FieldPath,
  before: KubeObject,
): Promise<KubeObject | undefined> {
  const restored = await optimistically(ref, async () => {
    const live = await cluster.get(ref);
    if (!live || live.metadata.uid !== before.metadata.uid) return undefined;
    const value = valueAt(before, path);
    if (isDeepStrictEqual(valueAt(live, path), value)) return live;
    return cluster.patch<KubeObject>(ref, patchTo(live, path, value), 'merge', MANAGER);
  });
  return restored && giveBackOwnership(cluster, ref, before, path);
}

/** As `giveBack` for several fields below one path, whose value is made of what others have left there meanwhile. */
export async function giveBackWithin(
  cluster: Cluster,
  ref: ObjectRef,
  path: FieldPath,
  fields: readonly string[],
  before: KubeObject,
  restored: (live: KubeObject) => unknown,
): Promise<KubeObject | undefined> {
  const live = await cluster.get(ref);
  if (!live) return undefined;
  await borrow(cluster, ref, path, restored);
  // Who has made it anew owns what is in it.
  const owners = live.metadata.uid === before.metadata.uid ? before : undefined;
  return giveBackOwnership(cluster, ref, owners, ...fields.map(field => [...path, field]));
}

/** Gives the ownership of fields back to those who had them (to nobody where `before` is absent), whatever their values are now. */
export async function giveBackOwnership(
  cluster: Cluster,
  ref: ObjectRef,
  before: KubeObject | undefined,
  ...paths: readonly FieldPath[]
): Promise<KubeObject | undefined> {
  return optimistically(ref, async () => {
    const live = await cluster.get(ref);
    if (!live || !isBorrowed(live.metadata.managedFields)) return live;
    const owners = ownersGivenBack(live.metadata.managedFields ?? [], before?.metadata.managedFields ?? [], ...paths);
    // A list without entries would mean that nothing is said about them; one with an empty entry clears them.
    const managedFields = owners.length > 0 ? owners : [{} as never];
    return cluster.replace({ ...live, metadata: { ...live.metadata, managedFields } }, MANAGER);
  });
}

/** Repeats what read a state that another has changed before it was written. */
export async function optimistically<T>(ref: ObjectRef, attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      const isOvertaken = error instanceof ApiError && error.status === 409 && error.conflicts.length === 0;
      if (!isOvertaken) throw error;
    }
  }
  throw new SluiceError('conflict', `${refText(ref)} was changed by others ${ATTEMPTS} times while it was written.`, {
    hint: 'Look for two controllers or tools that undo each other’s edits of it; then run again.',
  });
}

async function present(cluster: Cluster, ref: ObjectRef): Promise<KubeObject> {
  const live = await cluster.get(ref);
  if (live) return live;
  throw new SluiceError('drift', `${refText(ref)} is gone, although the release needs it.`, {
    hint: 'Somebody deleted it during the release. Put it back, then run again or reject the release.',
  });
}

/** A merge patch that gives the field this very value, for the state that was read and no other. */
function patchTo(live: KubeObject, path: FieldPath, value: unknown): JsonObject {
  const before = valueAt(live, path);
  let body = mergeTo(before, value);
  for (const name of path.toReversed()) body = { [name]: body } as JsonObject;
  const { metadata, ...rest } = body as JsonObject & { metadata?: JsonObject };
  return { ...rest, metadata: { ...metadata, resourceVersion: live.metadata.resourceVersion as string } };
}

/** A merge patch merges maps: the keys that are to go must be named. */
function mergeTo(before: unknown, wanted: unknown): JsonObject[string] {
  if (wanted === undefined) return null;
  if (!isMap(before) || !isMap(wanted)) return wanted as JsonObject[string];
  const gone = Object.keys(before).filter(key => !(key in wanted));
  return { ...wanted, ...Object.fromEntries(gone.map(key => [key, null])) } as JsonObject;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(object: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, name) => (isMap(value) ? value[name] : undefined), object);
}
