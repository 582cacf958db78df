import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatNumber, heldAgainst, numberOf, reduced } from '../../src/checks/number.ts';

describe('what stands where a number should be', () => {
  it.each<[unknown, number]>([
    [0, 0],
    [98.2, 98.2],
    ['98.2', 98.2],
    ['-1.5e-3', -0.0015],
    ['+7', 7],
    [' 12\n', 12],
    ['.5', 0.5],
  ])('%j is a number', (found, value) => expect(numberOf(found)).toEqual({ value }));

  it.each([null, undefined, Number.NaN, 'NaN', 'nan'])('%j is no data', found =>
    expect(numberOf(found)).toHaveProperty('noData'),
  );

  it.each<[unknown, string]>([
    [Number.POSITIVE_INFINITY, '+Inf is infinite'],
    ['-Inf', '-Inf is infinite'],
    ['1e999', '+Inf is infinite'],
    ['', 'the text "" is no number'],
    ['0x10', 'the text "0x10" is no number'],
    ['1,5', 'the text "1,5" is no number'],
    ['12 ms', 'the text "12 ms" is no number'],
    [true, 'the truth value true is no number'],
    [[1], 'a list is no number'],
    [{ value: 1 }, 'an object is no number'],
    ['x'.repeat(500), `the text "${'x'.repeat(60)}…" is no number`],
  ])('%j is an error', (found, error) => expect(numberOf(found)).toEqual({ error: expect.stringContaining(error) }));

  it('is the same as a text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        expect(numberOf(String(value))).toEqual({ value: Number(String(value)) });
      }),
    );
  });
});

describe('one number of several', () => {
  const values = [3, 1, 8];
  it.each([
    ['min', 1],
    ['max', 8],
    ['mean', 4],
    ['sum', 12],
    ['last', 8],
  ] as const)('%s', (reduce, value) => expect(reduced(values, reduce)).toBe(value));

  it('lies between the least and the most, however many they are', () => {
    const many = fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(many, fc.constantFrom('min' as const, 'max' as const, 'last' as const), (found, reduce) => {
        expect(found).toContain(reduced(found, reduce));
      }),
    );
  });

  it('takes a list that is too long for the arguments of a function', () => {
    expect(
      reduced(
        Array.from({ length: 300_000 }, (_, index) => index),
        'max',
      ),
    ).toBe(299_999);
  });
});

describe('a number and its limits', () => {
  it.each([
    [98.2, { min: 99.5, max: undefined }, ' %', 'fail', '98.2 %, below min 99.5 %'],
    [99.5, { min: 99.5, max: undefined }, ' %', 'pass', '99.5 %, within min 99.5 %'],
    [0.51234, { min: undefined, max: 0.5 }, ' s', 'fail', '0.5123 s, above max 0.5 s'],
    [14_700, { min: 0, max: 20_000 }, '', 'pass', '14,700, within min 0 and max 20,000'],
    [99.49999, { min: 99.5, max: undefined }, '', 'fail', '99.49999, below min 99.5'],
    [100_000.4, { min: undefined, max: 100_000 }, '', 'fail', '100,000.4, above max 100,000'],
  ] as const)('%d against %j', (value, limits, unit, outcome, message) =>
    expect(heldAgainst(value, limits, unit)).toEqual({ outcome, message }),
  );

  it('passes exactly within them, and never says that a number misses its equal', () => {
    const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(number, number, number, (value, a, b) => {
        const limits = { min: Math.min(a, b), max: Math.max(a, b) };
        const { outcome, message } = heldAgainst(value, limits);
        expect(outcome).toBe(value >= limits.min && value <= limits.max ? 'pass' : 'fail');
        const [, said, limit] = /^(\S+), (?:below min|above max) (\S+)$/.exec(message) ?? [];
        if (outcome === 'fail') expect(said).not.toBe(limit);
      }),
    );
  });

  it('is printed short', () => {
    expect([0, -0, 1e-9, 0.000123456, -3.75159, 1_234_567.8, 1e20].map(value => formatNumber(value))).toEqual([
      '0',
      '0',
      '1e-9',
      '0.0001235',
      '-3.752',
      '1,234,568',
      '100000000000000000000',
    ]);
  });
});
