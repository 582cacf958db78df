/** Lists under strategic merge patch: merged by key or as sets, the patch's order before the live one. */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { goText, goType } from './go-text.ts';
import { refusal, unprocessable } from './refusal.ts';

type MergeObject = (original: JsonObject, patch: JsonObject, schema: SchemaNode) => JsonObject;

/** Whether the elements are objects or scalars; an error where they are mixed. */
export function elementsOfOneType(...lists: Json[][]): 'object' | 'scalar' {
  const types = new Set(lists.flat().map(goType));
  if (types.has('[]interface {}')) throw unprocessable();
  if (types.size > 1) {
    throw refusal(500, undefined, `list element types are not identical: ${goText(lists)}`);
  }
  return types.has('map[string]interface {}') ? 'object' : 'scalar';
}

export function mergeScalars(original: Json[], patch: Json[]): Json[] {
  return inOrder([...new Set([...original, ...patch])], patch, original, undefined);
}

export function mergeKeyed(
  original: JsonObject[],
  patch: JsonObject[],
  field: SchemaNode,
  mergeObject: MergeObject,
): Json[] {
  const key = field.patchMergeKey;
  if (key === undefined) {
    throw refusal(500, undefined, 'cannot merge lists without merge key for type struct');
  }
  const plain: JsonObject[] = [];
  let left = original;
  let replace = false;
  for (const item of patch) {
    const directive = item['$patch'];
    if (directive === undefined) {
      plain.push(item);
    } else if (directive === 'replace') {
      replace = true;
    } else if (directive === 'delete') {
      const gone = keyOf(item, key);
      left = left.filter(other => other[key] !== gone);
    } else if (directive === 'merge') {
      throw refusal(500, undefined, 'merging lists cannot yet be specified in the patch');
    } else {
      throw refusal(500, undefined, `unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
    }
  }
  if (replace) return plain;
  const merged = [...left];
  for (const item of plain) {
    const value = keyOf(item, key);
    const at = merged.findIndex(other => other[key] === value);
    const found = merged[at];
    if (found) merged[at] = mergeObject(found, item, field.items ?? { type: 'any' });
    else merged.push(mergeObject({}, item, field.items ?? { type: 'any' }));
  }
  return inOrder(merged, plain, left, key);
}

function keyOf(item: JsonObject, key: string): Json {
  const value = item[key];
  if (value === undefined) {
    throw refusal(500, undefined, `map: ${goText(item)} does not contain declared merge key: ${key}`);
  }
  return value;
}

/**
 * The list in the order of `wanted`, with the elements that are not in it at the places that their order in the live
 * list gives them: each before the first wanted element that it preceded there.
 */
export function inOrder(list: Json[], wanted: Json[], live: Json[], key: string | undefined): Json[] {
  const identity = (item: Json): Json | undefined => (key === undefined ? item : (item as JsonObject)[key]);
  const positions = (items: Json[]): Map<Json | undefined, number> =>
    new Map(items.map((item, index) => [identity(item), index] as const).reverse());
  const wantedAt = positions(wanted);
  const liveAt = positions(live);
  const at = (places: Map<Json | undefined, number>, item: Json): number => places.get(identity(item)) ?? Infinity;
  const ours = list.filter(item => wantedAt.has(identity(item))).sort((a, b) => at(wantedAt, a) - at(wantedAt, b));
  const others = list.filter(item => !wantedAt.has(identity(item))).sort((a, b) => at(liveAt, a) - at(liveAt, b));
  const result: Json[] = [];
  for (const item of ours) {
    while (others[0] !== undefined && at(liveAt, others[0]) < at(liveAt, item) && liveAt.has(identity(item))) {
      result.push(others.shift() as Json);
    }
    result.push(item);
  }
  return [...result, ...others];
}
