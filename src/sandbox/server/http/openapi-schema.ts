import type { JsonObject } from '../../../kube.ts';
import type { SchemaNode } from '../../types.ts';

const COMPONENTS = '#/components/schemas/';

/** A node of a schema in the words of OpenAPI v3 with Kubernetes' extensions. */
export function openApiSchema(node: SchemaNode): JsonObject {
  if (node.ref !== undefined) {
    const reference = { $ref: `${COMPONENTS}${node.ref}` };
    return node.default === undefined ? reference : { allOf: [reference], default: node.default };
  }
  return {
    ...(node.source ? descriptionOf(node.source) : {}),
    ...typeOf(node),
    ...(node.format === undefined ? {} : { format: node.format === 'micro-time' ? 'date-time' : node.format }),
    ...(node.default === undefined ? {} : { default: node.default }),
    ...(node.enum === undefined ? {} : { enum: node.enum }),
    ...(node.required === undefined ? {} : { required: node.required }),
    ...(node.listType === undefined ? {} : { 'x-kubernetes-list-type': node.listType }),
    ...(node.listMapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': node.listMapKeys }),
    ...(node.mapType === undefined ? {} : { 'x-kubernetes-map-type': node.mapType }),
    ...(node.patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': node.patchStrategy.join(',') }),
    ...(node.patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': node.patchMergeKey }),
    ...(node.preserveUnknown ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

function descriptionOf(source: JsonObject): JsonObject {
  return source['description'] === undefined ? {} : { description: source['description'] };
}

function typeOf({ type = 'any', fields, items }: SchemaNode): JsonObject {
  const inner = items ? openApiSchema(items) : {};
  switch (type) {
    case 'object': {
      const properties = Object.entries(fields ?? {}).map(([name, field]) => [name, openApiSchema(field)] as const);
      return { type, ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}) };
    }
    case 'map':
      return { type: 'object', additionalProperties: inner };
    case 'list':
      return { type: 'array', items: inner };
    case 'int-or-string':
      return { 'x-kubernetes-int-or-string': true, oneOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'quantity':
      return { oneOf: [{ type: 'string' }, { type: 'number' }] };
    case 'any':
      return { type: 'object' };
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { type };
    default:
      return type satisfies never;
  }
}

/** The names of the nodes that a node refers to, directly or within itself. */
export function referencesOf(node: SchemaNode): string[] {
  const own = node.ref === undefined ? [] : [node.ref];
  const inner = [...Object.values(node.fields ?? {}), ...(node.items ? [node.items] : [])];
  return [...own, ...inner.flatMap(referencesOf)];
}
