import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Cluster, KindRef } from '../../src/cluster/cluster.ts';
import { ApiError } from '../../src/cluster/errors.ts';
import type { JsonObject, KubeObject } from '../../src/kube.ts';
import { findRoutes } from '../../src/release/survey-routes.ts';
import { istioTable } from '../../src/sandbox/traffic/routes/istio.ts';
import type { RouteTable } from '../../src/sandbox/traffic/routes/route-table.ts';
import { isWeighed, plain, sharesOf, weighed } from '../../src/traffic/backends.ts';
import { gatewayApi } from '../../src/traffic/gateway-api.ts';
import { nginx } from '../../src/traffic/nginx.ts';
import { aimed, hasMatchRule, isAimed, listsOf, type RouteAim, released } from '../../src/traffic/route-rules.ts';
import { chosen, httpRoute, ingress as nginxIngress, service, virtualService } from '../strategies/route-wishes.ts';
import { anyRoute, BY_HEADER, HTTP, type Kind, questionOf, routeOf, VIRTUAL, WEB } from './any-route.ts';

const AT_REST: RouteAim = { pairs: [WEB], share: () => 0, match: BY_HEADER, matched: false };
const MATCHED: RouteAim = { ...AT_REST, matched: true };
const HALF: RouteAim = { pairs: [WEB], share: () => 50, matched: false };
const web = HTTP.entry('web', 0, undefined);
const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } }];
const form = HTTP.form.entries(HTTP.object({}));

/** What names the new version, wherever it stands. */
function twins(lists: unknown): number {
  return JSON.stringify(lists).match(/"web-canary"/g)?.length ?? 0;
}

/** The Services that such a request is sent to, as a data plane reads the route. */
function receivers(table: RouteTable, route: KubeObject, path: string, headers: Record<string, string>): string[] {
  const view = { backendsOf: () => [], find: () => undefined, all: () => [], isBehind: () => false };
  const decision = table.decide(view, route, { protocol: 'http', host: 'web', path, headers });
  const names = decision.shares.flatMap(({ weight, to }) =>
    weight > 0 ? (JSON.stringify(to).match(/\b(web-canary|webshop|web|other)\b/)?.[1] ?? 'nobody') : [],
  );
  return [...new Set(names)].toSorted();
}

describe('an entry that others have changed on one side alone', () => {
  // Somebody gives stable's entry a filter (or the new version's another port) while both have half of the requests.
  const stable = [{ ...web, weight: 50, filters }, { ...HTTP.entry('web-canary', 0, 50) }];
  const twin = [{ ...web, weight: 50 }, { ...HTTP.entry('web-canary', 1, 50) }];
  const gone = [HTTP.entry('web-canary', 0, 50), HTTP.entry('other', 0, 50)];
  const twinsWeight = (all: JsonObject[]): number =>
    all.filter(one => one['name'] === 'web-canary').reduce((sum, one) => sum + Number(one['weight'] ?? 1), 0);

  it.each([
    ['stable’s', stable],
    ['the new version’s', twin],
  ])('%s: the new version gets its share and no more', (_what, all) => {
    expect(twinsWeight(weighed(form, all, WEB, 50))).toBe(50);
    expect(twinsWeight(weighed(form, all, WEB, 0))).toBe(0);
    expect(isWeighed(form, all, WEB, 0)).toBe(false);
    expect(sharesOf(form, all, WEB)).toEqual([50]);
  });

  it.each([
    ['stable’s has a filter', stable],
    ['the new version’s has another port', twin],
    ['stable’s is gone', gone],
  ])('nothing names the new version after the release: %s', (_what, all) => {
    expect(twins(plain(form, all, WEB))).toBe(0);
    const before = HTTP.object({ rules: [{ backendRefs: [web] }] });
    expect(twins(released(HTTP.form, HTTP.object({ rules: [{ backendRefs: all }] }), before, HALF))).toBe(0);
  });

  it('a route that gives the new version’s Service requests by another entry is refused, too', () => {
    expect(gatewayApi.problems(questionOf(HTTP.object({ rules: [{ backendRefs: twin }] })))).toEqual([
      expect.stringContaining('sends requests to Service web-canary already'),
    ]);
  });
});

