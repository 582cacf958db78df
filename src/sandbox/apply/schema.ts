/** The schemas and the table of resources of the built-in groups, generated from a recorded server by scripts/generate-schema.ts. */
import generated from '../generated/schema.json' with { type: 'json' };
import type { Resource, SchemaNode } from '../types.ts';

export interface KindVersion {
  group: string;
  version: string;
  kind: string;
}

export interface SubresourceDetail {
  name: string;
  /** What the subresource reads and answers; equal to the resource's own kind for `status`. */
  kind: KindVersion;
  verbs: readonly string[];
}

export interface BuiltinResource extends Resource {
  subresourceDetails: readonly SubresourceDetail[];
}

interface Generated {
  /** Version of the recorded server, such as `1.36`. */
  version: string;
  nodes: Record<string, SchemaNode>;
  /** By name of node: the kinds that it is the schema of (`x-kubernetes-group-version-kind`). */
  kinds: Record<string, KindVersion[]>;
  resources: Omit<BuiltinResource, 'schema'>[];
}

const { version, nodes, kinds, resources } = generated as Generated;

/** The definition of each kind: `apps/v1/Deployment` refers to `io.k8s.api.apps.v1.Deployment`. */
const definitionOf = new Map<string, SchemaNode>(
  Object.entries(kinds)
    // DeleteOptions and WatchEvent stand for dozens of kinds each; none of them is a resource.
    .filter(([, served]) => served.length === 1)
    .flatMap(([name, served]) => served.map(kind => [keyOf(kind), { ref: name } satisfies SchemaNode] as const)),
);

function keyOf({ group, version, kind }: KindVersion): string {
  return `${group}/${version}/${kind}`;
}

export const recordedVersion: string = version;

/** Every generated node by the full name of its OpenAPI definition, for serving OpenAPI documents. */
export const schemaNodes: Readonly<Record<string, SchemaNode>> = nodes;

/** `x-kubernetes-group-version-kind` of each definition that has one. */
export const definitionKinds: Readonly<Record<string, readonly KindVersion[]>> = kinds;

/** The schema of a built-in kind (lists and subresource kinds such as `autoscaling/v1 Scale` included). */
export function builtinSchema(group: string, version: string, kind: string): SchemaNode | undefined {
  return definitionOf.get(keyOf({ group, version, kind }));
}

export const builtinResources: readonly BuiltinResource[] = resources.map(resource => ({
  ...resource,
  schema: builtinSchema(resource.group, resource.version, resource.kind) ?? { type: 'any' },
}));

const resolved = new WeakMap<SchemaNode, SchemaNode>();

/** Follows `ref`; what the referring field adds (default, list and patch facts) wins over the named node. */
export function resolve(node: SchemaNode): SchemaNode {
  if (node.ref === undefined) return node;
  let full = resolved.get(node);
  if (!full) {
    const named = nodes[node.ref];
    if (!named) throw new Error(`the schema refers to ${node.ref}, which is not generated`);
    const { ref: _, ...added } = node;
    full = { ...resolve(named), ...added };
    resolved.set(node, full);
  }
  return full;
}
