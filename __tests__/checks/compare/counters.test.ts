import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { followCounters, type Snapshot } from '../../../src/checks/compare/counters.ts';

const snapshot = (processes: Record<string, Record<string, number>>): Snapshot =>
  new Map(Object.entries(processes).map(([name, counts]) => [name, new Map(Object.entries(counts))]));

const grown = (...looks: Record<string, Record<string, number>>[]): Record<string, number>[] => {
  const counters = followCounters();
  return looks.map(look => Object.fromEntries(counters.grow(snapshot(look))));
};

describe('counters of processes', () => {
  it('only notes what was counted before the first look', () => {
    expect(grown({ a: { all: 1_000, bad: 900 } }, { a: { all: 1_010, bad: 901 } })).toEqual([{}, { all: 10, bad: 1 }]);
  });

  it('counts the first error of a process that had none', () => {
    expect(grown({ a: { all: 10 } }, { a: { all: 20, bad: 3 } }).at(-1)).toEqual({ all: 10, bad: 3 });
  });

  it('takes all that a process says that has started anew', () => {
    expect(grown({ a: { all: 100, bad: 5 } }, { a: { all: 7, bad: 6 } }).at(-1)).toEqual({ all: 7, bad: 6 });
  });

  it('keeps what a process has counted while its scrapes failed', () => {
    const looks = grown({ a: { all: 10 }, b: { all: 10 } }, { b: { all: 15 } }, { a: { all: 40 }, b: { all: 16 } });
    expect(looks.at(1)).toEqual({ all: 5 });
    expect(looks.at(-1)).toEqual({ all: 31 });
  });

  it('does not take the past of a process that it has not seen before', () => {
    expect(
      grown({ a: { all: 10 } }, { a: { all: 11 }, b: { all: 5_000 } }, { a: { all: 12 }, b: { all: 5_002 } }),
    ).toEqual([{}, { all: 1 }, { all: 3 }]);
  });

  it('finds what each process was asked between its first and last scrape, whatever scrapes are missing', () => {
    // Of each look and process: requests, errors among them, and whether the scrape worked.
    const step = fc.record({ requests: fc.nat(50), errors: fc.nat(50), isSeen: fc.boolean() });
    const history = fc.array(fc.array(step, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(history, looks => {
        const counters = followCounters();
        const totals = [0, 1, 2].map(() => ({ all: 0, bad: 0 }));
        const first: ({ all: number; bad: number } | undefined)[] = [];
        const last: ({ all: number; bad: number } | undefined)[] = [];
        let all = 0;
        let bad = 0;
        for (const look of looks) {
          const seen = look.flatMap(({ requests, errors, isSeen }, index) => {
            const total = totals[index] as { all: number; bad: number };
            total.all += requests;
            total.bad += Math.min(requests, errors);
            if (!isSeen) return [];
            first[index] ??= { ...total };
            last[index] = { ...total };
            return [[String(index), new Map(Object.entries(total))] as const];
          });
          const growth = counters.grow(new Map(seen));
          all += growth.get('all') ?? 0;
          bad += growth.get('bad') ?? 0;
        }
        const expected = (key: 'all' | 'bad'): number =>
          [0, 1, 2].reduce((sum, index) => sum + (last[index]?.[key] ?? 0) - (first[index]?.[key] ?? 0), 0);
        expect({ all, bad }).toEqual({ all: expected('all'), bad: expected('bad') });
      }),
    );
  });

  it('does not take an answer without some of its series for a new beginning', () => {
    const looks = grown(
      { a: { good: 10_000, bad: 40 } },
      { a: { bad: 40 } },
      { a: { good: 10_010, bad: 41 } },
      { a: { good: 3 } },
      { a: { good: 4, bad: 41 } },
    );
    expect(looks).toEqual([{}, { bad: 0 }, { good: 10, bad: 1 }, { good: 3 }, { good: 1, bad: 41 }]);
  });

  it('never counts less than nothing', () => {
    const counts = fc.dictionary(fc.constantFrom('all', 'bad', '0.5'), fc.nat(100));
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.constantFrom('a', 'b'), counts), { maxLength: 8 }), looks => {
        for (const growth of grown(...looks))
          for (const n of Object.values(growth)) expect(n).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
