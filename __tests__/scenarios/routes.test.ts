import { describe, expect } from '@jest/globals';
import { stringify } from 'yaml';
import type { KubeObject } from '../../src/kube.ts';
import { startTraffic } from '../../src/sandbox/traffic/traffic.ts';
import { ALL_ROUTED, HTTP_ROUTE, INGRESS, VIRTUAL_SERVICE } from '../release/routes/routed.ts';
import { accountWith, type Rule } from './accounts.ts';
import { documents } from './objects.ts';
import { records, release, standing } from './releases.ts';
import { at, live, serving, TIMES, withRoute } from './routed.ts';
import { applyAs } from './somebody.ts';
import { onSandbox } from './world.ts';

/** In real time: the matrix of __tests__/release/routes has all of them. */
const ONE_EACH = ALL_ROUTED.filter(([, routed]) => [HTTP_ROUTE, VIRTUAL_SERVICE, INGRESS].includes(routed));
const OTHERS = ALL_ROUTED.filter(one => !ONE_EACH.includes(one));

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

describe('what is edited', () => {
  /** A Service of somebody else’s, to which nobody sends here. */
  const other = stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'other' },
    spec: { type: 'ExternalName', externalName: 'other.example' },
  });
  const WAITING = { ...TIMES, steps: '[weight: 25, approve]' };

  onSandbox(
    'httproute-preserve: filters, further rules and further backends stay, and only two weights change',
    async world => {
      const filters = [{ type: 'URLRewrite', urlRewrite: { hostname: 'inner.example' } }];
      const rules = [
        { matches: [{ path: { type: 'PathPrefix', value: '/other' } }], backendRefs: [{ name: 'other', port: 80 }] },
        {
          filters,
          backendRefs: [
            { name: 'web', port: 80, weight: 60 },
            { name: 'other', port: 80, weight: 40 },
          ],
        },
      ];
      const route = {
        ...HTTP_ROUTE,
        route: { ...HTTP_ROUTE.route, spec: { ...(HTTP_ROUTE.route.spec as object), rules } },
      };
      await serving(world, route, documents(other, stringify({ ...route.route, metadata: { name: 'web' } })));
      const before = (await live(world, route))?.spec as { rules: { backendRefs: object[] }[] };
      await release(world, 2, WAITING);
      const now = (await live(world, route))?.spec as typeof before;
      const [, second] = before.rules;
      expect(now).toEqual({
        ...before,
        rules: [
          before.rules[0],
          {
            ...second,
            backendRefs: [
              { ...second?.backendRefs[0], weight: 45 },
              { ...second?.backendRefs[0], name: 'web-canary', weight: 15 },
              second?.backendRefs[1],
            ],
          },
        ],
      });
      await world.command('reject');
      expect((await live(world, route))?.spec).toEqual(before);
    },
  );

  onSandbox(
    'vs-named-route: with two http routes to the host and no name it fails before any write; with a name only that one changes',
    async world => {
      const http = ['main', 'beside'].map(name => ({ name, route: [{ destination: { host: 'web' } }] }));
      const route = { ...VIRTUAL_SERVICE, route: { ...VIRTUAL_SERVICE.route, spec: { hosts: ['web'], http } } };
      await serving(world, route, stringify({ ...route.route, metadata: { name: 'web' } }));
      world.writes();
      const refused = await release(world, 2, WAITING);
      expect(refused.outputs).toMatchObject({ phase: 'failed', reason: 'invalid-input' });
      expect(refused.log).toContain('has 2 http routes to Service web (main; beside), and none is chosen');
      expect(world.writes()).toEqual([]);
      await release(world, 2, { ...WAITING, routes: 'main' });
      expect((await live(world, route))?.spec).toEqual({
        hosts: ['web'],
        http: [
          {
            name: 'main',
            route: [
              { destination: { host: 'web' }, weight: 75 },
              { destination: { host: 'web-canary' }, weight: 25 },
            ],
          },
          http[1],
        ],
      });
      await world.command('reject');
    },
  );

  onSandbox('nginx-copy: the canary Ingress has only the rules for the Service, with TLS and class', async world => {
    const path = (name: string, at: string) => ({
      path: at,
      pathType: 'Prefix',
      backend: { service: { name, port: { number: 80 } } },
    });
    const rule = (host: string, ...paths: object[]) => ({ host, http: { paths } });
    const tls = [{ hosts: ['a.example'], secretName: 'a-tls' }];
    const rules = [rule('a.example', path('other', '/other'), path('web', '/')), rule('b.example', path('other', '/'))];
    const route = { ...INGRESS, route: { ...INGRESS.route, spec: { ingressClassName: 'nginx', tls, rules } } };
    await serving(world, route, documents(other, stringify({ ...route.route, metadata: { name: 'web' } })));
    await release(world, 2, WAITING);
    expect(await world.get('networking.k8s.io/v1', 'Ingress', 'web-canary')).toMatchObject({
      metadata: { annotations: { 'nginx.ingress.kubernetes.io/canary-weight': '25' } },
      spec: { ingressClassName: 'nginx', tls, rules: [rule('a.example', path('web-canary', '/'))] },
    });
    await world.command('reject');
    expect(await world.get('networking.k8s.io/v1', 'Ingress', 'web-canary')).toBeUndefined();
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
    expect(log).toContain('update, patch on virtualservices');
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
