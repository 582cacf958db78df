import { describe, expect, it } from '@jest/globals';
import { type KubeObject, refOf } from '../../../src/kube.ts';
import type { Release } from '../../../src/sandbox/laws/release.ts';
import { foreignEdits } from '../../../src/sandbox/laws/routers/route-edits.ts';
import {
  beginRouted,
  GATEWAY_API,
  httpRules,
  ISTIO,
  ingress,
  type Lab,
  messages,
  NGINX,
  ofLaw,
  PROMOTION,
  planFor,
  shifted,
  started,
  virtualRoutes,
} from './routed-script.ts';
import { BORROWING, type Script, US, type Writer } from './script.ts';

type Rules = Record<string, unknown>[];

/** Writes rules that a release may write, but for what `spoil` does to them. */
function http(script: Script, spoil: (rules: Rules) => unknown, by: Writer = BORROWING): void {
  const rules: Rules = JSON.parse(JSON.stringify(httpRules(20, true)));
  spoil(rules);
  script.edit('HTTPRoute', 'web', { spec: { rules } }, by);
}

function virtual(script: Script, spoil: (spec: { http: Rules; tcp: Rules }) => unknown, by: Writer = BORROWING): void {
  const spec = JSON.parse(JSON.stringify(virtualRoutes(20, true)));
  spoil(spec);
  script.edit('VirtualService', 'web', { spec }, by);
}

const backendsOf = (rule: Record<string, unknown> | undefined): Rules =>
  (rule?.['backendRefs'] ?? rule?.['route']) as Rules;
const weighed = (backend: Record<string, unknown> | undefined, weight: number): unknown =>
  Object.assign(backend ?? {}, { weight });

/** After the match rule, which is put first, the route has `api` and `rest`. */
const HTTP_FAULTS: [string, (rules: Rules) => unknown, string][] = [
  [
    'a match of a rule',
    rules => Object.assign(rules[1] ?? {}, { matches: [{ path: { type: 'Exact', value: '/' } }] }),
    'spec.rules[1].matches',
  ],
  ['a filter of the backend', rules => delete backendsOf(rules[1])[0]?.['filters'], 'spec.rules[1].backendRefs'],
  ['the weight of another backend', rules => weighed(backendsOf(rules[2])[2], 21), 'spec.rules[2].backendRefs'],
  ['the order of the rules', rules => rules.push(...rules.splice(1, 1)), 'spec.rules[1].name, spec.rules[1].matches'],
  ['a rule that goes', rules => rules.pop(), 'rules besides those of the release are 1, and were 2'],
  [
    'a rule that comes without a header',
    rules =>
      rules.unshift({
        matches: [{ path: { type: 'Exact', value: '/x' } }],
        backendRefs: [{ name: 'web-canary', port: 80 }],
      }),
    'rules besides those of the release are 3, and were 2',
  ],
  ['the twin beside another backend alone', rules => backendsOf(rules[2]).shift(), 'spec.rules[2].backendRefs'],
  [
    'the part of both beside others',
    rules => weighed(backendsOf(rules[2])[0], 84),
    'spec.rules[2]: the weights of default/web and default/web-canary are 100 in sum, and were 80',
  ],
  [
    'the sum where they are alone',
    rules => weighed(backendsOf(rules[1])[0], 70),
    'spec.rules[1]: the weights of default/web and default/web-canary are 90 in sum, and were 1',
  ],
];

