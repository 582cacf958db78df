import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, KubeObject } from '../../src/kube.ts';
import type { Match } from '../../src/release/plan.ts';
import { istio } from '../../src/traffic/istio.ts';
import type { RouteQuestion } from '../../src/traffic/router-kind.ts';
import { BY_HEADER, questionOf, routeOf, serviceRef, VIRTUAL, WEB } from './any-route.ts';

const to = (host: string, more: object = {}): JsonObject => ({ destination: { host, ...more } });
const virtual = (lists: object, metadata: object = {}): KubeObject =>
  routeOf('networking.istio.io/v1', 'VirtualService', { hosts: ['web'], ...lists }, metadata);
const http = (...hosts: string[]): KubeObject => virtual({ http: hosts.map(host => ({ route: [to(host)] })) });

const HOSTS: readonly [string, boolean][] = [
  ['web', true],
  ['web.shop', true],
  ['web.shop.svc', true],
  ['web.shop.svc.cluster.local', true],
  ['web.shop.svc.company.internal', true],
  ['webshop', false],
  ['web-canary', false],
  ['web.other', false],
  ['web.other.svc.cluster.local', false],
  ['web.shop.example', false],
  ['web.shop.svcs', false],
  ['web.example', false],
  ['www.web.shop', false],
  ['*.shop.svc.cluster.local', false],
  ['', false],
];

describe('what leads to a Service', () => {
  it.each(HOSTS)('the host %s: %s', (host, leads) => {
    expect(istio.leads(http(host), WEB.stable)).toBe(leads);
    for (const list of ['tls', 'tcp'])
      expect(istio.leads(virtual({ [list]: [{ route: [to(host)] }] }), WEB.stable)).toBe(leads);
  });

  it('a short name is of the namespace of the VirtualService', () => {
    const far = virtual({ http: [{ route: [to('web')] }] }, { namespace: 'edge' });
    expect(istio.leads(far, WEB.stable)).toBe(false);
    expect(istio.leads(far, serviceRef('web', 'edge'))).toBe(true);
    const whole = virtual({ http: [{ route: [to('web.shop.svc.cluster.local')] }] }, { namespace: 'edge' });
    expect(istio.leads(whole, WEB.stable)).toBe(true);
    expect(istio.leads(whole, serviceRef('web', 'edge'))).toBe(false);
  });

  it('a subset is of its host, and what has no destination is nobody’s', () => {
    expect(istio.leads(virtual({ http: [{ route: [to('web', { subset: 'v1' })] }] }), WEB.stable)).toBe(true);
    const odd = virtual({
      http: [{ redirect: { uri: '/' } }, { route: [{ weight: 1 }] }, { delegate: { name: 'web' } }],
    });
    expect(istio.leads(odd, WEB.stable)).toBe(false);
    expect(istio.leads(virtual({ hosts: ['web'] }), WEB.stable)).toBe(false);
  });

  it('only by a rule of a chosen name', () => {
    const named = virtual({ http: [{ name: 'a', route: [to('web')] }], tcp: [{ route: [to('web')] }] });
    expect([['a'], ['b'], ['*'], undefined].map(rules => istio.leads(named, WEB.stable, rules))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('targets are the hosts as they stand there', () => {
    const mixed = virtual({ tcp: [{ route: [to('db')] }], http: [{ route: [to('web.shop'), to('other')] }] });
    expect(istio.targets(mixed)).toEqual(['web.shop', 'other', 'db']);
  });
});

describe('the new version’s host', () => {
  it('has the form of stable’s, and leads to the new version from the same places', () => {
    const entries = VIRTUAL.form.entries(http('web'));
    for (const [host] of HOSTS.filter(([, leads]) => leads)) {
      const twin = entries.renamed(to(host, { subset: 'v1', port: { number: 80 } }), WEB.stable, WEB.twin);
      expect(twin).toEqual(to(`web-canary${host.slice(3)}`, { subset: 'v1', port: { number: 80 } }));
      expect(entries.names(twin, WEB.twin)).toBe(true);
      expect(entries.names(twin, WEB.stable)).toBe(false);
    }
  });
});

describe('what cannot be done', () => {
  const problems = (object: KubeObject, more: Partial<RouteQuestion> = {}): string[] =>
    istio.problems(questionOf(object, more));

  it('nothing, with one http route and any number by TLS and TCP', () => {
    const lists = { http: [{ route: [to('web')] }, { route: [to('other')] }] };
    const plain = [{ route: [to('web')] }, { route: [to('web')] }];
    expect(problems(virtual({ ...lists, tls: plain, tcp: plain }))).toEqual([]);
  });

  it('to guess which of several http routes is meant', () => {
    const two = virtual({ http: [{ name: 'main', route: [to('web')] }, { route: [to('web.shop')] }] });
    expect(problems(two)).toEqual([
      expect.stringMatching(
        /VirtualService shop\/web has 2 http routes to Service web \(main; number 2, without a name\).*routes: "\*"/,
      ),
    ]);
    for (const rules of [['main'], ['*']]) expect(problems(two, { rules })).toEqual([]);
  });

  it('a share that is too small, or given already', () => {
    const weights = (web: number, twin: number, other: number): KubeObject =>
      virtual({
        http: [
          {
            route: [
              { ...to('web'), weight: web },
              { ...to('web-canary'), weight: twin },
              { ...to('other'), weight: other },
            ],
          },
        ],
      });
    expect(problems(weights(5, 0, 95))).toEqual([expect.stringMatching(/gives Service web the weight 5 .*10 %/)]);
    expect(problems(weights(50, 10, 40))).toEqual([expect.stringMatching(/to Service web-canary already/)]);
    expect(problems(weights(60, 0, 40))).toEqual([]);
  });
});

describe('DestinationRules', () => {
  const rule = (host: string, spec: object = {}, metadata: object = {}): KubeObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: {
      name: 'policy',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '7',
      labels: { team: 'edge' },
      annotations: { note: 'x' },
      ...metadata,
    },
    spec: { host, ...spec },
  });
  const made = (aids: KubeObject[], more: Partial<RouteQuestion> = {}): KubeObject[] =>
    istio.made?.(questionOf(http('web'), { aids, ...more })) ?? [];

  it('are copied for the new version with their policies, and each subset is all of its pods', () => {
    const policy = { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } }, exportTo: ['.'] };
    const subsets = [
      { name: 'v1', labels: { version: 'v1' }, trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } },
      { name: 'all' },
    ];
    for (const track of ['canary', 'preview'] as const)
      expect(made([rule('web.shop.svc.cluster.local', { ...policy, subsets })], { track })).toEqual([
        {
          apiVersion: 'networking.istio.io/v1',
          kind: 'DestinationRule',
          metadata: { name: `policy-${track}`, namespace: 'shop', labels: { 'sluice.dev/track': track } },
          spec: {
            ...policy,
            host: 'web-canary.shop.svc.cluster.local',
            subsets: [
              { ...subsets[0], labels: { 'sluice.dev/track': track } },
              { name: 'all', labels: { 'sluice.dev/track': track } },
            ],
          },
        },
      ]);
  });

  it.each(HOSTS)('for the host %s: %s', (host, isFor) => {
    const copies = made([rule(host)]);
    expect(copies).toHaveLength(Number(isFor));
    if (isFor) expect(copies[0]?.spec).toEqual({ host: `web-canary${host.slice(3)}` });
  });

  it('of the namespaces of the route and of the Service alone', () => {
    const whole = 'web.shop.svc.cluster.local';
    const edge = virtual({ http: [{ route: [to(whole)] }] }, { namespace: 'edge' });
    const aids = ['shop', 'edge', 'other'].map(namespace => rule(whole, {}, { namespace }));
    expect(istio.made?.(questionOf(edge, { aids })).map(({ metadata }) => metadata.namespace)).toEqual([
      'shop',
      'edge',
    ]);
    expect(made([rule('web', {}, { namespace: 'edge' })])).toEqual([]);
  });

  it('nothing is made where there is none, and several of one host are all copied', () => {
    expect(made([])).toEqual([]);
    const names = made([rule('web'), rule('web.shop', {}, { name: 'more' })]).map(({ metadata }) => metadata.name);
    expect(names).toEqual(['policy-canary', 'more-canary']);
    expect(made([rule('web', {}, { name: 'x'.repeat(253) })])[0]?.metadata.name).toHaveLength(253);
  });
});

