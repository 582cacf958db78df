import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../src/kube.ts';
import type { ProgressiveWish } from '../../src/strategies/wish.ts';
import { chosen, httpRoute, ingress, service, virtualService, workload } from './route-wishes.ts';

const ONE_EACH = [
  ['gateway-api', httpRoute('edge', 'web')],
  ['istio', virtualService('edge', 'web')],
  ['nginx', ingress('edge', 'web')],
] as const;

describe('auto', () => {
  it.each(ONE_EACH)('takes the one route that there is: %s', (router, route) => {
    const { told, ...found } = chosen({ routes: { [router]: [route] } });
    expect(found).toMatchObject({ router, refused: [], routes: [route] });
    expect(found.pairs).toMatchObject([{ service: { stable: { name: 'web' }, twin: { name: 'web-canary' } } }]);
    expect(found.pairs[0]?.service?.ownStable).toBeUndefined();
    expect(told).toContain(`router ${router}: ${route.kind} shop/edge sends to Service shop/web, and nothing else`);
  });

  it('says what it looked at, where there is none that names the Service', () => {
    const routes = {
      'gateway-api': [httpRoute('edge', 'webshop')],
      istio: [virtualService('a', 'x'), virtualService('b')],
    };
    const found = chosen({ routes });
    expect(found).toMatchObject({ router: 'pods', refused: [], routes: [], made: [] });
    expect(found.told).toContain('looked at: 1 HTTPRoute, 0 GRPCRoutes, 2 VirtualServices, 0 Ingresses of class nginx');
    expect(chosen({ routes, wish: { strategy: 'blue-green' } }).told).toMatch(/router service: .*1 HTTPRoute/);
  });

  it('does not take an Ingress of another class, nor a route of another namespace’s Service', () => {
    const far = { ...httpRoute('edge', 'web'), metadata: { name: 'edge', namespace: 'other' } };
    expect(chosen({ routes: { nginx: [ingress('edge', 'web', 'gce')], 'gateway-api': [far] } }).router).toBe('pods');
  });

  it('names both where routes of two routers have the traffic', () => {
    const routes = Object.fromEntries(ONE_EACH.slice(0, 2).map(([router, route]) => [router, [route]]));
    const { refused } = chosen({ routes });
    expect(refused).toEqual([
      'Which route has the traffic is not clear: HTTPRoute shop/edge sends to Service shop/web (traffic: gateway-api), and VirtualService shop/edge sends to Service shop/web (traffic: istio). Choose one with `traffic:`.',
    ]);
    for (const [router, route] of ONE_EACH.slice(0, 2))
      expect(chosen({ routes, wish: { traffic: router } })).toMatchObject({ router, refused: [], routes: [route] });
  });

  it('uses all routes of one router that lead to the Service', () => {
    const routes = [httpRoute('a', 'web'), httpRoute('b', 'other'), httpRoute('c', 'other', 'web')];
    const found = chosen({ routes: { 'gateway-api': routes } });
    expect(found.routes.map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
    expect(found.told).toContain('HTTPRoute shop/a and HTTPRoute shop/c send to Service shop/web');
  });

  it('tells where it may not look', () => {
    const unseen = {
      'gateway-api': [{ kind: 'HTTPRoute', where: 'elsewhere' as const }],
      nginx: [{ kind: 'Ingress', where: 'anywhere' as const }],
    };
    expect(chosen({ unseen }).told).toMatch(
      /0 HTTPRoutes, and none in other namespaces, where the credentials may not list them.*Ingresses not at all/,
    );
    expect(chosen({ unseen, routes: { istio: [virtualService('edge', 'web')] } }).told).toContain(
      '0 HTTPRoutes, and none in other namespaces',
    );
    expect(chosen({ unseen, wish: { traffic: 'gateway-api' } }).refused[0]).toContain(
      'the credentials may not list HTTPRoutes of other namespaces',
    );
  });

  it('asks for no route where pods or service were asked for', () => {
    const routes = { istio: [virtualService('edge', 'web')] };
    for (const traffic of ['pods', 'service'] as const)
      expect(chosen({ routes, wish: { traffic } })).toMatchObject({ router: traffic, routes: [], refused: [] });
  });
});

describe('missing-backend: a route that does not name the Service', () => {
  it.each([
    ['gateway-api', httpRoute('edge', 'webshop'), 'No HTTPRoute or GRPCRoute names', 'sends to webshop'],
    ['istio', virtualService('edge', 'webshop.shop'), 'No VirtualService names', 'sends to webshop.shop'],
    ['nginx', ingress('edge', 'webshop'), 'No Ingress names', 'sends to webshop'],
  ] as const)('is refused with both names: %s', (router, route, start, there) => {
    const { refused, pairs } = chosen({ routes: { [router]: [route] }, wish: { traffic: router } });
    expect(refused).toEqual([expect.stringContaining(`${start} Service web: ${route.kind} shop/edge ${there}.`)]);
    expect(refused[0]).toMatch(/Apply a route first.*correct `service:` or `routes:`/);
    expect(pairs).toEqual([]);
  });

  it('is told as well where there is no route at all, or no Service', () => {
    const wish = { traffic: 'gateway-api' as const };
    expect(chosen({ wish }).refused).toEqual([
      expect.stringContaining('names Service web: there is no HTTPRoute and no GRPCRoute that it would use.'),
    ]);
    expect(chosen({ wish, services: [], routes: { 'gateway-api': [httpRoute('edge', 'web')] } }).refused).toEqual([
      expect.stringContaining('names a Service of the workloads: HTTPRoute shop/edge sends to web.'),
    ]);
  });

  it('a rule of an unknown name is told with it', () => {
    const wish = { traffic: 'istio' as const, rules: ['main'] };
    const routes = { istio: [virtualService('edge', 'web')] };
    expect(chosen({ wish, routes }).refused).toEqual([
      expect.stringContaining('names Service web in a rule named main: VirtualService shop/edge sends to web.'),
    ]);
    expect(chosen({ wish: { ...wish, rules: ['to-web'] }, routes })).toMatchObject({ router: 'istio', refused: [] });
  });

  it('a route that comes with the manifests has no traffic yet', () => {
    const route = httpRoute('edge', 'web');
    const note = 'HTTPRoute shop/edge comes with this release and has no traffic yet';
    const found = chosen({ wanted: [route] });
    expect(found).toMatchObject({ router: 'pods', refused: [] });
    expect(found.told).toContain(note);
    const asked = chosen({ wanted: [route], wish: { traffic: 'gateway-api' } });
    expect(asked.refused).toEqual([expect.stringContaining('there is no HTTPRoute and no GRPCRoute')]);
    expect(asked.told).toContain(note);
  });
});

describe('several workloads and Services', () => {
  const two = { web: {}, api: {} };
  const services = [service('web'), service('api')];

  it('one without a route beside one with a route is rolled at promotion, and that is told', () => {
    const found = chosen({ moving: two, services, routes: { istio: [virtualService('edge', 'web')] } });
    expect(found).toMatchObject({ router: 'istio', refused: [] });
    expect(found.pairs.map(({ stable }) => stable.name)).toEqual(['web']);
    expect(found.changed.map(({ metadata }) => metadata.name)).toEqual(['web', 'api']);
    expect(found.told).toContain('Deployment shop/api is rolled at promotion: no route names Service shop/api');
  });

  it('one that no Service selects moves along, and a StatefulSet is rolled', () => {
    const moving = { web: {}, worker: {}, db: { kind: 'StatefulSet' } };
    const found = chosen({ moving, routes: { istio: [virtualService('edge', 'web')] } });
    expect(found.pairs.map(({ stable }) => stable.name)).toEqual(['web', 'worker']);
    expect(found.told).toContain('StatefulSet shop/db is rolled at promotion: its pods move by partition');
  });

  it('one route may lead to both', () => {
    const route = virtualService('edge', 'web', 'api');
    const found = chosen({ moving: two, services, routes: { istio: [route] } });
    expect(found).toMatchObject({ routes: [route], refused: [] });
    expect(found.pairs.map(({ service: one }) => one?.twin.name)).toEqual(['web-canary', 'api-canary']);
  });

  it('`service:` chooses of several', () => {
    const both = [service('web'), service('inner', 'web')];
    const routes = { 'gateway-api': [httpRoute('a', 'web'), httpRoute('b', 'inner')] };
    const found = chosen({ services: both, routes, wish: { service: 'inner' } });
    expect(found.pairs).toMatchObject([{ service: { stable: { name: 'inner' } } }]);
    expect(found.routes.map(({ metadata }) => metadata.name)).toEqual(['b']);
    // A Service that no route names is not chosen before one that a route names.
    const one = chosen({ services: both, routes: { 'gateway-api': [httpRoute('b', 'inner')] } });
    expect(one.pairs).toMatchObject([{ service: { stable: { name: 'inner' } } }]);
  });

  it.each(ONE_EACH)(
    'pods of a workload that does not move, behind the same Service, are refused: %s',
    (router, route) => {
      const others = [workload('batch', 'b:1', { app: 'web', track: false })];
      expect(chosen({ routes: { [router]: [route] }, others }).refused).toEqual([
        expect.stringMatching(
          /Service shop\/web also sends to the pods of Deployment shop\/batch.*would lose its traffic/,
        ),
      ]);
      expect(chosen({ others }).refused).toEqual([]);
    },
  );

  it('a workload without a route that shares the Service of one that moves is no stranger to be lost', () => {
    const moving = { web: {}, 'web-too': { app: 'web' } };
    const found = chosen({ moving, routes: { istio: [virtualService('edge', 'web')] } });
    expect(found.refused).toEqual([]);
    expect(found.pairs.map(({ stable }) => stable.name)).toEqual(['web', 'web-too']);
  });
});

describe('steps with match', () => {
  const match = (by: 'header' | 'cookie', value = 'yes') => ({
    steps: [{ kind: 'match' as const, match: { by, name: 'tester', value } }] as unknown as ProgressiveWish['steps'],
  });

  it.each([
    ['gateway-api', 'header', undefined],
    ['gateway-api', 'cookie', 'The router gateway-api cannot send users by a cookie; it can by a header.'],
    ['istio', 'header', undefined],
    ['istio', 'cookie', undefined],
    ['nginx', 'header', undefined],
    [
      'nginx',
      'cookie',
      'Ingress shop/edge: ingress-nginx sends by a cookie only where its value is always, not "yes".',
    ],
  ] as const)('%s by %s', (router, by, text) => {
    const route = ONE_EACH.find(([name]) => name === router)?.[1] as KubeObject;
    const { refused } = chosen({ routes: { [router]: [route] }, wish: match(by) });
    expect(refused).toEqual(text ? [expect.stringContaining(text)] : []);
  });
});

it('what is made beside the routes is that of all routes', () => {
  const routes = { nginx: [ingress('a', 'web'), ingress('b', 'web'), ingress('c', 'other')] };
  const made = chosen({ routes, wish: { strategy: 'blue-green' } }).made;
  expect(made.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Ingress a-preview',
    'Ingress b-preview',
  ]);
  const names = made.map(({ spec }) => JSON.stringify((spec as { rules: JsonObject[] }).rules));
  expect(names.every(text => text.includes('"web-preview"'))).toBe(true);
});
