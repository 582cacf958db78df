/** An answer that GitHub gives instead of what was asked. */
export class Problem extends Error {
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'Problem';
    this.status = status;
    this.more = more;
  }
}

export const notFound = (): Problem => new Problem(404, 'Not Found');

/** 422 with one error about one field. */
export function invalid(resource: string, field: string, message: string, code = 'custom'): Problem {
  return new Problem(422, 'Validation Failed', { errors: [{ resource, code, field, message }] });
}

/** 422 of a body that does not fit the endpoint's schema. */
export function unfit(reason: string): Problem {
  return new Problem(422, `Invalid request.\n\n${reason}`);
}

export const noCommit = (sha: string): Problem => new Problem(422, `No commit found for SHA: ${sha}`);
