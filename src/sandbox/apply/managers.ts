/** managedFields as sets by manager, and back. */
import type { JsonObject, ManagedFieldsEntry } from '../../kube.ts';
import { decodeFieldsV1, encodeFieldsV1, type FieldSet, isEmpty, union } from './field-set.ts';
import { compareText } from './path-element.ts';

/** Who owns fields; a manager has an entry for each operation and subresource, and for each API version in which it updated. */
export interface ManagerId {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
}

export interface Owner extends ManagerId {
  fields: FieldSet;
  time?: string;
}

/** By identity. Values are replaced, never changed. */
export type Owners = Map<string, Owner>;

/** An applier keeps its entry when it goes over to another version of the API. */
export function identityOf({ manager, operation, apiVersion, subresource }: ManagerId): string {
  return JSON.stringify({
    manager,
    operation,
    ...(operation === 'Update' ? { apiVersion } : {}),
    ...(subresource ? { subresource } : {}),
  });
}

/** Entries that cannot be read (no operation, another type of fields) make the whole list void, as on the server. */
export function decodeOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  const owners: Owners = new Map();
  for (const entry of entries ?? []) {
    const { manager, operation, apiVersion, subresource, time } = entry;
    if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || entry.fieldsType !== 'FieldsV1') {
      return new Map();
    }
    const id: ManagerId = { manager: manager ?? '', operation, apiVersion, ...(subresource ? { subresource } : {}) };
    const fields = decodeFieldsV1((entry.fieldsV1 ?? {}) as JsonObject);
    owners.set(identityOf(id), { ...id, fields, ...(time ? { time } : {}) });
  }
  return owners;
}

/** In the order in which the server writes them: appliers first, then by time and name. */
export function encodeOwners(owners: Owners): ManagedFieldsEntry[] {
  return [...owners.values()]
    .filter(owner => !isEmpty(owner.fields))
    .sort(
      (a, b) =>
        compareText(a.operation, b.operation) ||
        compareText(a.time ?? '', b.time ?? '') ||
        compareText(a.manager, b.manager) ||
        compareText(a.apiVersion, b.apiVersion) ||
        compareText(a.subresource ?? '', b.subresource ?? ''),
    )
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      ...(time ? { time } : {}),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFieldsV1(fields),
      ...(subresource ? { subresource } : {}),
    }));
}

/** At most so many Update entries are kept for each object; the oldest are merged into one. */
const MAX_UPDATE_OWNERS = 10;
const MERGED_MANAGER = 'ancient-changes';

export function capOwners(owners: Owners): Owners {
  const updaters = [...owners]
    .filter(([, owner]) => owner.operation === 'Update')
    .sort(([a, one], [b, two]) => compareText(one.time ?? '', two.time ?? '') || compareText(a, b));
  const capped: Owners = new Map(owners);
  const firsts = new Map<string, Owner>();
  let left = updaters.length;
  for (const [identity, owner] of updaters) {
    if (left <= MAX_UPDATE_OWNERS) break;
    const { apiVersion } = owner;
    const first = firsts.get(apiVersion);
    if (!first) {
      firsts.set(apiVersion, owner);
      continue;
    }
    const bucket: ManagerId = { manager: MERGED_MANAGER, operation: 'Update', apiVersion };
    const bucketIdentity = identityOf(bucket);
    const merged = capped.get(bucketIdentity) ?? first;
    capped.delete(identityOf(first));
    capped.delete(identity);
    capped.set(bucketIdentity, {
      ...bucket,
      fields: union(merged.fields, owner.fields),
      ...(owner.time ? { time: owner.time } : {}),
    });
    left--;
  }
  return capped;
}
