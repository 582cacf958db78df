import { backoff, retryAfter } from '../cluster/retry.ts';
import type { Answer, Attempt } from './attempt.ts';
import { fieldsOf } from './shape.ts';

const MINUTE_MS = 60_000;
/** No limit of GitHub lasts longer than an hour; a header that says more must not become a date that none can write. */
const LONGEST_MS = 24 * 60 * MINUTE_MS;

/** GitHub has not looked at the request: it has had too many of this token. */
export interface RateLimit {
  /** How long nothing may be asked, in milliseconds. */
  waitMs: number;
  /** When it ends by GitHub's clock, in milliseconds since the epoch. */
  endsAt: number;
  /** Against many requests at once, over all of the API; a primary limit counts the requests of an hour, REST and GraphQL apart. */
  isSecondary: boolean;
}

/**
 * The limit that an answer tells of, by GitHub's "Rate limits for the REST API": `retry-after` first, then `x-ratelimit-reset`
 * where nothing remains, else at least a minute, doubled each time.
 * @param now of the own clock, for answers without a date; a runner's clock may be wrong by minutes
 * @param times how many limits this question has met before
 */
export function limitOf(answer: Answer, now: number, times: number): RateLimit | undefined {
  const { status, headers } = answer;
  const isGraphqlLimit = status === 200 && errorTypes(answer).includes('RATE_LIMITED');
  if (status !== 403 && status !== 429 && !isGraphqlLimit) return undefined;
  const there = dateOf(headers['date']) ?? now;
  const limit = (waitMs: number, isSecondary: boolean): RateLimit => {
    const ms = Math.min(LONGEST_MS, Math.max(1_000, waitMs));
    return { waitMs: ms, endsAt: there + ms, isSecondary };
  };
  const asked = retryAfter(headers['retry-after'], there);
  if (asked !== undefined) return limit(asked, true);
  const reset = headers['x-ratelimit-reset'] ?? '';
  if (headers['x-ratelimit-remaining'] === '0' && /^\d{1,12}$/.test(reset))
    return limit(Number(reset) * 1_000 - there, false);
  const isLimited = status === 429 || isGraphqlLimit || /secondary rate limit|abuse detection/i.test(answer.text);
  return isLimited ? limit(MINUTE_MS * 2 ** times, true) : undefined;
}

function errorTypes({ data }: Answer): unknown[] {
  const { errors } = fieldsOf(data);
  return Array.isArray(errors) ? errors.map(error => fieldsOf(error)['type']) : [];
}

function dateOf(header: string | undefined): number | undefined {
  const at = Date.parse(header ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/**
 * Milliseconds to wait before the same is asked again after no answer or a 5xx; undefined where that is not done. A POST makes
 * something new each time, and an answer that was lost, or a 502 of what stands before GitHub, does not say that it was not
 * made: a comment posted twice is worse than one missing. It is repeated only where GitHub surely has not heard of it.
 * Every other method leaves the same behind however often it is done.
 */
export function waitBefore(
  next: number,
  isPost: boolean,
  attempt: Attempt,
  random: () => number,
  now: number,
): number | undefined {
  const wait = backoff(next, random);
  if (attempt.kind === 'silence') return attempt.mayPass && !(isPost && attempt.mayBeDone) ? wait : undefined;
  if (attempt.status < 500 || isPost) return undefined;
  const there = dateOf(attempt.headers['date']) ?? now;
  return Math.max(wait, retryAfter(attempt.headers['retry-after'], there) ?? 0);
}
