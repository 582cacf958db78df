import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Look } from '../../../src/checks/statistics/counts.ts';
import { EFFECTS } from '../../../src/checks/statistics/effects.ts';
import { type Hypothesis, openEvidence } from '../../../src/checks/statistics/evidence.ts';
import { binomial, boundOf, fixtures, lookOf } from './enumeration.ts';

interface ValueCase extends Hypothesis {
  looks: [number, number, number, number][];
  now: number;
  peak: number;
}

interface CrossingCase extends Hypothesis {
  canary: number;
  stable: number;
  looks: number;
  rate: number;
  alpha: number;
  chance: number;
}

const { values, crossings } = fixtures<{ values: ValueCase[]; crossings: CrossingCase[] }>();

const eValue = (hypothesis: Hypothesis, looks: readonly Look[]): number => {
  const evidence = openEvidence(hypothesis);
  looks.forEach(evidence.add);
  return Math.exp(evidence.now());
};

interface Setting {
  readonly canary: number;
  readonly stable: number;
  readonly rate: number;
  /** Where between the edge of the hypothesis and its far end the canary's rate is. */
  readonly depth: number;
}

const setting: fc.Arbitrary<Setting> = fc.record({
  canary: fc.integer({ min: 1, max: 4 }),
  stable: fc.integer({ min: 1, max: 4 }),
  rate: fc.double({ min: 0, max: 1, noNaN: true }),
  depth: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
});
const hypothesis: fc.Arbitrary<Hypothesis> = fc.record({
  direction: fc.constantFrom('above' as const, 'below' as const),
  ratio: fc.constantFrom(1, 1.2, 2, 5),
  points: fc.constantFrom(0, 0.003, 0.1),
});

/** Each result of a look, with its chance under the hypothesis. None if there is no such rate. */
function results(of: Hypothesis, { canary, stable, rate, depth }: Setting): { look: Look; chance: number }[] {
  const bound = boundOf(of, rate);
  if (of.direction === 'below' && bound > 1) return [];
  const edge = Math.min(1, bound);
  const ofCanary = of.direction === 'above' ? edge * (1 - depth) : edge + (1 - edge) * depth;
  return binomial(canary, ofCanary).flatMap((one, canaryBad) =>
    binomial(stable, rate).map((other, stableBad) => ({
      look: lookOf(canary, canaryBad, stable, stableBad),
      chance: one * other,
    })),
  );
}

describe('evidence', () => {
  it('has the expectation 1 at most under its hypothesis, whatever the rates and the shares', () => {
    fc.assert(
      fc.property(hypothesis, setting, (of, one) => {
        const expectation = results(of, one).reduce((sum, { look, chance }) => sum + chance * eValue(of, [look]), 0);
        expect(expectation).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has it over two looks, too, the second of which depends on the first', () => {
    fc.assert(
      fc.property(hypothesis, setting, fc.array(setting, { minLength: 5, maxLength: 5 }), (of, one, others) => {
        let expectation = 0;
        for (const first of results(of, one))
          for (const second of results(of, others[first.look.canary.bad] as Setting))
            expectation += first.chance * second.chance * eValue(of, [first.look, second.look]);
        expect(expectation).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { numRuns: 50 },
    );
  });

  it('has an expectation near 1 at the edge, so that it gives nothing away, while bad requests are rare', () => {
    for (const points of [0, 0.003]) {
      const of: Hypothesis = { direction: 'above', ratio: 1, points };
      const cell = { canary: 10, stable: 40, rate: 0.002, depth: 0 };
      const expectation = results(of, cell).reduce((sum, { look, chance }) => sum + chance * eValue(of, [look]), 0);
      expect(expectation).toBeGreaterThan(0.99);
    }
  });

  it('outgrows every limit beyond the edge', () => {
    const grown = (of: Hypothesis, canaryBad: number, stableBad: number): number =>
      eValue(
        of,
        Array.from({ length: 100 }, () => lookOf(100, canaryBad, 100, stableBad)),
      );
    expect(grown({ direction: 'above', ratio: 2, points: 0 }, 6, 1)).toBeGreaterThan(1e20);
    expect(grown({ direction: 'below', ratio: 2, points: 0 }, 2, 4)).toBeGreaterThan(1e20);
    expect(grown({ direction: 'above', ratio: 1, points: 0.03 }, 8, 1)).toBeGreaterThan(1e20);
    expect(grown({ direction: 'below', ratio: 1, points: 0.03 }, 1, 2)).toBeGreaterThan(1e20);
    expect(grown({ direction: 'above', ratio: 1, points: 0.03 }, 3, 1)).toBeLessThan(1);
  });

  it.each(values)('is $now as defined, $direction $ratio and $points', ({ looks, now, peak, ...of }) => {
    const evidence = openEvidence(of);
    for (const look of looks) evidence.add(lookOf(...look));
    expect(evidence.now()).toBeCloseTo(now, 10);
    expect(evidence.peak()).toBeCloseTo(peak, 10);
  });

  it.each(crossings)('ever reaches 1/$alpha with the chance $chance', ({ canary, stable, rate, alpha, ...one }) => {
    const ofCanary = binomial(canary, boundOf(one, rate));
    const ofStable = binomial(stable, rate);
    let alive = new Map([['0 0', 1]]);
    let crossed = 0;
    for (let looks = 1; looks <= one.looks; looks++) {
      const after = new Map<string, number>();
      for (const [sums, chance] of alive) {
        const [canaryBad, stableBad] = sums.split(' ').map(Number) as [number, number];
        ofCanary.forEach((p, i) => {
          ofStable.forEach((q, j) => {
            const key = `${canaryBad + i} ${stableBad + j}`;
            after.set(key, (after.get(key) ?? 0) + chance * p * q);
          });
        });
      }
      alive = new Map();
      for (const [sums, chance] of after) {
        const [canaryBad, stableBad] = sums.split(' ').map(Number) as [number, number];
        // All looks have the same share, so that they are as good as one.
        const e = eValue(one, [lookOf(looks * canary, canaryBad, looks * stable, stableBad)]);
        if (e >= 1 / alpha) crossed += chance;
        else alive.set(sums, chance);
      }
    }
    expect(crossed).toBeCloseTo(one.chance, 12);
    expect(crossed).toBeLessThanOrEqual(alpha);
    expect(crossed).toBeGreaterThan(0);
  });

  it('needs no more of looks with the same share than their sums', () => {
    fc.assert(
      fc.property(hypothesis, fc.array(fc.tuple(fc.nat(6), fc.nat(9)), { minLength: 1, maxLength: 8 }), (of, all) => {
        const sum = (side: 0 | 1): number => all.reduce((total, one) => total + one[side], 0);
        const one = eValue(of, [lookOf(6 * all.length, sum(0), 9 * all.length, sum(1))]);
        const many = eValue(
          of,
          all.map(([canary, stable]) => lookOf(6, canary, 9, stable)),
        );
        expect(many / one).toBeCloseTo(1, 9);
      }),
    );
  });

  it('has a prior that is a distribution', () => {
    expect(EFFECTS.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(EFFECTS.every(({ weight, ratio }) => weight > 0 && ratio > 1)).toBe(true);
  });
});
