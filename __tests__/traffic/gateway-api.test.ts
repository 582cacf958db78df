import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, KubeObject } from '../../src/kube.ts';
import { gatewayApi } from '../../src/traffic/gateway-api.ts';
import { BY_HEADER, GRPC, HTTP, questionOf, routeOf, serviceRef, WEB } from './any-route.ts';

type Match = { headers?: JsonObject[] };

const entry = (more: JsonObject = {}): JsonObject => ({ name: 'web', port: 80, ...more });
const toWeb = (rule: JsonObject = {}): JsonObject => ({ backendRefs: [entry()], ...rule });
const route = (rules: JsonObject[], metadata: object = {}, kind = 'HTTPRoute'): KubeObject =>
  routeOf('gateway.networking.k8s.io/v1', kind, { rules }, metadata);

describe('what leads to a Service', () => {
  it.each<[string, JsonObject, boolean]>([
    ['by its name', entry(), true],
    ['as a Service in so many words', entry({ group: '', kind: 'Service' }), true],
    ['in the namespace of the route, in so many words', entry({ namespace: 'shop' }), true],
    ['of another name that begins so', entry({ name: 'webshop' }), false],
    ['the new version’s', entry({ name: 'web-canary' }), false],
    ['of another namespace', entry({ namespace: 'elsewhere' }), false],
    ['of another kind', entry({ group: 'multicluster.x-k8s.io', kind: 'ServiceImport' }), false],
    ['of another group', entry({ group: 'x.io' }), false],
  ])('%s', (_what, backend, leads) => {
    for (const kind of ['HTTPRoute', 'GRPCRoute'])
      expect(gatewayApi.leads(route([{ backendRefs: [backend] }], {}, kind), WEB.stable)).toBe(leads);
  });

  it('of another namespace than the route, where it is named', () => {
    const edge = route([{ backendRefs: [entry({ namespace: 'shop' }), entry()] }], { namespace: 'edge' });
    expect(gatewayApi.leads(edge, WEB.stable)).toBe(true);
    expect(gatewayApi.leads(edge, serviceRef('web', 'edge'))).toBe(true);
    expect(gatewayApi.leads(edge, serviceRef('web', 'other'))).toBe(false);
    expect(gatewayApi.leads(route([toWeb()], { namespace: 'edge' }), WEB.stable)).toBe(false);
  });

  it('only by a rule of a chosen name', () => {
    const named = route([{ name: 'a', backendRefs: [entry({ name: 'other' })] }, toWeb({ name: 'b' })]);
    expect(['a', 'b', '*', 'c'].map(name => gatewayApi.leads(named, WEB.stable, [name]))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('what a route without rules or backends sends to is nothing, and what others do is told by their names', () => {
    expect(gatewayApi.leads(routeOf('gateway.networking.k8s.io/v1', 'HTTPRoute', {}), WEB.stable)).toBe(false);
    expect(gatewayApi.leads(route([{ filters: [] }]), WEB.stable)).toBe(false);
    expect(gatewayApi.targets(route([toWeb(), { backendRefs: [entry({ name: 'other' })] }, {}]))).toEqual([
      'web',
      'other',
    ]);
    expect(gatewayApi.targets(routeOf('gateway.networking.k8s.io/v1', 'HTTPRoute', {}))).toEqual([]);
  });
});

describe('what cannot be done', () => {
  const problems = (object: KubeObject, more: object = {}): string[] =>
    gatewayApi.problems(questionOf(object, more as never));

  it('nothing, with an ordinary route', () => {
    expect(problems(route([toWeb(), { filters: [] }]))).toEqual([]);
    expect(problems(route([toWeb()], {}, 'GRPCRoute'), { match: BY_HEADER })).toEqual([]);
  });

  it('a share that is too small for the weights', () => {
    const small = route([{ backendRefs: [entry({ weight: 5 }), entry({ name: 'other', weight: 95 })] }]);
    expect(problems(small)).toEqual([
      expect.stringMatching(
        /HTTPRoute shop\/web gives Service web the weight 5 .* into 10 % .*a hundred times as much/,
      ),
    ]);
    expect(problems(small, { weights: [20, 100] })).toEqual([]);
  });

  it('a Service that gets no requests by any rule', () => {
    const none = { name: 'none', backendRefs: [entry({ weight: 0 }), entry({ name: 'other' })] };
    const refused = [
      expect.stringMatching(/^HTTPRoute shop\/web gives Service web the weight 0: there are no requests/),
    ];
    expect(problems(route([none]))).toEqual(refused);
    expect(problems(route([{ backendRefs: [entry({ weight: 0 })] }]))).toEqual(refused);
    // Another rule that is edited gives it some, or one that is not.
    const some = route([none, toWeb({ name: 'some' })]);
    expect(problems(some)).toEqual([]);
    expect(problems(some, { rules: ['some'] })).toEqual([]);
    expect(problems(some, { rules: ['none'] })).toEqual(refused);
  });

  it('requests that the new version’s Service gets already', () => {
    const taken = route([{ backendRefs: [entry({ weight: 90 }), entry({ name: 'web-canary', weight: 10 })] }]);
    expect(problems(taken)).toEqual([
      expect.stringMatching(/HTTPRoute shop\/web sends requests to Service web-canary already.*to web first/),
    ]);
    expect(problems(route([{ backendRefs: [entry(), entry({ name: 'web-canary', weight: 0 })] }]))).toEqual([]);
  });

  describe('in another namespace, without a grant', () => {
    const far = route([{ backendRefs: [entry({ namespace: 'shop' })] }], { namespace: 'edge' });
    const from = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'edge' };
    const to = { group: '', kind: 'Service' };
    const grant = (spec: object, namespace = 'shop'): KubeObject => ({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'routes', namespace },
      spec,
    });

    it.each<[string, KubeObject, boolean]>([
      ['for all Services', grant({ from: [from], to: [to] }), true],
      ['for the new version’s', grant({ from: [from], to: [{ ...to, name: 'web-canary' }] }), true],
      [
        'for one of several',
        grant({ from: [{ ...from, kind: 'GRPCRoute' }, from], to: [{ ...to, name: 'x' }, to] }),
        true,
      ],
      ['for stable’s alone', grant({ from: [from], to: [{ ...to, name: 'web' }] }), false],
      ['for another kind of route', grant({ from: [{ ...from, kind: 'GRPCRoute' }], to: [to] }), false],
      ['for routes of another namespace', grant({ from: [{ ...from, namespace: 'other' }], to: [to] }), false],
      ['for another kind', grant({ from: [from], to: [{ group: '', kind: 'Secret' }] }), false],
      ['in another namespace', grant({ from: [from], to: [to] }, 'edge'), false],
      ['without a word', grant({}), false],
    ])('%s', (_what, one, isGranted) => {
      expect(problems(far, { aids: [one] })).toEqual(
        isGranted
          ? []
          : [
              expect.stringMatching(
                /HTTPRoute edge\/web is in another namespace than Service shop\/web-canary.*ReferenceGrant to namespace shop from kind HTTPRoute of namespace edge/,
              ),
            ],
      );
    });
  });

  describe('a route that is not in force', () => {
    const parentRef = { name: 'edge' };
    const condition = (type: string, status: string, observedGeneration = 2) => ({
      type,
      status,
      observedGeneration,
      reason: status === 'True' ? type : 'NoMatchingParent',
      message: 'no listener',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const told = (...conditions: object[]): KubeObject => ({
      ...routeOf(
        'gateway.networking.k8s.io/v1',
        'HTTPRoute',
        { parentRefs: [parentRef], rules: [toWeb()] },
        { generation: 2 },
      ),
      status: { parents: conditions.length > 0 ? [{ parentRef, controllerName: 'c', conditions }] : [] },
    });

    it.each<[string, KubeObject, RegExp | undefined]>([
      ['taken', told(condition('Accepted', 'True'), condition('ResolvedRefs', 'True')), undefined],
      [
        'refused',
        told(condition('Accepted', 'False')),
        /HTTPRoute shop\/web is not in force.*Gateway edge.*no listener/,
      ],
      [
        'with refs that are not resolved',
        told(condition('Accepted', 'True'), condition('ResolvedRefs', 'False')),
        /not in force.*not resolved/i,
      ],
      ['with a word about an earlier state', told(condition('Accepted', 'True', 1)), undefined],
      ['without any controller', told(), /not in force.*Waiting for the controller of Gateway edge/],
    ])('%s', (_what, one, text) => {
      expect(problems(one)).toEqual(text ? [expect.stringMatching(text)] : []);
    });
  });

  it('rules for matching requests, where there is no room', () => {
    const many = (count: number): KubeObject => route(Array.from({ length: count }, () => toWeb()));
    expect(problems(many(8), { match: BY_HEADER })).toEqual([]);
    expect(problems(many(9), { match: BY_HEADER })).toEqual([
      expect.stringMatching(/HTTPRoute shop\/web has no room.*18 rules with 18 matches/),
    ]);
    expect(problems(many(9))).toEqual([]);
    const paths = Array.from({ length: 65 }, (_, index) => ({ path: { value: `/${index}` } }));
    const wide = [toWeb({ matches: paths.slice(0, 64) }), toWeb({ matches: paths.slice(64) })];
    expect(problems(route(wide), { match: BY_HEADER })).toEqual([expect.stringMatching(/4 rules with 130 matches/)]);
    const one = { match: BY_HEADER, rules: ['only'] };
    expect(problems(route([...Array(13).fill({ filters: [] }), toWeb({ name: 'only' })]), one)).toEqual([]);
  });
});

describe('users by a header', () => {
  const matchesOf = (rule: JsonObject, name: string, value: string): Match[] =>
    HTTP.form.matching('rules', rule, { by: 'header', name, value })?.['matches'] as unknown as Match[];

  it('each match asks for it, exactly, beside all that it asks for already', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ path: fc.string(), other: fc.boolean() }), { minLength: 1, maxLength: 4 }),
        fc.string(),
        (given, value) => {
          const before = given.map(({ path, other }) => ({
            path: { type: 'Exact', value: path },
            ...(other ? { headers: [{ name: 'x-other', value: 'a' }] } : {}),
          }));
          const after = matchesOf(toWeb({ matches: before as unknown as JsonObject[] }), 'x-tester', value);
          expect(after).toEqual(
            before.map(one => ({
              ...one,
              headers: [...(one.headers ?? []), { type: 'Exact', name: 'x-tester', value }],
            })),
          );
        },
      ),
      { seed: 1 },
    );
  });

  it('the rule keeps its filters, and by a cookie nobody can be told', () => {
    const rule = toWeb({ filters: [{ type: 'URLRewrite' }], timeouts: { request: '1s' } });
    expect(GRPC.form.matching('rules', rule, BY_HEADER)).toMatchObject(rule);
    expect(gatewayApi.matches).toEqual(['header']);
  });
});
