import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LONGEST_LABEL, LONGEST_NAME, LONGEST_WORKLOAD, shortHash, suffixed } from '../../src/traffic/names.ts';

const longest = fc.constantFrom(LONGEST_LABEL, LONGEST_WORKLOAD, LONGEST_NAME);
const suffix = fc.constantFrom('canary', 'preview', 'stable', 'a1b2c3d4');
/** As long as the limit allows, with hyphens and dots where a cut may meet them. */
const name = (max: number): fc.Arbitrary<string> =>
  fc
    .stringMatching(new RegExp(`^[a-z0-9]([-.a-z0-9]{0,${max - 2}}[a-z0-9])?$`))
    .map(text => text.replaceAll(/[-.]*\.[-.]*/g, '.'));

describe('names of what a release makes', () => {
  it('keep to the limit, are valid, and say what they are', () => {
    fc.assert(
      fc.property(
        longest.chain(max => fc.tuple(fc.constant(max), name(max))),
        suffix,
        ([max, original], end) => {
          const made = suffixed(original, end, max);
          expect(made.length).toBeLessThanOrEqual(max);
          expect(made).toMatch(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);
          expect(made).not.toMatch(/\.-|-\./);
          expect(made.endsWith(`-${end}`)).toBe(true);
          if (original.length + end.length < max) expect(made).toBe(`${original}-${end}`);
        },
      ),
    );
  });

  it('are told apart where only the part that is cut off tells the originals apart', () => {
    fc.assert(
      fc.property(longest, suffix, fc.uniqueArray(name(6), { minLength: 2, maxLength: 8 }), (max, end, tails) => {
        const names = tails.map(tail => `${'a'.repeat(max - tail.length)}${tail}`);
        expect(new Set(names.map(one => suffixed(one, end, max))).size).toBe(new Set(names).size);
      }),
    );
  });

  it('leave room for what controllers add: a ReplicaSet’s hash, and a pod’s', () => {
    const twin = suffixed('a'.repeat(LONGEST_NAME), 'canary', LONGEST_WORKLOAD);
    expect(`${twin}-6d8f7c9b5d-x2x4z`.length).toBeLessThanOrEqual(LONGEST_NAME);
  });

  it('are the same every time', () => {
    expect(suffixed('a'.repeat(70), 'canary', LONGEST_LABEL)).toBe(
      `${'a'.repeat(47)}-${shortHash('a'.repeat(70))}-canary`,
    );
  });
});
