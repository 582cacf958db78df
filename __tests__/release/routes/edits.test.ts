import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import type { Harness } from '../../sandbox/harness.ts';
import { expectUnharmed, say, serving } from '../property/found-rig.ts';
import { app, approve, deployNow, deployRequest, LIMIT_MS, NAMESPACE, openRun, weight } from '../rig.ts';
import { HTTP_ROUTE, INGRESS, type Routed, VIRTUAL_SERVICE } from './routed.ts';

type Rules = KubeObject<{ rules: JsonObject[]; http: JsonObject[] }>;

function world({ ground, route }: Routed, spec: object, more: readonly KubeObject[] = []): Harness {
  const wanted = { ...route, spec: { ...(route.spec as object), ...spec } };
  return serving([...ground, ...app({ replicas: 10 }), ...more, wanted]);
}

function live(h: Harness, { kind }: Routed, name = 'web'): Rules {
  return h.api.get(`${kind.apiVersion.split('/')[0]}/${kind.kind}`, NAMESPACE, name) as Rules;
}

const paused = { steps: [weight(33), approve] };

describe('httproute-preserve: filters, further rules and further backends stay, and only two weights change', () => {
  const other = { name: 'other', port: 80, weight: 40 };
  const header = { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-from', value: 'edge' }] } };
  const rules = [
    { matches: [{ path: { type: 'PathPrefix', value: '/other' } }], backendRefs: [{ name: 'other', port: 80 }] },
    {
      matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
      filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'inner.example' } }],
      timeouts: { request: '10s' },
      backendRefs: [{ name: 'web', port: 80, weight: 60, filters: [header] }, other],
    },
    { backendRefs: [{ name: 'web', port: 80 }] },
  ];

  it('at a weight, and all is as before after a reject', async () => {
    const h = world(HTTP_ROUTE, { rules }, [service('other')]);
    const before = live(h, HTTP_ROUTE);
    expect((await deployNow(h, app({ image: 'web:2', replicas: 10 }), paused)).phase).toBe('paused');
    const [first, second, third] = live(h, HTTP_ROUTE).spec?.rules ?? [];
    expect(first).toEqual(before.spec?.rules[0]);
    expect(second).toEqual({
      ...before.spec?.rules[1],
      backendRefs: [
        expect.objectContaining({ name: 'web', weight: 41, filters: [header] }),
        expect.objectContaining({ name: 'web-canary', weight: 19, filters: [header] }),
        expect.objectContaining(other),
      ],
    });
    expect(third?.['backendRefs']).toMatchObject([
      { name: 'web', weight: 67 },
      { name: 'web-canary', weight: 33 },
    ]);
    await say(h, reject);
    expect(live(h, HTTP_ROUTE).spec).toEqual(before.spec);
    expectUnharmed(h);
  });

  it('what others change meanwhile stays, too, when the release ends', async () => {
    const h = world(HTTP_ROUTE, { rules }, [service('other')]);
    await deployNow(h, app({ image: 'web:2', replicas: 10 }), paused);
    const present = live(h, HTTP_ROUTE);
    const added = { matches: [{ path: { type: 'Exact', value: '/new' } }], backendRefs: [{ name: 'other', port: 80 }] };
    const annotations = { ...present.metadata.annotations, team: 'edge' };
    h.api.update(
      {
        ...present,
        metadata: { ...present.metadata, annotations },
        spec: { ...present.spec, hostnames: ['new.example'], rules: [...(present.spec?.rules ?? []), added] },
      },
      { manager: 'kubectl' },
    );
    await say(h, reject);
    const after = live(h, HTTP_ROUTE);
    expect(after.metadata.annotations).toMatchObject({ team: 'edge' });
    expect(after.spec).toMatchObject({ hostnames: ['new.example'] });
    expect(after.spec?.rules).toHaveLength(4);
    expect(after.spec?.rules[3]).toMatchObject(added);
    expect(JSON.stringify(after.spec)).not.toContain('canary');
    expectUnharmed(h);
  });
});

it('conflict-retry: a 409 on a route write is read and applied again, and the edit of the other survives', async () => {
  const h = world(HTTP_ROUTE, {});
  let overtaken = 0;
  const run = openRun(h, {
    onCall(_n, { method, path }) {
      // Somebody is faster, once for each of the first writes.
      if (method === 'PATCH' && path.includes('/httproutes/') && overtaken < 2) {
        overtaken += 1;
        const present = live(h, HTTP_ROUTE);
        h.api.update(
          { ...present, spec: { ...present.spec, hostnames: [`${overtaken}.example`] } },
          { manager: 'kubectl' },
        );
      }
      return 'execute';
    },
  });
  const wish = { steps: [weight(50), approve] };
  const outcome = await h.run(
    deploy(run.deps, deployRequest(run, app({ image: 'web:2', replicas: 10 }), wish)),
    LIMIT_MS,
  );
  expect([outcome.phase, overtaken]).toEqual(['paused', 2]);
  expect(live(h, HTTP_ROUTE).spec).toMatchObject({
    hostnames: ['2.example'],
    rules: [
      {
        backendRefs: [
          { name: 'web', weight: 50 },
          { name: 'web-canary', weight: 50 },
        ],
      },
    ],
  });
  await say(h, reject);
  expect(live(h, HTTP_ROUTE).spec).toMatchObject({ hostnames: ['2.example'] });
  expectUnharmed(h);
});

