import { describe, expect, it } from '@jest/globals';
import { nextFiring, parseCron } from '../../../src/sandbox/controllers/cron-job/cron-schedule.ts';

function next(text: string, after: string): string | undefined {
  const schedule = parseCron(text);
  const time = schedule && nextFiring(schedule, Date.parse(after));
  return time === undefined ? undefined : new Date(time).toISOString();
}

describe('a cron schedule', () => {
  it.each([
    ['* * * * *', '2026-11-23T12:00:30Z', '2026-11-23T12:01:00.000Z'],
    ['*/15 * * * *', '2026-11-23T12:00:00Z', '2026-11-23T12:15:00.000Z'],
    ['0 3 * * *', '2026-11-23T12:00:00Z', '2026-11-24T03:00:00.000Z'],
    ['@monthly', '2026-12-23T12:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['30 6 * * mon-fri', '2026-11-27T07:00:00Z', '2026-11-30T06:30:00.000Z'],
    ['0 0 13 * 5', '2026-11-01T00:00:00Z', '2026-11-06T00:00:00.000Z'],
    ['0 0 29 2 *', '2026-11-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['5,10-12 1 * jan *', '2026-11-01T00:00:00Z', '2027-01-01T01:05:00.000Z'],
    ['0 0 * * 7', '2026-11-23T00:00:00Z', '2026-11-29T00:00:00.000Z'],
  ])('%s after %s fires at %s', (text, after, expected) => {
    expect(next(text, after)).toBe(expected);
  });

  it('never fires on the 30th of February', () => {
    expect(next('0 0 30 2 *', '2026-11-23T12:00:00Z')).toBeUndefined();
  });

  it.each(['', '* * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '*/0 * * * *', '5-1 * * * *', 'a * * * *'])(
    'is not %j',
    text => {
      expect(parseCron(text)).toBeUndefined();
    },
  );
});
