import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fieldsMatch, parseFieldSelector } from '../../../src/sandbox/store/field-selector.ts';
import { labelsMatch, parseLabelSelector } from '../../../src/sandbox/store/label-selector.ts';

describe('label selectors', () => {
  it.each([
    ['app=web', { app: 'web' }, true],
    ['app==web,tier!=db', { app: 'web' }, true],
    ['app in (web, api)', { app: 'api' }, true],
    ['app notin (web)', {}, true],
    ['app', { app: '' }, true],
    ['!app', { app: 'web' }, false],
    ['n>2', { n: '3' }, true],
    ['n<2', { n: '3' }, false],
    ['', { any: 'thing' }, true],
  ])('%s', (text, labels, expected) => {
    expect(labelsMatch(parseLabelSelector(text), labels)).toBe(expected);
  });

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a=b,', "found '', expected: identifier after ','"],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it('finds an equal label, and nothing else, whatever the label is', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter(text => text !== 'in' && text !== 'notin');
    fc.assert(
      fc.property(word, word, word, (key, value, other) => {
        const selector = parseLabelSelector(`${key}=${value}`);
        expect(labelsMatch(selector, { [key]: value })).toBe(true);
        expect(labelsMatch(selector, { [key]: other })).toBe(value === other);
      }),
    );
  });
});

describe('field selectors', () => {
  it('selects by fields, negated and several', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { nodeName: 'n' },
      status: { phase: 'Running' },
    };
    expect(fieldsMatch(parseFieldSelector('spec.nodeName=n,status.phase!=Failed'), pod)).toBe(true);
    expect(fieldsMatch(parseFieldSelector('metadata.name=b'), pod)).toBe(false);
  });
});
