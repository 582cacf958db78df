import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../src/kube.ts';
import { givenOf, isWeighed, plain, sharesOf, totalsOf, weighed } from '../../src/traffic/backends.ts';
import { anyBackends, anyShare, HTTP, KINDS, type Kind, serviceRef, VIRTUAL, WEB } from './any-route.ts';

const entriesOf = (kind: Kind) => kind.form.entries(kind.object({}));

describe('the part of a weight', () => {
  const anyTotal = fc.integer({ min: 0, max: 1_000_000 });

  it('is a whole number, never more than the share, and grows with it', () => {
    fc.assert(
      fc.property(anyTotal, anyShare, anyShare, (total, one, other) => {
        const given = givenOf(total, one);
        expect(Number.isInteger(given)).toBe(true);
        expect(given).toBeGreaterThanOrEqual(0);
        expect(given).toBeLessThanOrEqual((total * one) / 100 + 1e-6);
        if (other >= one) expect(givenOf(total, other)).toBeGreaterThanOrEqual(given);
      }),
      { seed: 1 },
    );
    expect([givenOf(7, 0), givenOf(7, 100), givenOf(100, 33)]).toEqual([0, 7, 33]);
  });

  it('that was measured is given again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat({ max: 100_000 }), (total, some) => {
        const given = some % (total + 1);
        expect(givenOf(total, (100 * given) / total)).toBe(given);
      }),
      { seed: 1 },
    );
  });
});

