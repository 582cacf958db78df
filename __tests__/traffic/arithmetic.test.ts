import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextSizes, podSplit, podsFor, podsOnTop, type Sizes, type Standing } from '../../src/traffic/arithmetic.ts';

const between = fc.integer({ min: 1, max: 99 });
const anyWeight = fc.integer({ min: -5, max: 120 });
const someSize = fc.integer({ min: 2, max: 60 });

/** The pair among these whose share is nearest to the weight, in whole numbers; the larger twin of two that are as near. */
function nearest(weight: number, pairs: readonly Sizes[]): Sizes | undefined {
  return pairs.toSorted((a, b) => distance(a, b, weight) || b.twin - a.twin)[0];
}

/** Below 0 where `a` is nearer. Shares are compared as fractions, so that a tie is one. */
function distance(a: Sizes, b: Sizes, weight: number): number {
  const off = ({ twin, stable }: Sizes, other: Sizes): number =>
    Math.abs(100 * twin - weight * (twin + stable)) * (other.twin + other.stable);
  return off(a, b) - off(b, a);
}

const pairsOf = (size: number): Sizes[] =>
  Array.from({ length: size - 1 }, (_, index) => ({ twin: index + 1, stable: size - index - 1 }));

describe('podSplit', () => {
  it('is the nearest pair that has both versions, the larger new one on a tie', () => {
    fc.assert(
      fc.property(between, someSize, (weight, size) => {
        expect(podSplit(weight, size)).toEqual(nearest(weight, pairsOf(size)));
      }),
      { seed: 1 },
    );
  });

  it('keeps the total; only a single pod gets one more beside it', () => {
    fc.assert(
      fc.property(anyWeight, fc.nat(60), (weight, size) => {
        const { twin, stable } = podSplit(weight, size);
        const isShared = weight > 0 && weight < 100 && size === 1;
        expect(twin + stable).toBe(isShared ? 2 : size);
        expect(Math.min(twin, stable)).toBeGreaterThanOrEqual(weight > 0 && weight < 100 && size > 0 ? 1 : 0);
      }),
      { seed: 1 },
    );
  });

  it.each([
    [0, 5, { twin: 0, stable: 5 }],
    [100, 5, { twin: 5, stable: 0 }],
    [50, 5, { twin: 3, stable: 2 }],
    [10, 2, { twin: 1, stable: 1 }],
    [99, 2, { twin: 1, stable: 1 }],
    [50, 1, { twin: 1, stable: 1 }],
    [50, 0, { twin: 0, stable: 0 }],
  ])('%i %% of %i pods', (weight, size, expected) => {
    expect(podSplit(weight, size)).toEqual(expected);
  });
});

describe('podsOnTop', () => {
  it('leaves stable alone, and is the nearest twin that is not larger than it, the larger one on a tie', () => {
    fc.assert(
      fc.property(between, fc.integer({ min: 1, max: 60 }), (weight, stable) => {
        const pairs = Array.from({ length: stable }, (_, index) => ({ twin: index + 1, stable }));
        expect(podsOnTop(weight, stable)).toEqual(nearest(weight, pairs));
      }),
      { seed: 1 },
    );
  });

  it('has no twin without a weight, and one as large as stable for all of it', () => {
    fc.assert(
      fc.property(fc.nat(60), stable => {
        expect(podsOnTop(0, stable)).toEqual({ twin: 0, stable });
        expect(podsOnTop(100, stable)).toEqual({ twin: stable, stable });
      }),
      { seed: 1 },
    );
  });
});

describe('podsFor', () => {
  it('is the weight of the size, rounded up to whole pods, at least 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(200), (weight, size) => {
        const pods = podsFor(weight, size);
        expect(pods).toBeGreaterThanOrEqual(1);
        expect(pods * 100).toBeGreaterThanOrEqual(weight * size);
        if (pods > 1) expect((pods - 1) * 100).toBeLessThan(weight * size);
        expect(podsFor(0, size)).toBe(0);
      }),
      { seed: 1 },
    );
  });
});

