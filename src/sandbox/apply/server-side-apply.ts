import type { JsonObject, KubeObject } from '../../kube.ts';
import { apiVersionOf } from './api-version.ts';
import { conflictError } from './conflict.ts';
import { decodeMetadata, decodeTyped } from './decode-typed.ts';
import { difference } from './field-set.ts';
import { fromUnstructuredError } from './from-unstructured.ts';
import { keepLastApplied, mayTake } from './last-applied.ts';
import { decodeOwners, encodeOwners, identityOf, type Owners } from './managers.ts';
import { applyOwned, OwnershipConflict } from './ownership.ts';
import { refusal } from './refusal.ts';
import { resetFields, unowned } from './reset-fields.ts';
import {
  emptyObject,
  ownersAfter,
  rootOf,
  timeText,
  type UpdateArguments,
  withManagedFields,
  withoutManagedFields,
} from './tracking.ts';
import { typeErrors } from './typed-validation.ts';

export interface ApplyArguments extends Omit<UpdateArguments, 'updated'> {
  /** The configuration as it was read from the request: not defaulted, nulls kept. */
  applied: JsonObject;
  force?: boolean;
}

/** Owns what was there before the first apply to an object that nobody tracked. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/**
 * The live object with the configuration applied and its managedFields: still to be defaulted, validated and compared
 * with the live one. Throws StatusError: 409 for conflicts, 400 and 500 for a configuration that does not fit.
 */
export function serverSideApply(request: ApplyArguments): KubeObject {
  const { kind, live, applied, manager, subresource, now, schemaOf } = request;
  checkConfiguration(request);
  const schema = rootOf(kind);
  const before = live ?? emptyObject(kind);
  const writer = {
    manager,
    operation: 'Apply' as const,
    apiVersion: apiVersionOf(kind),
    ...(subresource ? { subresource } : {}),
  };
  let owners = decodeOwners(live?.metadata.managedFields);
  if (owners.size === 0) {
    const first = { ...writer, manager: BEFORE_FIRST_APPLY, operation: 'Update' as const };
    owners = ownersAfter(kind, owners, emptyObject(kind), before, first, now, schemaOf);
  }
  const ownership = { owners, schemaOf: schemaOf ?? (() => schema), reset: resetFields(kind, subresource) };
  const identity = identityOf(writer);
  const attempt = (force: boolean): ReturnType<typeof applyOwned> =>
    applyOwned(ownership, schema, { ...writer, identity }, withoutManagedFields(before), applied, force);
  const result = attemptOrConflict(request, before, attempt);
  const left: Owners = new Map(result.owners);
  const own = left.get(identity);
  if (own) {
    const time = result.object ? { time: timeText(now) } : {};
    left.set(identity, { ...own, ...time, fields: difference(own.fields, unowned) });
  }
  const object = result.object ?? withoutManagedFields(before);
  if (!kind.crd) checkResult(request, object);
  const decoded = kind.crd ? decodeMetadata(object) : decodeTyped(schema, object);
  return withManagedFields(keepLastApplied(request, decoded as unknown as KubeObject), encodeOwners(left));
}

function attemptOrConflict<T>(request: ApplyArguments, live: KubeObject, attempt: (force: boolean) => T): T {
  try {
    return attempt(request.force ?? false);
  } catch (error) {
    if (!(error instanceof OwnershipConflict)) throw error;
    const left = mayTake(request, live, error.conflicts);
    if (left.length > 0) throw conflictError(left);
    return attempt(true);
  }
}

function checkConfiguration({ kind, applied }: ApplyArguments): void {
  const text = kindText(applied);
  if (applied['apiVersion'] !== apiVersionOf(kind) || applied['kind'] !== kind.kind) {
    throw refusal(400, 'BadRequest', `invalid object type: ${text}`);
  }
  const { managedFields = null } = (applied['metadata'] ?? {}) as JsonObject;
  if (managedFields !== null) throw refusal(400, 'BadRequest', 'metadata.managedFields must be nil');
  const errors = typeErrors(rootOf(kind), applied);
  if (errors.length === 0) return;
  const list = errors.length === 1 ? errors[0] : ['errors:', ...errors.map(error => `  ${error}`)].join('\n');
  throw refusal(500, undefined, `failed to create typed patch object (${nameText(applied)}; ${text}): ${list}`);
}

/** Merging knows no times, quantities and base64 texts; decoding what was merged does. */
function checkResult({ kind, applied }: ApplyArguments, object: JsonObject): void {
  const error = fromUnstructuredError(kind.schema, object);
  if (!error) return;
  const text = kindText(applied);
  const what = `failed to convert new object (${nameText(applied)}; ${text}) to proper version`;
  throw refusal(500, undefined, `${what}: unable to convert unstructured object to ${text}: ${error}`);
}

function nameText({ metadata }: JsonObject): string {
  const { namespace = '', name = '' } = (metadata ?? {}) as Record<string, string>;
  return `${namespace}/${name}`;
}

/** `apps/v1, Kind=Deployment`, and `/v1, Kind=Service` of the core group. */
function kindText({ apiVersion, kind }: JsonObject): string {
  const given = typeof apiVersion === 'string' ? apiVersion : '';
  const groupVersion = given.includes('/') ? given : `/${given}`;
  return `${groupVersion}, Kind=${kind ?? ''}`;
}
