import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactor, secretValues } from '../../src/action/redaction.ts';
import type { KubeObject } from '../../src/kube.ts';

const secret = (more: object): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });

describe('values of Secrets', () => {
  it('are taken out of every text, plain and in base64, whatever stands around them', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-zA-Z0-9&<"\\ ]{5,30}$/).filter(text => text.trim() === text),
        fc.string(),
        (value, around) => {
          const encoded = Buffer.from(value).toString('base64');
          for (const object of [secret({ stringData: { key: value } }), secret({ data: { key: encoded } })]) {
            const redact = redactor(secretValues([object]));
            const forms = [value, encoded, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)];
            const clean = redact(forms.map(form => `${around}${form}${around}`).join('\n'));
            for (const form of forms) expect(clean).not.toContain(form);
          }
        },
      ),
    );
  });

  it('are taken out line by line where they have several', () => {
    const redact = redactor(secretValues([secret({ stringData: { pem: 'first-line\nsecond-line\n' } })]));
    expect(redact('it said second-line.')).toBe('it said ***.');
  });

  it('leave words of four letters alone, and other kinds', () => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { key: 'visible' } };
    const redact = redactor(secretValues([secret({ stringData: { on: 'true' } }), configMap]));
    expect(redact('true, it is visible')).toBe('true, it is visible');
  });
});
