import { StatusError } from '../types.ts';

/** A Status that refuses the request; without a reason where the server answers a bare error. */
export function refusal(code: number, reason: string | undefined, message: string, details?: object): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details: { ...details } }),
    code,
  });
}

/** 422 without a word why. */
export function unprocessable(): StatusError {
  return refusal(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** 422 for a patch whose result is no object of the kind; the value is how the server prints the patch. */
export function invalidPatch(value: string, why: string): StatusError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }];
  return refusal(422, 'Invalid', ` "" is invalid: patch: ${message}`, { causes });
}
