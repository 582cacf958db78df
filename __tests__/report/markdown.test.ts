import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import markdownIt, { type Token } from 'markdown-it';
import { alert, code, codeBlock, details, heading, link, list, prose, table, text } from '../../src/report/markdown.ts';
import { imageChange } from '../../src/report/names.ts';
import { durationText, oneLine, plainText } from '../../src/report/plain-text.ts';

const parser = markdownIt({ html: true });

/** Any text, with much of what has a meaning to markdown, HTML, terminals or GitHub. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        ...[
          '|',
          '\\',
          '\\|',
          '`',
          '```',
          '~~~',
          '<script>',
          '</td>',
          '<!--',
          '-->',
          '&lt;',
          '&#124;',
          '\n',
          '\r\n',
          '\n\n',
          '\u2028',
        ],
        ...[
          '# ',
          '- ',
          '> ',
          '1. ',
          '* ',
          '---',
          '| --- |',
          '**',
          '__',
          '~~',
          '](http://x)',
          '![',
          '[x]',
          '<http://x>',
          '$x$',
          '$`',
        ],
        ...[
          '@octocat',
          '#12',
          'GH-3',
          '\u001b[31m',
          '\u001b]8;;http://x\u0007',
          '\u0000',
          '\u202e',
          '\u2066',
          '\ud800',
          '</details>',
          '    ',
        ],
      ),
    ),
    { maxLength: 14 },
  )
  .map(parts => parts.join(''));

const shown = (value: string): string => value.replaceAll('\u200b', '');
/** What markdown-it puts in place of characters that HTML cannot have, and of white space at the ends. */
const expected = (value: string): string => shown(oneLine(value)).trim();

/** The text that a reader sees of inline content; anything that is more than text or code is an error. */
function readable(token: Token | undefined): string {
  return (token?.children ?? [])
    .map(child => {
      if (child.type === 'text' || child.type === 'code_inline' || child.type === 'text_special') return child.content;
      if (child.type === 'html_inline' && /^<\/?code>$/.test(child.content)) return '';
      throw new Error(`${child.type} ${child.content}`);
    })
    .join('');
}

