import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import markdownIt from 'markdown-it';
import { parseComment } from '../../src/github/commands/parse.ts';
import { readCommentEvent } from '../../src/github/event.ts';
import { GitHubError, type GitHubTrouble } from '../../src/github/github.ts';
import { PERMISSION } from '../github/commands/acme.ts';
import { clusterIn } from './comment-cluster.ts';
import { answering, commentEvent, hearing, PULL, REACT, REPLY, type Run, SAID_AT } from './comment-world.ts';
import { obeyedBy } from './runner-log.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261128);

const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
  name: string;
  examples: object[];
}[];

const HOSTILE = [
  '::set-output name=phase::succeeded',
  '::add-mask::the',
  '##[command]rm',
  '\n::error::x',
  '\r\n##[group]',
  '<img src=x onerror=alert(1)>',
  '<!-- -->',
  '@acme/release-team',
  '@octocat',
  '#12',
  'GH-1',
  '[x](https://evil.example)',
  'https://evil.example/a',
  '|',
  '`',
  '```',
  '\u001b[31m',
  '\u202e',
  '\u200b',
  '\u0000',
  'promоte',
  '$(reboot)',
  `$${'{'}{ secrets.TOKEN }}`,
  '"',
  '—full',
  '--to',
  '--release',
  '%0A::warning::x',
];
const WORDS = [
  'promote',
  'reject',
  'pause',
  'resume',
  'rollback',
  'status',
  'help',
  'promot',
  'rejetc',
  '50',
  'abc1234',
];

/** What begins as a command may, and goes on as it likes. */
const body = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('/', '/', '/', '!', ' /', '> /', '    /', ''),
      fc.constantFrom(...WORDS),
      fc.array(fc.oneof(fc.constantFrom(...HOSTILE, ...WORDS), fc.string({ unit: 'binary', maxLength: 8 })), {
        maxLength: 4,
      }),
    )
    .map(([prefix, verb, rest]) => `${prefix}${[verb, ...rest].join(' ')}`),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 6 }).map(parts => parts.join('')),
);

const markdown = markdownIt({ html: true, linkify: true });
const LINKED = /href="(?!https:\/\/github\.com\/acme\/shop\/actions\/runs\/77")/;
const ELEMENT =
  /<(?!\/?(?:p|code|br|a|table|thead|tbody|tr|th|td|ul|li|strong|h3|details|summary|ol)\b|!-- sluice:reply -->)[a-z!]/i;

function expectHarmless({ replies, log }: Run): void {
  // What the runner takes for commands is what the toolkit was asked to say.
  expect(obeyedBy(log.printed())).toEqual(log.issued);
  for (const reply of replies) {
    expect(reply.length).toBeLessThan(4_000);
    const html = markdown.render(reply);
    expect(html).not.toMatch(LINKED);
    expect(html).not.toMatch(ELEMENT);
    // Nobody is called but whom it answers.
    expect(html.replace(/<code>[\s\S]*?<\/code>/g, '')).not.toMatch(/@(?!ada\b)[\w-]|#\d|\bGH-\d/i);
    for (const prefix of ['/', '!', '/shop']) expect(parseComment(reply, prefix).kind).toBe('none');
    expect(readCommentEvent(commentEvent(reply), 'issue_comment')).toHaveProperty('ignored');
    for (const line of reply.split('\n')) expect(line).not.toMatch(/^\s*[/!]\w/);
  }
}

describe('the text of a comment', () => {
  it.each([
    ['admin', 'a person who may'],
    ['none', 'a person who may not'],
  ])(
    'does nothing but what it says, from %s: %s',
    async role => {
      const property = fc.asyncProperty(body, async text => {
        const run = await hearing(commentEvent(text), {
          answers: answering({ role }),
          end: { phase: 'paused', revision: 2 },
        });
        expect(run.outcome?.error?.code ?? 'none').toMatch(/^(none|refused)$/);
        expectHarmless(run);
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    120_000,
  );
});

describe('an event of any kind', () => {
  it('is no error, and asks GitHub for nothing', async () => {
    for (const { name, examples: payloads } of EXAMPLES)
      for (const payload of payloads) {
        const run = await hearing(payload, { answers: answering({}), eventName: name });
        expect([run.outcome, run.github.calls.length]).toEqual([undefined, 0]);
      }
  });
});

describe('what cannot be learned', () => {
  const troubles: GitHubTrouble[] = [
    'forbidden',
    'unauthorized',
    'not-found',
    'rate-limited',
    'unreachable',
    'refused',
  ];

  it.each(troubles)('refuses, and the cluster is not asked: %s', async trouble => {
    const cluster = await clusterIn('paused', SAID_AT, 60_000);
    for (const route of [PULL, PERMISSION]) {
      const answers = answering({ more: { [route]: new GitHubError(trouble, 'GitHub did not say.') } });
      const run = await hearing(commentEvent('/promote'), { answers, cluster });
      expect([run.outcome?.error?.code, run.requests, run.reactions]).toEqual(['refused', 0, ['eyes', '-1']]);
      // That somebody is unknown to the repository is an answer.
      if (!(route === PERMISSION && trouble === 'not-found'))
        expect(run.replies.join()).toContain('GitHub did not say.');
    }
  });

  it.each(troubles)('of signs and answers changes no decision, and is warned of once: %s', async trouble => {
    const cluster = await clusterIn('paused', SAID_AT, 60_000);
    const mute = new GitHubError(trouble, 'GitHub did not take it.');
    const answers = answering({ more: { [REACT]: mute, [REPLY]: mute } });
    const run = await hearing(commentEvent('/promote'), { answers, cluster });
    expect(run.write).toMatch(/^create Lease/);
    const warnings = run.log.issued.filter(said => said.startsWith('warning'));
    expect(warnings).toEqual([expect.stringContaining('GitHub did not take it.')]);
  });
});
