import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import type { GroupKind } from '../../../src/sandbox/types.ts';
import type { Harness } from '../../sandbox/harness.ts';
import { begin, expectUnharmed, say, serving } from '../property/found-rig.ts';
import { app, approve, deployNow, hold, LIMIT_MS, NAMESPACE, weight } from '../rig.ts';
import { HTTP_ROUTE, INGRESS, VIRTUAL_SERVICE } from './routed.ts';

type Live = KubeObject<{ rules?: JsonObject[]; http?: JsonObject[] }>;
const HTTP: GroupKind = 'gateway.networking.k8s.io/HTTPRoute';
const version = (image: string): KubeObject[] => app({ image, replicas: 4 });
const whole = { steps: [weight(50), hold(5_000)] };

const get = (h: Harness, kind: GroupKind, name = 'web', namespace = NAMESPACE): Live =>
  h.api.get(kind, namespace, name) as Live;

describe('a route in another namespace', () => {
  const edge: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'edge' } };
  const grant = (name?: string): KubeObject => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ReferenceGrant',
    metadata: { name: 'edge', namespace: NAMESPACE },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'edge' }],
      to: [{ group: '', kind: 'Service', ...(name ? { name } : {}) }],
    },
  });
  const away: KubeObject = {
    ...HTTP_ROUTE.route,
    metadata: { name: 'web', namespace: 'edge' },
    spec: {
      parentRefs: [{ name: 'edge', namespace: NAMESPACE }],
      rules: [{ backendRefs: [{ name: 'web', namespace: NAMESPACE, port: 80 }] }],
    },
  };
  const world = (...more: KubeObject[]): Harness =>
    serving([...HTTP_ROUTE.ground, edge, ...more, ...version('web:1'), away]);

  it('is split where a ReferenceGrant lets it name both Services', async () => {
    const h = world(grant());
    const before = get(h, HTTP, 'web', 'edge').spec;
    const { ended } = begin(h, version('web:2'), whole);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(get(h, HTTP, 'web', 'edge').spec).toEqual(before);
    expectUnharmed(h);
  });

  it('is refused before any write where a grant is for the one Service alone, with the grant to add', async () => {
    const h = world(grant('web'));
    await expect(deployNow(h, version('web:2'), whole)).rejects.toThrow(
      /no ReferenceGrant there lets it name that Service: add a ReferenceGrant to namespace default from kind HTTPRoute of namespace edge to kind Service, without a name or with the name web-canary/,
    );
    h.stop();
  });
});

describe('several routes', () => {
  it('all of a router that lead to the Service are split and given back', async () => {
    const second = { ...HTTP_ROUTE.route, metadata: { name: 'inner', namespace: NAMESPACE } };
    const h = serving([...HTTP_ROUTE.ground, ...version('web:1'), HTTP_ROUTE.route, second]);
    const before = [get(h, HTTP).spec, get(h, HTTP, 'inner').spec];
    await deployNow(h, version('web:2'), { steps: [weight(25), approve] });
    for (const name of ['web', 'inner'])
      expect(get(h, HTTP, name).spec?.rules?.[0]?.['backendRefs']).toMatchObject([{ weight: 75 }, { weight: 25 }]);
    expect((await say(h, reject)).phase).toBe('rolled-back');
    expect([get(h, HTTP).spec, get(h, HTTP, 'inner').spec]).toEqual(before);
    expectUnharmed(h);
  });

  it('two Ingresses of the user have a canary each', async () => {
    const second = { ...INGRESS.route, metadata: { name: 'inner', namespace: NAMESPACE } };
    const spec = JSON.parse(JSON.stringify(INGRESS.route.spec).replace('web.example', 'inner.example')) as object;
    const h = serving([...version('web:1'), INGRESS.route, { ...second, spec }]);
    const kind: GroupKind = 'networking.k8s.io/Ingress';
    await deployNow(h, version('web:2'), { steps: [weight(25), approve] });
    for (const name of ['web-canary', 'inner-canary'])
      expect(get(h, kind, name).metadata.annotations).toMatchObject({
        'nginx.ingress.kubernetes.io/canary-weight': '25',
      });
    expect((await say(h, reject)).phase).toBe('rolled-back');
    expect(h.api.list(kind, NAMESPACE).map(({ metadata }) => metadata.name)).toEqual(['inner', 'web']);
    expectUnharmed(h);
  });
});

