import type * as Core from '@actions/core';
import { describe, expect, it } from '@jest/globals';
import { annotateProblems } from '../../src/action/annotations.ts';
import { SluiceError } from '../../src/errors.ts';
import type { FailureReport } from '../../src/report/model.ts';
import { badInput } from '../report/models.ts';

type Problems = NonNullable<FailureReport['problems']>;

function annotated(problems: Problems): { any: boolean; errors: unknown[][]; lines: string[] } {
  const errors: unknown[][] = [];
  const lines: string[] = [];
  const core = {
    error: (...given: unknown[]) => errors.push(given),
    info: (text: string) => lines.push(text),
  } as unknown as typeof Core;
  const model = { ...badInput, failure: { headline: 'Bad.', findings: [], events: [], problems } };
  return { any: annotateProblems(core, model, new SluiceError('invalid-manifest', 'Bad.')), errors, lines };
}

describe('annotations', () => {
  it('stand on their line, and do not say it again', () => {
    const { any, errors } = annotated([
      { message: 'a.yaml:3: the key name is there twice.', file: 'a.yaml', line: 3, column: 22 },
    ]);
    expect(any).toBe(true);
    expect(errors).toEqual([
      [
        'the key name is there twice.',
        { title: 'Sluice: invalid-manifest', file: 'a.yaml', startLine: 3, startColumn: 22 },
      ],
    ]);
  });

  it('are none for a single problem without a place, which the step’s own failure tells', () => {
    expect(annotated([{ message: 'Input manifests: required, and not given.' }])).toEqual({
      any: false,
      errors: [],
      lines: [],
    });
  });

  it('leave room for the step’s own failure; the rest is in the log, with its place', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({
      message: `a.yaml:${index + 1}: kind is missing.`,
      file: 'a.yaml',
      line: index + 1,
    }));
    const { errors, lines } = annotated(many);
    expect(errors).toHaveLength(9);
    expect(lines).toEqual([10, 11, 12].map(line => `a.yaml:${line}: kind is missing.`));
  });
});
