/** The refusals of the API server, each as a StatusError with the words of apimachinery's `errors` package. */

import type { JsonObject, KubeObject } from '../../kube.ts';
import type { FieldCause, FieldError, Resource, Status } from '../types.ts';
import { StatusError } from '../types.ts';

/** `deployments.apps`; the core group is not written. */
export function qualified(resource: { group: string; plural: string }): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

/** `Deployment.apps`: how Invalid and failed preconditions name a kind. */
export function qualifiedKind(kind: { group: string; kind: string }): string {
  return kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
}

export function failure(code: number, reason: string | undefined, message: string, details?: JsonObject): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function detailsOf(resource: { group: string; plural: string }, name: string | undefined): JsonObject {
  return { ...(name ? { name } : {}), ...(resource.group ? { group: resource.group } : {}), kind: resource.plural };
}

export function notFound(resource: { group: string; plural: string }, name: string): StatusError {
  return failure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

/** A path below a served group version that names nothing. */
export function unknownResource(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  return failure(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name));
}

export function conflict(resource: { group: string; plural: string }, name: string, why: string): StatusError {
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    detailsOf(resource, name),
  );
}

export function modified(resource: Resource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

export function forbidden(
  resource: { group: string; plural: string },
  name: string | undefined,
  why: string,
): StatusError {
  const subject = name ? `${qualified(resource)} "${name}" is forbidden` : `${qualified(resource)} is forbidden`;
  return failure(403, 'Forbidden', `${subject}: ${why}`, detailsOf(resource, name));
}

/** 403 for an object that has not got its generated name yet. */
export function forbiddenNew(resource: Resource, { metadata }: KubeObject, why: string): StatusError {
  return forbidden(resource, metadata.name || metadata.generateName || 'Unknown', why);
}

function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(error => `${error.field}: ${error.message}`))];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

/** 422 with one cause a problem. `subject` is what stands before the quoted name: a qualified kind as a rule. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const causes: FieldCause[] = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return failure(422, 'Invalid', `${qualifiedKind(kind)} "${name}" is invalid: ${aggregate(errors)}`, {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    ...(kind.kind ? { kind: kind.kind } : {}),
    causes: causes.map(cause => ({ ...cause })),
  });
}

export function expired(message: string): StatusError {
  return failure(410, 'Expired', message);
}

export function internal(message: string): StatusError {
  return failure(500, undefined, message);
}

export function success(resource: { group: string; plural: string }, name: string, uid: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...detailsOf(resource, name), uid },
  };
}

export function created(): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}