describe('users by a header or a cookie', () => {
  const conditions = (match: Match, rule: JsonObject = { route: [to('web')] }): JsonObject[] =>
    VIRTUAL.form.matching('http', rule, match)?.['match'] as JsonObject[];
  const cookie = (name: string, value: string): RegExp => {
    const [one] = conditions({ by: 'cookie', name, value }) as unknown as { headers: { cookie: { regex: string } } }[];
    return new RegExp(`^(?:${one?.headers.cookie.regex})$`);
  };

  it('each condition asks for it beside all else', () => {
    const match = [{ uri: { prefix: '/a' }, headers: { other: { exact: '1' } } }, { port: 80 }];
    expect(conditions(BY_HEADER, { match })).toEqual([
      { uri: { prefix: '/a' }, headers: { other: { exact: '1' }, 'x-tester': { exact: 'yes' } } },
      { port: 80, headers: { 'x-tester': { exact: 'yes' } } },
    ]);
    expect(conditions(BY_HEADER)).toEqual([{ headers: { 'x-tester': { exact: 'yes' } } }]);
  });

  it('not by TLS or TCP, which are not looked into', () => {
    for (const list of ['tls', 'tcp'])
      expect(VIRTUAL.form.matching(list, { route: [to('web')] }, BY_HEADER)).toBeUndefined();
  });

  it.each([
    ['tester=yes', true],
    ['a=b; tester=yes', true],
    ['a=b;tester=yes;c=d', true],
    ['tester=yes; c=d', true],
    ['tester=yes2', false],
    ['xtester=yes', false],
    ['a=tester=yes', false],
    ['tester=no', false],
    ['', false],
  ])('the cookie in %j: %s', (header, isMatched) => {
    expect(cookie('tester', 'yes').test(header)).toBe(isMatched);
  });

  it('any name and value are meant to the letter', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab.*+?^$()|[]{}\\-/'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (name, value, other) => {
        const pattern = cookie(name, value);
        expect(pattern.test(`x=y; ${name}=${value}; z=1`)).toBe(true);
        if (other !== value) expect(pattern.test(`${name}=${other}`)).toBe(false);
        if (other !== name) expect(pattern.test(`${other}=${value}`)).toBe(false);
      }),
      { seed: 1 },
    );
  });
});
