import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  formatDuration,
  parseBoolean,
  parseDuration,
  parseInteger,
  parseLines,
  parseOneOf,
} from '../../src/config/values.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1m500ms', 60_500],
    ['2h3s', 7_203_000],
    ['0s', 0],
  ])('%s is read', (text, value) => expect(parseDuration(text)).toEqual({ value }));

  it.each(['', '5', '5 m', '-5m', '1.5h', '5min', '30m1h', 'm', '1d', '5M', '1e3s', '99999999999999999999h'])(
    '"%s" is not one',
    text => expect(parseDuration(text)).toEqual({ allowed: expect.stringContaining('a duration such as 90s') }),
  );

  it('without a unit gets a hint', () => {
    expect(parseDuration('300')).toEqual({ allowed: expect.stringContaining('300s or 300m') });
  });

  it('is held to its bounds', () => {
    expect(parseDuration('2h', { min: 1_000, max: 3_600_000 })).toEqual({
      allowed: 'a duration such as 90s, 5m or 1h30m from 1s to 1h',
    });
    expect(parseDuration('1h', { max: 3_600_000 })).toEqual({ value: 3_600_000 });
  });

  it('is read as it was printed', () => {
    fc.assert(
      fc.property(fc.nat(), value => {
        expect(parseDuration(formatDuration(value))).toEqual({ value });
      }),
    );
  });
});

describe('an integer', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['-12', -12],
  ])('%s is read', (text, value) => expect(parseInteger(text)).toEqual({ value }));

  it.each(['', 'abc', '1e3', '0x10', '3.0', '10 pods', '+1', '٣', 'Infinity', '99999999999999999999'])(
    '"%s" is not one',
    text => expect(parseInteger(text)).toEqual({ allowed: 'a whole number' }),
  );

  it('is held to its bounds', () => {
    expect(parseInteger('101', { min: 1, max: 100 })).toEqual({ allowed: 'a whole number from 1 to 100' });
    expect(parseInteger('0', { min: 1 })).toEqual({ allowed: 'a whole number, at least 1' });
    expect(parseInteger('9', { max: 5 })).toEqual({ allowed: 'a whole number, at most 5' });
  });
});

describe('other values', () => {
  it('booleans are those of the toolkit', () => {
    for (const text of ['true', 'True', 'TRUE']) expect(parseBoolean(text)).toEqual({ value: true });
    for (const text of ['false', 'False', 'FALSE']) expect(parseBoolean(text)).toEqual({ value: false });
    for (const text of ['yes', '1', 'tRUE', '']) expect(parseBoolean(text)).toEqual({ allowed: 'true or false' });
  });

  it('choices are exact, with a hint for another case', () => {
    const choices = ['rolling', 'canary'] as const;
    expect(parseOneOf('canary', choices)).toEqual({ value: 'canary' });
    expect(parseOneOf('Canary', choices)).toEqual({ allowed: 'one of rolling, canary (did you mean canary?)' });
    expect(parseOneOf('blue', choices)).toEqual({ allowed: 'one of rolling, canary' });
  });

  it('lists have an item a line', () => {
    expect(parseLines(' a \r\n\n# not this\nb,c {d,e}\n')).toEqual(['a', 'b,c {d,e}']);
  });
});
