import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity, nanoOf, parseQuantity } from '../../../src/sandbox/validation/quantity.ts';

describe('canonicalQuantity', () => {
  it.each([
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1048576', '1048576'],
    ['1000Ki', '1000Ki'],
    ['1000M', '1G'],
    ['1e3', '1e3'],
    ['+1', '+1'],
    ['1E', '1E'],
    [0.1, '100m'],
    ['0', '0'],
    ['-1', '-1'],
  ])('writes %s as %s', (given, stored) => {
    expect(canonicalQuantity(given)).toBe(stored);
  });

  it('rounds resources up to thousandths', () => {
    expect(canonicalQuantity('100u', -3)).toBe('1m');
    expect(canonicalQuantity('1.0005', -3)).toBe('1001m');
  });

  it('keeps the value, and a second pass changes nothing', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), suffix, (number, unit) => {
        const stored = canonicalQuantity(`${number}${unit}`);
        expect(nanoOf(stored)).toBe(nanoOf(`${number}${unit}`));
        expect(canonicalQuantity(stored)).toBe(stored);
      }),
    );
  });

  it.each(['', '1 ', '1gb', 'lots', '1.2.3'])('says that %j is no quantity', text => {
    expect(typeof parseQuantity(text)).toBe('string');
  });
});