describe.each(KINDS)('entries with weights, %s', (_name, kind) => {
  const form = entriesOf(kind);
  const standing = (all: readonly JsonObject[]) => (one: JsonObject) =>
    typeof one['weight'] === 'number' ? one['weight'] : form.standard(all);
  const sum = (all: readonly JsonObject[]): number => all.map(standing(all)).reduce((one, other) => one + other, 0);
  const isOurs = (one: JsonObject): boolean => form.names(one, WEB.stable) || form.names(one, WEB.twin);
  const hasTwin = (all: readonly JsonObject[]): boolean => all.some(one => form.names(one, WEB.twin));
  const isSole = (all: readonly JsonObject[]): boolean =>
    all.every(isOurs) && all.filter(one => form.names(one, WEB.stable)).length === 1;
  const law = (check: (all: JsonObject[], share: number) => void): void =>
    fc.assert(fc.property(anyBackends(kind), anyShare, check), { seed: 1, numRuns: 200 });

  it('others stay as they are and in their order, and the sum stays', () => {
    law((all, share) => {
      const after = weighed(form, all, WEB, share);
      expect(after.filter(one => !isOurs(one))).toEqual(all.filter(one => !isOurs(one)));
      const before = isSole(all) && sum(all) > 0 && (share > 0 || hasTwin(all)) ? 100 : sum(all);
      expect(sum(after)).toBe(before);
      expect(after.filter(one => form.names(one, WEB.stable)).map(({ weight: _weight, ...rest }) => rest)).toEqual(
        all.filter(one => form.names(one, WEB.stable)).map(({ weight: _weight, ...rest }) => rest),
      );
    });
  });

  it('each copy stands behind its own, and nothing else is new', () => {
    law((all, share) => {
      const after = weighed(form, all, WEB, share);
      after.forEach((one, index) => {
        if (!form.names(one, WEB.twin)) return;
        const own = after[index - 1] as JsonObject;
        expect(form.names(own, WEB.stable)).toBe(true);
        expect({ ...form.renamed(own, WEB.stable, WEB.twin), weight: 0 }).toEqual({ ...one, weight: 0 });
      });
    });
  });

  it('what is written is seen to be so, with no share above the one that was asked for', () => {
    law((all, share) => {
      const after = weighed(form, all, WEB, share);
      expect(isWeighed(form, after, WEB, share)).toBe(true);
      for (const one of sharesOf(form, after, WEB)) expect(one).toBeLessThanOrEqual(share + 1e-6);
      if (Number.isInteger(share) && isSole(all) && sum(all) > 0 && share > 0)
        expect(sharesOf(form, after, WEB)).toEqual([share]);
    });
  });

  it('it makes no difference how often or from where a share is given', () => {
    fc.assert(
      fc.property(anyBackends(kind), anyShare, fc.double({ min: 0.5, max: 100, noNaN: true }), (all, one, other) => {
        const first = weighed(form, all, WEB, one);
        expect(weighed(form, first, WEB, one)).toEqual(first);
        expect(weighed(form, first, WEB, other)).toEqual(weighed(form, all, WEB, other));
        // Once listed the new version stays so at 0; all else is as from the start.
        const none = weighed(form, first, WEB, 0);
        expect(sharesOf(form, none, WEB).every(share => share === 0)).toBe(true);
        expect(plain(form, none, WEB)).toEqual(plain(form, weighed(form, all, WEB, 0), WEB));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('without a share and without the new version nothing is changed', () => {
    law(all => {
      const clean = all.filter(one => !form.names(one, WEB.twin));
      expect(weighed(form, clean, WEB, 0)).toEqual(clean);
      expect(isWeighed(form, clean, WEB, 0)).toBe(true);
    });
  });

  it('without the release they are the same from every share, and name no new version', () => {
    law((all, share) => {
      const bare = plain(form, all, WEB);
      expect(plain(form, weighed(form, all, WEB, share), WEB)).toEqual(bare);
      expect(plain(form, bare, WEB)).toEqual(bare);
      expect(hasTwin(bare)).toBe(false);
      if (!isSole(all)) expect(sum(bare)).toBe(sum(all));
    });
  });

  it('what the Service has to give does not change with the share', () => {
    law((all, share) => {
      const totals = totalsOf(form, all, WEB);
      expect(totalsOf(form, weighed(form, all, WEB, share), WEB)).toEqual(totals);
      expect(totals).toHaveLength(all.filter(one => form.names(one, WEB.stable)).length);
    });
  });

  it('another Service is left alone', () => {
    law((all, share) => {
      const two = { stable: serviceRef('api'), twin: serviceRef('api-canary') };
      expect(weighed(form, all, two, share)).toEqual(all);
      expect(plain(form, all, two)).toEqual(all);
      expect([sharesOf(form, all, two), totalsOf(form, all, two)]).toEqual([[], []]);
      expect(isWeighed(form, all, two, share)).toBe(true);
    });
  });
});

describe('the numbers', () => {
  const [gateway, virtual] = [entriesOf(HTTP), entriesOf(VIRTUAL)];
  const entry = (name: string, weight?: number) => HTTP.entry(name, 0, weight);

  it.each([
    ['alone, without a weight', [entry('web')], 33, [entry('web', 67), entry('web-canary', 33)]],
    ['alone, with any weight', [entry('web', 7)], 33, [entry('web', 67), entry('web-canary', 33)]],
    [
      'beside another',
      [entry('other', 40), entry('web', 60)],
      33,
      [entry('other', 40), entry('web', 41), entry('web-canary', 19)],
    ],
    [
      'beside one without a weight',
      [entry('web'), entry('other')],
      100,
      [entry('web', 0), entry('web-canary', 1), entry('other')],
    ],
    ['with nothing to give', [entry('web', 0), entry('other')], 50, [entry('web', 0), entry('other')]],
  ])('%s', (_what, all, share, after) => {
    expect(weighed(gateway, all, WEB, share)).toEqual(after);
  });

  it('in Istio one destination without a weight has 100, and one beside others nothing', () => {
    const one = VIRTUAL.entry('web', 0, undefined);
    expect(totalsOf(virtual, [one], WEB)).toEqual([100]);
    expect(totalsOf(virtual, [one, VIRTUAL.entry('other', 0, 100)], WEB)).toEqual([0]);
    expect(sharesOf(virtual, [one, VIRTUAL.entry('other', 0, 100)], WEB)).toEqual([]);
  });

  it('others may write weights of another sum only where they say the same', () => {
    expect(isWeighed(gateway, [entry('web', 1), entry('web-canary', 0)], WEB, 0)).toBe(true);
    expect(isWeighed(gateway, [entry('web', 1), entry('web-canary', 1)], WEB, 50)).toBe(false);
    expect(isWeighed(gateway, [entry('web', 100), entry('web-canary', 0)], WEB, 50)).toBe(false);
    expect(isWeighed(gateway, [entry('web', 100)], WEB, 50)).toBe(false);
    // What the API server or others add beside weights is theirs.
    const marked = [
      { ...entry('web', 50), kind: 'Service' },
      { ...entry('web-canary', 50), kind: 'Service' },
    ];
    expect(isWeighed(gateway, marked, WEB, 50)).toBe(true);
  });
});
