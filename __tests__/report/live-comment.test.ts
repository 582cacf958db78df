import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import markdownIt, { type Token } from 'markdown-it';
import { COMMENT_LENGTH, liveComment, liveMarker } from '../../src/report/live-comment.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import {
  helpReply,
  nearMissReply,
  outcomeReply,
  REPLY_MARKER,
  refusalReply,
  statusReply,
} from '../../src/report/replies.ts';
import { endedReports, pausedReports, running, statusReports, withOrigin } from './live-stories.ts';
import { badInput, failed, firstDeploy, rolledBack, unchanged } from './models.ts';
import { deployment } from './shop.ts';

const marker = liveMarker({ server: 'https://10.0.0.1:6443', namespace: 'shop', release: 'shop' });
const comment = (report: LiveReport, prefix = '/'): string =>
  liveComment(report, { marker, prefix, at: report.endedAt });

const FOLDER = new URL('../golden/comment/', import.meta.url);

/** `UPDATE_GOLDEN=1 npm test -- __tests__/report` writes them anew: read the diff before it is committed. */
function golden(name: string, rendered: string): string {
  const file = new URL(`${name}.md`, FOLDER);
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, rendered);
  }
  return readFileSync(file, 'utf8');
}

const named = (title: string, reports: Record<string, LiveReport>): [string, LiveReport][] =>
  Object.entries(reports).map(([name, report]) => [`${title}-${name}`, report]);

const plain = Object.fromEntries(
  Object.entries({ badInput, failed, firstDeploy, rolledBack, unchanged }).map(([name, report]) => [
    name,
    withOrigin(report),
  ]),
);
const STORIES = [
  ...named('running', running),
  ...named('paused', pausedReports),
  ...named('ended', endedReports),
  ...named('plain', plain),
];

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

/** What has a meaning to markdown, HTML, terminals, runners, GitHub and its bots. */
const POISON = [
  ...[
    '|',
    '\\',
    '`',
    '```',
    '~~~',
    '<script>',
    '<b>',
    '</td>',
    '</details>',
    '<!--',
    '-->',
    '--!>',
    '&lt;',
    '&#64;octocat',
  ],
  ...[
    '\n',
    '\r\n',
    '\n\n',
    '\u2028',
    '# ',
    '- ',
    '> ',
    '1. ',
    '* ',
    '---',
    '| --- |',
    '**',
    '__',
    '](http://x)',
    '![',
    '[x]',
  ],
  ...[
    '<http://x>',
    '$x$',
    '@octocat',
    '@acme/team',
    'a@b.example',
    '#12',
    'acme/shop#12',
    'GH-3',
    '\u001b[31m',
    '\u0000',
  ],
  ...['\u001b]8;;http://x\u0007', '\u202e', '\u2066', '\ud800', '::set-output name=a::b', '::error::x', '    '],
  ...['\n/promote\n', '\n  /approve', '\n@dependabot merge', '/lgtm', '!promote', '[!CAUTION]', ':tada:'],
  ...[
    'https://github.com/acme/shop/issues/12',
    'https:\u001b[0m//github.com/a/b/pull/3',
    'www.evil.example',
    '_www.x.example',
  ],
  ...[
    'https://github.com/acme/shop/commit/3f9a1c2be0d84b6f9f2f6f3c9f0a7d1e5b8c4a60',
    'ada in https://evil.example/runs/1',
  ],
];
const hostile: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...POISON) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
    ),
    {
      maxLength: 8,
    },
  )
  .map(parts => parts.join(''));

/** What is one of a few words by its type, and what a number means, is not anybody's text. */
const CLOSED = ['phase', 'action', 'reason', 'verdict', 'outcome', 'health', 'change', 'why', 'status', 'end', 'kind'];

/** The report with the text in every field that can have any. */
function poisoned(value: unknown, next: () => string, key = ''): unknown {
  if (Array.isArray(value)) return value.map(one => poisoned(one, next, key));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) =>
        // A finding's reason is the cluster's word; the report's is ours.
        [name, typeof one === 'string' && CLOSED.includes(name) && !('pod' in value) ? one : poisoned(one, next, name)],
      ),
    );
  return typeof value === 'string' ? next() : value;
}

const parser = markdownIt({ html: true, linkify: true });
// GitHub links no address with another character behind its @, and no bare domain.
parser.linkify.set({ fuzzyEmail: false, fuzzyLink: false });

/** Without what is code, where GitHub looks for nothing. */
function flat(tokens: readonly Token[]): Token[] {
  let isCode = false;
  return tokens.flatMap(token => {
    const wasCode = isCode;
    if (token.type === 'html_inline') isCode = token.content.startsWith('<code');
    return wasCode && token.type === 'text' ? [] : [token, ...flat(token.children ?? [])];
  });
}