describe('a rule for matching requests whose own rule others have changed', () => {
  const before = HTTP.object({ rules: [{ backendRefs: [web] }] });
  const [chosen, own] = aimed(HTTP.form, before, MATCHED)['rules'] as [JsonObject, JsonObject];
  const other = {
    matches: [{ path: { type: 'Exact', value: '/' } }],
    backendRefs: [HTTP.entry('other', 0, undefined)],
  };

  it.each<[string, JsonObject[]]>([
    ['by a timeout', [chosen, { ...own, timeouts: { request: '1s' } }]],
    ['by taking it away', [chosen, other]],
    [
      'by a backend more beside the new version',
      [{ ...chosen, backendRefs: [HTTP.entry('web-canary', 0, 1), HTTP.entry('other', 0, 1)] }, own],
    ],
  ])('%s: it goes with the release all the same', (_what, rules) => {
    const live = HTTP.object({ rules });
    expect(isAimed(HTTP.form, live, AT_REST)).toBe(false);
    expect(hasMatchRule(HTTP.form, HTTP.object(aimed(HTTP.form, live, AT_REST)), AT_REST)).toBe(false);
    expect(twins(aimed(HTTP.form, live, AT_REST))).toBe(0);
    expect(twins(released(HTTP.form, live, before, AT_REST))).toBe(0);
  });
});

describe('requests that do not match are not sent to the new version', () => {
  it('an empty list of matches means all requests, and the rule for those that match must ask for the header', () => {
    const http = HTTP.form.matching('rules', { matches: [], backendRefs: [web] }, BY_HEADER);
    expect(http?.['matches']).toEqual([{ headers: [{ type: 'Exact', name: 'x-tester', value: 'yes' }] }]);
    const virtual = VIRTUAL.form.matching(
      'http',
      { match: [], route: [VIRTUAL.entry('web', 0, undefined)] },
      BY_HEADER,
    );
    expect(virtual?.['match']).toEqual([{ headers: { 'x-tester': { exact: 'yes' } } }]);
  });

  it('names of headers are the same in capitals: of two such entries only the first is heeded', () => {
    const rule = { matches: [{ headers: [{ type: 'Exact', name: 'X-Tester', value: 'no' }] }], backendRefs: [web] };
    const [first] = (HTTP.form.matching('rules', rule, BY_HEADER)?.['matches'] ?? []) as { headers: JsonObject[] }[];
    expect(first?.headers ?? []).not.toContainEqual({ type: 'Exact', name: 'X-Tester', value: 'no' });
  });
});

