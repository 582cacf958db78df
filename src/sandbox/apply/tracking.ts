/** managedFields after a POST, a PUT or a patch that is no apply. */
import type { JsonObject, KubeObject, ManagedFieldsEntry, ObjectMeta } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { apiVersionOf, type WrittenKind } from './api-version.ts';
import { customObject } from './atom.ts';
import { zeroObject } from './decode-typed.ts';
import { difference, union } from './field-set.ts';
import { capOwners, decodeOwners, encodeOwners, identityOf, type ManagerId, type Owners } from './managers.ts';
import { updateOwned } from './ownership.ts';
import { resetFields, unowned } from './reset-fields.ts';

export interface UpdateArguments {
  kind: WrittenKind;
  /** Absent for what is created. */
  live?: KubeObject | undefined;
  /** The object as the request makes it, with its defaults. */
  updated: KubeObject;
  /** Field manager; the server takes it from `fieldManager`, else from the User-Agent up to its first slash. */
  manager: string;
  subresource?: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** Schemas of the kind's other API versions; without it every entry is read by the schema of `kind`. */
  schemaOf?: (apiVersion: string) => SchemaNode | undefined;
}

/** The updated object with its managedFields. */
export function trackUpdate({ kind, live, updated, manager, subresource, now, schemaOf }: UpdateArguments): KubeObject {
  const sent = updated.metadata.managedFields;
  // A list of one empty entry is the documented way to have nothing tracked any more.
  if (!subresource && isReset(sent)) return withManagedFields(updated, []);
  const fromRequest: Owners = subresource ? new Map() : decodeOwners(sent);
  const owners = fromRequest.size > 0 ? fromRequest : decodeOwners(live?.metadata.managedFields);
  // An object whose fields nobody tracked is not tracked from its second write on.
  if (owners.size === 0 && live?.metadata.uid) return withManagedFields(updated, []);
  const writer: ManagerId = {
    manager,
    operation: 'Update',
    apiVersion: apiVersionOf(kind),
    ...(subresource ? { subresource } : {}),
  };
  const before = live ?? emptyObject(kind);
  return withManagedFields(updated, encodeOwners(ownersAfter(kind, owners, before, updated, writer, now, schemaOf)));
}

/** The owners after the writer turned one state into another. */
export function ownersAfter(
  kind: WrittenKind,
  owners: Owners,
  before: KubeObject,
  after: KubeObject,
  writer: ManagerId,
  now: number,
  schemaOf: UpdateArguments['schemaOf'],
): Owners {
  const schema = rootOf(kind);
  const identity = identityOf(writer);
  const { owners: left, taken } = updateOwned(
    { owners, schemaOf: schemaOf ?? (() => schema), reset: resetFields(kind, writer.subresource) },
    schema,
    { ...writer, identity },
    withoutManagedFields(before),
    withoutManagedFields(after),
  );
  const owned = difference(taken, unowned);
  if (owned.members.size + owned.children.size > 0) {
    const previous = left.get(identity);
    const fields = previous ? union(previous.fields, owned) : owned;
    left.set(identity, { ...writer, fields, time: timeText(now) });
  }
  return capOwners(left);
}

export function rootOf(kind: WrittenKind): SchemaNode {
  return kind.crd ? customObject(kind.schema) : kind.schema;
}

/** What the Go type of a kind holds before anything is set: the state from which a creation starts. */
export function emptyObject(kind: WrittenKind): KubeObject {
  const object = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  return (kind.crd ? { ...object, metadata: {} } : zeroObject(kind.schema, object)) as unknown as KubeObject;
}

export function withoutManagedFields(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject;
}

export function withManagedFields(object: KubeObject, entries: ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length > 0 ? { ...metadata, managedFields: entries } : metadata };
}

/** RFC 3339 in seconds, as metav1.Time is written. */
export function timeText(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

function isReset(entries: ObjectMeta['managedFields']): boolean {
  const [only, ...more] = entries ?? [];
  return only !== undefined && more.length === 0 && Object.keys(only).length === 0;
}
