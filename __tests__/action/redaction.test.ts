import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactDeep, redactor, secretValues } from '../../src/action/redaction.ts';
import type { KubeObject } from '../../src/kube.ts';

const secret = (more: object): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });

describe('values of Secrets', () => {
  it('are taken out of every text, plain and in base64, whatever stands around them', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{4,30}$/), fc.string(), (value, around) => {
        const encoded = Buffer.from(value).toString('base64');
        for (const object of [secret({ stringData: { key: value } }), secret({ data: { key: encoded } })]) {
          const redact = redactor(secretValues([object]));
          const clean = JSON.stringify(redactDeep({ text: [`${around}${value}${around}`, { deep: encoded }] }, redact));
          expect(clean).not.toContain(value);
          expect(clean).not.toContain(encoded);
        }
      }),
    );
  });

  it('are taken out line by line where they have several', () => {
    const redact = redactor(secretValues([secret({ stringData: { pem: 'first-line\nsecond-line\n' } })]));
    expect(redact('it said second-line.')).toBe('it said ***.');
  });

  it('leave words of three letters alone, and other kinds', () => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { key: 'visible' } };
    const redact = redactor(secretValues([secret({ stringData: { on: 'yes' } }), configMap]));
    expect(redact('yes, it is visible')).toBe('yes, it is visible');
  });
});