describe('requests that the route sends elsewhere are still sent there', () => {
  const order = (kind: Kind, rules: JsonObject[], list: string): (string | undefined)[] =>
    (aimed(kind.form, kind.object({ [list]: rules }), MATCHED)[list] ?? []).map(
      rule => JSON.stringify(rule).match(/"(web-canary|web|other)"/)?.[1],
    );
  const [virtualWeb, virtualOther] = ['web', 'other'].map(name => VIRTUAL.entry(name, 0, undefined)) as [
    JsonObject,
    JsonObject,
  ];

  it('Istio takes the first rule that fits: before a rule of others, one for all paths with the header takes theirs', () => {
    const api = { match: [{ uri: { prefix: '/api' } }], route: [virtualOther] };
    expect(order(VIRTUAL, [api, { route: [virtualWeb] }], 'http')).toEqual(['other', 'web-canary', 'web']);
  });

  it('each request is sent where it was in Istio, but those to the Service that match go to the new version', () => {
    const anyHeaders = fc.record(
      { 'x-tester': fc.constantFrom('yes', 'no', 'never'), 'x-other': fc.constantFrom('a', 'b') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyRoute(VIRTUAL), anyHeaders, fc.constantFrom('/', '/1', '/2'), (route, headers, path) => {
        const { http = [] } = listsOf(VIRTUAL.form, route);
        const before = VIRTUAL.object({ http });
        const live = VIRTUAL.object(aimed(VIRTUAL.form, before, MATCHED));
        const [was, is] = [before, live].map(one => receivers(istioTable, one, path, headers)) as [string[], string[]];
        expect(is).toEqual(was.includes('web') && headers['x-tester'] === 'yes' ? ['web-canary'] : was);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('Gateway API does so where rules are as specific as each other', () => {
    const beta = { matches: [{ headers: [{ name: 'x-beta', value: '1' }] }], backendRefs: [HTTP.entry('other', 0, 1)] };
    expect(order(HTTP, [beta, { backendRefs: [web] }], 'rules')).toEqual(['other', 'web-canary', 'web']);
  });

  it('a rule that asks for another value of the header has no request that matches', () => {
    const asks = (value: string): JsonObject[] => [{ headers: [{ type: 'Exact', name: 'x-tester', value }] }];
    const rules = [
      { matches: asks('no'), backendRefs: [web] },
      { matches: asks('yes'), backendRefs: [HTTP.entry('other', 0, 1)] },
    ];
    expect(twins(aimed(HTTP.form, HTTP.object({ rules }), MATCHED))).toBe(0);
    const http = ['no', 'yes'].map((exact, index) => ({
      match: [{ headers: { 'x-tester': { exact } } }],
      route: [index === 0 ? virtualWeb : virtualOther],
    }));
    expect(twins(aimed(VIRTUAL.form, VIRTUAL.object({ http }), MATCHED))).toBe(0);
  });

  it('a cookie that an Istio rule asks for already is still asked for', () => {
    const cookie = { regex: '^(.*;\\s*)?user=jason(;.*)?$' };
    const by = { by: 'cookie', name: 'beta', value: 'yes' } as const;
    const rule = { match: [{ headers: { cookie } }], route: [virtualWeb] };
    const match = VIRTUAL.form.matching('http', rule, by)?.['match'];
    expect(JSON.stringify(match ?? 'user=jason')).toContain('user=jason');
  });
});

describe('odd entries', () => {
  it('of two that are the same each has a copy of its own', () => {
    const all = [HTTP.entry('web', 0, 3), HTTP.entry('web', 0, 5)];
    const after = weighed(form, all, WEB, 50);
    expect(isWeighed(form, after, WEB, 50)).toBe(true);
    expect(twins(plain(form, after, WEB))).toBe(0);
  });

  it('a Service that is alone with the weight 0 gets no requests by a release', () => {
    const after = weighed(form, [HTTP.entry('web', 0, 0)], WEB, 50);
    expect(after.map(({ weight }) => weight)).toEqual([0]);
  });

  it('names of rules are unique in a route of the Gateway API', () => {
    const rules = [
      { name: 'a', backendRefs: [web] },
      {
        name: 'a-matched',
        matches: [{ path: { type: 'Exact', value: '/x' } }],
        backendRefs: [HTTP.entry('other', 0, 1)],
      },
    ];
    const names = aimed(HTTP.form, HTTP.object({ rules }), MATCHED)['rules']?.map(({ name }) => name) ?? [];
    expect(new Set(names).size).toBe(names.length);
    expect(listsOf(HTTP.form, HTTP.object({ rules }))['rules']).toHaveLength(2);
  });

  it('a rule that has as many entries as the API lets it have, has no room for one more', () => {
    const others = Array.from({ length: 15 }, (_, index) => HTTP.entry(`other-${index}`, 0, 100));
    const full = HTTP.object({ rules: [{ backendRefs: [HTTP.entry('web', 0, 100), ...others] }] });
    expect(gatewayApi.problems(questionOf(full))).toEqual([expect.stringContaining('no room')]);
  });
});

describe('Ingresses', () => {
  const path = (name: string): JsonObject => ({ path: '/', pathType: 'Prefix', backend: { service: { name } } });
  const ingress = (name: string, spec: object, annotations: object = {}): KubeObject =>
    routeOf('networking.k8s.io/v1', 'Ingress', spec, { name, annotations });
  const rules = [{ host: 'a.example', http: { paths: [path('web')] } }];

  it('a canary of another controller is in nobody’s way', () => {
    const canary = { 'nginx.ingress.kubernetes.io/canary': 'true' };
    const other = ingress('inner-beta', { ingressClassName: 'inner', rules }, canary);
    const question = questionOf(ingress('web', { ingressClassName: 'nginx', rules }), { others: [other] });
    expect(nginx.problems(question)).toEqual([]);
  });

  it('the default backend is told as something that it sends to', () => {
    const whole = ingress('web', { ingressClassName: 'nginx', defaultBackend: { service: { name: 'web' } } });
    expect(nginx.targets(whole)).toEqual(['web']);
  });

  it('what the default backend gets of the Service is not split, and that is told', () => {
    const mixed = ingress('web', { ingressClassName: 'nginx', rules, defaultBackend: { service: { name: 'web' } } });
    expect(nginx.problems(questionOf(mixed))).toEqual([expect.stringContaining('default')]);
  });
});

describe('what is chosen, and what is told of it', () => {
  const web = { istio: [virtualService('edge', 'web')] };

  it('a name in `routes:` that no rule has is told, also beside one that there is, and by auto', () => {
    for (const rules of [['to-web', 'to-wbe'], ['to-wbe']])
      expect(chosen({ routes: web, wish: { rules } }).refused).toEqual([expect.stringContaining('to-wbe')]);
  });

  it('two Services of one workload that both have routes are not chosen from by chance', () => {
    const services = [service('web'), service('inner', 'web')];
    const routes = { 'gateway-api': [httpRoute('a', 'web'), httpRoute('b', 'inner')] };
    expect(chosen({ services, routes }).refused).toEqual([expect.stringMatching(/web.*inner.*`service:`/)]);
  });

  it('a Service that is named by `service:` alone is missing in the routes', () => {
    const services = [service('web'), service('inner', 'web')];
    const { refused } = chosen({ services, routes: web, wish: { traffic: 'istio', service: 'inner' } });
    expect(refused).toEqual([expect.stringContaining('names Service inner: VirtualService shop/edge sends to web.')]);
  });

  it('it is not said that no route names the Service of a StatefulSet, where one does', () => {
    const moving = { web: { kind: 'StatefulSet' } };
    expect(chosen({ moving, routes: web }).told).not.toContain('no route names them');
    expect(chosen({ moving, routes: web, wish: { traffic: 'istio' } }).refused).toEqual([
      expect.stringContaining('StatefulSet'),
    ]);
  });

  it('an Ingress of another class that names the Service is told where nginx was asked for', () => {
    const routes = { nginx: [nginxIngress('edge', 'web', 'nginx-inner')] };
    expect(chosen({ routes, wish: { traffic: 'nginx' } }).refused).toEqual([expect.stringContaining('nginx-inner')]);
  });

  it('where routes may be listed nowhere it is not said that there are none', async () => {
    const forbidden = { verb: 'list', object: 'HTTPRoutes', status: 403, apiReason: 'Forbidden', apiMessage: '' };
    const facts = { ...forbidden, causes: [], conflicts: [], group: '', resource: '' };
    const cluster = {
      serves: async () => true,
      kind: async (kind: KindRef) => ({ ...kind, plural: 'x', namespaced: true }),
      list: async () => {
        throw new ApiError('forbidden', 'forbidden', undefined, facts);
      },
    } as unknown as Cluster;
    const found = await findRoutes(cluster, 'gateway-api', ['shop']);
    const routes = found.get('gateway-api');
    const { told } = chosen({ unseen: { 'gateway-api': [...(routes?.unseen ?? [])] } });
    expect(told).not.toContain('0 HTTPRoutes');
    expect(told).toContain('HTTPRoutes not at all');
  });
});

describe('a rule for matching requests', () => {
  it('sends to a copy of an entry that gets requests, not of one with the weight 0', () => {
    const rules = [{ backendRefs: [HTTP.entry('web', 0, 0), HTTP.entry('web', 1, 100)] }];
    const [chosen] = aimed(HTTP.form, HTTP.object({ rules }), MATCHED)['rules'] ?? [];
    expect(chosen?.['backendRefs']).toEqual([HTTP.entry('web-canary', 1, undefined)]);
  });

  it('is written at once for a rule of which others have taken stable’s entry away', () => {
    const rules = [{ backendRefs: [HTTP.entry('web-canary', 0, 50), HTTP.entry('other', 0, 50)] }];
    const live = HTTP.object(aimed(HTTP.form, HTTP.object({ rules }), MATCHED));
    expect(hasMatchRule(HTTP.form, live, MATCHED)).toBe(true);
    expect(isAimed(HTTP.form, live, MATCHED)).toBe(true);
  });

  it('is not mistaken for one that stood there before the release, with the weight 0: that stays, or the route is refused', () => {
    const closed = {
      matches: [{ path: { type: 'PathPrefix', value: '/beta' } }],
      backendRefs: [HTTP.entry('web-canary', 0, 0)],
    };
    const before = HTTP.object({ rules: [closed, { backendRefs: [web] }] });
    const problems = gatewayApi.problems(questionOf(before, { match: BY_HEADER }));
    const live = HTTP.object(aimed(HTTP.form, before, MATCHED));
    const isBack = isDeepStrictEqual(released(HTTP.form, live, before, AT_REST), listsOf(HTTP.form, before));
    expect(problems.length > 0 || isBack).toBe(true);
  });

  it('is not mistaken for a rule of the user’s of which others have taken stable’s entry away', () => {
    const path = { matches: [{ path: { type: 'PathPrefix', value: '/' } }] };
    const before = HTTP.object({ rules: [{ ...path, backendRefs: [web] }] });
    const live = HTTP.object({ rules: [{ ...path, backendRefs: [HTTP.entry('web-canary', 0, 50)] }] });
    expect(aimed(HTTP.form, live, AT_REST)['rules']).toHaveLength(1);
    expect(released(HTTP.form, live, before, AT_REST)['rules']).toHaveLength(1);
  });
});
