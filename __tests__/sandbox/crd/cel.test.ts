import { describe, expect, it } from '@jest/globals';
import { parseExpression } from '../../../src/sandbox/crd/cel-environment.ts';
import { validateRules } from '../../../src/sandbox/crd/cel-rules.ts';
import { celValue, escaped } from '../../../src/sandbox/crd/cel-values.ts';
import { goRegExp } from '../../../src/sandbox/crd/go-regexp.ts';

const run = (text: string, variables: Record<string, unknown> = {}): unknown => parseExpression(text)(variables);

describe('expressions', () => {
  it.each([
    ['has(self[0].matches) && !has(self[0].other)', { self: [{ matches: 1n }] }],
    ["'has(' + 'x' == 'has(x'", {}],
    ['self.exists(f, has(f.a) && has(f.a.b))', { self: [{}, { a: { b: 1n } }] }],
    ["self.matches('^(?i)[A-Z]+$')", { self: 'abc' }],
    ["'a-b-c'.replace('-', '_', 1) == 'a_b-c'", {}],
    ["'%s is %d'.format(['a', 3]) == 'a is 3'", {}],
    ["'x12y3'.findAll('[0-9]+') == ['12', '3']", {}],
    ['[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3', {}],
    ["self.isSorted() && self.indexOf('b') == 1", { self: ['a', 'b'] }],
    ["quantity('1Gi').isGreaterThan(quantity('1000Mi'))", {}],
    ["url('https://a.example:80/x').getHostname() == 'a.example' && !isURL('x')", {}],
    ["isIP('10.0.0.1') && ip('::1').family() == 6 && isCIDR('10.0.0.0/8')", {}],
    ["duration(self) >= duration('1ms')", { self: '1s' }],
  ])('%s', (text, variables) => {
    expect(run(text, variables)).toBe(true);
  });

  it('that cannot be read are told at once', () => {
    expect(() => run('self.(')).toThrow();
  });
});

describe('values', () => {
  it('carry the types of their schema', () => {
    const schema = {
      type: 'object',
      properties: {
        n: { type: 'integer' },
        x: { type: 'number' },
        'a-b': { type: 'string' },
        at: { type: 'string', format: 'date-time' },
      },
    };
    expect(celValue({ n: 1, x: 1, 'a-b': 's', at: '2020-01-01T00:00:00Z' }, schema)).toEqual({
      n: 1n,
      x: 1,
      a__dash__b: 's',
      at: new Date('2020-01-01T00:00:00Z'),
    });
  });

  it('have names that are identifiers', () => {
    expect(['namespace', 'a.b', 'a/b', 'a__b'].map(escaped)).toEqual([
      '__namespace__',
      'a__dot__b',
      'a__slash__b',
      'a__underscores__b',
    ]);
  });
});

describe('rules', () => {
  const schema = (rule: object) =>
    ({ type: 'object', properties: { n: { type: 'integer' } }, 'x-kubernetes-validations': [rule] }) as never;

  it('answer with their message, reason and field', () => {
    const rule = {
      rule: 'self.n < 10',
      messageExpression: "'n is ' + string(self.n)",
      reason: 'FieldValueForbidden',
      fieldPath: '.n',
    };
    expect(validateRules({ n: 11 }, schema(rule), 'spec')).toEqual([
      { reason: 'FieldValueForbidden', field: 'spec.n', message: 'Forbidden: n is 11' },
    ]);
  });

  it('see the old value of an update, as an optional one where they ask for it', () => {
    const plain = schema({ rule: 'self.n >= oldSelf.n' });
    expect(validateRules({ n: 1 }, plain, 'spec')).toEqual([]);
    expect(validateRules({ n: 1 }, plain, 'spec', { n: 2 })).toHaveLength(1);
    const optional = schema({
      rule: 'oldSelf.hasValue() ? self.n >= oldSelf.value().n : self.n == 0',
      optionalOldSelf: true,
    });
    expect(validateRules({ n: 0 }, optional, 'spec')).toEqual([]);
    expect(validateRules({ n: 1 }, optional, 'spec')).toHaveLength(1);
    expect(validateRules({ n: 3 }, optional, 'spec', { n: 2 })).toEqual([]);
  });
});

describe('goRegExp', () => {
  it('reads flags in front and after an anchor, and Go names of groups', () => {
    expect(goRegExp('(?i)^ab$').test('AB')).toBe(true);
    expect(goRegExp('^(?i)\\.?[a-z]+$').test('.AB')).toBe(true);
    expect(goRegExp('\\A(?P<name>a)\\z').test('a')).toBe(true);
  });
});
