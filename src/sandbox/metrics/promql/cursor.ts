import { type Token, tokensOf } from './lexer.ts';
import { parseError, type QueryError, unsupported } from './query-error.ts';

/** A place in the words of a query, which moves on as they are taken. */
export interface Cursor {
  readonly token: Token;
  /** The one after it. */
  readonly next: Token;
  /** Takes the token, whatever it is. */
  take(): Token;
  /** Whether the token is this sign or, in whatever case, this word. */
  is(text: string): boolean;
  /** Takes the token where it is this sign or word. */
  takeIf(text: string): boolean;
  expect(text: string, context: string): void;
  /** That the token, or another one, cannot stand where it does. */
  unexpected(context: string, token?: Token): QueryError;
  fault(what: string, token?: Token): QueryError;
  unsupported(what: string, token?: Token): QueryError;
}

export function openCursor(query: string): Cursor {
  const tokens = tokensOf(query);
  const end = tokens.at(-1) as Token;
  let place = 0;
  const cursor: Cursor = {
    get token() {
      return tokens[place] ?? end;
    },
    get next() {
      return tokens[place + 1] ?? end;
    },
    take() {
      const { token } = cursor;
      place += 1;
      return token;
    },
    is: text => ['sign', 'name'].includes(cursor.token.kind) && cursor.token.text.toLowerCase() === text,
    takeIf(text) {
      const is = cursor.is(text);
      if (is) place += 1;
      return is;
    },
    expect(text, context) {
      if (!cursor.takeIf(text)) throw cursor.unexpected(`${context}, expected ${JSON.stringify(text)}`);
    },
    unexpected(context, token = cursor.token) {
      const what = token.kind === 'end' ? 'end of input' : JSON.stringify(token.text);
      return cursor.fault(`unexpected ${what} in ${context}`, token);
    },
    fault: (what, token = cursor.token) => parseError(query, token.at, what),
    unsupported: (what, token = cursor.token) => unsupported(query, token.at, what),
  };
  return cursor;
}