describe('nextSizes', () => {
  /** Of so many pods some get requests, and some of these count as available. */
  const side = fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12)).map(([pods, ready, waiting]) => ({
    pods,
    ready: Math.min(pods, ready),
    serving: Math.min(pods, ready + waiting),
  }));
  const anyStanding = fc.tuple(side, side).map(([twin, stable]) => ({
    twin: twin.pods,
    stable: stable.pods,
    readyTwin: twin.ready,
    readyStable: stable.ready,
    servingTwin: twin.serving,
    servingStable: stable.serving,
  })) satisfies fc.Arbitrary<Standing>;
  /** A target that some weight has, with a surge in which it can be reached. */
  const anyMove = fc
    .record({ weight: fc.integer({ min: 0, max: 100 }), size: fc.integer({ min: 1, max: 10 }), more: fc.nat(4) })
    .map(({ weight, size, more }) => ({ to: podSplit(weight, size), size, surge: 1 + more }));

  it('never takes pods that are needed: of those that get requests only as many as can serve beyond the size', () => {
    fc.assert(
      fc.property(anyStanding, anyMove, (now, { to, size, surge }) => {
        const next = nextSizes(now, to, size, surge);
        const taken = Math.max(0, now.servingTwin - next.twin) + Math.max(0, now.servingStable - next.stable);
        expect(taken).toBeLessThanOrEqual(Math.max(0, now.readyTwin + now.readyStable - size));
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('never asks for more than size and surge, nor for any more where there are too many already', () => {
    fc.assert(
      fc.property(anyStanding, anyMove, (now, { to, size, surge }) => {
        const next = nextSizes(now, to, size, surge);
        expect(next.twin + next.stable).toBeLessThanOrEqual(Math.max(size + surge, now.twin + now.stable));
        // What grows is written before what shrinks.
        const grown = Math.max(0, next.twin - now.twin) + Math.max(0, next.stable - now.stable);
        if (grown > 0) expect(now.twin + now.stable + grown).toBeLessThanOrEqual(size + surge);
      }),
      { seed: 1 },
    );
  });

  it('moves no side away from the target, nor past it', () => {
    fc.assert(
      fc.property(anyStanding, anyMove, (now, { to, size, surge }) => {
        const next = nextSizes(now, to, size, surge);
        for (const key of ['twin', 'stable'] as const) {
          const [low, high] = [Math.min(now[key], to[key]), Math.max(now[key], to[key])];
          expect(next[key]).toBeGreaterThanOrEqual(low);
          expect(next[key]).toBeLessThanOrEqual(high);
        }
      }),
      { seed: 1 },
    );
  });

  it('reaches the target from any state, as pods become ready or are lost again', () => {
    fc.assert(
      fc.property(anyStanding, anyMove, fc.array(fc.nat(3), { maxLength: 200 }), (start, { to, size, surge }, luck) => {
        let now: Required<Standing> = start;
        const chances = luck.values();
        const settle = (ready: number, pods: number): number => {
          const chance = chances.next().value ?? 3;
          return Math.min(pods, chance === 0 ? Math.max(0, ready - 1) : ready + chance);
        };
        for (let round = 0; round < 300; round += 1) {
          const { twin, stable } = nextSizes(now, to, size, surge);
          const [readyTwin, readyStable] = [settle(now.readyTwin, twin), settle(now.readyStable, stable)];
          const servingTwin = Math.max(readyTwin, settle(now.servingTwin, twin));
          const servingStable = Math.max(readyStable, settle(now.servingStable, stable));
          now = { twin, stable, readyTwin, readyStable, servingTwin, servingStable };
        }
        expect({ twin: now.twin, stable: now.stable }).toEqual(to);
      }),
      { seed: 1 },
    );
  });

  it('takes those that can serve for those that get requests where nothing else is known', () => {
    fc.assert(
      fc.property(
        anyStanding,
        anyMove,
        ({ servingTwin: _twin, servingStable: _stable, ...now }, { to, size, surge }) => {
          const known = { ...now, servingTwin: now.readyTwin, servingStable: now.readyStable };
          expect(nextSizes(now, to, size, surge)).toEqual(nextSizes(known, to, size, surge));
        },
      ),
      { seed: 1 },
    );
  });

  it('brings all of stable back at once where the surge is that of the way back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), between, (size, weight) => {
        const { twin, stable } = podSplit(weight, size);
        const now = { twin, stable, readyTwin: twin, readyStable: stable };
        expect(nextSizes(now, { twin: 0, stable: size }, size, 2 * size).stable).toBe(size);
      }),
      { seed: 1 },
    );
  });
});
