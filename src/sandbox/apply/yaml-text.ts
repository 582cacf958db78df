/** YAML bodies as sigs.k8s.io/yaml reads them, with its error texts. */
import { type Document, isMap, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { Json } from '../../kube.ts';
import { construct } from '../../manifests/yaml/construct.ts';
import { indentQuotedLines } from './quoted-lines.ts';

export interface YamlText {
  /** Of the first document; later ones are not looked at. */
  value: Json;
  /** A line for each key that a mapping has twice: `line 7: key "paused" already set in map`. */
  duplicates: string[];
}

/** The text is not YAML; the message is that of the Go library. */
export class YamlSyntaxError extends Error {}

export function parseYaml(text: string): YamlText {
  let { document, lines } = firstDocument(text);
  if (document?.errors[0]?.code === 'MISSING_CHAR') ({ document, lines } = firstDocument(indentQuotedLines(text)));
  if (!document) return { value: null, duplicates: [] };
  const [error] = document.errors;
  if (error) {
    const line = Math.max(1, lines.linePos(Math.min(error.pos[0], text.trimEnd().length - 1)).line);
    throw new YamlSyntaxError(`yaml: line ${line}: ${syntaxText(error.code, text)}`);
  }
  const { value, flaws } = construct(document);
  const duplicates = duplicateKeys(document, lines);
  const [flaw] = flaws.filter(({ message, inexact }) => !inexact && !message.endsWith('is there twice'));
  if (flaw) throw new YamlSyntaxError(`yaml: line ${lines.linePos(flaw.offset).line}: ${flaw.message}`);
  return { value, duplicates };
}

function firstDocument(text: string): { document: Document | undefined; lines: LineCounter } {
  const lines = new LineCounter();
  const options = { schema: 'failsafe', uniqueKeys: false, resolveKnownTags: false, lineCounter: lines } as const;
  const documents = parseAllDocuments(text, { ...options, prettyErrors: false, logLevel: 'silent' });
  return { document: 'empty' in documents ? undefined : documents[0], lines };
}

function duplicateKeys(document: Document, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isMap(map) || !isScalar(key)) continue;
        const name = key.source ?? '';
        const line = lines.linePos(key.range?.[0] ?? 0).line;
        if (seen.has(name)) found.push(`line ${line}: key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
    },
  });
  return found;
}

/** The Go library's words for the errors that people make; it tells fewer of them apart. */
function syntaxText(code: string, text: string): string {
  const open = openBracket(text);
  if (open !== undefined) {
    if (/[,[{:]\s*$/.test(text)) return 'did not find expected node content';
    return `did not find expected ',' or '${open === '[' ? ']' : '}'}'`;
  }
  if (code === 'TAB_AS_INDENT' || code === 'BAD_SCALAR_START') return 'found character that cannot start any token';
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'mapping values are not allowed in this context';
  if (code === 'MULTILINE_IMPLICIT_KEY') return "could not find expected ':'";
  return 'did not find expected key';
}

/** The innermost bracket or brace that is never closed. */
function openBracket(text: string): string | undefined {
  const open: string[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|#.*|[[\]{}]/g)) {
    if (token === '[' || token === '{') open.push(token);
    else if (token === ']' || token === '}') open.pop();
  }
  return open.at(-1);
}
