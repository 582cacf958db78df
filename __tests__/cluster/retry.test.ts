import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outcomeOf } from '../../src/cluster/connection-error.ts';
import { ConnectError } from '../../src/cluster/dial.ts';
import { backoff, mayRepeat, type Outcome, retryAfter } from '../../src/cluster/retry.ts';

const status = (code: number, retryHint = false): Outcome => ({ kind: 'status', status: code, retryHint });

describe('an attempt may be made again', () => {
  it.each<[string, Outcome, boolean, boolean]>([
    // what happened, its outcome, a repeatable request, one that must not be executed twice
    ['no connection', { kind: 'not-sent' }, true, true],
    ['cut after it was sent', { kind: 'lost' }, true, false],
    ['an unknown certificate', { kind: 'final' }, false, false],
    ['429', status(429), true, true],
    ['429 with Retry-After', status(429, true), true, true],
    ['500', status(500), false, false],
    ['500 with a hint', status(500, true), true, false],
    ['502', status(502), true, false],
    ['503', status(503), true, false],
    ['503 with Retry-After', status(503, true), true, false],
    ['504', status(504), true, false],
    ['400', status(400), false, false],
    ['401', status(401), false, false],
    ['403', status(403), false, false],
    ['404', status(404), false, false],
    ['409', status(409, true), false, false],
    ['422', status(422), false, false],
  ])('after %s', (_what, outcome, repeatable, unrepeatable) => {
    expect([mayRepeat(true, outcome), mayRepeat(false, outcome)]).toEqual([repeatable, unrepeatable]);
  });

  it.each<[string, unknown, Outcome['kind']]>([
    ['refused connection', new ConnectError('', 'ECONNREFUSED'), 'not-sent'],
    ['refused stream', Object.assign(new Error(), { code: 'ERR_HTTP2_STREAM_ERROR', http2ErrorCode: 7 }), 'not-sent'],
    ['cancelled stream', Object.assign(new Error(), { code: 'ERR_HTTP2_STREAM_ERROR', http2ErrorCode: 8 }), 'lost'],
    ['reset', Object.assign(new Error(), { code: 'ECONNRESET' }), 'lost'],
    ['closed socket', Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }), 'lost'],
    ['expired certificate', new ConnectError('', 'CERT_HAS_EXPIRED'), 'final'],
    [
      'refused client certificate',
      Object.assign(new Error(), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }),
      'final',
    ],
  ])('as the error of a %s says', (_what, error, kind) => {
    expect(outcomeOf(error).kind).toBe(kind);
  });
});

describe('the wait', () => {
  it('grows, keeps its bounds and is random by half', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (next, random) => {
        const wait = backoff(next, () => random);
        expect(wait).toBeGreaterThanOrEqual(backoff(next, () => 0));
        expect(wait).toBeLessThanOrEqual(2 * backoff(next, () => 0));
        expect(wait).toBeLessThanOrEqual(5_000);
      }),
    );
    expect([2, 3, 4, 5, 6, 7, 8].map(next => backoff(next, () => 1))).toEqual([
      200, 400, 800, 1_600, 3_200, 5_000, 5_000,
    ]);
  });

  it.each([
    ['3', 3_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7_000],
    ['Thu, 01 Jan 2020 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of Retry-After: %s', (header, expected) => {
    expect(retryAfter(header, Date.parse('2026-01-01T00:00:00Z'))).toBe(expected);
  });
});
