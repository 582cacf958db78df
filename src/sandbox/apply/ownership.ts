/** Who owns what after a write: the updater of structured-merge-diff over one object. */
import type { JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { difference, emptySet, type FieldSet, intersection, isEmpty, recursiveDifference, union } from './field-set.ts';
import type { Owner, Owners } from './managers.ts';
import { type Comparison, compare, isSame, without } from './typed-compare.ts';
import { fieldSetOf, withStructs } from './typed-field-set.ts';
import { merge } from './typed-merge.ts';
import { removeFields } from './typed-remove.ts';

export interface Ownership {
  owners: Owners;
  /** By schema of an API version; undefined where the version is gone, and with it the entries that were made in it. */
  schemaOf: (apiVersion: string) => SchemaNode | undefined;
  /** Fields that the endpoint sets back to what they were, which nobody can own through it. */
  reset: FieldSet;
}

/** What other managers own and the write would change. */
export type Conflicts = { owner: Owner; fields: FieldSet }[];

export class OwnershipConflict extends Error {
  readonly conflicts: Conflicts;
  constructor(conflicts: Conflicts) {
    super('the write changes fields of other managers');
    this.conflicts = conflicts;
  }
}

/** Who writes; `identity` is the key of its entry among the owners. */
export interface Writer extends Omit<Owner, 'fields' | 'time'> {
  identity: string;
}

/** Applies the configuration; `object` is undefined where nothing of it changes. Throws OwnershipConflict unless forced. */
export function applyOwned(
  { owners, schemaOf, reset }: Ownership,
  schema: SchemaNode,
  writer: Writer,
  live: JsonObject,
  applied: JsonObject,
  force: boolean,
): { object: JsonObject | undefined; owners: Owners } {
  const merged = merge(schema, live, applied) as JsonObject;
  const last = owners.get(writer.identity);
  const { identity, ...id } = writer;
  const next: Owners = new Map(owners);
  const fields = recursiveDifference(fieldSetOf(schema, applied), reset);
  next.set(identity, { ...id, fields, ...(last?.time ? { time: last.time } : {}) });
  const pruned = last ? prune(merged, next, last, schemaOf) : merged;
  const changes = compare(schema, live, pruned);
  const left = takeFrom({ owners: next, schemaOf, reset }, identity, writer.apiVersion, live, pruned, changes, force);
  return { object: isSame(changes) ? undefined : pruned, owners: left };
}

/** The owners after an update: the writer owns what it changed, and others lose what was changed or removed. */
export function updateOwned(
  { owners, schemaOf, reset }: Ownership,
  schema: SchemaNode,
  writer: Writer,
  live: JsonObject,
  updated: JsonObject,
): { owners: Owners; taken: FieldSet } {
  const changes = compare(schema, live, updated);
  const left = takeFrom({ owners, schemaOf, reset }, '', writer.apiVersion, live, updated, changes, true);
  return { owners: left, taken: recursiveDifference(union(changes.modified, changes.added), reset) };
}

function takeFrom(
  { owners, schemaOf, reset }: Ownership,
  writer: string,
  apiVersion: string,
  before: JsonObject,
  after: JsonObject,
  written: Comparison,
  force: boolean,
): Owners {
  const changesIn = new Map([[apiVersion, without(written, reset)]]);
  const left: Owners = new Map();
  const conflicts: Conflicts = [];
  for (const [identity, owner] of owners) {
    if (identity === writer) {
      left.set(identity, owner);
      continue;
    }
    let changes = changesIn.get(owner.apiVersion);
    if (!changes) {
      const other = schemaOf(owner.apiVersion);
      if (!other) continue;
      changes = without(compare(other, before, after), reset);
      changesIn.set(owner.apiVersion, changes);
    }
    if (isSame(changes)) {
      left.set(identity, owner);
      continue;
    }
    const conflict = intersection(owner.fields, union(changes.modified, changes.added));
    if (!isEmpty(conflict)) conflicts.push({ owner, fields: conflict });
    const fields = difference(difference(owner.fields, conflict), changes.removed);
    if (!isEmpty(fields)) left.set(identity, { ...owner, fields });
  }
  if (!force && conflicts.length > 0) throw new OwnershipConflict(conflicts);
  for (const [identity, owner] of left) if (isEmpty(owner.fields)) left.delete(identity);
  return left;
}

/** Removes what this applier applied last time and nobody applies now. */
function prune(merged: JsonObject, owners: Owners, last: Owner, schemaOf: Ownership['schemaOf']): JsonObject {
  const schema = schemaOf(last.apiVersion);
  if (!schema || isEmpty(last.fields)) return merged;
  const full = (fields: FieldSet): FieldSet => withStructs(fields, schema);
  const all = full(fieldSetOf(schema, merged));
  const applied = [...owners.values()]
    .filter(owner => owner.operation === 'Apply')
    .reduce((fields, owner) => union(fields, owner.fields), emptySet);
  let pruned = removeFields(schema, merged, full(last.fields)) ?? {};
  const kept = (fields: FieldSet): FieldSet => union(full(fieldSetOf(schema, pruned)), fields);
  pruned = removeFields(schema, merged, difference(all, kept(full(applied)))) ?? {};
  // What only updaters own, or nobody, stays.
  const gone = intersection(difference(all, kept(emptySet)), full(last.fields));
  return (removeFields(schema, merged, gone) ?? {}) as JsonObject;
}
