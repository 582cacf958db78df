import type { Json, JsonObject } from '../../../src/kube.ts';
import type { WrittenKind } from '../../../src/sandbox/apply/api-version.ts';
import { parseYaml } from '../../../src/sandbox/apply/yaml-text.ts';
import type { SchemaNode } from '../../../src/sandbox/types.ts';

interface Crd {
  spec: {
    group: string;
    names: { kind: string; plural: string };
    versions: { name: string; schema: { openAPIV3Schema: JsonObject }; subresources?: JsonObject }[];
  };
}

/** The kinds that a CRD defines, with what merging and pruning need to know of their schemas. */
export function customKinds(text: string): (WrittenKind & { plural: string })[] {
  const { spec } = parseYaml(text).value as unknown as Crd;
  return spec.versions.map(version => ({
    group: spec.group,
    version: version.name,
    kind: spec.names.kind,
    plural: spec.names.plural,
    schema: nodeOf(version.schema.openAPIV3Schema),
    subresources: Object.keys(version.subresources ?? {}),
    crd: spec,
  }));
}

function nodeOf(schema: JsonObject): SchemaNode {
  const get = <T>(name: string): T => schema[name] as T;
  const node: SchemaNode = {};
  if (get('x-kubernetes-int-or-string')) return { type: 'int-or-string' };
  const properties = get<Record<string, JsonObject> | undefined>('properties');
  const additional = get<JsonObject | boolean | undefined>('additionalProperties');
  switch (get<string | undefined>('type')) {
    case 'array':
      node.type = 'list';
      node.items = nodeOf(get('items'));
      break;
    case 'object':
      node.type = properties || !additional ? 'object' : 'map';
      break;
    case undefined:
      node.type = 'any';
      break;
    default:
      node.type = get('type');
  }
  if (typeof additional === 'object') node.items = nodeOf(additional);
  if (properties)
    node.fields = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, nodeOf(child)]));
  if (get('x-kubernetes-preserve-unknown-fields')) node.preserveUnknown = true;
  if (get('x-kubernetes-list-type')) node.listType = get('x-kubernetes-list-type');
  if (get('x-kubernetes-list-map-keys')) node.listMapKeys = get('x-kubernetes-list-map-keys');
  if (get('x-kubernetes-map-type')) node.mapType = get('x-kubernetes-map-type');
  const preset = get<Json | undefined>('default');
  if (preset !== undefined) node.default = preset;
  return node;
}