describe('text from anywhere', () => {
  it('stays as it is in prose, where what is between backticks is code', () => {
    const bare = (words: string): string => words.replaceAll('`', '').replace(/\s+/g, ' ').trim();
    fc.assert(
      fc.property(hostile, value => {
        const tokens = parser.parse(`Before ${prose(value)}`, {});
        const inline = tokens.filter(({ type }) => type === 'inline');
        expect(inline).toHaveLength(1);
        expect(bare(shown(readable(inline[0])))).toBe(bare(`Before ${expected(value)}`));
      }),
      { numRuns: 2_000 },
    );
    expect(prose('Use `action: promote`, or *wait*.')).toBe('Use `action: promote`, or \\*wait\\*.');
  });

  it('stays in its cell, as it is', () => {
    fc.assert(
      fc.property(hostile, value => {
        const tokens = parser.parse(
          `${table(
            ['One', 'Two', 'Three'],
            [
              ['a', text(value), code(value)],
              ['b', 'c', 'd'],
            ],
          )}\n\nAfter`,
          {},
        );
        const cells = tokens.filter((_, index) => tokens[index - 1]?.type === 'td_open').map(readable);
        const wanted =
          expected(value) === ''
            ? ['a', '', '', 'b', 'c', 'd']
            : ['a', expected(value), expected(value), 'b', 'c', 'd'];
        expect(cells.map(shown)).toEqual(wanted);
        expect(tokens.slice(-2)[0]?.content).toBe('After');
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays in its heading, paragraph, item and box', () => {
    fc.assert(
      fc.property(hostile, value => {
        const parts = [
          heading(2, text(value)),
          `${text(value)}x`,
          list([text(value), code(value)]),
          alert('NOTE', [text(value)]),
        ];
        for (const part of parts) {
          const tokens = parser.parse(part, {});
          expect(
            tokens.map(({ type }) => type).filter(type => /html_block|fence|code_block|hr|table|lheading/.test(type)),
          ).toEqual([]);
          for (const inline of tokens.filter(({ type }) => type === 'inline')) {
            const words = shown((inline.children ?? []).map(child => child.content).join(''));
            expect(words.length).toBeLessThanOrEqual(expected(value).length + 40);
          }
        }
        const [, inline] = parser.parse(heading(2, text(value)), {});
        expect(shown(readable(inline))).toBe(expected(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('stays in its code block', () => {
    fc.assert(
      fc.property(hostile, value => {
        const tokens = parser.parse(`${codeBlock(value)}\n\nAfter`, {});
        expect(tokens.map(({ type }) => type)).toEqual(['fence', 'paragraph_open', 'inline', 'paragraph_close']);
        const plain = plainText(value);
        expect(tokens[0]?.content).toBe(plain.endsWith('\n') ? plain : `${plain}\n`);
      }),
      { numRuns: 1_000 },
    );
  });

  it('pings nobody', () => {
    fc.assert(
      fc.property(hostile, value => {
        const [, inline] = parser.parse(`x ${text(value)}`, {});
        expect((inline?.children ?? []).map(({ content }) => content).join('')).not.toMatch(/@[\w-]|#\d/);
      }),
    );
  });

  it('does not open or close what is folded away', () => {
    fc.assert(
      fc.property(hostile, value => {
        const html = parser.render(details(value, text(`x${value}`)));
        expect(html.match(/<\/?details/g)).toEqual(['<details', '</details']);
        expect(html.match(/<\/?summary/g)).toEqual(['<summary', '</summary']);
      }),
    );
  });

  it('links nothing but http and https, and stays in the address', () => {
    expect(link('label', 'javascript:alert(1)')).toBe('label');
    expect(link('label', undefined)).toBe('label');
    expect(link('`3f9a1c2`', 'https://github.com/a/b/commit/3f9')).toBe(
      '[`3f9a1c2`](https://github.com/a/b/commit/3f9)',
    );
    fc.assert(
      fc.property(hostile, value => {
        const [, inline] = parser.parse(link('label', `https://example.com/${value}`), {});
        expect(inline?.children?.map(({ type }) => type)).toEqual(['link_open', 'text', 'link_close']);
      }),
    );
  });
});

describe('plain text', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;https://x\u0007label\u001b]8;;\u0007', 'label'],
    ['a\u0000b', 'a\ufffdb'],
    ['user\u202Etxt.exe', 'user[U+202E]txt.exe'],
    ['one\r\ntwo\u2028three', 'one\ntwo\nthree'],
    ['\ud800', '\ufffd'],
  ])('%j is read as %j', (given, wanted) => expect(plainText(given)).toBe(wanted));
});

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [12, '12 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_499, '59 s'],
    [59_600, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [3_780_000, '1 h 3 min'],
  ])('%i ms read as %s', (given, wanted) => expect(durationText(given)).toBe(wanted));
});

describe('images', () => {
  it.each([
    ['reg:5000/a/web:1', 'reg:5000/a/web:2', { from: 'reg:5000/a/web:1', to: '2' }],
    ['a/web', 'a/web:2', { from: 'a/web', to: '2' }],
    ['a/web:1', 'a/web', { from: 'a/web:1', to: 'latest' }],
    ['a/web:1', 'b/web:1', { from: 'a/web:1', to: 'b/web:1' }],
    ['a/web:1', 'a/web:1', { to: 'a/web:1' }],
    [undefined, `a/web@sha256:${'0'.repeat(64)}`, { to: `a/web@sha256:${'0'.repeat(12)}…` }],
  ])('%s → %s', (from, to, wanted) => expect(imageChange(from, to)).toEqual(wanted));
});
