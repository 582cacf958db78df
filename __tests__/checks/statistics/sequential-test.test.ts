import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openPoisson, openRandom } from '../../../scripts/judge/random.ts';
import { openConfidenceSequence } from '../../../src/checks/statistics/confidence-sequence.ts';
import { type Counts, NOTHING } from '../../../src/checks/statistics/counts.ts';
import { detectableRatio } from '../../../src/checks/statistics/detectable.ts';
import { openEstimate } from '../../../src/checks/statistics/estimate.ts';
import { openEvidence } from '../../../src/checks/statistics/evidence.ts';
import { openSequentialTest, type SequentialTest } from '../../../src/checks/statistics/sequential-test.ts';
import { fixtures, lookOf } from './enumeration.ts';

type Looks = [number, number, number, number][];
const { intervals, estimates } = fixtures<{
  intervals: { looks: Looks; alpha: number; interval: [number, number | null] }[];
  estimates: { looks: Looks; ratio: number; points: number }[];
}>();
const ANY_EFFECT = { ratio: 1, points: 0 };

const of = (bad: number, requests: number): Counts => ({ requests, bad });
function lookedAt(test: SequentialTest, times: number, canary: Counts, stable: Counts): SequentialTest {
  for (let look = 0; look < times; look++) test.look(canary, stable);
  return test;
}

describe('the estimate', () => {
  it.each(estimates)("is Mantel and Haenszel's, $ratio and $points", ({ looks, ratio, points }) => {
    const estimate = openEstimate();
    for (const look of looks) estimate.add(lookOf(...look));
    expect(estimate.ratio()).toBeCloseTo(ratio, 12);
    expect(estimate.points()).toBeCloseTo(points, 12);
  });

  it('does not hold the hour against the side that was asked more in it', () => {
    const estimate = openEstimate();
    estimate.add(lookOf(100, 1, 900, 9));
    estimate.add(lookOf(500, 250, 500, 250));
    expect({ ratio: estimate.ratio(), points: estimate.points() }).toEqual({ ratio: 1, points: 0 });
  });

  it('knows neither ratio nor difference of nothing, and no ratio of nothing bad', () => {
    const estimate = openEstimate();
    expect([estimate.ratio(), estimate.points()]).toEqual([undefined, undefined]);
    estimate.add(lookOf(10, 0, 10, 0));
    expect([estimate.ratio(), estimate.points()]).toEqual([undefined, 0]);
    estimate.add(lookOf(10, 2, 10, 0));
    expect([estimate.ratio(), estimate.points()]).toEqual([Number.POSITIVE_INFINITY, 0.1]);
  });
});

describe('the confidence sequence', () => {
  it.each(intervals)('is $interval as defined', ({ looks, alpha, interval: [low, high] }) => {
    const sequence = openConfidenceSequence(alpha);
    for (const look of looks) sequence.add(lookOf(...look));
    const interval = sequence.interval();
    expect(interval.low).toBeCloseTo(low, 10);
    expect(interval.high).toBeCloseTo(high ?? Number.POSITIVE_INFINITY, 10);
  });

  const looks = fc.array(
    fc.tuple(fc.integer({ min: 20, max: 90 }), fc.nat(20), fc.integer({ min: 20, max: 90 }), fc.nat(20)),
    { maxLength: 40 },
  );

  it('does not depend on when it is asked', () => {
    fc.assert(
      fc.property(looks, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (all, asked) => {
        const one = openConfidenceSequence(0.1);
        const other = openConfidenceSequence(0.1);
        all.forEach((look, index) => {
          one.add(lookOf(...look));
          other.add(lookOf(...look));
          if (asked[index]) other.interval();
        });
        expect(one.interval()).toEqual(other.interval());
      }),
    );
  });

  it('never is empty, even when the ratio turns round', () => {
    const sequence = openConfidenceSequence(0.05);
    for (let look = 0; look < 20; look++) sequence.add(lookOf(100, 40, 100, 10));
    expect(sequence.interval().low).toBeGreaterThan(2);
    for (let look = 0; look < 200; look++) sequence.add(lookOf(100, 10, 100, 40));
    const { low, high } = sequence.interval();
    expect(low).toBeLessThan(high);
    expect(high).toBeLessThan(1);
  });

  it('holds the ratio at all looks, in more than 1 − α of the releases', () => {
    const random = openRandom(3, 0);
    for (const ratio of [0.3, 1, 3]) {
      const canaryBad = openPoisson(2 * ratio);
      const stableBad = openPoisson(4);
      let missed = 0;
      for (let release = 0; release < 200; release++) {
        const sequence = openConfidenceSequence(0.1);
        for (let look = 0; look < 60; look++) sequence.add(lookOf(100, canaryBad(random), 200, stableBad(random)));
        const { low, high } = sequence.interval();
        if (ratio <= low || ratio >= high) missed++;
      }
      expect(missed / 200).toBeLessThanOrEqual(0.1);
    }
  });
});

