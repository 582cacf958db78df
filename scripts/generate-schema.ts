/**
 * Reads the recorded OpenAPI documents and discovery answer and writes src/sandbox/generated/schema.json: the facts about
 * fields, merge keys, defaults and resources that the sandbox works by. `--check` only compares and exits 1 on a difference.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Json, JsonObject } from '../src/kube.ts';
import type { SchemaNode } from '../src/sandbox/types.ts';
import { nulls, pointers } from './schema-pointers.ts';
import { resourcesOf, type ServedResource } from './schema-resources.ts';

const contract = path.join(import.meta.dirname, '../../shared/contract');
const output = path.join(import.meta.dirname, '../src/sandbox/generated/schema.json');
const refPrefix = '#/components/schemas/';

interface OpenApi {
  info: { version: string };
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, JsonObject> };
}

/** Go types whose JSON form OpenAPI describes too loosely to decode by. */
const known: Record<string, SchemaNode> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'int-or-string' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'micro-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': { type: 'any' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { type: 'any' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'any' },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus': {
    type: 'object',
    fields: {},
  },
};

function nodeOf(schema: JsonObject): SchemaNode {
  const node: SchemaNode = {};
  const reference = referenceOf(schema);
  if (reference) node.ref = reference;
  else node.type = typeOf(schema);
  if (typeof schema['format'] === 'string') node.format = schema['format'];
  const properties = schema['properties'] as Record<string, JsonObject> | undefined;
  if (properties)
    node.fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, nodeOf(field)]));
  const items = (schema['items'] ?? schema['additionalProperties']) as JsonObject | undefined;
  if (items && typeof items === 'object') node.items = nodeOf(items);
  if (schema['required']) node.required = schema['required'] as string[];
  if (schema['default'] !== undefined) node.default = schema['default'];
  if (schema['enum']) node.enum = schema['enum'] as Json[];
  addMergeFacts(node, schema);
  return node;
}

function addMergeFacts(node: SchemaNode, schema: JsonObject): void {
  const extension = <T>(name: string): T | undefined => schema[`x-kubernetes-${name}`] as T | undefined;
  const listType = extension<'atomic' | 'set' | 'map'>('list-type');
  if (listType) node.listType = listType;
  const keys = extension<string[]>('list-map-keys');
  if (keys) node.listMapKeys = keys;
  const mapType = extension<'atomic' | 'granular'>('map-type');
  if (mapType) node.mapType = mapType;
  const strategy = extension<string>('patch-strategy');
  if (strategy) node.patchStrategy = strategy.split(',');
  const mergeKey = extension<string>('patch-merge-key');
  if (mergeKey) node.patchMergeKey = mergeKey;
  const unions = extension<Json[]>('unions');
  if (unions) node.unions = unions;
}

function withGoFacts(definition: string, node: SchemaNode): SchemaNode {
  const type = definition.split('.').slice(-3).join('.');
  for (const name of `${pointers['*']} ${pointers[type] ?? ''}`.split(' ')) {
    const field = node.fields?.[name];
    if (field && field.type !== 'list' && field.type !== 'map') field.pointer = true;
  }
  for (const name of nulls[type]?.split(' ') ?? []) {
    const field = node.fields?.[name];
    if (!field) throw new Error(`${type} has no field ${name}`);
    field.default = null;
  }
  return node;
}

function referenceOf(schema: JsonObject): string | undefined {
  const [base] = (schema['allOf'] as JsonObject[] | undefined) ?? [];
  const reference = schema['$ref'] ?? base?.['$ref'];
  return typeof reference === 'string' ? reference.slice(refPrefix.length) : undefined;
}

function typeOf(schema: JsonObject): NonNullable<SchemaNode['type']> {
  switch (schema['type']) {
    case 'array':
      return 'list';
    case 'object':
      return schema['properties'] ? 'object' : schema['additionalProperties'] ? 'map' : 'any';
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return schema['type'];
    case undefined:
      return 'any';
    default:
      throw new Error(`the type ${JSON.stringify(schema['type'])} has no node`);
  }
}

function generate(): string {
  const folder = path.join(contract, 'openapi');
  const documents = fs
    .readdirSync(folder)
    .sort()
    .map(name => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as OpenApi);
  const nodes: Record<string, SchemaNode> = {};
  const kinds: Record<string, Json> = {};
  const resources: ServedResource[] = [];
  for (const document of documents) {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      nodes[name] = known[name] ?? withGoFacts(name, nodeOf(schema));
      const served = schema['x-kubernetes-group-version-kind'];
      if (served) kinds[name] = served;
    }
    const discovery = JSON.parse(fs.readFileSync(path.join(contract, 'cases/a03-discovery-aggregated.json'), 'utf8'));
    resources.push(...resourcesOf(document.paths, discovery));
  }
  const sections = {
    nodes: linesOf(sorted(nodes)),
    kinds: linesOf(sorted(kinds)),
    resources: `[\n${resources.map(resource => JSON.stringify(resource)).join(',\n')}\n]`,
  };
  const version = JSON.stringify(documents[0]?.info.version);
  const body = Object.entries(sections).map(([name, text]) => `${JSON.stringify(name)}: ${text}`);
  return `{\n"version": ${version},\n${body.join(',\n')}\n}\n`;
}

function sorted<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** One entry a line, so that a change of the recorded server shows as a readable diff. */
function linesOf(entries: [string, unknown][]): string {
  return `{\n${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',\n')}\n}`;
}

if (!fs.existsSync(contract)) {
  console.log('skipped: the recorded OpenAPI documents are not here, so schema.json stays as it is');
} else if (process.argv.includes('--check')) {
  if (generate() !== fs.readFileSync(output, 'utf8')) {
    console.error('src/sandbox/generated/schema.json is not current: run node scripts/generate-schema.ts');
    process.exitCode = 1;
  }
} else {
  fs.mkdirSync(path.dirname(output), { recursive: true });
  fs.writeFileSync(output, generate());
}
