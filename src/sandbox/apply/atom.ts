/**
 * How merging, comparing and owning see a field: a scalar, a list or a map, each with its element. The rules by which
 * a schema becomes one are those that kube-openapi uses for structured-merge-diff.
 */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { resolve } from './schema.ts';

export type ScalarType = 'string' | 'numeric' | 'boolean' | 'untyped';

export type Atom =
  | { kind: 'scalar'; type: ScalarType }
  | { kind: 'list'; items: SchemaNode; atomic: boolean; keys: readonly string[] }
  | { kind: 'map'; fields: Readonly<Record<string, SchemaNode>>; items: SchemaNode | undefined; atomic: boolean };

/** The fields that every object has, whatever the schema of a custom resource says of them. */
const objectFields: Readonly<Record<string, SchemaNode>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
};

const customRoots = new WeakMap<SchemaNode, SchemaNode>();

/** The schema of a custom resource with the fields of every object. */
export function customObject(schema: SchemaNode): SchemaNode {
  let root = customRoots.get(schema);
  if (!root) {
    root = { ...schema, type: 'object', fields: { ...schema.fields, ...objectFields } };
    customRoots.set(schema, root);
  }
  return root;
}

/** Data of no known shape: maps are granular, lists are atomic. */
const deduced: SchemaNode = { type: 'any' };
const noFields: Readonly<Record<string, SchemaNode>> = Object.freeze({});
const deducedMap: Atom = { kind: 'map', fields: noFields, items: deduced, atomic: false };
const deducedList: Atom = { kind: 'list', items: deduced, atomic: true, keys: [] };
const deducedScalar: Atom = { kind: 'scalar', type: 'untyped' };

const atoms = new WeakMap<SchemaNode, Atom>();

/** The atom of a field that holds this value; only where the schema does not know the shape does the value decide. */
export function atomOf(node: SchemaNode, value: Json | undefined): Atom {
  const full = resolve(node);
  if (full.type === 'any' || full.type === undefined) return deducedAtom(value);
  let atom = atoms.get(full);
  if (!atom) {
    atom = typedAtom(full);
    atoms.set(full, atom);
  }
  return atom;
}

function deducedAtom(value: Json | undefined): Atom {
  if (Array.isArray(value)) return deducedList;
  return value === null || value === undefined || typeof value === 'object' ? deducedMap : deducedScalar;
}

function typedAtom(node: SchemaNode): Atom {
  switch (node.type) {
    case 'object': {
      const fields = node.embeddedResource ? { ...node.fields, ...objectFields } : (node.fields ?? noFields);
      const open = node.preserveUnknown || Object.keys(fields).length === 0;
      const items = node.items ?? (open ? deduced : undefined);
      return { kind: 'map', fields, items, atomic: node.mapType === 'atomic' };
    }
    case 'map':
      return { kind: 'map', fields: noFields, items: node.items ?? deduced, atomic: node.mapType === 'atomic' };
    case 'list':
      return {
        kind: 'list',
        items: node.items ?? deduced,
        atomic: node.listType !== 'set' && node.listType !== 'map',
        keys: node.listType === 'map' ? (node.listMapKeys ?? []) : [],
      };
    case 'integer':
    case 'number':
      return { kind: 'scalar', type: 'numeric' };
    case 'boolean':
      return { kind: 'scalar', type: 'boolean' };
    case 'string':
      return { kind: 'scalar', type: node.format === undefined || node.format === 'byte' ? 'string' : 'untyped' };
    default:
      return deducedScalar;
  }
}

/** The schema of a map's entry; undefined where the schema does not know the field. */
export function fieldNode(atom: Extract<Atom, { kind: 'map' }>, name: string): SchemaNode | undefined {
  return Object.hasOwn(atom.fields, name) ? atom.fields[name] : atom.items;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && equalJson(a[name], b[name]))
  );
}
