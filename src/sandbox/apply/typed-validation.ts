/** Whether a configuration fits its schema: the errors that server-side apply answers, in the words of structured-merge-diff. */
import type { Json } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { atomOf, fieldNode, isObject, type ScalarType } from './atom.ts';
import { goSyntax, goText, goType } from './go-text.ts';
import { type ListAtom, ListElementError, listElement } from './list-element.ts';
import { elementText, fieldElement, type PathElement, pathText } from './path-element.ts';

/** Each as `.spec.replicas: expected numeric (int or float), got string`. */
export function typeErrors(node: SchemaNode, value: Json, path: readonly PathElement[] = []): string[] {
  if (value === null) return [];
  const atom = atomOf(node, value);
  const error = (text: string): string => (path.length > 0 ? `${pathText(path)}: ${text}` : text);
  switch (atom.kind) {
    case 'scalar':
      return scalarErrors(atom.type, value).map(error);
    case 'list':
      if (!Array.isArray(value)) return [error(`expected list, got &{${goText(value)}}`)];
      return listErrors(atom, value, path);
    case 'map':
      if (!isObject(value)) return [error(`expected map, got &{${goText(value)}}`)];
      return Object.entries(value).flatMap(([name, child]) => {
        const here = [...path, fieldElement(name)];
        const field = fieldNode(atom, name);
        return field ? typeErrors(field, child, here) : [`${pathText(here)}: field not declared in schema`];
      });
  }
}

function scalarErrors(type: ScalarType, value: Json): string[] {
  switch (type) {
    case 'numeric':
      return typeof value === 'number' ? [] : [`expected numeric (int or float), got ${goType(value)}`];
    case 'string':
      return typeof value === 'string'
        ? []
        : [`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`expected boolean, got &{${goText(value)}}`];
    case 'untyped':
      return typeof value === 'object' ? [`expected any scalar, got &{${goText(value)}}`] : [];
  }
}

function listErrors(atom: ListAtom, items: Json[], path: readonly PathElement[]): string[] {
  const seen = new Set<PathElement>();
  return items.flatMap((item, index) => {
    if (atom.atomic) return typeErrors(atom.items, item, [...path, `i:${index}`]);
    try {
      const element = listElement(atom, item);
      const here = [...path, element];
      const duplicate = seen.has(element)
        ? [`${pathText(path)}: duplicate entries for key ${elementText(element)}`]
        : [];
      seen.add(element);
      return [...duplicate, ...typeErrors(atom.items, item, here)];
    } catch (error) {
      if (!(error instanceof ListElementError)) throw error;
      return [`${pathText(path)}: element ${index}: ${error.message}`];
    }
  });
}
