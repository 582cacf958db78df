import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Counts, NOTHING, openPairing, plus } from '../../../src/checks/statistics/counts.ts';

const counts: fc.Arbitrary<Counts> = fc
  .tuple(fc.oneof(fc.constant(0), fc.nat(9)), fc.nat(9))
  .map(([requests, bad]) => ({ requests, bad: Math.min(requests, bad) }));

describe('the pairing of looks', () => {
  it('keeps what one side has until the other has some', () => {
    const { pair } = openPairing();
    expect(pair({ requests: 5, bad: 1 }, NOTHING)).toBeUndefined();
    expect(pair({ requests: 2, bad: 0 }, NOTHING)).toBeUndefined();
    expect(pair(NOTHING, { requests: 9, bad: 3 })).toEqual({
      canary: { requests: 7, bad: 1 },
      stable: { requests: 9, bad: 3 },
    });
    expect(pair(NOTHING, NOTHING)).toBeUndefined();
  });

  it('neither loses nor doubles a request, and gives no look without requests on either side', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(counts, counts)), all => {
        const { pair } = openPairing();
        const looks = [
          ...all,
          [
            { requests: 1, bad: 1 },
            { requests: 1, bad: 0 },
          ] as const,
        ].flatMap(([canary, stable]) => pair(canary, stable) ?? []);
        for (const { canary, stable } of looks) expect(Math.min(canary.requests, stable.requests)).toBeGreaterThan(0);
        const sum = (side: 0 | 1): Counts => all.map(one => one[side]).reduce(plus, NOTHING);
        expect(looks.map(({ canary }) => canary).reduce(plus, NOTHING)).toEqual(plus(sum(0), { requests: 1, bad: 1 }));
        expect(looks.map(({ stable }) => stable).reduce(plus, NOTHING)).toEqual(plus(sum(1), { requests: 1, bad: 0 }));
      }),
    );
  });

  it('forgets what waits when it is told to', () => {
    const { pair, clear } = openPairing();
    pair({ requests: 5, bad: 1 }, NOTHING);
    clear();
    expect(pair({ requests: 1, bad: 0 }, { requests: 2, bad: 2 })).toEqual({
      canary: { requests: 1, bad: 0 },
      stable: { requests: 2, bad: 2 },
    });
  });

  it.each([
    { requests: 1, bad: 2 },
    { requests: 1, bad: -1 },
    { requests: 1.5, bad: 1 },
    { requests: Number.NaN, bad: 0 },
  ])('refuses $bad bad of $requests', bad => {
    expect(() => openPairing().pair(NOTHING, bad)).toThrow('The counts of stable are not counts');
    expect(() => openPairing().pair(bad, NOTHING)).toThrow('The counts of the canary are not counts');
  });
});
