import { Lexer } from 'yaml';

/** What this needs of the lexer is private there; the version of the package is pinned, and the recorded reads of kubectl prove it. */
interface LexerState {
  indentNext: number;
  parseQuotedScalar(): Generator<string, unknown>;
  parseFlowCollection(): Generator<string, unknown>;
}

/**
 * A lexer that lets the further lines of a quoted text, and of what is in brackets, begin at any column, as go-yaml does. By
 * the letter of YAML they must be indented, but CRDs made by older tools are full of texts that are not.
 */
export function kubectlLexer(): Lexer {
  const lexer = new Lexer();
  const state = lexer as unknown as LexerState;
  const unindented = (parse: () => Generator<string, unknown>) =>
    function* (): Generator<string, unknown> {
      const { indentNext } = state;
      state.indentNext = 0;
      const next = yield* parse.call(lexer);
      state.indentNext = indentNext;
      return next;
    };
  state.parseQuotedScalar = unindented(state.parseQuotedScalar);
  state.parseFlowCollection = unindented(state.parseFlowCollection);
  return lexer;
}
