import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from 'yaml';

/** In our own words: the parser's messages may quote the source, which may be a Secret's. */
const TEXTS: Partial<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias (*name) must not have a tag or an anchor of its own',
  BAD_ALIAS: 'an alias or anchor needs a name, which does not end in a colon',
  BAD_DIRECTIVE: 'this %directive is not one that YAML knows',
  BAD_DQ_ESCAPE: 'this escape sequence is not one that a double-quoted text may hold',
  BAD_INDENT: 'the indentation is wrong or made of tabs, or a bracket is not closed',
  BAD_PROP_ORDER: 'anchors and tags come after the -, ? or : sign',
  BAD_SCALAR_START: 'a value that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'there is a second "key:" or a list on the line of a key, or the next line is indented too far; a value with ": " in it needs quotes',
  BLOCK_IN_FLOW: 'a block of lines cannot stand inside [ ] or { }',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a sign is missing: a colon after a key, a comma, or a space before #',
  MULTILINE_IMPLICIT_KEY:
    'a key must be on one line; a colon, bracket or quote is missing, or the indentation is wrong',
  MULTIPLE_ANCHORS: 'a value can have only one anchor',
  MULTIPLE_TAGS: 'a value can have only one tag',
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'this tag cannot be resolved',
  UNEXPECTED_TOKEN: 'this does not belong here; look for a missing quote, dash, colon or bracket before it',
};

/** What the parser found first, and where; what is not closed is shown where it was opened. */
export function explainSyntaxError(
  error: YAMLError,
  document: Document,
  text: string,
): { message: string; offset: number } {
  const opened = unclosed(document, text, error.pos[0]);
  if (opened === undefined) {
    const why = TEXTS[error.code] ?? 'the parser cannot read on from here';
    return { message: `not valid YAML: ${why}`, offset: error.pos[0] };
  }
  const what = /["']/.test(text.charAt(opened)) ? 'quote' : 'bracket';
  return { message: `not valid YAML: the ${what} that opens here is not closed`, offset: opened };
}

/** Where the innermost quote or bracket opens that should have closed at the offset. */
function unclosed(document: Document, text: string, offset: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Node: (_key, node) => {
      const [start, end] = isEnclosed(node) ? (node.range ?? []) : [];
      if (start === undefined || end !== offset) return;
      const closing = { '"': '"', "'": "'", '[': ']', '{': '}' }[text.charAt(start)];
      if (end - start < 2 || text.charAt(end - 1) !== closing) opened = start;
    },
  });
  return opened;
}

function isEnclosed(node: Node): boolean {
  if (isScalar(node)) return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  return isCollection(node) && node.flow === true;
}
