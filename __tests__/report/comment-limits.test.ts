import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COMMENT_LENGTH } from '../../src/report/live-comment.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import {
  helpReply,
  nearMissReply,
  outcomeReply,
  REPLY_MARKER,
  refusalReply,
  statusReply,
} from '../../src/report/replies.ts';
import { comment, EVERY_STORY } from './comments.ts';
import { endedReports } from './live-endings.ts';
import { deployment } from './shop.ts';

describe('the limit of a comment', () => {
  /** 200 workloads, 50 checks, messages of 10 kB: of characters that escaping makes longest. */
  function huge(report: LiveReport, length: number, many: number): LiveReport {
    const long = (words: string): string => `${words} ${'|`<$'.repeat(length / 4)}`;
    const each = <T>(count: number, one: (index: number) => T): T[] =>
      Array.from({ length: count }, (_, index) => one(index));
    const actual = each(many, index => ({ workload: deployment(long(`web-${index}`)), share: index % 3 }));
    return {
      ...report,
      release: long('shop'),
      headline: { serves: long('Serves.'), next: long('Next.') },
      workloads: each(many, index => ({
        ref: deployment(long(`web-${index}`)),
        images: [],
        change: 'changed',
        health: 'failed',
        message: long('Waiting'),
      })),
      timeline: each(many, index => ({ name: long(`Step ${index}`), outcome: 'done' })),
      checks: each(50, index => ({ ...check, name: long(`check ${index}`), step: long('Hold'), message: long('m') })),
      ...(report.traffic ? { traffic: { ...report.traffic, actual, weights: [{ asked: 1, actual }] } } : {}),
      failure: {
        headline: long('It crashes.'),
        object: deployment(long('web')),
        findings: each(many, () => ({ pod: long('web'), container: long('c'), reason: long('R'), message: long('m') })),
        events: [],
        logTail: { pod: long('web'), container: long('web'), previous: true, lines: each(many, () => long('ERROR')) },
        problems: each(many, () => ({ message: long('Wrong'), file: long('a.yaml') })),
      },
      rollback: { outcome: 'failed', detail: long('Back') },
      warnings: each(many, () => long('Warning')),
      decisions: each(many, () => ({ at: 0, verb: long('promote'), by: long('ada') })),
    };
  }
  const check = { verdict: 'fail', dryRun: true, samples: 1, failures: 1, errors: 0, noData: 0 } as const;

  const largest = EVERY_STORY.filter(([name]) => /promoting|byCommand|failedPromotion|rolledBack|died/.test(name));
  it.each(largest)('holds for %s with everything at its largest', (_, report) => {
    const rendered = comment(huge(report, 10_000, 200));
    expect(rendered.length).toBeLessThanOrEqual(COMMENT_LENGTH);
    expect(rendered.match(/<details>/g)?.length).toBe(rendered.match(/<\/details>/g)?.length);
    expect(rendered).toMatch(/^### /m);
    expect(rendered).toContain('last changed');
    const status = statusReply({ to: 'ada', prefix: '/', report: huge(report, 10_000, 200) });
    expect(status.length).toBeLessThanOrEqual(COMMENT_LENGTH);
  });

  it('holds for any size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EVERY_STORY.map(([, report]) => report)),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 220 }),
        (report, length, many) => {
          const rendered = comment(huge(report, length, many));
          expect(rendered.length).toBeLessThanOrEqual(COMMENT_LENGTH);
          expect(rendered.match(/<details>/g)?.length).toBe(rendered.match(/<\/details>/g)?.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves out the steps before it leaves out what is wrong', () => {
    const rendered = comment(huge(endedReports.failedPromotion, 400, 200));
    expect(rendered).not.toContain('All 200 steps');
    expect(rendered).toContain('It crashes.');
  });

  it('holds for answers', () => {
    const long = '|`<$'.repeat(5_000);
    const verbs = Array.from({ length: 7 }, () => ({ verb: 'promote', refusal: long }));
    for (const rendered of [
      refusalReply({ to: long, verb: long, prefix: long, message: long }),
      nearMissReply({ to: long, prefix: long, typed: long, meant: 'promote' }),
      helpReply({ to: long, prefix: long, verbs }),
      outcomeReply({ to: long, verb: long, prefix: long, report: huge(endedReports.failedPromotion, 10_000, 200) }),
    ]) {
      expect(rendered.length).toBeLessThanOrEqual(COMMENT_LENGTH);
      expect(rendered.startsWith(REPLY_MARKER)).toBe(true);
    }
  });
});
