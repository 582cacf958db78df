/** JSON as Go's encoding/json reads it: with its error texts, and with the keys that occur twice. */
import type { Json, JsonObject } from '../../kube.ts';

export interface JsonText {
  value: Json;
  /** Fields that an object has twice, by path, and where in the text: the last one counts. */
  duplicates: { path: string; offset: number }[];
  /** Where a key of an object stands in the text. */
  offsetOf(object: JsonObject, key: string): number;
}

export class JsonSyntaxError extends Error {}

const MAX_DEPTH = 10_000;

export function parseJson(text: string): JsonText {
  const duplicates: JsonText['duplicates'] = [];
  const offsets = new WeakMap<object, Map<string, number>>();
  let at = 0;
  const end = (): JsonSyntaxError => new JsonSyntaxError('unexpected end of JSON input');
  const unexpected = (where: string): JsonSyntaxError => {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    return at >= text.length ? end() : new JsonSyntaxError(`invalid character ${quoted(character)} ${where}`);
  };
  const skipSpace = (): void => {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  };
  const parseString = (): string => {
    const start = at++;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    if (at >= text.length) throw end();
    at++;
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      throw new JsonSyntaxError('invalid character in string literal');
    }
  };
  const parseLiteral = (literal: string, value: Json): Json => {
    for (const character of literal) {
      if (text[at] !== character) throw unexpected(`in literal ${literal} (expecting ${quoted(character)})`);
      at++;
    }
    return value;
  };
  const parseNumber = (): number => {
    const match = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    match.lastIndex = at;
    const found = match.exec(text);
    if (!found) {
      at++;
      throw unexpected('in numeric literal');
    }
    at += found[0].length;
    return Number(found[0]);
  };
  const parseObject = (path: string, depth: number): JsonObject => {
    const object: JsonObject = {};
    const keys = new Map<string, number>();
    offsets.set(object, keys);
    at++;
    skipSpace();
    if (text[at] === '}') at++;
    else {
      for (;;) {
        skipSpace();
        if (text[at] !== '"') throw unexpected('looking for beginning of object key string');
        const offset = at;
        const key = parseString();
        const here = path ? `${path}.${key}` : key;
        if (keys.has(key)) duplicates.push({ path: here, offset });
        else keys.set(key, offset);
        skipSpace();
        if (text[at] !== ':') throw unexpected('after object key');
        at++;
        const value = parseValue(here, depth + 1);
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
        skipSpace();
        if (text[at] === '}') break;
        if (text[at] !== ',') throw unexpected('after object key:value pair');
        at++;
      }
      at++;
    }
    return object;
  };
  const parseArray = (path: string, depth: number): Json[] => {
    const items: Json[] = [];
    at++;
    skipSpace();
    if (text[at] === ']') {
      at++;
      return items;
    }
    for (;;) {
      items.push(parseValue(`${path}[${items.length}]`, depth + 1));
      skipSpace();
      if (text[at] === ']') break;
      if (text[at] !== ',') throw unexpected('after array element');
      at++;
    }
    at++;
    return items;
  };
  const parseValue = (path: string, depth: number): Json => {
    if (depth > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth');
    skipSpace();
    switch (text[at]) {
      case '{':
        return parseObject(path, depth);
      case '[':
        return parseArray(path, depth);
      case '"':
        return parseString();
      case 't':
        return parseLiteral('true', true);
      case 'f':
        return parseLiteral('false', false);
      case 'n':
        return parseLiteral('null', null);
      default:
        if (/[-\d]/.test(text[at] ?? '')) return parseNumber();
        throw unexpected('looking for beginning of value');
    }
  };
  const value = parseValue('', 0);
  skipSpace();
  if (at < text.length) throw unexpected('after top-level value');
  return { value, duplicates, offsetOf: (object, key) => offsets.get(object)?.get(key) ?? 0 };
}

function quoted(character: string): string {
  return character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
}
