/** Sets of field paths, and FieldsV1, the JSON form in which managedFields holds them. Every operation returns a new set. */
import type { JsonObject } from '../../kube.ts';
import { deepFreeze } from '../store/freeze.ts';
import { compareElements, fieldElement, type PathElement } from './path-element.ts';

export interface FieldSet {
  /** The paths that end here. */
  readonly members: ReadonlySet<PathElement>;
  readonly children: ReadonlyMap<PathElement, FieldSet>;
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return set.members.size === 0 && set.children.size === 0;
}

/** Collects paths; `set()` is the set of all that were inserted. */
export class FieldSetBuilder {
  readonly #members = new Set<PathElement>();
  readonly #children = new Map<PathElement, FieldSetBuilder>();

  insert(path: readonly PathElement[]): void {
    const [first, ...rest] = path;
    if (first === undefined) return;
    if (rest.length === 0) {
      this.#members.add(first);
      return;
    }
    let child = this.#children.get(first);
    if (!child) {
      child = new FieldSetBuilder();
      this.#children.set(first, child);
    }
    child.insert(rest);
  }

  set(): FieldSet {
    return {
      members: this.#members,
      children: new Map([...this.#children].map(([element, child]) => [element, child.set()])),
    };
  }
}

/** The set of paths of field names such as `['metadata', 'labels']`. */
export function setOfFields(paths: readonly (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path.map(fieldElement));
  return builder.set();
}

export function has(set: FieldSet, path: readonly PathElement[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return false;
  if (rest.length === 0) return set.members.has(first);
  const child = set.children.get(first);
  return child !== undefined && has(child, rest);
}

/** `a` itself where `b` adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const more = [...b.members].filter(member => !a.members.has(member));
  const members = more.length > 0 ? new Set([...a.members, ...more]) : a.members;
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, child] of b.children) {
    const mine = a.children.get(element);
    const both = mine ? union(mine, child) : child;
    if (both === mine) continue;
    children ??= new Map(a.children);
    children.set(element, both);
  }
  return members === a.members && !children ? a : { members, children: children ?? a.children };
}

/** The paths of `a` that are not in `b`; what lies below a path of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return {
    members: keep(a.members, element => !b.members.has(element)),
    children: childrenOf(a, (element, child) => {
      const other = b.children.get(element);
      return other ? difference(child, other) : child;
    }),
  };
}

/** The paths of `a` that neither are in `b` nor lie below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return {
    members: keep(a.members, element => !b.members.has(element)),
    children: childrenOf(a, (element, child) => {
      if (b.members.has(element)) return undefined;
      const other = b.children.get(element);
      return other ? recursiveDifference(child, other) : child;
    }),
  };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return {
    members: keep(a.members, element => b.members.has(element)),
    children: childrenOf(a, (element, child) => {
      const other = b.children.get(element);
      return other && intersection(child, other);
    }),
  };
}

function keep(members: ReadonlySet<PathElement>, wanted: (element: PathElement) => boolean): Set<PathElement> {
  return new Set([...members].filter(wanted));
}

function childrenOf(
  set: FieldSet,
  change: (element: PathElement, child: FieldSet) => FieldSet | undefined,
): Map<PathElement, FieldSet> {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const changed = change(element, child);
    if (changed && !isEmpty(changed)) children.set(element, changed);
  }
  return children;
}

/** Every path in the order in which conflicts are listed: a set's own members first, then what lies below. */
export function pathsOf(set: FieldSet): PathElement[][] {
  const own = [...set.members].sort(compareElements).map(element => [element]);
  const below = [...set.children]
    .sort(([a], [b]) => compareElements(a, b))
    .flatMap(([element, child]) => pathsOf(child).map(path => [element, ...path]));
  return [...own, ...below];
}

/** Of stored (frozen) FieldsV1, which most writes bring back as they are. */
const decoded = new WeakMap<JsonObject, FieldSet>();
const encoded = new WeakMap<FieldSet, JsonObject>();

export function decodeFieldsV1(fields: JsonObject): FieldSet {
  const known = Object.isFrozen(fields) ? decoded.get(fields) : undefined;
  if (known) return known;
  const set = decodeFields(fields);
  if (Object.isFrozen(fields)) decoded.set(fields, set);
  return set;
}

function decodeFields(fields: JsonObject): FieldSet {
  const members = new Set<PathElement>();
  const children = new Map<PathElement, FieldSet>();
  for (const [element, value] of Object.entries(fields)) {
    if (element === '.') continue;
    const below = value as JsonObject;
    const child = decodeFields(below);
    if ('.' in below || isEmpty(child)) members.add(element);
    if (!isEmpty(child)) children.set(element, child);
  }
  return { members, children };
}

/** Frozen, since equal sets share it. */
export function encodeFieldsV1(set: FieldSet): JsonObject {
  let fields = encoded.get(set);
  if (!fields) {
    fields = deepFreeze(encodeFields(set));
    encoded.set(set, fields);
    decoded.set(fields, set);
  }
  return fields;
}

function encodeFields(set: FieldSet): JsonObject {
  const elements = [...new Set([...set.members, ...set.children.keys()])].sort(compareElements);
  return Object.fromEntries(
    elements.map(element => {
      const child = set.children.get(element);
      if (!child) return [element, {}];
      const below = encodeFields(child);
      return [element, set.members.has(element) ? { '.': {}, ...below } : below];
    }),
  );
}