describe('versions of an API', () => {
  it('a mesh that serves v1beta1 alone is moved by that', async () => {
    const older = (crd: KubeObject): KubeObject => {
      const spec = crd.spec as { versions: { name: string }[] };
      const versions = spec.versions.map(one => ({ ...one, name: 'v1beta1' }));
      return { ...crd, spec: { ...spec, versions } };
    };
    const route = { ...VIRTUAL_SERVICE.route, apiVersion: 'networking.istio.io/v1beta1' };
    const h = serving([...VIRTUAL_SERVICE.ground.map(older), ...version('web:1'), route]);
    const before = get(h, 'networking.istio.io/VirtualService').spec;
    expect((await deployNow(h, version('web:2'), whole)).phase).toBe('succeeded');
    expect(get(h, 'networking.istio.io/VirtualService').spec).toEqual(before);
    expectUnharmed(h);
  });
});

describe('workloads beside each other', () => {
  it('one without a route is rolled at promotion, and said to be', async () => {
    const both = (image: string): KubeObject[] => [
      ...version(image),
      ...app({ image, name: 'api', replicas: 2 }).slice(1),
    ];
    const h = serving([...HTTP_ROUTE.ground, ...both('web:1'), HTTP_ROUTE.route]);
    const { run, ended } = begin(h, both('web:2'), whole);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    const started = run.events.find(event => event.type === 'started');
    expect(JSON.stringify(started)).toContain(
      'Deployment default/api is rolled at promotion: no route names Service default/api, which has its traffic',
    );
    expectUnharmed(h);
  });

  it('one behind the same Service that has no new version keeps its traffic: the release is refused', async () => {
    const labels = { app: 'web', part: 'old' };
    const [, , web] = version('web:1') as [unknown, unknown, KubeObject<{ template: object }>];
    const other: KubeObject = {
      ...web,
      metadata: { name: 'old', namespace: NAMESPACE },
      spec: {
        ...web.spec,
        selector: { matchLabels: labels },
        template: { ...web.spec?.template, metadata: { labels } },
      },
    };
    const h = serving([...HTTP_ROUTE.ground, ...version('web:1'), HTTP_ROUTE.route], false);
    h.api.create(other, { manager: 'somebody' });
    h.clock.advance(20_000);
    await expect(deployNow(h, version('web:2'), whole)).rejects.toThrow(
      /Service default\/web also sends to the pods of Deployment default\/old, which do not move in this release/,
    );
    h.stop();
  });
});

describe('an autoscaler', () => {
  it('that gives stable more pods gives the new version more, at the same weight', async () => {
    const scaler: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: NAMESPACE, annotations: { 'sandbox.sluice.dev/desired-replicas': '4' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 8,
      },
    };
    const h = serving([...HTTP_ROUTE.ground, ...app({ replicas: undefined }), scaler, HTTP_ROUTE.route]);
    const open = app({ image: 'web:2', replicas: undefined });
    await deployNow(h, open, { steps: [weight(50), approve] });
    const sizeOf = (name: string): unknown =>
      (get(h, 'apps/Deployment', name) as KubeObject<{ replicas: number }>).spec?.replicas;
    const [before, stable] = [sizeOf('web-canary'), sizeOf('web')];
    expect([stable, before]).toEqual([4, 2]);
    const live = get(h, 'autoscaling/HorizontalPodAutoscaler');
    const annotations = { ...live.metadata.annotations, 'sandbox.sluice.dev/desired-replicas': '8' };
    h.api.update({ ...live, metadata: { ...live.metadata, annotations } }, { manager: 'load' });
    h.clock.advance(60_000);
    expect(sizeOf('web')).toBe(8);
    const { ended } = begin(h, open, { steps: [weight(50), approve] });
    await h.run(ended, LIMIT_MS);
    expect((await say(h, reject)).phase).toBe('rolled-back');
    expectUnharmed(h);
  });
});
