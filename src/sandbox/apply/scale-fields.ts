/** managedFields of an object as its scale subresource sees them, and back. */
import type { ManagedFieldsEntry } from '../../kube.ts';
import { difference, has, isEmpty, setOfFields } from './field-set.ts';
import { decodeOwners, encodeOwners, type Owners } from './managers.ts';
import { fieldElement } from './path-element.ts';

const SCALE_VERSION = 'autoscaling/v1';
const replicasInScale = ['spec', 'replicas'];

/** Where an object keeps its replicas: `.spec.replicas`, or what a CRD's `specReplicasPath` says. */
export interface ReplicasPath {
  /** Names of the fields on the way. */
  path: readonly string[];
  apiVersion: string;
}

/** The entries that own the replicas, as entries of the Scale object. */
export function scaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  { path }: ReplicasPath,
): ManagedFieldsEntry[] {
  const owners: Owners = new Map();
  for (const [identity, owner] of decodeOwners(entries)) {
    if (!has(owner.fields, path.map(fieldElement))) continue;
    owners.set(identity, { ...owner, apiVersion: SCALE_VERSION, fields: setOfFields([replicasInScale]) });
  }
  return encodeOwners(owners);
}

/** The object's entries after a write through the Scale object, whose entries are given. An entry that comes that way has no time. */
export function entriesAfterScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  { path, apiVersion }: ReplicasPath,
): ManagedFieldsEntry[] {
  const parent = decodeOwners(entries);
  const writers = decodeOwners(scale);
  const elements = path.map(fieldElement);
  const after: Owners = new Map();
  for (const [identity, owner] of parent) {
    if (!has(owner.fields, elements) || writers.delete(identity)) {
      after.set(identity, owner);
      continue;
    }
    const fields = difference(owner.fields, setOfFields([path]));
    if (!isEmpty(fields)) after.set(identity, { ...owner, fields });
  }
  for (const [identity, { time: _, ...writer }] of writers) {
    if (!has(writer.fields, replicasInScale.map(fieldElement))) continue;
    const time = parent.get(identity)?.time;
    after.set(identity, { ...writer, apiVersion, fields: setOfFields([path]), ...(time ? { time } : {}) });
  }
  return encodeOwners(after);
}