const OURS = /^(<code aria-hidden="true">|<\/?code>|<br>)$/;
const OUR_BLOCK = /^(<details><summary>[^<>]*<\/summary>\n|<\/details>\n?|<!-- sluice:(live|reply)[^\n>]* -->\n)$/;

/** Nothing in it was made by the text of others. */
function expectHarmless(rendered: string): void {
  expect(rendered.length).toBeLessThanOrEqual(65_536);
  expect(rendered).not.toMatch(/^\s*\/\p{L}/mu);
  expect(rendered).not.toMatch(/^\s*(::|!)\p{L}/mu);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(rendered).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/);
  const tokens = flat(parser.parse(rendered, {}));
  const folds = tokens.flatMap(({ type, content }) =>
    type === 'html_block' ? (content.match(/<\/?details/g) ?? []) : [],
  );
  expect(folds).toEqual(folds.map((_, index) => (index % 2 === 0 ? '<details' : '</details')));
  expect(folds.length % 2).toBe(0);
  for (const { type, content } of tokens) {
    if (type === 'html_inline') expect(content).toMatch(OURS);
    if (type === 'html_block') expect(content).toMatch(OUR_BLOCK);
    if (type === 'text' || type === 'html_block') {
      expect(content).not.toMatch(/@(?!ada\b)[\w-]|#\d|\bGH-\d|:\/\/|www\./i);
    }
    expect(['image', 'hr', 'code_block', 'lheading_open', 's_open', 'em_open']).not.toContain(type);
  }
  const links = tokens.filter(({ type }) => type === 'link_open').map(token => token.attrGet('href'));
  for (const href of links)
    expect(href).toMatch(/^https:\/\/github\.com\/acme\/shop\/(actions\/runs\/\d+|commit\/3f9a)/);
  // Only headings and tables that are ours.
  expect(tokens.filter(({ type, tag }) => type === 'heading_open' && tag !== 'h3')).toEqual([]);
  expect(tokens.filter(({ type }) => type === 'heading_open').length).toBeLessThanOrEqual(1);
}

/** Its blocks, by which a reader sees what belongs together. */
function shape(rendered: string): string[] {
  return markdownIt({ html: true })
    .parse(rendered, {})
    .map(({ type }) => type);
}

const everyStory = [...STORIES, ...named('status', statusReports)];

describe('text of others', () => {
  const story = fc.constantFrom(...everyStory.map(([, report]) => report));

  it('does nothing in a comment or an answer, whatever field it stands in', () => {
    fc.assert(
      fc.property(story, fc.array(hostile, { minLength: 1, maxLength: 20 }), (report, texts) => {
        let count = 0;
        const next = (): string => texts[count++ % texts.length] as string;
        // What a run knows of itself is the runner's.
        const { facts } = report;
        const bad = { ...(poisoned(report, next) as LiveReport), facts: { ...facts, actor: next() } };
        expectHarmless(comment(bad));
        expectHarmless(statusReply({ to: 'ada', prefix: '/', report: bad }));
        expectHarmless(outcomeReply({ to: 'ada', verb: 'promote', prefix: '/', report: bad }));
      }),
      { numRuns: 150 },
    );
  });

  it('adds no block to a comment, and takes none from it', () => {
    const word = fc.constantFrom(...POISON).map(poison => `x${poison}y`);
    fc.assert(
      fc.property(story, word, (report, text) => {
        const facts = { ...report.facts, actor: 'x' };
        const made = (one: string): LiveReport =>
          ({ ...(poisoned(report, () => one) as LiveReport), facts }) satisfies LiveReport;
        expect(shape(comment(made(text)))).toEqual(shape(comment(made('xy'))));
      }),
      { numRuns: 100 },
    );
  });

  it('does nothing in a refusal, in help, and beside a word that was almost a command', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, prefix) => {
        expectHarmless(refusalReply({ to: 'ada', verb: text, prefix: '/', message: text }));
        // Whoever has such a login is meant.
        const toAnybody = refusalReply({ to: text, verb: 'promote', prefix, message: text });
        expectHarmless(toAnybody.replace(`\n@${text} `, '\n@ada '));
        expectHarmless(nearMissReply({ to: 'ada', prefix, typed: text, meant: 'promote' }));
        expectHarmless(helpReply({ to: 'ada', prefix, verbs: [{ verb: text, refusal: text }, { verb: 'help' }] }));
      }),
      { numRuns: 150 },
    );
  });
});

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

  const largest = everyStory.filter(([name]) => /promoting|byCommand|failedPromotion|rolledBack|died/.test(name));
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
        fc.constantFrom(...everyStory.map(([, report]) => report)),
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
