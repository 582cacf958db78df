import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { atomOf, fieldNode, isObject } from './atom.ts';
import { emptySet, type FieldSet, isEmpty } from './field-set.ts';
import { listElement } from './list-element.ts';
import { fieldElement } from './path-element.ts';

/** The value without the given fields; what loses all of its fields becomes null. */
export function removeFields(node: SchemaNode, value: Json, fields: FieldSet): Json {
  const atom = atomOf(node, value);
  if (atom.kind === 'scalar') return value;
  if (atom.atomic) return null;
  if (atom.kind === 'list') {
    if (!Array.isArray(value)) return null;
    const kept = value.flatMap(item => {
      const element = listElement(atom, item);
      if (fields.members.has(element)) return [];
      const below = fields.children.get(element) ?? emptySet;
      return [isEmpty(below) ? item : removeFields(atom.items, item, below)];
    });
    return kept.length > 0 ? kept : null;
  }
  if (!isObject(value)) return null;
  const kept: JsonObject = {};
  for (const [name, child] of Object.entries(value)) {
    const element = fieldElement(name);
    if (fields.members.has(element)) continue;
    const below = fields.children.get(element);
    kept[name] = below ? removeFields(fieldNode(atom, name) ?? { type: 'any' }, child, below) : child;
  }
  return Object.keys(kept).length > 0 ? kept : null;
}
