import type { JsonObject, ManagedFieldsEntry } from '../kube.ts';

/** The field manager of what the release gives back at its end: pins, switches, sizes of stable, floors. */
export const TRANSIENT_MANAGER = 'sluice-release';

/** Names of fields from the root of an object: `['spec', 'replicas']`. */
export type FieldPath = readonly string[];

/**
 * The managed fields of an object whose fields at these paths have their old values again: nothing of it is ours for a time any
 * more, and each field is owned by whoever owned it before. Without this, their next unchanged apply would meet a conflict with us.
 */
export function ownersGivenBack(
  now: readonly ManagedFieldsEntry[],
  before: readonly ManagedFieldsEntry[],
  ...paths: readonly FieldPath[]
): ManagedFieldsEntry[] {
  const entries = now.filter(({ manager }) => manager !== TRANSIENT_MANAGER);
  for (const [owner, path] of before.flatMap(owner => paths.map(path => [owner, path] as const))) {
    const owned = subtree(owner.fieldsV1, path);
    if (owner.manager === TRANSIENT_MANAGER || owned === undefined) continue;
    const index = entries.findIndex(entry => isSameOwner(entry, owner));
    const present = entries[index] ?? { ...owner, fieldsV1: {} };
    const entry = { ...present, fieldsV1: graft(present.fieldsV1, path, owned) };
    if (index < 0) entries.push(entry);
    else entries[index] = entry;
  }
  return entries;
}

/** Whether we own anything of the object for a time. */
export function isBorrowed(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  return entries?.some(({ manager }) => manager === TRANSIENT_MANAGER) ?? false;
}

function isSameOwner(one: ManagedFieldsEntry, other: ManagedFieldsEntry): boolean {
  return one.manager === other.manager && one.operation === other.operation && one.subresource === other.subresource;
}

function subtree(fields: JsonObject, path: FieldPath): JsonObject | undefined {
  let at: JsonObject | undefined = fields;
  for (const name of path) at = at?.[`f:${name}`] as JsonObject | undefined;
  return at;
}

function graft(fields: JsonObject, [name, ...rest]: FieldPath, owned: JsonObject): JsonObject {
  const key = `f:${name}`;
  const below = rest.length > 0 ? graft((fields[key] ?? {}) as JsonObject, rest, owned) : owned;
  return { ...fields, [key]: below };
}
