import type { JsonObject, KubeObject } from '../../kube.ts';
import type { Resource, SchemaNode } from '../types.ts';
import type { Crd, CrdVersion, JsonSchema } from './crd-view.ts';

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const OBJECT_META: SchemaNode = { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** One resource for each served version of the CRD. */
export function resourcesOfCrd(crd: Crd): Resource[] {
  const { group, scope, names, versions } = crd.spec ?? { versions: [] };
  if (!group || !names) return [];
  return versions
    .filter(version => version.served)
    .map(version => ({
      group,
      version: version.name,
      kind: names.kind,
      listKind: names.listKind || `${names.kind}List`,
      plural: names.plural,
      singular: names.singular || names.kind.toLowerCase(),
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced: scope === 'Namespaced',
      verbs: VERBS,
      subresources: subresourcesOf(version),
      schema: rootNode(version.schema?.openAPIV3Schema ?? {}),
      crd: crd as KubeObject,
    }));
}

const subresourcesOf = ({ subresources = {} }: CrdVersion): string[] =>
  (['status', 'scale'] as const).filter(name => subresources[name] !== undefined);

/** The root is an object of the API, whatever its schema says of apiVersion, kind and metadata. */
function rootNode(schema: JsonSchema): SchemaNode {
  const node = nodeOfSchema(schema);
  const fields = {
    ...node.fields,
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: OBJECT_META,
  } as const;
  return { ...node, type: 'object', fields };
}

/** What apply, decoding and defaulting need of a structural schema; the schema itself stays in `source`. */
export function nodeOfSchema(schema: JsonSchema): SchemaNode {
  const { format, required, enum: allowed, nullable, default: standard } = schema;
  const listType = schema['x-kubernetes-list-type'];
  const listMapKeys = schema['x-kubernetes-list-map-keys'];
  return {
    ...shapeOf(schema),
    ...(format !== undefined && { format }),
    ...(required && { required }),
    ...(allowed && { enum: allowed }),
    ...(nullable && { nullable }),
    ...(standard !== undefined && { default: standard }),
    ...(schema.type === 'array' && { listType: listType ?? 'atomic' }),
    ...(listMapKeys && { listMapKeys }),
    ...(schema['x-kubernetes-map-type'] && { mapType: schema['x-kubernetes-map-type'] }),
    ...(schema['x-kubernetes-preserve-unknown-fields'] && { preserveUnknown: true }),
    ...(schema['x-kubernetes-embedded-resource'] && { embeddedResource: true }),
    source: schema as unknown as JsonObject,
  };
}

function shapeOf(schema: JsonSchema): SchemaNode {
  if (schema['x-kubernetes-int-or-string']) return { type: 'int-or-string' };
  const { additionalProperties, properties } = schema;
  switch (schema.type) {
    case 'object':
      if (typeof additionalProperties === 'object') return { type: 'map', items: nodeOfSchema(additionalProperties) };
      if (properties || !schema['x-kubernetes-preserve-unknown-fields'])
        return { type: 'object', fields: fieldsOf(schema) };
      return additionalProperties === true ? { type: 'map', items: { type: 'any' } } : { type: 'any' };
    case 'array':
      return { type: 'list', items: schema.items ? nodeOfSchema(schema.items) : { type: 'any' } };
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { type: schema.type };
    default:
      return { type: 'any' };
  }
}

function fieldsOf(schema: JsonSchema): Record<string, SchemaNode> {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, nodeOfSchema(property)] as const,
  );
  if (!schema['x-kubernetes-embedded-resource']) return Object.fromEntries(fields);
  return {
    ...Object.fromEntries(fields),
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: OBJECT_META,
  };
}