describe('istio', () => {
  const further = { destination: { host: 'other' }, weight: 20 };
  const http = [
    {
      name: 'main',
      match: [{ uri: { prefix: '/' } }],
      fault: { delay: { fixedDelay: '1s', percentage: { value: 1 } } },
      mirror: { host: 'other' },
      retries: { attempts: 2 },
      timeout: '5s',
      route: [{ destination: { host: 'web.default.svc.cluster.local', port: { number: 80 } }, weight: 80 }, further],
    },
    { name: 'beside', route: [{ destination: { host: 'web' } }] },
  ];

  it('vs-named-route: with two http routes and no name it fails before any write', async () => {
    const h = world(VIRTUAL_SERVICE, { http: http.map(({ name: _name, ...route }) => route) }, [service('other')]);
    const version = h.api.get('apps/Deployment', NAMESPACE, 'web')?.metadata.resourceVersion;
    await expect(deployNow(h, app({ image: 'web:2', replicas: 10 }), paused)).rejects.toThrow(
      /VirtualService default\/web has 2 http routes to Service web \(number 1, without a name; number 2, without a name\)/,
    );
    expect(h.api.get('apps/Deployment', NAMESPACE, 'web')?.metadata.resourceVersion).toBe(version);
    h.stop();
  });

  it('vs-named-route: with a name only that route changes, further destinations keep their share, the sum stays 100', async () => {
    const h = world(VIRTUAL_SERVICE, { http }, [service('other')]);
    const before = live(h, VIRTUAL_SERVICE);
    await deployNow(h, app({ image: 'web:2', replicas: 10 }), { steps: [weight(25), approve], rules: ['main'] });
    const [main, beside] = live(h, VIRTUAL_SERVICE).spec?.http ?? [];
    expect(beside).toEqual(http[1]);
    expect(main).toEqual({
      ...http[0],
      route: [
        { destination: { host: 'web.default.svc.cluster.local', port: { number: 80 } }, weight: 60 },
        { destination: { host: 'web-canary.default.svc.cluster.local', port: { number: 80 } }, weight: 20 },
        further,
      ],
    });
    await say(h, reject);
    expect(live(h, VIRTUAL_SERVICE).spec).toEqual(before.spec);
    expectUnharmed(h);
  });

  it('TLS and TCP routes move by their weights', async () => {
    const { http: _http, ...rest } = VIRTUAL_SERVICE.route.spec as { http: unknown };
    const bare = { ...VIRTUAL_SERVICE, route: { ...VIRTUAL_SERVICE.route, spec: rest } };
    const h = world(bare, {
      tls: [{ match: [{ port: 443, sniHosts: ['web.example'] }], route: [{ destination: { host: 'web' } }] }],
      tcp: [{ match: [{ port: 9000 }], route: [{ destination: { host: 'web' }, weight: 100 }] }],
    });
    const before = live(h, VIRTUAL_SERVICE);
    await deployNow(h, app({ image: 'web:2', replicas: 10 }), { steps: [weight(25), approve] });
    const { tls, tcp } = live(h, VIRTUAL_SERVICE).spec as unknown as Record<string, { route: JsonObject[] }[]>;
    for (const list of [tls, tcp])
      expect(list?.[0]?.route).toEqual([
        { destination: { host: 'web' }, weight: 75 },
        { destination: { host: 'web-canary' }, weight: 25 },
      ]);
    await say(h, reject);
    expect(live(h, VIRTUAL_SERVICE).spec).toEqual(before.spec);
    expectUnharmed(h);
  });
});

describe('nginx', () => {
  const path = (name: string, at: string): JsonObject => ({
    path: at,
    pathType: 'Prefix',
    backend: { service: { name, port: { number: 80 } } },
  });
  const spec = {
    ingressClassName: 'nginx',
    tls: [{ hosts: ['a.example'], secretName: 'a-tls' }],
    rules: [
      { host: 'a.example', http: { paths: [path('other', '/other'), path('web', '/')] } },
      { host: 'b.example', http: { paths: [path('web', '/')] } },
      { host: 'c.example', http: { paths: [path('other', '/')] } },
    ],
  };

  it('nginx-copy: only the rules for the Service, with TLS and class', async () => {
    const h = world(INGRESS, spec, [service('other')]);
    const before = live(h, INGRESS);
    await deployNow(h, app({ image: 'web:2', replicas: 10 }), { steps: [weight(25), approve] });
    const canary = live(h, INGRESS, 'web-canary');
    expect(canary.metadata.annotations).toEqual({
      'nginx.ingress.kubernetes.io/canary': 'true',
      'nginx.ingress.kubernetes.io/canary-weight': '25',
    });
    expect(canary.spec).toEqual({
      ...spec,
      rules: [
        { host: 'a.example', http: { paths: [path('web-canary', '/')] } },
        { host: 'b.example', http: { paths: [path('web-canary', '/')] } },
      ],
    });
    expect(live(h, INGRESS)).toEqual(before);
    await say(h, reject);
    expect(live(h, INGRESS, 'web-canary')).toBeUndefined();
    expect(live(h, INGRESS)).toEqual(before);
    expectUnharmed(h);
  });

  it('an Ingress of that name that is not ours is refused, before any write', async () => {
    const theirs = {
      ...INGRESS.route,
      metadata: { name: 'web-canary', namespace: NAMESPACE },
      spec: { ...spec, rules: [spec.rules[2]] },
    };
    const h = world(INGRESS, spec, [service('other'), theirs]);
    await expect(deployNow(h, app({ image: 'web:2', replicas: 10 }), paused)).rejects.toThrow(
      /Ingress default\/web-canary exists already and is not this release’s/,
    );
    expect(live(h, INGRESS, 'web-canary').spec).toEqual(theirs.spec);
    h.stop();
  });
});

function service(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    // Nobody asks what is behind it; requests to it would be lost.
    spec: { type: 'ExternalName', externalName: `${name}.example` },
  };
}