describe('laws 2 and 9 with gateway-api', () => {
  it.each(HTTP_FAULTS)('bark at %s', (_what, spoil, text) => {
    const borrowing = started(GATEWAY_API);
    http(borrowing, () => undefined);
    expect(messages(borrowing)).toEqual([]);
    const spoiled = started(GATEWAY_API);
    http(spoiled, spoil);
    expect(ofLaw(9, spoiled)[0]).toContain(`9: HTTPRoute default/web is edited beyond what the release needs: ${text}`);
    expect(ofLaw(2, spoiled)[0]).toContain(`changes before release default/shop (revision 2) is promoted: ${text}`);
  });

  it('law 2 ends with promotion and knows no manager, law 9 is for what is given back', () => {
    const early = started(GATEWAY_API);
    http(early, rules => Object.assign(rules[1] ?? {}, { timeouts: { request: '9s' } }), US);
    expect(messages(early)).toEqual([
      '2: HTTPRoute default/web changes before release default/shop (revision 2) is promoted: spec.rules[1].timeouts.request',
    ]);
    const late = started(GATEWAY_API);
    late.record({ cursor: PROMOTION });
    http(late, rules => Object.assign(rules[1] ?? {}, { timeouts: { request: '9s' } }), US);
    expect(messages(late)).toEqual([]);
    http(late, () => undefined);
    expect(messages(late)).toEqual([
      '9: HTTPRoute default/web is edited beyond what the release needs: spec.rules[1].timeouts.request',
    ]);
  });

  it('bark at everything that is no list of rules', () => {
    const script = started(GATEWAY_API);
    script.edit('HTTPRoute', 'web', { metadata: { annotations: { a: '1' } }, spec: { hostnames: ['a.b'] } }, BORROWING);
    expect(messages(script)).toEqual([
      '2: HTTPRoute default/web changes before release default/shop (revision 2) is promoted: spec.hostnames, metadata.annotations.a',
      '9: HTTPRoute default/web is edited beyond what the release needs: spec.hostnames, metadata.annotations.a',
    ]);
  });

  it('bark at rules whose names the release was not given', () => {
    const [, rest] = httpRules(20);
    const plan = planFor(GATEWAY_API, ['rest']);
    const named = started(GATEWAY_API, 3, { plan });
    named.edit('HTTPRoute', 'web', { spec: { rules: [httpRules()[0], rest] } }, BORROWING);
    expect(messages(named)).toEqual([]);
    const all = started(GATEWAY_API, 3, { plan: planFor(GATEWAY_API, ['*']) });
    all.edit('HTTPRoute', 'web', { spec: { rules: httpRules(20) } }, BORROWING);
    expect(messages(all)).toEqual([]);
    named.edit('HTTPRoute', 'web', { spec: { rules: httpRules(20) } }, BORROWING);
    expect(ofLaw(9, named)).toEqual([
      '9: HTTPRoute default/web is edited beyond what the release needs: spec.rules[0].backendRefs',
    ]);
  });

  it('bark at routes that no release has in its plan', () => {
    const other: KubeObject = { ...GATEWAY_API.route, metadata: { name: 'other', namespace: 'default' } };
    const script = started(GATEWAY_API, 3, { objects: [other] });
    script.edit('HTTPRoute', 'other', { spec: { rules: httpRules(20) } }, BORROWING);
    expect(messages(script)).toEqual([
      '2: HTTPRoute default/other changes before release default/shop (revision 2) is promoted: spec.rules',
      '9: HTTPRoute default/other is edited beyond what the release needs: spec.rules',
    ]);
  });

  it('are silent where one of two releases that share the route edits it', () => {
    const { route } = GATEWAY_API;
    const after = { ...route, spec: { ...(route.spec as object), rules: httpRules(20) } };
    const release = (name: string): Release => {
      const { traffic, ...plan } = planFor(GATEWAY_API);
      if (!traffic) throw new Error('no traffic is moved');
      const service = { stable: { ...refOf(route), name }, twin: { ...refOf(route), name: `${name}-canary` } };
      const pairs = traffic.pairs.map(pair => ({ ...pair, service }));
      const record = { release: name, namespace: 'default', revision: 1, status: 'in-progress', cursor: 0 } as const;
      return { record, plan, traffic: { ...traffic, pairs }, existing: new Set(), manifests: () => [] };
    };
    expect(foreignEdits([release('third'), release('web')], route, after)).toEqual([]);
    expect(foreignEdits([release('third')], route, after)).toEqual([
      'spec.rules[0].backendRefs',
      'spec.rules[1].backendRefs',
    ]);
  });

  it('bark at a twin beside a backend that is not its stable', () => {
    const rule = (...names: string[]): object => ({ backendRefs: names.map(name => ({ name, port: 80 })) });
    const lab = (...rules: object[]): Lab => ({ ...GATEWAY_API, route: { ...GATEWAY_API.route, spec: { rules } } });
    const script = started(lab(rule('web'), rule('other')));
    script.edit('HTTPRoute', 'web', { spec: { rules: [rule('web'), rule('other', 'web-canary')] } }, BORROWING);
    expect(ofLaw(9, script)).toEqual([
      '9: HTTPRoute default/web is edited beyond what the release needs: spec.rules[1].backendRefs, spec.rules[1]: the weights of default/web and default/web-canary are 1 in sum, and were 0',
    ]);
    const theirs = started(lab(rule('web'), rule('other', 'web-canary')));
    const own = {
      backendRefs: [
        { name: 'web', port: 80, weight: 100 },
        { name: 'web-canary', port: 80, weight: 0 },
      ],
    };
    theirs.edit('HTTPRoute', 'web', { spec: { rules: [own, rule('other', 'web-canary')] } }, BORROWING);
    expect(messages(theirs)).toEqual([]);
  });

  it('are silent where the user has the twin in the route already, and when it is taken out again', () => {
    const lab: Lab = { ...GATEWAY_API, route: { ...GATEWAY_API.route, spec: { rules: httpRules(0) } } };
    const script = shifted(lab, 30);
    lab.weigh(script, 0);
    script.edit('HTTPRoute', 'web', { spec: { rules: httpRules() } }, BORROWING);
    expect(messages(script)).toEqual([]);
  });
});

