import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import markdownIt from 'markdown-it';
import type { ReportModel } from '../../src/report/model.ts';
import { SUMMARY_BYTES, summaryOf } from '../../src/report/summary.ts';
import { failed } from './models.ts';
import { deployment } from './shop.ts';

function huge(workloads: number, length: number): ReportModel {
  const long = (words: string): string => `${words} ${'`<é|'.repeat(length / 4)}`;
  const many = <T>(one: (index: number) => T): T[] => Array.from({ length: workloads }, (_, index) => one(index));
  return {
    ...failed,
    workloads: many(index => ({
      ref: deployment(`web-${index}`),
      images: [{ container: 'web', from: long('ghcr.io/a:1'), to: long('ghcr.io/a:2') }],
      health: index === workloads - 1 ? 'failed' : 'healthy',
      message: long('Waiting'),
    })),
    objects: [{ change: 'created', objects: many(index => ({ ...deployment(`config-${index}`), kind: 'ConfigMap' })) }],
    timeline: many(index => ({
      name: long(`Apply ${index}`),
      startedAt: failed.startedAt + index,
      endedAt: failed.startedAt + index + 1,
      outcome: 'done',
    })),
    failure: {
      headline: long('It crashes.'),
      findings: many(index => ({ pod: `web-${index}`, reason: 'Crashed', message: long('exit') })),
      events: many(index => ({ reason: 'BackOff', object: `Pod/web-${index}`, message: long('back-off') })),
      logTail: { pod: 'web-1', container: 'web', previous: false, lines: many(() => long('``` ERROR')) },
    },
    warnings: many(() => long('Left')),
    nextSteps: many(() => ({ text: long('Look'), command: long('kubectl logs') })),
  };
}

/** As the runner stores it, and every block closed. */
function check(rendered: string, maxBytes: number): void {
  expect(Buffer.byteLength(rendered)).toBeLessThanOrEqual(maxBytes);
  expect(rendered.match(/<details/g)?.length).toBe(rendered.match(/<\/details>/g)?.length);
  const tokens = markdownIt({ html: true }).parse(rendered, {});
  expect(tokens[0]?.tag).toBe('h2');
  for (const fence of tokens.filter(({ type }) => type === 'fence')) expect(fence.content).not.toContain('</details>');
}

describe('the limit of a summary', () => {
  it('holds for 200 workloads and long logs, with the verdict, the cause and the workload in trouble in it', () => {
    const rendered = summaryOf(huge(200, 4_000));
    check(rendered, SUMMARY_BYTES);
    expect(rendered).toContain('## ❌ Failed');
    expect(rendered).toContain('It crashes.');
    expect(rendered).toContain('Deployment web-199');
    expect(rendered).toContain('left out');
  });

  it('leaves nothing out where everything fits', () => {
    const rendered = summaryOf(huge(200, 8));
    check(rendered, SUMMARY_BYTES);
    expect(rendered).not.toContain('left out');
    expect(rendered.match(/Deployment web-\d+/g)).toHaveLength(200);
  });

  it('holds for any size and any limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 220 }),
        fc.integer({ min: 4, max: 1_500 }),
        fc.integer({ min: 4_000, max: 1_000_000 }),
        (workloads, length, maxBytes) => check(summaryOf(huge(workloads, length), maxBytes), maxBytes),
      ),
      { numRuns: 12 },
    );
  });

  it('draws no diagram that GitHub would refuse', () => {
    const diagrams = [2, 40, 60, 61, 220].map(
      steps => /```mermaid\n([\s\S]*?)\n```/.exec(summaryOf(huge(steps, 400)))?.[1],
    );
    expect(diagrams.map(diagram => diagram !== undefined)).toEqual([true, true, true, false, false]);
    for (const diagram of diagrams) expect(diagram?.length ?? 0).toBeLessThan(50_000);
  });
});
