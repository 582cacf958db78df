import type { Json, JsonObject } from '../../kube.ts';
import { type Atom, isObject } from './atom.ts';
import { keyElement, type PathElement, valueElement } from './path-element.ts';
import { resolve } from './schema.ts';

export type ListAtom = Extract<Atom, { kind: 'list' }>;

/** What is wrong with an element of a merged list, in the words of structured-merge-diff. */
export class ListElementError extends Error {}

/** What identifies an element of a set or keyed list; a missing key takes its default (`protocol` is TCP). */
export function listElement(atom: ListAtom, item: Json): PathElement {
  return atom.keys.length > 0 ? keyOf(atom, item) : setElement(item);
}

function keyOf(atom: ListAtom, item: Json): PathElement {
  if (item === null) throw new ListElementError('associative list with keys may not have a null element');
  if (!isObject(item)) throw new ListElementError('associative list with keys may not have non-map elements');
  const fields = resolve(atom.items).fields;
  const keys: JsonObject = {};
  for (const name of atom.keys) {
    const value = item[name] ?? fields?.[name]?.default;
    if (value === undefined) {
      throw new ListElementError(
        `associative list with keys has an element that omits key field "${name}" (and doesn't have default value)`,
      );
    }
    keys[name] = value;
  }
  return keyElement(keys);
}

function setElement(item: Json): PathElement {
  if (item === null) throw new ListElementError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ListElementError('not supported: associative list with lists as elements');
  if (isObject(item)) throw new ListElementError("associative list without keys has an element that's a map type");
  return valueElement(item);
}
