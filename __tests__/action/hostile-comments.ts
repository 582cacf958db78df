import fc from 'fast-check';
import markdownIt, { type Token } from 'markdown-it';
import { parseComment } from '../../src/github/commands/parse.ts';

export const PREFIXES = ['/', '!', '/shop', '~ship', '.', ':', '::'] as const;

/** What means something to runners, markdown, HTML, GitHub, terminals, shells, templates, queries, or to an eye. */
const PIECES = [
  ...['::set-output name=x::y', '::add-mask::the', '##[command]rm', '##[add-mask]was', '::stop-commands::t'],
  ...['\n::error::x', '\r::error::x', '\r\n##[group]', '\u2028::error::x', '\u0085::error::x', '%0A::warning::x'],
  ...['<img src=x onerror=alert(1)>', '<!-- -->', '-->', '<details>', '</td>', '&lt;b&gt;', '&#64;octocat'],
  ...['@acme/release-team', '@octocat', '#12', 'acme/shop#12', 'GH-1', '![x](//y)', '[x](https://evil.example)'],
  ...['https://evil.example/a', 'www.evil.example', '<https://evil.example>', '|', '| --- |', '`', '``', '```', '~~~'],
  ...['**', '__', '# ', '> ', '- ', '1. ', '\\', '$x$', '$(reboot)', `$${'{{ secrets.TOKEN }}'}`, "';--", '{{canary}}'],
  ...['\u001b[31m', '\u001b]8;;https://evil.example\u0007', '\u009b31m', '\u0000', '\u0007', '\u007f', '\ud800'],
  ...['\u202e', '\u2066', '\u200f', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u00a0', '\u3000', '😀'],
  ...[
    '"',
    '“',
    '’',
    '—full',
    '--to',
    '--to=50%',
    '--release',
    '--release=web',
    '--release=shop',
    '--full',
    '7',
    '50',
    'abc1234',
    '=',
  ],
  ...['\n/promote', '\r\n/reject\r\n', '\n\n> /promote', '<!-- sluice:reply -->', '@dependabot merge', '/lgtm'],
];
const VERBS = ['promote', 'reject', 'pause', 'resume', 'rollback', 'status', 'help'];
/** Near misses, and words that only look like verbs. */
const NEAR = [
  'promot',
  'rejetc',
  'rolback',
  'Promote',
  'PAUSE',
  'prоmote',
  'ｐromote',
  'pro\u200bmote',
  'heIp',
  'ſtatus',
];

/** Half of it from the first blocks, with the control characters. */
const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.nat(0x2ff), fc.nat(0x10ffff)), { maxLength }).map(points => String.fromCodePoint(...points));
const anything = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: anyText(8) });
const argument = fc.constantFrom('--to 50', '--full', '--release=web', '--release shop', '7', 'abc1234', '0123abc');
/** What begins as a command does, and goes on as it likes. */
const command = fc
  .tuple(
    fc.constantFrom(...Array(14).fill(''), ' ', '   ', '\n', '\r\n \n', '    ', '> ', '```\n', '\u200b'),
    fc.constantFrom(...VERBS, ...VERBS, ...VERBS, ...NEAR),
    fc.constantFrom(' ', ' ', ' ', ' ', ' ', '', '\t', '\n', '\u00a0', '. ', ': ', '"'),
    fc.array(fc.oneof({ weight: 5, arbitrary: anything }, argument), { maxLength: 4 }),
    fc.constantFrom(' ', ' ', '', '\n'),
  )
  .map(([before, verb, after, rest, between]) => (prefix: string): string => {
    const space = /[a-z]$/.test(prefix) ? ' ' : '';
    return `${before}${prefix}${space}${verb}${after}${rest.join(between)}`;
  });
const text = fc.oneof(
  fc.array(anything, { maxLength: 8 }).map(parts => parts.join('')),
  anyText(60),
);
/** GitHub takes 65,536 characters. */
const huge = fc.tuple(command, anything).map(([said, piece]) => (prefix: string): string => {
  const start = said(prefix);
  return `${start}${piece.repeat(Math.ceil(65_536 / Math.max(1, piece.length)))}`.slice(0, 65_536);
});

/** The body of a comment, where commands begin with a prefix. */
export const anyComment: fc.Arbitrary<{ prefix: string; body: string }> = fc
  .tuple(
    fc.constantFrom(...PREFIXES),
    fc.oneof(
      { weight: 30, arbitrary: command },
      { weight: 10, arbitrary: text.map(body => () => body) },
      { weight: 1, arbitrary: huge },
    ),
  )
  .map(([prefix, body]) => ({ prefix, body: body(prefix) }));

const OUR_LINKS = /^https:\/\/github\.com\/acme\/shop\/(actions\/runs\/(77|12)|commit\/abc12340{33})$/;
const OUR_HTML =
  /^(<\/?code( aria-hidden="true")?>|<br>|<!-- sluice:reply -->\n|<details><summary>[^<>]*<\/summary>\n|<\/details>\n?)$/;
/** Mentions, references, and addresses that GitHub would link. */
const LIVE = /@(?!ada\b)[\w-]|#\d|\bGH-\d|:\/\/|www\./i;
const NEVER = ['image', 'hr', 'code_block', 'fence', 'lheading_open', 's_open', 'em_open', 'blockquote_open'];

const readers = [true, false].map(html => {
  const reader = markdownIt({ html, linkify: true });
  // GitHub links no address with another character behind its @, and no bare domain.
  reader.linkify.set({ fuzzyEmail: false, fuzzyLink: false });
  return reader;
});

/** Without what is code, where GitHub looks for nothing. */
function flat(tokens: readonly Token[]): Token[] {
  let isCode = false;
  return tokens.flatMap(token => {
    const wasCode = isCode;
    if (token.type === 'html_inline') isCode = token.content.startsWith('<code');
    return wasCode && token.type === 'text' ? [] : [token, ...flat(token.children ?? [])];
  });
}

function isOurs(token: Token): boolean {
  const { type, content } = token;
  if (type === 'html_inline' || type === 'html_block') return OUR_HTML.test(content);
  if (type === 'text') return !LIVE.test(content.replace('<!-- sluice:reply -->', ''));
  if (type === 'link_open') return OUR_LINKS.test(String(token.attrGet('href')));
  return !NEVER.includes(type);
}

/** What in an answer was made by the text of others: elements, links, mentions, references, and lines that command. */
export function harmIn(reply: string): string[] {
  const tokens = readers.flatMap(reader => flat(reader.parse(reply, {})));
  const alien = tokens.filter(token => !isOurs(token)).map(({ type, content }) => `${type} ${content}`);
  // As a bot reads it that looks at every line, and as people quote it, or copy what they see.
  const lines = reply.split(/[\r\n\u2028\u2029\u0085\v\f]/);
  const said = [reply, reply.replace(/^<!--.*?-->\s*/, ''), ...lines, lines.map(line => `> ${line}`).join('\n')];
  const commands = PREFIXES.flatMap(prefix => said.filter(one => parseComment(one, prefix).kind !== 'none'));
  const begun = lines.filter(line => /^\s*([/!~.]\p{L}|::|##\[)/u.test(line));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  const unseen = reply.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g) ?? [];
  return [...alien, ...commands, ...begun, ...unseen];
}
