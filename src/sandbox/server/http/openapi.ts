import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../kube.ts';
import { definitionKinds, schemaNodes } from '../../apply/schema.ts';
import type { Resource } from '../../types.ts';
import type { Core } from '../core.ts';
import { apiVersionOf, type Registry } from '../registry.ts';
import type { Answer, Incoming } from './message.ts';
import { json } from './message.ts';
import { openApiSchema, referencesOf } from './openapi-schema.ts';
import { OPENAPI_V2_ANSWERED, OPENAPI_V2_ASKED, openApiV2 } from './openapi-v2.ts';

const PREFIX = '/openapi/v3';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Where a group version's document lies below /openapi/v3: `api/v1`, `apis/apps/v1`. */
function placeOf({ group, version }: { group: string; version: string }): string {
  return group ? `apis/${group}/${version}` : `api/${version}`;
}

/** OpenAPI v3 as far as kubectl asks for it: an index, and a document for each group version with schemas and the paths' parameters. v2 comes as protobuf only, which is how older kubectls ask for it. Undefined for anything else. */
export function openApi({ registry }: Core, { path, headers }: Incoming): Answer | undefined {
  if (path === '/openapi/v2' && headers['accept']?.includes(OPENAPI_V2_ASKED)) {
    return { status: 200, contentType: OPENAPI_V2_ANSWERED, body: openApiV2(registry.all()) };
  }
  if (path === PREFIX) return json(200, { paths: indexOf(registry) });
  if (!path.startsWith(`${PREFIX}/`)) return undefined;
  const place = path.slice(PREFIX.length + 1);
  const resources = registry.all().filter(resource => placeOf(resource) === place);
  return resources.length === 0 ? undefined : json(200, documentOf(resources));
}

function indexOf(registry: Registry): JsonObject {
  const places = new Map<string, Resource[]>();
  for (const resource of registry.all()) {
    const place = placeOf(resource);
    places.set(place, [...(places.get(place) ?? []), resource]);
  }
  const entries = [...places].map(([place, resources]) => {
    // The hash lets clients keep what they have read; only CRDs change while the server runs.
    const state = resources.map(({ plural, crd }) => `${plural} ${crd?.metadata.resourceVersion ?? ''}`).join();
    const hash = createHash('sha256').update(state).digest('hex').slice(0, 16).toUpperCase();
    return [place, { serverRelativeURL: `${PREFIX}/${place}?hash=${hash}` }] as const;
  });
  return Object.fromEntries(entries);
}

const kindOf = ({ group, version, kind }: Resource): JsonObject => ({ group, version, kind });

/** The name of a custom resource's definition: the group's parts reversed, as the API server names them. */
function definitionName({ group, version, kind }: Resource): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

function documentOf(resources: readonly Resource[]): JsonObject {
  const schemas: JsonObject = {};
  const wanted: string[] = [];
  for (const resource of resources) {
    if (resource.schema.ref) wanted.push(resource.schema.ref);
    if (!resource.crd) continue;
    wanted.push(OBJECT_META);
    const schema = openApiSchema(resource.schema);
    schemas[definitionName(resource)] = { ...schema, 'x-kubernetes-group-version-kind': [kindOf(resource)] };
  }
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const node = schemaNodes[name];
    if (!node || schemas[name]) continue;
    const kinds = definitionKinds[name]?.map(({ group, version, kind }) => ({ group, version, kind }));
    schemas[name] = { ...openApiSchema(node), ...(kinds ? { 'x-kubernetes-group-version-kind': kinds } : {}) };
    wanted.push(...referencesOf(node));
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(resources.flatMap(pathsOf)),
    components: { schemas },
  };
}

const query = (name: string): JsonObject => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
const WRITE_PARAMETERS: Json[] = ['dryRun', 'fieldManager', 'fieldValidation'].map(query);
const PATCH_PARAMETERS: Json[] = [...WRITE_PARAMETERS, query('force')];

function pathsOf(resource: Resource): [string, JsonObject][] {
  const { group, version, namespaced, plural, verbs, subresources } = resource;
  const root = `${group ? '/apis/' : '/api/'}${apiVersionOf({ group, version })}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const operation = (action: string, parameters: Json[] = []): JsonObject => ({
    parameters,
    responses: { '200': { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(resource),
  });
  const of = (verb: string, method: string, action: string, parameters?: Json[]): JsonObject =>
    verbs.includes(verb) ? { [method]: operation(action, parameters) } : {};
  const item = {
    ...of('get', 'get', 'get'),
    ...of('update', 'put', 'put', WRITE_PARAMETERS),
    ...of('patch', 'patch', 'patch', PATCH_PARAMETERS),
    ...of('delete', 'delete', 'delete', [query('dryRun'), query('propagationPolicy')]),
  };
  const below = subresources
    .filter(name => name === 'status' || name === 'scale')
    .map((name): [string, JsonObject] => [
      `${collection}/{name}/${name}`,
      { get: operation('get'), patch: operation('patch', PATCH_PARAMETERS) },
    ]);
  return [
    [collection, { ...of('list', 'get', 'list'), ...of('create', 'post', 'post', WRITE_PARAMETERS) }],
    [`${collection}/{name}`, item],
    ...below,
  ];
}
