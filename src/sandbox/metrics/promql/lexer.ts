import { parseError, unsupported } from './query-error.ts';

export interface Token {
  kind: 'name' | 'number' | 'duration' | 'string' | 'sign' | 'end';
  /** As it stands in the query; of a string what it says. */
  text: string;
  /** Place in the query. */
  at: number;
}

const SKIPPED = /(?:\s+|#[^\n]*)+/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_.])/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z0-9_.])/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const SIGN = /=~|!~|!=|==|>=|<=|[-+*/%^(){}[\],=<>@:]/y;
const QUOTES = '"\'`';

/** The words and signs of a query. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  for (;;) {
    at += take(SKIPPED)?.length ?? 0;
    if (at >= query.length) return [...tokens, { kind: 'end', text: '', at }];
    if (QUOTES.includes(query.charAt(at))) {
      const { text, end } = stringAt(query, at);
      tokens.push({ kind: 'string', text, at });
      at = end;
      continue;
    }
    const token = tokenAt(query, at, take);
    tokens.push(token);
    at += token.text.length;
  }
}

function tokenAt(query: string, at: number, take: (pattern: RegExp) => string | undefined): Token {
  const kinds: [Token['kind'], RegExp][] = [
    ['duration', DURATION],
    ['number', NUMBER],
    ['name', NAME],
    ['sign', SIGN],
  ];
  for (const [kind, pattern] of kinds) {
    const text = take(pattern);
    if (text !== undefined) return { kind, text, at };
  }
  const character = query.charAt(at);
  if (/[\d.]/.test(character))
    throw parseError(query, at, `bad number or duration syntax: ${JSON.stringify(character)}`);
  throw parseError(query, at, `unexpected character: '${character}'`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Escapes are Go's; those by number are not supported. */
function stringAt(query: string, start: number): { text: string; end: number } {
  const quote = query.charAt(start);
  let text = '';
  for (let at = start + 1; at < query.length; at += 1) {
    const character = query.charAt(at);
    if (character === quote) return { text, end: at + 1 };
    if (quote === '`') text += character;
    else if (character === '\n') break;
    else if (character === '\\') {
      at += 1;
      const next = query.charAt(at);
      const meant = next === quote ? quote : ESCAPES[next];
      if (meant === undefined && /[0-7xuU]/.test(next)) throw unsupported(query, at, `the escape sequence \\${next}`);
      if (meant === undefined && next !== '') throw parseError(query, at, `unknown escape sequence '${next}'`);
      text += meant ?? '';
    } else text += character;
  }
  throw parseError(query, start, quote === '`' ? 'unterminated raw string' : 'unterminated quoted string');
}
