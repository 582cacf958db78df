import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Alternative, mannWhitney } from '../../../src/checks/statistics/mann-whitney.ts';
import { upperTail } from '../../../src/checks/statistics/normal.ts';

interface Case {
  first: number[];
  second: number[];
  alternative: Alternative;
  u: number;
  p: number;
  exact: boolean;
}

const cases = JSON.parse(
  readFileSync(new URL('fixtures/mann-whitney.json', import.meta.url), 'utf8'),
) as readonly Case[];
const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 });

describe("Mann and Whitney's test", () => {
  it.each(cases.map((one, index) => ({ ...one, index })))("agrees with SciPy's, case $index, $alternative", one => {
    const { u, p, method } = mannWhitney(one.first, one.second, one.alternative);
    expect({ u, method }).toEqual({ u: one.u, method: one.exact ? 'exact' : 'normal' });
    expect(Math.abs(p - one.p)).toBeLessThanOrEqual(1e-12 + 1e-10 * one.p);
  });

  it('counts pairs', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const pairs = first.flatMap(one => second.map(other => (one > other ? 1 : one === other ? 0.5 : 0) as number));
        expect(mannWhitney(first, second, 'greater').u).toBe(pairs.reduce((sum, pair) => sum + pair, 0));
      }),
    );
  });

  it('sees the same in both samples’ places', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        expect(mannWhitney(first, second, 'greater').p).toBe(mannWhitney(second, first, 'less').p);
        expect(mannWhitney(first, second, 'two-sided').p).toBe(mannWhitney(second, first, 'two-sided').p);
      }),
    );
  });

  it('is exact: the p-values of all orders of small samples are as they should be', () => {
    const orders = (n: number, of: number): number[][] =>
      n === 0 ? [[]] : of < n ? [] : [...orders(n, of - 1), ...orders(n - 1, of - 1).map(one => [...one, of])];
    const all = orders(3, 8);
    const ps = all.map(first => {
      const second = [1, 2, 3, 4, 5, 6, 7, 8].filter(rank => !first.includes(rank));
      return mannWhitney(first, second, 'greater').p;
    });
    for (const p of ps) expect(ps.filter(other => other <= p + 1e-12).length / all.length).toBeCloseTo(p, 12);
  });

  // Of so many the variance is less than nothing by rounding.
  it.each([1, 4, 165_146])('tells nothing of %d equal values on either side', size => {
    const values = new Array<number>(size).fill(2);
    expect(mannWhitney(values, values, 'greater').p).toBe(1);
  });

  it('does not rank what is not a number', () => {
    expect(() => mannWhitney([Number.NaN, 1], [2], 'greater')).toThrow('NaN has no rank');
    expect(() => mannWhitney([1], [Number.NaN, 2], 'greater')).toThrow('NaN has no rank');
  });
});

describe('the upper tail of the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1, 0.15865525393145705],
    [-1, 0.8413447460685429],
    [2.9999, 0.001350341282954925],
    [3.0001, 0.0013494549132607172],
    [6, 9.865876450376946e-10],
    [20, 2.7536241186061556e-89],
  ])('at %d is %d', (z, p) => {
    expect(upperTail(z) / p).toBeCloseTo(1, 10);
  });
});
