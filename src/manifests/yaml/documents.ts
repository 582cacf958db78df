import { Composer, CST, type Document, Parser } from 'yaml';
import type { Json } from '../../kube.ts';
import { construct, type Flaw } from './construct.ts';
import { kubectlLexer } from './kubectl-lexer.ts';
import { explainSyntaxError } from './syntax-errors.ts';

/** One document of a file. */
export interface ParsedDocument {
  value: Json;
  /** Their offsets, like those below, count in the text that was given. */
  flaws: readonly Flaw[];
  /** The nodes of the document; their offsets count from `base`. */
  nodes: Document;
  base: number;
  /** The part of the text that is this document. */
  start: number;
  end: number;
}

/** Levels of mappings and lists; the deepest schemas of CRDs have about 60. */
const MAX_DEPTH = 200;

// Scalars are left as text, duplicate keys unjudged (its check takes quadratic time): both are ours to read.
const OPTIONS = {
  schema: 'failsafe',
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** The documents of a file that are not empty, read as kubectl reads them; JSON is read as the YAML that it is. */
export function* parseDocuments(text: string): Generator<ParsedDocument> {
  const control = /(?![\t\n\r\u0085])\p{Cc}/u.exec(text);
  if (control) {
    const flaw = {
      message: 'there is a control character here, which no manifest may hold',
      offset: control.index,
      path: [],
    };
    yield { value: null, flaws: [flaw], nodes: emptyDocument(), base: 0, start: 0, end: text.length };
    return;
  }
  for (const { base, length } of topLevelParts(text)) {
    const part = text.slice(base, base + length);
    for (const nodes of compose(part)) {
      const parsed = isDocument(nodes) ? read(nodes, part, base) : tooDeep(nodes.offset, base);
      if (parsed.value !== null || parsed.flaws.length > 0) yield parsed;
    }
  }
}

function* compose(text: string): Generator<Document | { offset: number }> {
  const composer = new Composer(OPTIONS);
  for (const token of tokensOf(text)) {
    const deep = token.type === 'document' ? tooDeepAt(token) : undefined;
    if (deep === undefined) yield* composer.next(token);
    else {
      yield* composer.end();
      yield { offset: deep };
    }
  }
  yield* composer.end(false, text.length);
}

function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of kubectlLexer().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

function read(nodes: Document, text: string, base: number): ParsedDocument {
  const [start = 0, , end = start] = nodes.range ?? [];
  const place = { nodes, base, start: base + start, end: base + end };
  // What follows a first error is mostly noise made by it.
  const [error] = nodes.errors;
  if (error) {
    const { message, offset } = explainSyntaxError(error, nodes, text);
    return { ...place, value: null, flaws: [{ message, offset: base + offset, path: [] }] };
  }
  const { value, flaws } = construct(nodes);
  return { ...place, value, flaws: flaws.map(flaw => ({ ...flaw, offset: base + flaw.offset })) };
}

function tooDeep(offset: number, base: number): ParsedDocument {
  const flaw = { message: `this is nested deeper than ${MAX_DEPTH} levels`, offset: base + offset, path: [] };
  return { value: null, flaws: [flaw], nodes: emptyDocument(), base, start: base, end: base + offset };
}

/** Looked for without recursion, before anything recursive sees the document. */
function tooDeepAt(document: CST.Document): number | undefined {
  const rest: [CST.Token | null | undefined, number][] = [[document.value, 1]];
  for (let next = rest.pop(); next; next = rest.pop()) {
    const [token, depth] = next;
    if (!CST.isCollection(token)) continue;
    if (depth > MAX_DEPTH) return token.offset;
    for (const item of token.items) rest.push([item.key, depth + 1], [item.value, depth + 1]);
  }
  return undefined;
}

/** JSON objects one after another, as `kubectl get -o json` of several and jsonnet print them, are several documents. */
function topLevelParts(text: string): { base: number; length: number }[] {
  const whole = [{ base: 0, length: text.length }];
  if (!/^\s*\{/.test(text)) return whole;
  const parts: { base: number; length: number }[] = [];
  let base = 0;
  let depth = 0;
  for (const { 0: sign, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}]|[^\s{}"]/gs)) {
    if (sign === '{') depth += 1;
    else if (sign === '}') {
      depth -= 1;
      if (depth === 0) {
        parts.push({ base, length: index + 1 - base });
        base = index + 1;
      }
    } else if (depth === 0) return whole;
  }
  return depth === 0 && parts.length > 1 ? parts : whole;
}

function isDocument(nodes: Document | { offset: number }): nodes is Document {
  return 'contents' in nodes;
}

function emptyDocument(): Document {
  const [document] = new Composer(OPTIONS).compose([], true, 0);
  return document as Document;
}
