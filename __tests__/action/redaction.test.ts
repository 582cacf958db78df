import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactor, redactReport, secretValues } from '../../src/action/redaction.ts';
import type { KubeObject } from '../../src/kube.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { failed } from '../report/models.ts';
import { canarySucceeded, pausedForApproval, status } from '../report/stories.ts';

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

describe('a report', () => {
  const SECRET = 's3cr3t-value';
  /** Everything that is told in words by cluster or user has the value in it. */
  const spoken = (model: ReportModel): ReportModel => ({
    ...model,
    headline: { serves: SECRET, next: SECRET },
    notes: [SECRET],
    warnings: [SECRET],
    nextSteps: [{ text: SECRET }],
    workloads: model.workloads.map(workload => ({
      ...workload,
      message: SECRET,
      ...(workload.twin ? { twin: { ...workload.twin, message: SECRET } } : {}),
    })),
    timeline: model.timeline.map(step => ({ ...step, detail: SECRET })),
    checks: model.checks.map(check => ({ ...check, message: SECRET })),
    decisions: model.decisions.map(decision => ({ ...decision, by: SECRET })),
    rollback: { outcome: 'failed', detail: SECRET },
    ...(model.pause ? { pause: { ...model.pause, detail: SECRET } } : {}),
    ...(model.standing ? { standing: { ...model.standing, back: SECRET } } : {}),
    ...(model.failure ? { failure: { ...model.failure, headline: SECRET, explanation: SECRET } } : {}),
  });

  it('has no value of a Secret in any of its words', () => {
    const redact = redactor([SECRET]);
    for (const model of [failed, canarySucceeded, pausedForApproval, status]) {
      const clean = redactReport({ ...spoken(model), others: [spoken(pausedForApproval)] }, redact);
      expect(JSON.stringify(clean)).not.toContain(SECRET);
    }
  });
});
