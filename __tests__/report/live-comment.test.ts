import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import markdownIt from 'markdown-it';
import { liveMarker } from '../../src/report/live-comment.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import { comment, golden, marker, STORIES } from './comments.ts';
import { hostile } from './hostile.ts';
import { endedReports } from './live-endings.ts';
import { pausedReports, running, withOrigin } from './live-stories.ts';
import { firstDeploy } from './models.ts';
import { deployment } from './shop.ts';

/** As GitHub shows it, in words: without marker, tags, addresses, and what is folded away. */
function visible(markdown: string): string {
  return markdownIt({ html: true })
    .render(
      markdown.replace(/<details>[\s\S]*?<\/details>/g, match => /<summary>(.*?)<\/summary>/.exec(match)?.[1] ?? ''),
    )
    .replace(/<!--.*?-->|<[^>]*>/g, '')
    .trim();
}

describe('the live comment', () => {
  it.each(STORIES)('%s', (name, report) => {
    const rendered = comment(report);
    expect(rendered).toBe(golden(name, rendered));
  });

  it.each(STORIES)('%s: begins with the marker and fits on a phone', (_, report) => {
    const rendered = comment(report);
    expect(rendered.split('\n', 2)).toEqual([marker, expect.stringMatching(/^### (▶️|⏸️|✅|❌|🛑|↩️) \w/u)]);
    expect(visible(rendered).length).toBeLessThan(1_500);
  });

  it.each(STORIES)('%s: speaks neither of workflows nor of the cluster’s address', (_, report) => {
    expect(comment(report)).not.toMatch(/action: |on-cancel|10\.0\.0\.1/);
  });

  it('says what was asked and what came of it where they differ', () => {
    const rendered = comment(running.atTen);
    expect(rendered).toContain('10 % of requests asked for');
    expect(rendered).toMatch(/█{3}░{7}<\/code> \*\*25 %\*\* of requests to web \(asked: 10 %; 1 of 4 pods\)/);
    expect(rendered).toMatch(/█{5}░{5}<\/code> \*\*50 %\*\* of requests to cart \(asked: 10 %; 1 of 2 pods\)/);
  });

  it('shows one bar where all is as asked', () => {
    expect(comment(running.atFifty).match(/█+░*<\/code>.*/g)).toEqual(['█████░░░░░</code> **50 %** of the requests']);
  });

  it.each([
    [0, 0],
    [0.5, 1],
    [1, 1],
    [50, 5],
    [99.9, 9],
    [100, 10],
  ])('fills for %d % as many cells as %i', (share, filled) => {
    const { traffic } = running.atFifty;
    const actual = [{ workload: deployment('web'), share }];
    const weights = [{ asked: share, actual }];
    const report = { ...running.atFifty, traffic: { ...traffic, now: share, actual, weights } } as LiveReport;
    expect(
      /<code aria-hidden="true">(█*)(░*)<\/code>/
        .exec(comment(report))
        ?.slice(1)
        .map(({ length }) => length),
    ).toEqual([filled, 10 - filled]);
  });

  it('gives shares by workload as a span where there are many', () => {
    const actual = [10, 20, 30, 40].map(share => ({ workload: deployment(`web-${share}`), share }));
    const traffic = { ...running.atTen.traffic, now: 25, actual, weights: [{ asked: 25, actual }] };
    expect(comment({ ...running.atTen, traffic } as LiveReport)).toContain(
      '**25 %** of the requests asked for; actual: 10 % to 40 %, by workload',
    );
  });

  const commands: [string, LiveReport, string[]][] = [
    ['moves forward', running.atTen, ['promote', 'pause', 'reject', 'status']],
    ['is promoted', running.promoting, ['reject', 'status']],
    ['goes back', running.goingBack, ['status']],
    ['rolls', running.rollingInProgress, ['status']],
    ['waits for approval', pausedReports.approval, ['promote', 'reject', 'status']],
    ['waits for a time', pausedReports.time, ['promote', 'pause', 'reject', 'status']],
    ['waits after a check', pausedReports.checkFailed, ['resume', 'promote', 'reject', 'status']],
    ['was stopped', pausedReports.byCommand, ['resume', 'promote', 'reject', 'status']],
    ['was cut', endedReports.aborted, ['resume', 'reject', 'status']],
    ['succeeded', endedReports.canarySucceeded, ['rollback']],
    ['was the first', withOrigin(firstDeploy), []],
    ['was taken back', endedReports.rolledBack, []],
    ['was superseded', endedReports.superseded, []],
  ];
  it.each(commands)('of a release that %s offers what helps', (_, report, wanted) => {
    expect([...comment(report).matchAll(/^- `\/(\w+)`/gm)].map(([, verb]) => verb)).toEqual(wanted);
  });

  it.each([
    ['/', '`/promote`'],
    ['!', '`!promote`'],
    ['/sluice', '`/sluice promote`'],
    ['/sluice ', '`/sluice promote`'],
    ['/v2', '`/v2 promote`'],
    ['/sluice-', '`/sluice-promote`'],
  ])('with prefix %j shows %s', (prefix, wanted) => {
    expect(comment(pausedReports.approval, prefix)).toContain(`- ${wanted} lets it go on`);
  });

  it('names the commit of the run that began the release, and not that of a run that only commands', () => {
    const { origin: _, ...unknown } = endedReports.rejected;
    expect(comment(endedReports.rejected)).toContain('/acme/shop/commit/3f9a1c2be0d84b6f9f2f6f3c9f0a7d1e5b8c4a60');
    expect(comment(unknown)).not.toContain('3f9a1c2');
  });

  it('links nothing that is not known to be ours', () => {
    const by = (url: string): string =>
      comment({ ...running.atTen, decisions: [{ at: 0, verb: 'promote', by: `ada in ${url}` }] });
    expect(by('https://github.com/acme/shop/pull/12#issuecomment-9')).toContain(
      'ada in [a comment](https://github.com/acme/shop/pull/12#issuecomment-9)',
    );
    expect(by('https://github.com/acme/ops/actions/runs/9')).toContain('ada in [a run](');
    for (const url of [
      'https://evil.example/acme/shop/actions/runs/9',
      'https://github.com.evil.example/acme/shop/actions/runs/9',
      'https://github.com/other/repo/issues/1',
      'https://github.com/other/repo/pull/1#issuecomment-9',
      'https://github.com/acme/shop/commit/3f9a1c2',
      'https://github.com/acme/shop/actions/runs/9/../../../issues/1',
    ]) {
      expect(by(url)).toContain('ada in https:\u200b//');
      expect(by(url)).not.toContain(`](${url})`);
    }
  });

  it('keeps the end of a log short, and none of its lines a command', () => {
    const lines = [
      ...Array.from({ length: 30 }, (_, index) => `line ${index}`),
      '/promote',
      '  /approve',
      '::error::x',
    ];
    const tail = { pod: 'web-1', container: 'web', previous: false, lines };
    const failure = { headline: 'It crashes.', findings: [], events: [], logTail: tail };
    const rendered = comment({ ...endedReports.failedPromotion, failure });
    expect(rendered).toContain('Last 10 lines of the log of web-1/web');
    expect(rendered).not.toContain('line 22\n');
    expect(rendered).toContain('line 23\n');
    expect(rendered.match(/^\s*(\/\w|::).*/gm)).toBeNull();
  });
});

describe('the marker', () => {
  it('tells releases apart and hides the server', () => {
    const of = (server: string, namespace: string, release: string): string =>
      liveMarker({ server, namespace, release });
    expect(of('https://a', 'shop', 'web')).toMatch(/^<!-- sluice:live shop\/web [0-9a-f]{10} -->$/);
    const all = [
      of('a', 'b', 'c'),
      of('b', 'b', 'c'),
      of('a', 'c', 'c'),
      of('a', 'b', 'd'),
      of('a', 'b/c', ''),
      of('a', 'b', 'c/'),
    ];
    expect(new Set(all.map(one => one.split(' ')[3])).size).toBe(all.length);
  });

  it('cannot be broken out of', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (server, namespace, release) => {
        const made = liveMarker({ server, namespace, release });
        expect(made).toMatch(/^<!-- sluice:live (?!.*(--|[<>!\n\r]).* )[\w./-]+ [0-9a-f]{10} -->$/);
        expect(made.slice(4, -3)).not.toContain('--');
      }),
      { numRuns: 300 },
    );
  });
});
