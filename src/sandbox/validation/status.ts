import type { FieldError, Resource, Status } from '../types.ts';

/** The 422 Status which the API server answers with, for an object that has these errors. */
export function statusForErrors(
  resource: Pick<Resource, 'group' | 'kind'>,
  name: string,
  errors: readonly FieldError[],
): Status {
  const { group, kind } = resource;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${kind}${group && `.${group}`} ${JSON.stringify(name)} is invalid: ${aggregate(errors)}`,
    reason: 'Invalid',
    details: {
      ...(name && { name }),
      ...(group && { group }),
      kind,
      causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
    },
    code: 422,
  };
}

/** All messages in one, as Go's aggregated error prints them: equal ones once, brackets around more than one. */
function aggregate(errors: readonly FieldError[]): string {
  const messages = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  return messages.length === 1 ? String(messages[0]) : `[${messages.join(', ')}]`;
}
