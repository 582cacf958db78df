/** What differs between two states of an object, as sets of field paths. */
import type { Json } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { atomOf, equalJson, fieldNode, isObject } from './atom.ts';
import { type FieldSet, FieldSetBuilder, isEmpty, recursiveDifference } from './field-set.ts';
import { type ListAtom, listElement } from './list-element.ts';
import { fieldElement, type PathElement } from './path-element.ts';

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

export function compare(node: SchemaNode, before: Json, after: Json): Comparison {
  const walk = { added: new FieldSetBuilder(), modified: new FieldSetBuilder(), removed: new FieldSetBuilder() };
  visit(walk, node, before, after, []);
  return { added: walk.added.set(), modified: walk.modified.set(), removed: walk.removed.set() };
}

export function isSame({ added, modified, removed }: Comparison): boolean {
  return isEmpty(added) && isEmpty(modified) && isEmpty(removed);
}

/** The comparison without the fields that the endpoint resets anyway. */
export function without(comparison: Comparison, ignored: FieldSet): Comparison {
  return {
    added: recursiveDifference(comparison.added, ignored),
    modified: recursiveDifference(comparison.modified, ignored),
    removed: recursiveDifference(comparison.removed, ignored),
  };
}

type Walk = Record<keyof Comparison, FieldSetBuilder>;
type Maybe = Json | undefined;

function visit(walk: Walk, node: SchemaNode, before: Maybe, after: Maybe, path: readonly PathElement[]): void {
  // Also what both states share as a whole, such as the spec in a write of the status.
  if (before === after) return;
  const left = atomOf(node, before ?? after);
  const right = atomOf(node, after ?? before);
  // Where nothing is known of a field, its value may turn from a map into a scalar.
  const atom = left.kind === right.kind ? right : undefined;
  if (atom?.kind === 'map' && !atom.atomic && (size(before) > 0 || size(after) > 0)) {
    const ours = isObject(before) ? before : {};
    const theirs = isObject(after) ? after : {};
    for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const field = fieldNode(atom, name) ?? { type: 'any' };
      visit(walk, field, ours[name], theirs[name], [...path, fieldElement(name)]);
    }
  } else if (atom?.kind === 'list' && !atom.atomic && (size(before) > 0 || size(after) > 0)) {
    visitList(walk, atom, Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], path);
  } else if (before !== undefined && after !== undefined) {
    if (!equalJson(before, after)) walk.modified.insert(path);
    return;
  }
  if (before === undefined) walk.added.insert(path);
  else if (after === undefined) walk.removed.insert(path);
}

function visitList(walk: Walk, atom: ListAtom, before: Json[], after: Json[], path: readonly PathElement[]): void {
  const left = grouped(atom, before);
  const right = grouped(atom, after);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const ours = left.get(element) ?? [];
    const theirs = right.get(element) ?? [];
    const here = [...path, element];
    if (ours.length < 2 && theirs.length < 2) visit(walk, atom.items, ours[0], theirs[0], here);
    else if (ours.length === 0) walk.added.insert(here);
    else if (theirs.length === 0) walk.removed.insert(here);
    else if (!equalJson(ours, theirs)) walk.modified.insert(here);
  }
}

/** A stored list may hold an element twice; then it is compared as a whole. */
function grouped(atom: ListAtom, items: Json[]): Map<PathElement, Json[]> {
  return Map.groupBy(items, item => listElement(atom, item));
}

function size(value: Maybe): number {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}
