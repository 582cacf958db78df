/** The fields of what came from outside; of anything but an object, none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** Numbers of comments and pull requests, which become part of paths. */
export function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/**
 * A person's login, which becomes part of paths and mentions: letters, digits and hyphens; that of a managed user of an
 * enterprise ends in an underscore and the enterprise's short code.
 */
export function isLogin(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 39 && /^[A-Za-z0-9-]+(_[A-Za-z0-9]+)?$/.test(value);
}

/** The name of a commit, by SHA-1 or SHA-256. */
export function isSha(value: unknown): value is string {
  return typeof value === 'string' && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}

/** A web address, as it may stand in a text: encoded, of http or https; undefined where it is none. */
export function webAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2_000 || !/^https?:\/\//.test(value)) return undefined;
  return URL.parse(value)?.href;
}
