/** The fields that a configuration sets, and so claims to own. */
import type { Json } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { atomOf, fieldNode, isObject } from './atom.ts';
import { type FieldSet, FieldSetBuilder } from './field-set.ts';
import { listElement } from './list-element.ts';
import { fieldElement, fieldName, isKeyed, type PathElement } from './path-element.ts';

export function fieldSetOf(node: SchemaNode, value: Json): FieldSet {
  const builder = new FieldSetBuilder();
  visit(builder, node, value, []);
  return builder.set();
}

function visit(set: FieldSetBuilder, node: SchemaNode, value: Json, path: readonly PathElement[]): void {
  const atom = atomOf(node, value);
  if (atom.kind === 'scalar' || atom.atomic) {
    set.insert(path);
    return;
  }
  if (atom.kind === 'list') {
    for (const item of Array.isArray(value) ? value : []) {
      const here = [...path, listElement(atom, item)];
      visit(set, atom.items, item, here);
      set.insert(here);
    }
    return;
  }
  for (const [name, child] of Object.entries(isObject(value) ? value : {})) {
    const here = [...path, fieldElement(name)];
    visit(set, fieldNode(atom, name) ?? { type: 'any' }, child, here);
    // Structs are not owned themselves, but for empty ones; entries of maps are.
    const empty = child === null || (isObject(child) && Object.keys(child).length === 0);
    if (empty || !Object.hasOwn(atom.fields, name)) set.insert(here);
  }
}

/** The set with each struct on the way to a member added, so that a struct goes once all of it goes. */
export function withStructs(set: FieldSet, node: SchemaNode): FieldSet {
  const members = new Set(set.members);
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const name = fieldName(element);
    // Any value that is not of the schema's kind cannot be here, so the kind is asked of the schema alone.
    const atom = atomOf(node, isKeyed(element) ? [] : {});
    if (name !== undefined && atom.kind === 'map') {
      if (Object.hasOwn(atom.fields, name)) members.add(element);
      children.set(element, withStructs(child, fieldNode(atom, name) ?? { type: 'any' }));
    } else {
      children.set(element, withStructs(child, (atom.kind === 'scalar' ? undefined : atom.items) ?? { type: 'any' }));
    }
  }
  return { members, children };
}
