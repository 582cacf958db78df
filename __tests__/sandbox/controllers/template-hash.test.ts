import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sameTemplate, templateHash } from '../../../src/sandbox/controllers/template-hash.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };

describe('the hash of a pod template', () => {
  it('does not depend on the order of fields', () => {
    const { spec, metadata } = template;
    expect(templateHash({ spec, metadata })).toBe(templateHash({ metadata, spec }));
  });

  it('is written in letters that spell no words', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(templateHash(value)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
      }),
    );
  });

  it('changes with the count of collisions', () => {
    expect(templateHash(template, 1)).not.toBe(templateHash(template));
  });

  it('label is ignored when templates are compared, other labels are not', () => {
    const hashed = { ...template, metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } } };
    expect(sameTemplate(template, hashed)).toBe(true);
    expect(sameTemplate(template, { ...template, metadata: { labels: { app: 'api' } } })).toBe(false);
  });
});
