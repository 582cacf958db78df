import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Json, JsonObject } from '../../kube.ts';
import { floatKey } from './float-key.ts';
import { type Resolved, resolvePlain, resolveTagged } from './scalar.ts';

export type Path = readonly (string | number)[];

/** Something in a document that cannot be taken, and where: an offset in its text, and a path of fields. */
export interface Flaw {
  message: string;
  offset: number;
  path: Path;
  /** A number whose last digits would be lost; all else in the document can be read. */
  inexact?: true;
}

/** Values and characters of text that aliases may add to a document; no object that a cluster takes has as many. */
const MAX_ALIASED = 2 * 1024 * 1024;
const MAX_INT64 = 2n ** 63n - 1n;

/** The JSON that kubectl makes of a document's nodes. Where there are flaws the value is only a part of it. */
export function construct(document: Document): { value: Json; flaws: Flaw[] } {
  const flaws: Flaw[] = [];
  const targets = bindAliases(document);
  const open = new Set<Node>();
  let aliased = 0;
  let depthOfAliases = 0;

  const flaw = (node: Node | null, path: Path, message: string, more: { inexact?: true } = {}): null => {
    // What an alias repeats is reported where it stands first.
    if (depthOfAliases === 0) flaws.push({ message, offset: node?.range?.[0] ?? 0, path, ...more });
    return null;
  };

  const read = (node: Node | null, path: Path): Json => {
    if (depthOfAliases > 0) {
      aliased += 1 + (isScalar(node) ? (node.source?.length ?? 0) : 0);
      if (aliased > MAX_ALIASED) return null;
    }
    if (node === null) return null;
    if (isAlias(node)) return aliasOf(node, path);
    if (!node.anchor) return readPlain(node, path);
    open.add(node);
    const value = readPlain(node, path);
    open.delete(node);
    return value;
  };

  const aliasOf = (node: Node, path: Path): Json => {
    const target = targets.get(node);
    if (!target) return flaw(node, path, 'this alias (*name) has no anchor (&name) before it');
    if (open.has(target)) return flaw(node, path, 'this alias stands inside the very value that it repeats');
    depthOfAliases += 1;
    const value = read(target, path);
    depthOfAliases -= 1;
    return value;
  };

  const readPlain = (node: Node, path: Path): Json => {
    if (isMap(node)) return mappingOf(node, path);
    if (isSeq(node)) return node.items.map((item, index) => read(item as Node | null, [...path, index]));
    return isScalar(node) ? jsonOf(node, path) : null;
  };

  const jsonOf = (scalar: Scalar, path: Path): Json => {
    const resolved = resolve(scalar);
    if (!resolved) return flaw(scalar, path, `this value is not of the type that its tag ${scalar.tag ?? ''} names`);
    if (resolved.type === 'null') return null;
    if (resolved.type === 'integer') return integerOf(resolved.value, scalar, path);
    if (resolved.type === 'float' && !Number.isFinite(resolved.value))
      return flaw(scalar, path, 'infinity and not-a-number cannot be sent to Kubernetes; quote it if it is a text');
    if (resolved.type === 'string' && !resolved.value.isWellFormed())
      return flaw(scalar, path, 'this text has half a surrogate pair in it, which is not a character');
    // JSON in Kubernetes knows no negative zero.
    return resolved.value === 0 ? 0 : resolved.value;
  };

  const integerOf = (exact: bigint, scalar: Scalar, path: Path): Json => {
    const value = Number(exact);
    // Beyond int64 the API server itself holds a double.
    if (exact <= MAX_INT64 && BigInt(JSON.stringify(value)) !== exact)
      flaw(scalar, path, 'this integer has more digits than can be kept (53 bits); quote it if it is a text', {
        inexact: true,
      });
    return value;
  };

  const mappingOf = (map: YAMLMap, path: Path): JsonObject => {
    const entries = new Map<string, Json>();
    const own = new Set<string>();
    for (const pair of map.items) {
      const keyNode = pair.key as Node | null;
      const value = pair.value as Node | null;
      if (isMergeKey(keyNode)) {
        for (const [key, merged] of mergedEntries(value, path)) entries.set(key, merged);
        continue;
      }
      const key = keyOf(keyNode, value, path);
      if (key === undefined) continue;
      if (depthOfAliases > 0 || isAlias(keyNode)) aliased += key.length;
      if (aliased > MAX_ALIASED) break;
      if (own.has(key)) flaw(keyNode, [...path, key], `the key ${shown(key)} is there twice`);
      own.add(key);
      entries.set(key, read(value, [...path, key]));
    }
    return Object.fromEntries(entries);
  };

  const keyOf = (node: Node | null, value: Node | null, path: Path): string | undefined => {
    const target = (node && targets.get(node)) || node;
    const at = node ?? value;
    if (isCollection(target)) {
      flaw(at, path, 'a key must be a text, not a list or a mapping');
      return undefined;
    }
    const key = isScalar(target) ? keyText(resolve(target)) : undefined;
    if (key === undefined) flaw(at, path, 'a key must be a text, and there is none');
    else if (key === '__proto__' || (key === 'constructor' && hasKey(value, 'prototype'))) {
      flaw(at, path, `the key ${key} is refused: no object of Kubernetes has it, and it is a way to attack programs`);
      return undefined;
    }
    return key;
  };

  /** Of several sources the first wins. */
  const mergedEntries = (node: Node | null, path: Path): [string, Json][] => {
    const sources = isSeq(node) ? (node.items as (Node | null)[]) : [node];
    return sources.toReversed().flatMap(source => {
      const value = read(source, path);
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) return Object.entries(value);
      if (aliased <= MAX_ALIASED) flaw(source ?? node, path, 'a merge (<<) needs a mapping, or a list of mappings');
      return [];
    });
  };

  const hasKey = (node: Node | null, key: string): boolean => {
    const target = (node && targets.get(node)) || node;
    return isMap(target) && target.items.some(item => isScalar(item.key) && item.key.source === key);
  };

  const value = read(document.contents, []);
  if (aliased > MAX_ALIASED) flaw(document.contents, [], 'the aliases (*name) of this document expand to too much');
  return { value, flaws };
}

function bindAliases(document: Document): Map<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function resolve(scalar: Scalar): Resolved | undefined {
  const text = scalar.source ?? '';
  if (scalar.tag === '!') return { type: 'string', value: text };
  if (scalar.tag) return resolveTagged(text, scalar.tag);
  return scalar.type === 'PLAIN' ? resolvePlain(text) : { type: 'string', value: text };
}

function isMergeKey(key: Node | null): boolean {
  return (
    isScalar(key) &&
    key.source === '<<' &&
    (key.tag === 'tag:yaml.org,2002:merge' || (!key.tag && key.type === 'PLAIN'))
  );
}

function keyText(key: Resolved | undefined): string | undefined {
  if (key === undefined || key.type === 'null') return undefined;
  return key.type === 'float' ? floatKey(key.value) : String(key.value);
}

/** A long or odd key may be a value that has lost its place. */
function shown(key: string): string {
  return /^[\w./-]{1,64}$/.test(key) ? key : 'in this line';
}