describe('the sequential test', () => {
  it('shows harm, and says how much', () => {
    const state = lookedAt(
      openSequentialTest({ alpha: 0.01, minEffect: ANY_EFFECT }),
      60,
      of(2, 50),
      of(4, 450),
    ).state();
    expect(state.verdict).toBe('harm');
    expect(state.eHarm).toBeGreaterThan(100);
    expect(state.ratio).toBeCloseTo(4.5, 10);
    expect(state.points).toBeCloseTo(0.04 - 4 / 450, 10);
    expect(state.interval.low).toBeGreaterThan(2);
    expect(state.interval.high).toBeLessThan(9);
    expect(state.canary).toEqual({ requests: 3_000, bad: 120, rate: 0.04 });
    expect(state.stable).toEqual({ requests: 27_000, bad: 240, rate: 240 / 27_000 });
  });

  it.each([
    [{ ratio: 2.1, points: 0 }, 'open'],
    [{ ratio: 1, points: 0.021 }, 'open'],
    [{ ratio: 1.9, points: 0.019 }, 'harm'],
    [{ ratio: 3, points: 0 }, 'excluded'],
    [{ ratio: 1, points: 0.05 }, 'excluded'],
    [{ ratio: 1.5, points: 0.05 }, 'excluded'],
    [{ ratio: 3, points: 0.01 }, 'excluded'],
  ])('of 4 %% against 2 %% says, where %j matters, %s', (minEffect, verdict) => {
    const test = openSequentialTest({ alpha: 0.01, minEffect });
    expect(lookedAt(test, 20, of(20, 500), of(20, 1_000)).verdict()).toBe(verdict);
  });

  const many = fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { minLength: 1, maxLength: 25 });
  const effects = fc.record({ ratio: fc.constantFrom(1, 1.5, 3), points: fc.constantFrom(0, 0.05, 0.2) });

  it('says what the e-values and the estimate say', () => {
    fc.assert(
      fc.property(many, effects, (all, minEffect) => {
        const test = openSequentialTest({ alpha: 0.1, minEffect });
        for (const [canaryBad, stableBad] of all) test.look(of(canaryBad, 20), of(stableBad, 30));
        const { eHarm, eExcluded, ratio = 0, points = 0, verdict } = test.state();
        const isHarm = eHarm >= 10 && ratio >= minEffect.ratio && points >= minEffect.points;
        expect(verdict).toBe(isHarm ? 'harm' : eExcluded >= 10 ? 'excluded' : 'open');
      }),
      { numRuns: 500 },
    );
  });

  it('excludes by the average of the evidence that the ratio and that the difference are smaller', () => {
    fc.assert(
      fc.property(many, effects, (all, { ratio, points }) => {
        const test = openSequentialTest({ alpha: 0.1, minEffect: { ratio, points } });
        const parts = [
          ...(ratio > 1 || points === 0 ? [openEvidence({ direction: 'below', ratio, points: 0 })] : []),
          ...(points > 0 ? [openEvidence({ direction: 'below', ratio: 1, points })] : []),
        ];
        let largest = 1;
        for (const [canaryBad, stableBad] of all) {
          const look = { canary: of(canaryBad, 20), stable: of(stableBad, 30) };
          test.look(look.canary, look.stable);
          for (const part of parts) part.add(look);
          largest = Math.max(largest, parts.reduce((sum, part) => sum + Math.exp(part.now()), 0) / parts.length);
        }
        expect(test.state().eExcluded / largest).toBeCloseTo(1, 9);
      }),
    );
  });

  it('keeps harm that was shown while the estimate is of harm that matters, and no longer', () => {
    const test = openSequentialTest({ alpha: 0.01, minEffect: { ratio: 1.5, points: 0 } });
    while (test.verdict() === 'open') test.look(of(1, 50), of(1, 450));
    const { eHarm } = test.state();
    test.look(of(0, 50), of(5, 450));
    expect([test.verdict(), test.state().eHarm]).toEqual(['harm', eHarm]);
    expect(Math.exp(test.evidence().harm)).toBeLessThan(100);
    lookedAt(test, 200, of(1, 50), of(9, 450));
    expect([test.verdict() === 'harm', test.state().eHarm]).toEqual([false, eHarm]);
  });

  it('begins the exclusion anew with each hold, and goes on with harm', () => {
    const options = { alpha: 0.01, minEffect: { ratio: 2, points: 0 } };
    const test = lookedAt(openSequentialTest(options), 100, of(1, 100), of(1, 100));
    const before = test.state();
    expect(before.verdict).toBe('excluded');
    test.look(of(90, 90), NOTHING);
    test.newHold();
    const { eExcluded, eHarm, verdict } = test.state();
    expect({ eExcluded, eHarm, verdict }).toEqual({ eExcluded: 1, eHarm: before.eHarm, verdict: 'open' });
    lookedAt(test, 100, of(1, 100), of(1, 100));
    // Of the 90 requests that waited nothing is left in what is judged.
    expect(test.state()).toMatchObject({ ratio: 1, eExcluded: before.eExcluded });
    const twice = lookedAt(openSequentialTest(options), 200, of(1, 100), of(1, 100));
    expect(test.evidence().harm).toBe(twice.evidence().harm);
  });

  it('waits for the other side, whose scrape comes later', () => {
    const options = { alpha: 0.01, minEffect: { ratio: 1.5, points: 0.01 } };
    const together = lookedAt(openSequentialTest(options), 30, of(3, 50), of(5, 450));
    const apart = openSequentialTest(options);
    for (let look = 0; look < 30; look++) {
      apart.look(of(3, 50), NOTHING);
      apart.look(NOTHING, of(5, 450));
    }
    expect(apart.state()).toEqual(together.state());
  });

  it('knows nothing of nothing', () => {
    expect(openSequentialTest({ alpha: 0.01, minEffect: ANY_EFFECT }).state()).toEqual({
      verdict: 'open',
      eHarm: 1,
      eExcluded: 1,
      ratio: undefined,
      points: undefined,
      interval: { low: 0, high: Number.POSITIVE_INFINITY },
      canary: { requests: 0, bad: 0, rate: undefined },
      stable: { requests: 0, bad: 0, rate: undefined },
      detectableRatio: undefined,
    });
  });

  describe('what could have been detected', () => {
    it.each([
      { rate: 0.005, canary: 50, stable: 450, minEffect: ANY_EFFECT },
      { rate: 0.02, canary: 20, stable: 20, minEffect: ANY_EFFECT },
      { rate: 0.002, canary: 20, stable: 180, minEffect: ANY_EFFECT },
      { rate: 0.05, canary: 100, stable: 900, minEffect: { ratio: 2, points: 0 } },
      { rate: 0.05, canary: 100, stable: 900, minEffect: { ratio: 1, points: 0.1 } },
    ])('is shown four times in five: %j', ({ rate, canary, stable, minEffect }) => {
      const looks = 120;
      const releases = 250;
      const ratio = detectableRatio(
        of(0, canary * looks),
        of(rate * stable * looks, stable * looks),
        0.01,
        minEffect,
      ) as number;
      const random = openRandom(5, 0);
      const canaryBad = openPoisson(rate * ratio * canary);
      const stableBad = openPoisson(rate * stable);
      let shown = 0;
      for (let release = 0; release < releases; release++) {
        const test = openSequentialTest({ alpha: 0.01, minEffect });
        for (let look = 0; look < looks; look++) {
          const [one, other] = [canaryBad(random), stableBad(random)];
          test.look(of(one, Math.max(one, canary)), of(other, Math.max(other, stable)));
        }
        if (test.verdict() === 'harm') shown++;
      }
      expect(shown / releases).toBeGreaterThan(0.74);
      expect(shown / releases).toBeLessThan(0.9);
    });

    it('falls with the requests', () => {
      const ratios = [100, 1_000, 10_000, 100_000].map(requests =>
        detectableRatio(of(0, requests), of(requests / 100, requests), 0.01, ANY_EFFECT),
      );
      expect(ratios[0]).toBeGreaterThan(10);
      expect(ratios).toEqual(ratios.toSorted((one, other) => (other ?? 0) - (one ?? 0)));
      expect(ratios[3]).toBeLessThan(1.3);
    });

    it('is nothing when there are too few requests even for 64 times the rate, or all are bad', () => {
      expect(detectableRatio(of(0, 3), of(1, 1_000), 0.01, ANY_EFFECT)).toBeUndefined();
      expect(detectableRatio(of(10, 10), of(10, 10), 0.01, ANY_EFFECT)).toBeUndefined();
    });

    it('takes a stable side without anything bad for a little bad', () => {
      expect(detectableRatio(of(0, 1_000), of(0, 1_000), 0.01, ANY_EFFECT)).toBeGreaterThan(10);
    });
  });
});
