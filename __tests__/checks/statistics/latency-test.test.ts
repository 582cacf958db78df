import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Histogram, openLatencyTest } from '../../../src/checks/statistics/latency-test.ts';
import { openSequentialTest } from '../../../src/checks/statistics/sequential-test.ts';
import { binomial } from './enumeration.ts';

const ALL = Number.POSITIVE_INFINITY;
const OPTIONS = { alpha: 0.01, minEffect: { ratio: 1.2, points: 0 } };

const histogram = (buckets: Record<number, number>, requests: number): Histogram =>
  new Map([...Object.entries(buckets).map(([le, count]) => [Number(le), count] as const), [ALL, requests]]);
const HISTORY = histogram({ 0.1: 500, 0.25: 900, 0.5: 980, 1: 998 }, 1_000);
const SAME = histogram({ 0.1: 50, 0.25: 90, 0.5: 98, 1: 100 }, 100);
const boundsOf = (history: Histogram): readonly number[] => openLatencyTest({ ...OPTIONS, history }).state().bounds;

describe('the bounds', () => {
  it('have 1 % to 60 % of the history above them', () => {
    expect(boundsOf(HISTORY)).toEqual([0.1, 0.25, 0.5]);
    expect(boundsOf(histogram({ 5: 99, 1: 40, 2: 41, 0.5: 39 }, 100))).toEqual([1, 2, 5]);
  });

  it('are six at most, from the first to the last', () => {
    const many = histogram(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at + 1, 45 + at])), 100);
    expect(boundsOf(many)).toEqual([1, 5, 9, 12, 16, 20]);
  });

  it('are the first that fewer are above, if need be', () => {
    expect(boundsOf(histogram({ 0.01: 10, 0.1: 999, 1: 1_000 }, 1_000))).toEqual([0.1]);
  });

  it('are none of a history without requests or without fast ones', () => {
    expect(boundsOf(new Map())).toEqual([]);
    expect(boundsOf(histogram({ 0.1: 0, 1: 0 }, 0))).toEqual([]);
    expect(boundsOf(histogram({ 0.1: 0, 1: 10 }, 100))).toEqual([]);
  });
});

describe('the test of latencies', () => {
  it('shows the bound at which the canary is slower', () => {
    const test = openLatencyTest({ ...OPTIONS, history: HISTORY });
    for (let look = 0; look < 30; look++) test.look(histogram({ 0.1: 50, 0.25: 90, 0.5: 92, 1: 100 }, 100), SAME);
    const { verdict, eHarm, worst } = test.state();
    expect({ verdict, said: test.verdict() }).toEqual({ verdict: 'harm', said: 'harm' });
    expect(eHarm).toBeGreaterThan(100);
    expect(worst).toMatchObject({
      le: 0.5,
      ratio: expect.closeTo(4, 9),
      canary: { requests: 3_000, bad: 240, rate: 0.08 },
      stable: { requests: 3_000, bad: 60, rate: 0.02 },
    });
  });

  it('is the average of the tests at its bounds, whose intervals hold at once', () => {
    const bounds = [0.1, 0.25, 0.5];
    const test = openLatencyTest({ ...OPTIONS, history: HISTORY });
    const single = bounds.map(() => openSequentialTest({ ...OPTIONS, alpha: OPTIONS.alpha / 3 }));
    let largest = 1;
    for (let look = 0; look < 20; look++) {
      const canary = histogram({ 0.1: 45, 0.25: 86, 0.5: 97 - (look % 5), 1: 100 }, 100);
      test.look(canary, SAME);
      single.forEach((one, index) => {
        const le = bounds[index] as number;
        const slow = (side: Histogram): number => 100 - (side.get(le) as number);
        one.look({ requests: 100, bad: slow(canary) }, { requests: 100, bad: slow(SAME) });
      });
      const average = single.reduce((sum, one) => sum + Math.exp(one.evidence().harm), 0) / 3;
      largest = Math.max(largest, average);
    }
    const { eHarm, eExcluded, worst } = test.state();
    expect(eHarm / largest).toBeCloseTo(1, 9);
    expect(eExcluded).toBeCloseTo(Math.min(...single.map(one => one.state().eExcluded)), 9);
    expect(worst).toEqual({ le: 0.5, ...single[2]?.state() });
  });

  it('has e-values with the expectation 1 at most, when no bound is slower', () => {
    const history = histogram({ 0.1: 60, 0.5: 80 }, 100);
    const chances = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), chances, (canary, stable, [p, q]) => {
        const results = (n: number): { one: Histogram; chance: number }[] =>
          binomial(n, p).flatMap((ofFast, fast) =>
            binomial(n - fast, q).map((ofMiddle, middle) => ({
              one: histogram({ 0.1: fast, 0.5: fast + middle }, n),
              chance: ofFast * ofMiddle,
            })),
          );
        let expectation = 0;
        for (const ofCanary of results(canary))
          for (const ofStable of results(stable)) {
            const test = openLatencyTest({ ...OPTIONS, history });
            test.look(ofCanary.one, ofStable.one);
            // The largest e-value so far is 1 before the first look; only what is above it is of the look.
            const e = test.state().eHarm;
            expectation += ofCanary.chance * ofStable.chance * (e > 1 ? e : 0);
          }
        expect(expectation).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('excludes harm when it is at every bound', () => {
    const test = openLatencyTest({ alpha: 0.01, minEffect: { ratio: 2, points: 0.01 }, history: HISTORY });
    for (let look = 0; look < 5; look++) test.look(SAME, SAME);
    expect(test.verdict()).toBe('open');
    for (let look = 0; look < 295; look++) test.look(SAME, SAME);
    expect(test.verdict()).toBe('excluded');
    test.newHold();
    expect(test.state()).toMatchObject({ verdict: 'open', eExcluded: 1 });
  });

  it('cannot tell without bounds, or when the canary does not have them', () => {
    const boundless = openLatencyTest({ ...OPTIONS, history: new Map() });
    boundless.look(SAME, SAME);
    expect(boundless.state()).toEqual({ verdict: 'open', eHarm: 1, eExcluded: 1, bounds: [], worst: undefined });
    const test = openLatencyTest({ ...OPTIONS, history: HISTORY });
    for (let look = 0; look < 100; look++) test.look(histogram({ 0.3: 0, 3: 1 }, 100), SAME);
    expect(test.state()).toMatchObject({ verdict: 'open', eHarm: 1, worst: { canary: { requests: 0 } } });
  });
});
