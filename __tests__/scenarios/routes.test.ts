import { describe, expect } from '@jest/globals';
import { stringify } from 'yaml';
import type { KubeObject } from '../../src/kube.ts';
import { startTraffic } from '../../src/sandbox/traffic/traffic.ts';
import { ALL_ROUTED, HTTP_ROUTE, INGRESS, type Routed, VIRTUAL_SERVICE } from '../release/routes/routed.ts';
import { accountWith, type Rule } from './accounts.ts';
import { documents } from './objects.ts';
import { app, BRIEF, records, release, standing } from './releases.ts';
import { applyAs } from './somebody.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const TIMES = { ...BRIEF, strategy: 'canary', settle: '300ms', drain: '300ms' };

/** In real time: the matrix of __tests__/release/routes has all of them. */
const ONE_EACH = ALL_ROUTED.filter(([, routed]) => [HTTP_ROUTE, VIRTUAL_SERVICE, INGRESS].includes(routed));
const OTHERS = ALL_ROUTED.filter(one => !ONE_EACH.includes(one));

/** The manifests of a version, with the route that leads to it. */
function withRoute({ route }: Routed, version: number): string {
  const { name } = route.metadata;
  return documents(app(version), stringify({ ...route, metadata: { name } }));
}

/** What the route needs in the cluster and in the namespace, and version 1 with its route, which may be `theirs` who apply it by another tool. */
async function serving(world: SandboxWorld, routed: Routed, theirs?: string): Promise<void> {
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
  if (theirs) expect(await applyAs(world, 'kubectl', theirs)).toEqual(['201']);
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

function at(world: SandboxWorld, routed: Routed): Routed {
  return { ...routed, route: here(world, routed.route) };
}

const live = (world: SandboxWorld, { kind }: Routed): Promise<KubeObject | undefined> =>
  world.get(kind.apiVersion, kind.kind, 'web');

describe('zero-loss-shift', () => {
  for (const [name, routed] of ONE_EACH)
    onSandbox(
      `0 → 50 → 100 → 0 % by ${name}: promoted by another process, no request fails, and its owner meets no conflict`,
      async world => {
        const route = (): string => stringify({ ...at(world, routed).route, metadata: { name: 'web' } });
        await serving(world, routed, route());
        const before = await live(world, routed);
        const traffic = startTraffic(world.server.sandbox.api, {
          namespace: world.namespace,
          exclude: ['*-canary'],
          intervalMs: 20,
          durationMs: 20,
        });
        const paused = await release(world, 2, { ...TIMES, steps: '[weight: 50, hold: 1s, weight: 100, approve]' });
        expect(paused.outputs).toMatchObject({ phase: 'paused' });
        expect(paused.log).toContain(
          `Traffic moves by the router ${routed.router}: ${routed.kind.kind} ${world.namespace}/web sends to Service`,
        );
        const canary = await world.get('networking.k8s.io/v1', 'Ingress', 'web-canary');
        expect(JSON.stringify([await live(world, routed), canary])).toContain('web-canary');
        expect((await world.command('promote')).outputs).toMatchObject({ phase: 'succeeded' });
        traffic.stop();
        expect(traffic.losses).toEqual([]);
        expect(traffic.counts().sent).toBeGreaterThan(100);
        expect((await live(world, routed))?.spec).toEqual(before?.spec);
        expect(await standing(world)).toBe('version 2, 2 pods');
        // Whoever owns the route applies it again, unchanged.
        expect(await applyAs(world, 'kubectl', route())).toEqual(['200']);
        expect(await applyAs(world, 'kubectl-client-side-apply', route(), 'merge')).toEqual(['200']);
        expect((await live(world, routed))?.spec).toEqual(before?.spec);
      },
    );
});

describe('reject-mid-canary and cleanup', () => {
  for (const [name, routed] of OTHERS)
    onSandbox(`a reject by ${name} leaves the route to its owners, and nothing but the record`, async world => {
      await serving(world, routed);
      const before = await live(world, routed);
      await world.write({ 'web.yaml': withRoute(at(world, routed), 2) });
      await world.run({ ...TIMES, steps: '[weight: 40, approve]' });
      expect((await world.command('reject')).outputs).toMatchObject({ phase: 'rolled-back', reason: 'rejected' });
      expect((await live(world, routed))?.spec).toEqual(before?.spec);
      expect(await standing(world)).toBe('version 1, 2 pods');
      expect(await standing(world, 'web-canary')).toBeUndefined();
      expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
      const answers = await applyAs(world, 'terraform', withRoute(at(world, routed), 1), 'merge');
      expect([...new Set(answers)]).toEqual(['200']);
    });
});

describe('what fails before any write', () => {
  onSandbox('missing-backend: a route that does not name the Service, with both names', async world => {
    await serving(world, HTTP_ROUTE);
    const old = JSON.parse(
      JSON.stringify(HTTP_ROUTE.route).replaceAll('"web","port"', '"web-old","port"'),
    ) as KubeObject;
    await applyAs(world, 'somebody', stringify({ ...old, metadata: { name: 'web' } }), 'merge');
    world.writes();
    const { outputs, log } = await release(world, 2, { ...TIMES, traffic: 'gateway-api' });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'invalid-input' });
    expect(log).toContain(
      `No HTTPRoute or GRPCRoute names Service web: HTTPRoute ${world.namespace}/web sends to web-old`,
    );
    expect(world.writes()).toEqual([]);
  });

  onSandbox('two routers lead to the Service: both are named', async world => {
    await serving(world, HTTP_ROUTE);
    await applyAs(world, 'somebody', stringify({ ...INGRESS.route, metadata: { name: 'web' } }));
    world.writes();
    await world.write({ 'web.yaml': withRoute(HTTP_ROUTE, 2) });
    const { outputs, log } = await world.run({ ...TIMES });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'invalid-input' });
    expect(log).toMatch(
      /HTTPRoute \S+\/web sends to Service \S+\/web \(traffic: gateway-api\), and Ingress \S+\/web sends to Service \S+\/web \(traffic: nginx\)/,
    );
    expect(world.writes()).toEqual([]);
    expect((await world.run({ ...TIMES, traffic: 'nginx', steps: '50', hold: '0s' })).outputs).toMatchObject({
      phase: 'succeeded',
    });
  });

  onSandbox('no-permission: an account that may not patch routes, with the rule to add', async world => {
    await serving(world, VIRTUAL_SERVICE);
    const all = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];
    const rules: Rule[] = [
      {
        apiGroups: ['', 'apps', 'coordination.k8s.io', 'discovery.k8s.io', 'autoscaling', 'networking.k8s.io'],
        resources: ['*'],
        verbs: all,
      },
      {
        apiGroups: ['networking.istio.io'],
        resources: ['virtualservices', 'destinationrules'],
        verbs: ['get', 'list', 'watch'],
      },
    ];
    const kubeconfig = accountWith(world, rules);
    world.writes();
    const { outputs, log } = await release(world, 2, {
      ...TIMES,
      kubeconfig,
      steps: '50',
      'create-namespace': 'false',
      prune: 'false',
    });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'forbidden' });
    expect(log).toContain('patch, update on virtualservices');
    expect(log).toContain('apiGroups: ["networking.istio.io"]');
    expect(world.writes()).toEqual([]);
  });
});

describe('resume-after-cancel', () => {
  onSandbox(
    'gitops-reset while nobody is at work: the next command sees it, tells it and writes the weights again',
    async world => {
      await serving(world, HTTP_ROUTE);
      await world.write({ 'web.yaml': withRoute(HTTP_ROUTE, 2) });
      await world.run({ ...TIMES, steps: '[weight: 50, approve, weight: 100, approve]' });
      await applyAs(world, 'argocd', stringify({ ...HTTP_ROUTE.route, metadata: { name: 'web' } }), 'merge');
      const { outputs, log } = await world.command('promote');
      expect(outputs).toMatchObject({ phase: 'paused' });
      expect(log).toContain('0 % of Service web to web-canary instead of 50 %');
      expect(JSON.stringify((await live(world, HTTP_ROUTE))?.spec)).toContain(
        '"name":"web-canary","port":80,"weight":100',
      );
      expect((await world.command('reject')).outputs).toMatchObject({ phase: 'rolled-back' });
    },
  );
});
