/** What became of one attempt that did not succeed. */
export type Outcome =
  /** The server answered with an error. */
  | { kind: 'status'; status: number; retryHint: boolean }
  /** No connection, or the server said that it did not look at the request: it was certainly not executed. */
  | { kind: 'not-sent' }
  /** The connection was cut after the request was sent: it may have been executed. */
  | { kind: 'lost' }
  /** The same will happen again: the other side is not who it should be, or we have closed. */
  | { kind: 'final' };

/**
 * Whether an attempt may be made again. What is not repeatable is sent again only if it was certainly not executed:
 * 429 is answered before the API server looks at a request; a 503 may come from a load balancer or from etcd half-way.
 */
export function mayRepeat(repeatable: boolean, outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'not-sent':
      return true;
    case 'lost':
      return repeatable;
    case 'final':
      return false;
    case 'status':
      if (outcome.status === 429) return true;
      if (outcome.status === 500) return repeatable && outcome.retryHint;
      return repeatable && [502, 503, 504].includes(outcome.status);
  }
}

/** Attempts that one call makes at most, whatever time it has left. */
export const MAX_ATTEMPTS = 7;

/**
 * Milliseconds to wait before attempt number `next` (the first repetition is 2): doubling from 200 ms to at most 5 s, of
 * which the second half is random, so that many clients do not come back together.
 * @param random from 0 to 1
 */
export function backoff(next: number, random: () => number): number {
  const full = Math.min(5_000, 200 * 2 ** Math.max(0, next - 2));
  return full / 2 + (full / 2) * random();
}

/** Milliseconds that a Retry-After header asks for, given in seconds or as an HTTP date; undefined where it says neither. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
