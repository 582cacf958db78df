import { expect } from '@jest/globals';
import { stringify } from 'yaml';
import type { KubeObject } from '../../src/kube.ts';
import type { Routed } from '../release/routes/routed.ts';
import { documents } from './objects.ts';
import { app, BRIEF } from './releases.ts';
import { applyAs } from './somebody.ts';
import type { SandboxWorld } from './world.ts';

/** Times with which a canary takes seconds. */
export const TIMES = { ...BRIEF, strategy: 'canary', settle: '300ms', drain: '300ms' };

/** The manifests of a version, with the route that leads to it. */
export function withRoute({ route }: Routed, version: number): string {
  const { name } = route.metadata;
  return documents(app(version), stringify({ ...route, metadata: { name } }));
}

/** What the route needs in the cluster and in the namespace, and version 1 with its route, which may be `theirs` who apply it by another tool. */
export async function serving(world: SandboxWorld, routed: Routed, theirs?: string): Promise<void> {
  const { api } = world.server.sandbox;
  const make = (object: KubeObject): unknown => api.create(object, { manager: 'somebody' });
  const defined = new Set(
    api.list('apiextensions.k8s.io/CustomResourceDefinition').map(({ metadata }) => metadata.name),
  );
  const definitions = routed.ground.filter(({ kind }) => kind === 'CustomResourceDefinition');
  for (const one of definitions) if (!defined.has(one.metadata.name)) make(one);
  for (const { metadata } of definitions) await served(world, metadata.name);
  if (!api.get('Namespace', undefined, world.namespace))
    make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } });
  for (const object of routed.ground)
    if (!definitions.includes(object))
      make({ ...object, metadata: { ...object.metadata, namespace: world.namespace }, spec: here(world, object.spec) });
  if (theirs) expect(new Set(await applyAs(world, 'kubectl', theirs))).toEqual(new Set(['201']));
  await world.write({ 'web.yaml': theirs ? app(1) : withRoute(at(world, routed), 1) });
  const { outputs, log } = await world.run({ ...TIMES });
  expect([outputs['phase'], log]).toEqual(['succeeded', expect.any(String)]);
}

/** The API server takes a moment to serve what is defined. */
async function served({ cluster }: SandboxWorld, name: string): Promise<void> {
  const stop = new AbortController();
  const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  for await (const event of cluster.watch<Definition>(kind, { fieldSelector: `metadata.name=${name}` }, stop.signal)) {
    if (event.type === 'synced') continue;
    if (event.object.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) break;
  }
  stop.abort();
}

type Definition = KubeObject<unknown, { conditions?: { type: string; status: string }[] }>;

/** Names in the DNS of the cluster have the namespace in them. */
function here<T>({ namespace }: SandboxWorld, value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('.default.', `.${namespace}.`)) as T;
}

export function at(world: SandboxWorld, routed: Routed): Routed {
  return { ...routed, route: here(world, routed.route) };
}

export const live = (world: SandboxWorld, { kind }: Routed): Promise<KubeObject | undefined> =>
  world.get(kind.apiVersion, kind.kind, 'web');
