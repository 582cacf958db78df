import { type JsonValue, query } from 'jsonpath-rfc9535';
import parse from 'jsonpath-rfc9535/parser';

/** What is wrong with a JSONPath (RFC 9535), in words; undefined where nothing is. */
export function jsonPathProblem(path: string): string | undefined {
  if (!path.startsWith('$')) return 'a JSONPath begins with $, as in $.data[0].value';
  try {
    return costlyPart(parse(path));
  } catch (error) {
    return syntaxProblem(path, error);
  }
}

/** All that a path finds, in the order of the answer. Nothing of either is executed as code. */
export function foundAt(answer: unknown, path: string): unknown[] {
  return query(answer as JsonValue, path);
}

/**
 * What an answer could use to keep a run busy: patterns, and searches within searches, whose time grows with the square of the
 * answer. One pass over the answer is enough for every path that is left.
 */
function costlyPart(tree: object): string | undefined {
  const nodes = [...nodesOf(tree)];
  const named = nodes.find(({ type }) => type === 'FunctionExpr');
  if (named)
    return `functions such as ${String(named['name'])}() are not offered in a JSONPath; compare with ==, <, > and the like`;
  if (nodes.filter(({ type }) => type === 'DescendantSegment').length > 1)
    return 'only one .. may stand in a path; name the steps to what is looked for';
  if (nodes.filter(({ type }) => type === 'JsonPathQuery').length > 1)
    return 'a filter must ask about @, not search the whole answer by $ again';
  return undefined;
}

type Node = Readonly<Record<string, unknown>>;

function* nodesOf(value: unknown): Generator<Node> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value as Node;
  for (const one of Object.values(value)) yield* nodesOf(one);
}

/** Characters of names that many write as they are, though they need quotes. */
const NEEDS_QUOTES = /[-\s@/:#]/;

function syntaxProblem(path: string, error: unknown): string {
  const offset = (error as { location?: { start?: { offset?: number } } }).location?.start?.offset;
  if (offset === undefined)
    return `is no JSONPath (RFC 9535): ${error instanceof Error ? error.message : String(error)}`;
  if (offset >= path.length) return 'the JSONPath ends too early: something is missing at its end';
  const found = String.fromCodePoint(path.codePointAt(offset) ?? 0);
  const quotes = NEEDS_QUOTES.test(found)
    ? `; a name with other characters than letters, digits and _ is written ['so']`
    : '';
  return `${JSON.stringify(found)} cannot stand at character ${offset + 1} of the JSONPath${quotes}`;
}
