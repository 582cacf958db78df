import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { brokenPromises, type Figures, figuresOf, outcomeOf, type Result } from '../../../scripts/judge/figures.ts';
import { plotsOf } from '../../../scripts/judge/plots.ts';
import { openPoisson, openRandom } from '../../../scripts/judge/random.ts';
import { tablesOf } from '../../../scripts/judge/tables.ts';

const textOf = (figures: Figures): string => [tablesOf(figures), ...plotsOf(figures).values()].join('\n');
const alarmsOf = (result: Result<unknown>, ...methods: string[]): number[] =>
  methods.map(method => outcomeOf(result, method).alarms);

describe('the bench of the judges', () => {
  const figures = figuresOf({ releases: 80, seed: 4, rates: [10] });

  it('says the same of the same seed, and something else of another', () => {
    const [one, same, other] = [1, 1, 2].map(seed => textOf(figuresOf({ releases: 5, seed, rates: [10] })));
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('has fewest false alarms of those that look often by compare', () => {
    for (const result of figures.healthy) {
      const [flagger, argo3, argo0] = alarmsOf(result, 'Flagger', 'Argo, limit 3', 'Argo, limit 0') as number[];
      expect(flagger).toBeLessThanOrEqual(argo3 as number);
      expect(argo3).toBeLessThanOrEqual(argo0 as number);
    }
    const sums = ['compare', 'Flagger', 'Argo, limit 3', 'Argo, limit 0'].map(method =>
      figures.healthy.reduce((sum, result) => sum + outcomeOf(result, method).alarms, 0),
    );
    expect(sums).toEqual(sums.toSorted((one, other) => one - other));
    expect((sums[0] as number) / figures.healthy.length).toBeLessThanOrEqual(0.01);
  });

  it('sees a bad release first by compare', () => {
    const bad = figures.errors.find(({ cell }) => cell.effect === 20) as Result<unknown>;
    const medians = ['compare', 'Argo, limit 0', 'Mann–Whitney', 'Argo, limit 3', 'Flagger'].map(
      method => outcomeOf(bad, method).median,
    );
    expect(medians).toEqual(medians.toSorted((one, other) => one - other));
    expect(medians[0]).toBeLessThan(60);
    expect(medians.at(-1)).toBe(300);
  });

  it('tells which promises are broken', () => {
    const outcomes = [{ method: 'compare', alarms: 0.02, median: 50 }];
    const cell = { requestsPerSecond: 100, base: 0.005, weight: 0.1 };
    const broken = brokenPromises({
      releases: 100,
      healthy: [{ cell: { ...cell, effect: 1 }, outcomes }],
      errors: [{ cell: { ...cell, effect: 5 }, outcomes }],
      latency: [1, 2].map(effect => ({ cell: { requestsPerSecond: 100, weight: 0.1, effect }, outcomes })),
    });
    expect(broken).toEqual([
      'compare has 0.02 false alarms in {"requestsPerSecond":100,"base":0.005,"weight":0.1,"effect":1}; 0.01 is the limit.',
      'compare has 0.02 false alarms in {"requestsPerSecond":100,"weight":0.1,"effect":1}; 0.01 is the limit.',
      'compare takes 50 s to see five times the errors; 45 s is the limit.',
    ]);
  });
});

describe('the draws of the bench', () => {
  it("are the Poisson distribution's quantiles of a uniform number", () => {
    const mean = fc.oneof(fc.double({ min: 0.001, max: 5, noNaN: true }), fc.double({ min: 5, max: 500, noNaN: true }));
    fc.assert(
      fc.property(mean, fc.double({ min: 0, max: 0.999_999_999, noNaN: true }), (of, u) => {
        const drawn = openPoisson(of)(() => u);
        let below = 0;
        let chance = Math.exp(-of);
        for (let k = 0; k < drawn; k++) {
          below += chance;
          chance *= of / (k + 1);
        }
        expect(u).toBeGreaterThanOrEqual(below - 1e-12);
        expect(u).toBeLessThanOrEqual(below + chance + 1e-12);
      }),
      { numRuns: 500 },
    );
  });

  it('are nothing when nothing is to be expected', () => {
    expect(openPoisson(0)(() => 0.999_999)).toBe(0);
  });

  it('fall evenly and without a pattern between neighbours', () => {
    const random = openRandom(1, 0);
    const counts = new Array<number>(64).fill(0);
    for (let draw = 0; draw < 64_000; draw++) {
      const at = 8 * Math.floor(random() * 8) + Math.floor(random() * 8);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(chiSquare).toBeGreaterThan(30);
    expect(chiSquare).toBeLessThan(110);
  });
});
