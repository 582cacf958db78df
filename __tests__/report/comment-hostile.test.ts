import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import markdownIt, { type Token } from 'markdown-it';
import type { LiveReport } from '../../src/report/live-report.ts';
import { helpReply, nearMissReply, outcomeReply, refusalReply, statusReply } from '../../src/report/replies.ts';
import { comment, EVERY_STORY } from './comments.ts';
import { hostile, POISON } from './hostile.ts';

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

const PINGS = /@(?!ada\b)[\w-]|#\d|\bGH-\d|:\/\/|www\./i;
const OUR_LINK = /^https:\/\/github\.com\/acme\/shop\/(actions\/runs\/\d+|commit\/3f9a)/;
const NEVER = ['image', 'hr', 'code_block', 'lheading_open', 's_open', 'em_open'];

function isOurs(token: Token): boolean {
  const { type, content } = token;
  if (type === 'html_inline') return OURS.test(content);
  if (type === 'html_block') return OUR_BLOCK.test(content) && !PINGS.test(content);
  if (type === 'text') return !PINGS.test(content);
  if (type === 'link_open') return OUR_LINK.test(String(token.attrGet('href') ?? ''));
  return !NEVER.includes(type);
}

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
  const wrong = tokens.filter(token => !isOurs(token)).map(({ type, content }) => `${type} ${content}`);
  expect(wrong).toEqual([]);
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

describe('text of others', () => {
  const story = fc.constantFrom(...EVERY_STORY.map(([, report]) => report));

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
      { numRuns: 200 },
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
      { numRuns: 200 },
    );
  });
});
