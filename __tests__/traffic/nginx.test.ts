import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../src/kube.ts';
import { nginx } from '../../src/traffic/nginx.ts';
import type { RouteQuestion } from '../../src/traffic/router-kind.ts';
import { questionOf, routeOf, serviceRef, WEB } from './any-route.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/';
const path = (name: string, at = '/'): JsonObject => ({
  path: at,
  pathType: 'Prefix',
  backend: { service: { name, port: { name: 'http' } } },
});
const rule = (host: string, ...paths: JsonObject[]): JsonObject => ({ host, http: { paths } });
const ingress = (spec: object = {}, annotations: Record<string, string> = {}, metadata: object = {}): KubeObject =>
  routeOf(
    'networking.k8s.io/v1',
    'Ingress',
    { ingressClassName: 'nginx', rules: [rule('a.example', path('web'))], ...spec },
    { annotations, ...metadata },
  );
const ingressClass = (name: string, controller: string, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name, annotations },
  spec: { controller },
});

describe('the Ingresses that it answers for', () => {
  const isDefault = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  const edge = ingressClass('edge', 'k8s.io/ingress-nginx');
  const noClass = ingress({ ingressClassName: undefined });
  const byAnnotation = (name: string): KubeObject =>
    ingress({ ingressClassName: undefined }, { 'kubernetes.io/ingress.class': name });

  it.each<[string, KubeObject, KubeObject[], boolean]>([
    ['a class with its controller, of any name', ingress({ ingressClassName: 'edge' }), [edge], true],
    ['its usual name, where classes are not to be seen', ingress(), [], true],
    ['its usual name, where only others are to be seen', ingress(), [edge], true],
    ['its name with another controller', ingress(), [ingressClass('nginx', 'nginx.org/ingress-controller')], false],
    ['another name, where classes are not to be seen', ingress({ ingressClassName: 'edge' }), [], false],
    ['another controller', ingress({ ingressClassName: 'lb' }), [ingressClass('lb', 'x.io/lb'), edge], false],
    ['by annotation', byAnnotation('nginx'), [], true],
    ['by annotation with a class of that name', byAnnotation('edge'), [edge], true],
    ['by annotation for another', byAnnotation('gce'), [edge], false],
    ['no class, and it is the default', noClass, [ingressClass('e', 'k8s.io/ingress-nginx', isDefault)], true],
    ['no class, and another is the default', noClass, [edge, ingressClass('lb', 'x.io/lb', isDefault)], false],
    ['no class and no default', noClass, [edge], false],
    ['a canary of somebody', ingress({}, { [`${PREFIX}canary`]: 'true' }), [], false],
    ['one that is expressly no canary', ingress({}, { [`${PREFIX}canary`]: 'false' }), [], true],
  ])('%s', (_what, one, classes, isAnswered) => {
    expect(nginx.answers?.(one, classes)).toBe(isAnswered);
  });
});

describe('what leads to a Service', () => {
  it('a path with its name, in its own namespace', () => {
    expect(nginx.leads(ingress(), WEB.stable)).toBe(true);
    expect(nginx.leads(ingress(), serviceRef('web', 'other'))).toBe(false);
    const others = ingress({
      rules: [rule('a.example', path('webshop'), path('web-canary', '/x')), { host: 'b.example' }],
    });
    expect(nginx.leads(others, WEB.stable)).toBe(false);
    expect(nginx.leads(ingress({ rules: undefined }), WEB.stable)).toBe(false);
  });

  it('targets are the names of the paths', () => {
    const resource = { path: '/r', backend: { resource: { kind: 'Bucket', name: 'b' } } };
    expect(nginx.targets(ingress({ rules: [rule('a.example', path('web'), resource)] }))).toEqual([
      'web',
      'something else',
    ]);
  });
});

