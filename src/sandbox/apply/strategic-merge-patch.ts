/** Strategic merge patch: a merge patch that merges lists by the keys of the schema and obeys `$` directives. */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { isObject } from './atom.ts';
import { goText } from './go-text.ts';
import { refusal } from './refusal.ts';
import { resolve } from './schema.ts';
import { elementsOfOneType, inOrder, mergeKeyed, mergeScalars } from './strategic-list.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';

/** The document with the patch merged into it. Throws StatusError: 400 for a bad directive, 500 where a merge key is missing. */
export function strategicMergePatch(document: JsonObject, patch: JsonObject, schema: SchemaNode): JsonObject {
  return mergeObject(structuredClone(document), structuredClone(patch), schema);
}

export function mergeObject(original: JsonObject, patch: JsonObject, schema: SchemaNode): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) return directed(directive, patch);
  const node = resolve(schema);
  const merged = new Map(Object.entries(retained(original, patch)));
  const ordered = new Set<string>();
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ELEMENT_ORDER)) continue;
    const field = name.slice(ELEMENT_ORDER.length);
    ordered.add(field);
    setOrder(merged, field, patch[field], order, fieldOf(node, field));
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name === RETAIN_KEYS || name.startsWith(ELEMENT_ORDER) || ordered.has(name)) continue;
    if (name.startsWith(DELETE_FROM)) {
      deleteFrom(merged, name.slice(DELETE_FROM.length), value);
    } else if (value === null) {
      merged.delete(name);
    } else {
      merged.set(name, mergeValue(merged.get(name), value, fieldOf(node, name)));
    }
  }
  return Object.fromEntries(merged);
}

function directed(directive: Json, patch: JsonObject): JsonObject {
  if (directive === 'delete') return {};
  if (directive !== 'replace') {
    throw refusal(500, undefined, `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  }
  const { [DIRECTIVE]: _, ...replacement } = patch;
  return replacement;
}

function fieldOf(node: SchemaNode, name: string): SchemaNode {
  const field = node.fields && Object.hasOwn(node.fields, name) ? node.fields[name] : node.items;
  return resolve(field ?? { type: 'any' });
}

/** What `$retainKeys` leaves of the original: only the fields that the patch names. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return original;
  const invalid = refusal(400, 'BadRequest', 'invalid patch format of retainKeys');
  if (!Array.isArray(keys)) throw invalid;
  for (const [name, value] of Object.entries(patch)) {
    const free =
      value === null || name === RETAIN_KEYS || name.startsWith(DELETE_FROM) || name.startsWith(ELEMENT_ORDER);
    if (!free && !keys.includes(name)) throw invalid;
  }
  return Object.fromEntries(Object.entries(original).filter(([name]) => keys.includes(name)));
}

function mergeValue(original: Json | undefined, patch: Json, field: SchemaNode): Json {
  if (original === undefined) return withoutDirectives(patch);
  const replace = field.patchStrategy?.includes('replace');
  if (isObject(patch) && isObject(original)) return replace ? patch : mergeObject(original, patch, field);
  if (Array.isArray(patch) && Array.isArray(original)) {
    return field.patchStrategy?.includes('merge') ? mergeList(original, patch, field) : patch;
  }
  return patch;
}

function mergeList(original: Json[], patch: Json[], field: SchemaNode): Json[] {
  if (original.length === 0 && patch.length === 0) return original;
  return elementsOfOneType(original, patch) === 'object'
    ? mergeKeyed(original as JsonObject[], patch as JsonObject[], field, mergeObject)
    : mergeScalars(original, patch);
}

function setOrder(
  merged: Map<string, Json>,
  name: string,
  patch: Json | undefined,
  order: Json,
  field: SchemaNode,
): void {
  const invalid = refusal(400, 'BadRequest', 'invalid patch format of setElementOrder list');
  if (!Array.isArray(order) || (patch !== undefined && !Array.isArray(patch))) throw invalid;
  const original = merged.get(name);
  if (original === undefined && patch === undefined) return;
  if (original !== undefined && !Array.isArray(original)) throw invalid;
  const list =
    patch === undefined ? original : original ? mergeValue(original, patch, field) : withoutDirectives(patch);
  const key = field.patchMergeKey;
  merged.set(name, inOrder((list ?? []) as Json[], order, original ?? [], key));
}

function deleteFrom(merged: Map<string, Json>, name: string, gone: Json): void {
  if (!Array.isArray(gone)) throw refusal(400, 'BadRequest', 'invalid patch format of primitive list');
  const list = merged.get(name);
  if (Array.isArray(list))
    merged.set(
      name,
      list.filter(item => !gone.includes(item)),
    );
}

/** A patch that meets nothing to merge with: its directives have nothing to do, and its nulls remove nothing. */
function withoutDirectives(patch: Json): Json {
  if (Array.isArray(patch)) {
    return patch.filter(item => !isObject(item) || item[DIRECTIVE] === undefined).map(withoutDirectives);
  }
  if (!isObject(patch)) return patch;
  const kept = Object.entries(patch).filter(([name, value]) => value !== null && !isDirective(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutDirectives(value)]));
}

function isDirective(name: string): boolean {
  return name === DIRECTIVE || name === RETAIN_KEYS || name.startsWith(DELETE_FROM) || name.startsWith(ELEMENT_ORDER);
}
