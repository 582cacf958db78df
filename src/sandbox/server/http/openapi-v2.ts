/** OpenAPI v2 in the protobuf form (gnostic's openapi.v2.Document) that kubectl before 1.29 reads; later ones ask for v3. */
import type { JsonObject } from '../../../kube.ts';
import { definitionKinds, schemaNodes } from '../../apply/schema.ts';
import type { Resource, SchemaNode } from '../../types.ts';
import { apiVersionOf } from '../registry.ts';
import { field, message } from './protobuf.ts';

/** How it is asked for, and how it is answered: Go's parser of media types does not take the @. */
export const OPENAPI_V2_ASKED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
export const OPENAPI_V2_ANSWERED = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Field numbers of the messages of gnostic's OpenAPIv2.proto. */
const DOCUMENT = { swagger: 1, info: 2, paths: 8, definitions: 9 };
const INFO = { title: 1, version: 2 };
const PATHS = { path: 2 };
const PATH_ITEM: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };
const OPERATION = { parameters: 8, extension: 13 };
const QUERY_PARAMETER = { in: 2, name: 4, type: 6 };
const SCHEMA = {
  reference: 1,
  format: 2,
  required: 19,
  additional: 21,
  type: 22,
  items: 23,
  properties: 25,
  extension: 31,
};

/** Names with values, as repeated messages: `NamedSchema`, `NamedPathItem`, `NamedAny`. */
const named = (name: string, value: Buffer): Buffer => message(field(1, name), field(2, value));

/** An extension's value is YAML text; JSON is. */
function extension(number: number, name: string, value: unknown): Buffer {
  return field(number, named(name, message(field(2, JSON.stringify(value)))));
}

function schemaMessage(node: SchemaNode, kinds?: unknown): Buffer {
  if (node.ref !== undefined) return field(SCHEMA.reference, `#/definitions/${node.ref}`);
  const { listType, listMapKeys, mapType, patchStrategy, patchMergeKey, required = [] } = node;
  const extensions = {
    'x-kubernetes-group-version-kind': kinds,
    'x-kubernetes-list-type': listType,
    'x-kubernetes-list-map-keys': listMapKeys,
    'x-kubernetes-map-type': mapType,
    'x-kubernetes-patch-strategy': patchStrategy?.join(','),
    'x-kubernetes-patch-merge-key': patchMergeKey,
  };
  return message(
    ...shapeOf(node),
    ...required.map(name => field(SCHEMA.required, name)),
    ...Object.entries(extensions).flatMap(([name, value]) =>
      value === undefined ? [] : [extension(SCHEMA.extension, name, value)],
    ),
  );
}

function shapeOf({ type = 'any', format, fields = {}, items }: SchemaNode): Buffer[] {
  const typed = (name: string): Buffer => field(SCHEMA.type, field(1, name));
  switch (type) {
    case 'object': {
      const properties = Object.entries(fields).map(([name, inner]) => field(1, named(name, schemaMessage(inner))));
      return [typed(type), ...(properties.length > 0 ? [field(SCHEMA.properties, message(...properties))] : [])];
    }
    case 'map':
      return [typed('object'), field(SCHEMA.additional, field(1, schemaMessage(items ?? { type: 'any' })))];
    case 'list':
      return [typed('array'), field(SCHEMA.items, field(1, schemaMessage(items ?? { type: 'any' })))];
    case 'int-or-string':
      return [typed('string'), field(SCHEMA.format, 'int-or-string')];
    case 'quantity':
      return [typed('string')];
    case 'any':
      return [typed('object')];
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return [typed(type), ...(format === undefined ? [] : [field(SCHEMA.format, format)])];
    default:
      return type satisfies never;
  }
}

const queryParameter = (name: string): Buffer => {
  const parameter = message(
    field(QUERY_PARAMETER.in, 'query'),
    field(QUERY_PARAMETER.name, name),
    field(QUERY_PARAMETER.type, 'string'),
  );
  // ParametersItem.parameter, Parameter.non_body_parameter, NonBodyParameter.query_parameter_sub_schema.
  return field(OPERATION.parameters, field(1, field(2, field(3, parameter))));
};

function pathsMessage(resources: readonly Resource[]): Buffer {
  const paths = resources.map(({ group, version, kind, namespaced, plural }) => {
    const root = `${group ? '/apis/' : '/api/'}${apiVersionOf({ group, version })}`;
    const path = `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`;
    const operation = message(
      ...['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(queryParameter),
      extension(OPERATION.extension, 'x-kubernetes-group-version-kind', { group, version, kind }),
    );
    const methods = ['get', 'put', 'patch', 'delete'].map(method => field(PATH_ITEM[method] ?? 0, operation));
    return field(PATHS.path, named(path, message(...methods)));
  });
  return message(...paths);
}

function customName({ group, version, kind }: Resource): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

/** The document of everything that is served now. */
export function openApiV2(resources: readonly Resource[]): Buffer {
  const builtin = Object.entries(schemaNodes).map(([name, node]) => {
    const kinds = definitionKinds[name]?.map(({ group, version, kind }): JsonObject => ({ group, version, kind }));
    return field(1, named(name, schemaMessage(node, kinds)));
  });
  const custom = resources
    .filter(({ crd }) => crd !== undefined)
    .map(resource => {
      const { group, version, kind, schema } = resource;
      return field(1, named(customName(resource), schemaMessage(schema, [{ group, version, kind }])));
    });
  return message(
    field(DOCUMENT.swagger, '2.0'),
    field(DOCUMENT.info, message(field(INFO.title, 'Kubernetes'), field(INFO.version, 'unversioned'))),
    field(DOCUMENT.paths, pathsMessage(resources)),
    field(DOCUMENT.definitions, message(...builtin, ...custom)),
  );
}
