/** Merging an applied configuration into the live object, as structured-merge-diff does it. */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { type Atom, atomOf, fieldNode, isObject } from './atom.ts';
import { type ListAtom, listElement } from './list-element.ts';
import type { PathElement } from './path-element.ts';

/** Undefined is an absent value; null is a value. */
type Maybe = Json | undefined;

/** The live value with everything that the configuration says put over it. */
export function merge(node: SchemaNode, live: Maybe, applied: Maybe): Maybe {
  const atom = atomOf(node, applied ?? live);
  switch (atom.kind) {
    case 'scalar':
      return applied === undefined ? live : applied;
    case 'list':
      return mergeLists(atom, live, applied);
    case 'map':
      return mergeMaps(atom, live, applied);
  }
}

function mergeMaps(atom: Extract<Atom, { kind: 'map' }>, live: Maybe, applied: Maybe): Maybe {
  const left = isObject(live) ? live : {};
  const right = isObject(applied) ? applied : {};
  const empty = Object.keys(left).length === 0 && Object.keys(right).length === 0;
  // Two empty maps are one leaf: this keeps null, empty and absent apart.
  if (atom.atomic || empty || (applied !== undefined && applied !== null && !isObject(applied))) {
    return applied === undefined ? live : applied;
  }
  const merged: JsonObject = {};
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const field = fieldNode(atom, name);
    // A live field that the schema no longer knows stays as it is.
    const value = field ? merge(field, left[name], right[name]) : (right[name] ?? left[name]);
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

function mergeLists(atom: ListAtom, live: Maybe, applied: Maybe): Maybe {
  const left = Array.isArray(live) ? live : [];
  const right = Array.isArray(applied) ? applied : [];
  if (atom.atomic || (left.length === 0 && right.length === 0)) return applied === undefined ? live : applied;
  const leftElements = left.map(item => listElement(atom, item));
  const rightElements = right.map(item => listElement(atom, item));
  const leftItems = uniqueItems(leftElements, left);
  const rightItems = uniqueItems(rightElements, right);
  const out: Json[] = [];
  const take = (item: Maybe, other: Maybe): void => {
    const value = merge(atom.items, item, other);
    if (value !== undefined) out.push(value);
  };
  // The shared elements take the order of the configuration; the others keep their place among them.
  const shared = rightElements.filter(element => leftItems.has(element));
  let next = shared.shift();
  const merged = new Set<PathElement>();
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const ours = leftElements[i];
    const theirs = rightElements[j];
    if (ours !== undefined && theirs !== undefined) {
      if (ours === theirs) {
        merged.add(ours);
        take(leftItems.get(ours), rightItems.get(ours));
        i++;
        j++;
        next = shared.shift();
        continue;
      }
      if (rightItems.has(ours) && next !== undefined && next !== ours) {
        i++;
        continue;
      }
    }
    if (ours !== undefined) {
      if (!rightItems.has(ours)) {
        take(left[i], undefined);
        i++;
        continue;
      }
      if (merged.has(ours)) i++;
    }
    if (theirs !== undefined) {
      merged.add(theirs);
      take(leftItems.get(theirs), rightItems.get(theirs));
      j++;
      if (next === theirs) next = shared.shift();
    }
  }
  return out;
}

/** By element; an element that occurs twice has no value that could be merged. */
function uniqueItems(elements: readonly PathElement[], items: readonly Json[]): Map<PathElement, Maybe> {
  const found = new Map<PathElement, Maybe>();
  for (const [index, element] of elements.entries()) found.set(element, found.has(element) ? undefined : items[index]);
  return found;
}