const VIRTUAL_FAULTS: [string, (spec: { http: Rules; tcp: Rules }) => unknown, string][] = [
  ['a timeout', ({ http: routes }) => Object.assign(routes[1] ?? {}, { timeout: '3s' }), 'spec.http[1].timeout'],
  ['another destination', ({ http: routes }) => weighed(backendsOf(routes[2])[2], 19), 'spec.http[2].route'],
  ['a TCP route', ({ tcp }) => Object.assign(tcp[0] ?? {}, { match: [{ port: 1 }] }), 'spec.tcp[0].match'],
  [
    'the part of both',
    ({ tcp }) => weighed(backendsOf(tcp[0])[0], 79),
    'spec.tcp[0]: the weights of default/web and default/web-canary are 99 in sum, and were 100',
  ],
];

describe('laws 2 and 9 with istio', () => {
  it.each(VIRTUAL_FAULTS)('bark at %s', (_what, spoil, text) => {
    const script = started(ISTIO);
    virtual(script, () => undefined);
    expect(messages(script)).toEqual([]);
    const spoiled = started(ISTIO);
    virtual(spoiled, spoil);
    expect(ofLaw(9, spoiled)).toEqual([
      `9: VirtualService default/web is edited beyond what the release needs: ${text}`,
    ]);
    expect(ofLaw(2, spoiled)[0]).toContain(`is promoted: ${text}`);
  });

  it.each(['web', 'web.default', 'web.default.svc', 'web.default.svc.example.org'])('know the host %s', host => {
    const routes = (...weights: number[]): object => ({
      http: [
        {
          route: [host, host.replace('web', 'web-canary')].flatMap((to, index) =>
            weights[index] === undefined ? [] : [{ destination: { host: to }, weight: weights[index] }],
          ),
        },
      ],
    });
    const lab: Lab = { ...ISTIO, route: { ...ISTIO.route, spec: { hosts: ['a.b'], ...routes(100) } } };
    const script = started(lab, 1);
    script.edit('VirtualService', 'web', { spec: routes(70, 30) }, BORROWING);
    expect(messages(script)).toEqual([]);
    script.edit('VirtualService', 'web', { spec: routes(60, 40) }, BORROWING);
    expect(script.broken()).toEqual([1]);
  });
});

describe('laws 2 and 9 with nginx', () => {
  it('bark when the user’s Ingress is touched, and leave alone the release’s own', () => {
    const script = shifted(NGINX, 20);
    NGINX.weigh(script, 30, { match: true });
    expect(messages(script)).toEqual([]);
    const annotations = { 'nginx.ingress.kubernetes.io/canary': 'true' };
    script.edit('Ingress', 'web', { metadata: { annotations } }, BORROWING);
    expect(messages(script)).toEqual([
      '2: Ingress default/web changes before release default/shop (revision 2) is promoted: metadata.annotations.nginx.ingress.kubernetes.io/canary',
      '9: Ingress default/web is edited beyond what the release needs: metadata.annotations.nginx.ingress.kubernetes.io/canary',
    ]);
  });

  it('bark when an Ingress of the user has the name of the release’s', () => {
    const script = beginRouted(NGINX, { objects: [ingress('web-canary', 'web')] });
    script.edit('Ingress', 'web-canary', { spec: { ingressClassName: 'other' } }, US);
    expect(script.broken()).toEqual([2]);
  });
});