describe('the canary Ingress', () => {
  const made = (one: KubeObject, more: Partial<RouteQuestion> = {}): KubeObject[] =>
    nginx.made?.(questionOf(one, more)) ?? [];

  it('has only the rules and paths for the Service, with TLS and class', () => {
    const tls = [{ hosts: ['a.example', 'c.example'], secretName: 'cert' }];
    const user = ingress({
      tls,
      defaultBackend: { service: { name: 'other' } },
      rules: [
        rule('a.example', path('other', '/other'), path('web'), path('web', '/x')),
        rule('b.example', path('other')),
        { http: { paths: [path('web', '/any')] } },
        { host: 'd.example' },
      ],
    });
    expect(made(user, { track: 'preview' })).toEqual([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: {
          name: 'web-preview',
          namespace: 'shop',
          labels: { 'sluice.dev/track': 'preview' },
          annotations: { [`${PREFIX}canary`]: 'true', [`${PREFIX}canary-weight`]: '0' },
        },
        spec: {
          ingressClassName: 'nginx',
          tls,
          rules: [
            rule('a.example', path('web-canary'), path('web-canary', '/x')),
            { http: { paths: [path('web-canary', '/any')] } },
          ],
        },
      },
    ]);
  });

  it('takes over what is not inherited from the main one: affinity, load balancing and the class', () => {
    const kept = {
      'kubernetes.io/ingress.class': 'nginx',
      [`${PREFIX}affinity`]: 'cookie',
      [`${PREFIX}affinity-mode`]: 'persistent',
      [`${PREFIX}affinity-canary-behavior`]: 'sticky',
      [`${PREFIX}session-cookie-name`]: 'route',
      [`${PREFIX}load-balance`]: 'ewma',
      [`${PREFIX}upstream-hash-by`]: '$request_uri',
    };
    const left = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'cert-manager.io/cluster-issuer': 'le',
      [`${PREFIX}rewrite-target`]: '/',
      [`${PREFIX}canary`]: 'false',
      [`${PREFIX}canary-by-header`]: 'x',
    };
    const [canary] = made(ingress({ ingressClassName: undefined }, { ...kept, ...left }));
    expect(canary?.metadata.annotations).toEqual({
      ...kept,
      [`${PREFIX}canary`]: 'true',
      [`${PREFIX}canary-weight`]: '0',
    });
    expect(canary?.spec).not.toHaveProperty('ingressClassName');
  });

  it('one for each of the user’s, with the Services of all pairs', () => {
    const api = { stable: serviceRef('api'), twin: serviceRef('api-canary') };
    const both = ingress({ rules: [rule('a.example', path('web'), path('api', '/api'))] });
    expect(made(both, { pairs: [WEB, api] }).map(({ spec }) => spec)).toEqual([
      { ingressClassName: 'nginx', rules: [rule('a.example', path('web-canary'), path('api-canary', '/api'))] },
    ]);
    const names = ['web', 'other'].flatMap(name =>
      made(ingress({}, {}, { name })).map(({ metadata }) => metadata.name),
    );
    expect(names).toEqual(['web-canary', 'other-canary']);
    expect(made(ingress({}, {}, { name: 'x'.repeat(253) }))[0]?.metadata.name).toHaveLength(253);
  });

  it('leaves the user’s as it is', () => {
    const user = ingress({}, { [`${PREFIX}affinity`]: 'cookie' });
    const before = structuredClone(user);
    made(user);
    expect(user).toEqual(before);
  });
});

describe('what cannot be done', () => {
  const problems = (one: KubeObject, more: Partial<RouteQuestion> = {}): string[] =>
    nginx.problems(questionOf(one, more));
  const canary = (name: string, spec: object = {}, metadata: object = {}): KubeObject =>
    ingress(spec, { [`${PREFIX}canary`]: 'true' }, { name, ...metadata });

  it('nothing, with an ordinary Ingress, also beside others', () => {
    expect(problems(ingress(), { others: [ingress({}, {}, { name: 'more' })] })).toEqual([]);
  });

  it('TLS that is passed through', () => {
    expect(problems(ingress({}, { [`${PREFIX}ssl-passthrough`]: 'true' }))).toEqual([
      expect.stringMatching(/Ingress shop\/web passes TLS through/),
    ]);
    expect(problems(ingress({}, { [`${PREFIX}ssl-passthrough`]: 'false' }))).toEqual([]);
  });

  it('names of rules', () => {
    expect(problems(ingress(), { rules: ['main'] })).toEqual([
      expect.stringMatching(/Ingress shop\/web has no named rules: `routes:`/),
    ]);
  });

  it.each<[string, KubeObject, boolean]>([
    ['for the same host and path', canary('beta'), true],
    ['for one of several paths', canary('beta', { rules: [rule('a.example', path('x', '/x'), path('x'))] }), true],
    ['for another host', canary('beta', { rules: [rule('b.example', path('x'))] }), false],
    ['for another path', canary('beta', { rules: [rule('a.example', path('x', '/x'))] }), false],
    ['for all hosts', canary('beta', { rules: [{ http: { paths: [path('x')] } }] }), false],
    ['in another namespace', canary('beta', {}, { namespace: 'other' }), false],
    ['which is the release’s own', canary('web-canary'), false],
    ['which is none', ingress({}, { [`${PREFIX}canary`]: 'false' }, { name: 'beta' }), false],
  ])('a second canary %s', (_what, other, isRefused) => {
    const text = /Ingress shop\/beta is a canary for the same host and path as Ingress shop\/web.*delete it first/;
    expect(problems(ingress(), { others: [other] })).toEqual(isRefused ? [expect.stringMatching(text)] : []);
  });

  it('users by the value of a cookie, of which there is one', () => {
    const by = (value: string): string[] => problems(ingress(), { match: { by: 'cookie', name: 'beta', value } });
    expect(by('always')).toEqual([]);
    expect(by('yes')).toEqual([
      expect.stringMatching(/Ingress shop\/web: .*only where its value is always, not "yes"/),
    ]);
    expect(problems(ingress(), { match: { by: 'header', name: 'x-beta', value: 'yes' } })).toEqual([]);
    expect(nginx.matches).toEqual(['header', 'cookie']);
  });
});
