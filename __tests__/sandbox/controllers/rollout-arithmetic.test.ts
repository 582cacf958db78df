import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  fenceposts,
  newReplicaSetSize,
  oldScaleDownLimit,
  proportionalSizes,
} from '../../../src/sandbox/controllers/deployment/rollout-arithmetic.ts';

describe('the fenceposts of a rolling update', () => {
  it.each([
    ['25%', '25%', 8, 2, 2],
    ['25%', '25%', 3, 1, 0],
    ['25%', '25%', 1, 1, 0],
    [1, 0, 4, 1, 0],
    [0, 0, 4, 0, 1],
    ['0%', '10%', 5, 0, 1],
    ['100%', '50%', 5, 5, 2],
  ])('surge %s and unavailable %s of %i give %i and %i', (maxSurge, maxUnavailable, replicas, surge, unavailable) => {
    expect(fenceposts(maxSurge, maxUnavailable, replicas)).toEqual({ surge, unavailable });
  });

  it('always leave room for a step', () => {
    const bound = fc.oneof(
      fc.nat(20),
      fc.nat(100).map(percent => `${percent}%`),
    );
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 1, max: 100 }), (maxSurge, maxUnavailable, replicas) => {
        const { surge, unavailable } = fenceposts(maxSurge, maxUnavailable, replicas);
        expect(surge + unavailable).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the steps of a rolling update', () => {
  it('never leave the bounds and always come to an end', () => {
    const sizes = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(
        sizes,
        fc.nat(5),
        fc.nat(5),
        fc.infiniteStream(fc.nat(3)),
        (wanted, surge, unavailable, readiness) => {
          fc.pre(surge + unavailable > 0);
          let [oldSize, newSize, ready] = [wanted, 0, 0];
          let steps = 0;
          for (const progress of readiness) {
            if (newSize === wanted && oldSize === 0) return;
            newSize = newReplicaSetSize(wanted, surge, oldSize + newSize, newSize);
            expect(oldSize + newSize).toBeLessThanOrEqual(wanted + surge);
            const minimum = wanted - Math.min(unavailable, wanted);
            const down = Math.min(oldSize, oldScaleDownLimit(oldSize + newSize, minimum, newSize, ready));
            oldSize -= down;
            expect(oldSize + ready).toBeGreaterThanOrEqual(minimum);
            // Sooner or later a pod becomes ready.
            ready = Math.min(newSize, ready + Math.max(progress, steps % 5 === 0 ? 1 : 0));
            steps += 1;
            expect(steps).toBeLessThan(1000);
          }
        },
      ),
    );
  });
});

describe('proportional scaling', () => {
  const share = fc.integer({ min: 1, max: 40 });

  it('gives all that there is to give, and no ReplicaSet less than nothing', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 5 }), fc.nat(200), fc.nat(10), (parts, wanted, surge) => {
        const sorted = [...parts].sort((a, b) => b - a);
        const totalBefore = sorted.reduce((sum, part) => sum + part, 0);
        const sizes = proportionalSizes(
          sorted.map(size => ({ size, totalBefore })),
          wanted,
          surge,
        );
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(wanted === 0 ? 0 : wanted + surge);
        for (const size of sizes) expect(size).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('keeps the example of the Kubernetes documentation: 10 to 15 with 3 of surge, 8 and 5 become 11 and 7', () => {
    const shares = [
      { size: 8, totalBefore: 13 },
      { size: 5, totalBefore: 13 },
    ];
    expect(proportionalSizes(shares, 15, 3)).toEqual([11, 7]);
  });
});
