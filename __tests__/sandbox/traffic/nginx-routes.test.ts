import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { object, service, shop } from './routed-shop.ts';

const WEB = 'Ingress default/web';
const PREFIX = 'nginx.ingress.kubernetes.io/';

const place = (name: string, path = '/', pathType = 'Prefix') => ({
  path,
  pathType,
  backend: { service: { name, port: { number: 80 } } },
});
const ingress = (name: string, paths: readonly object[], annotations: Record<string, string> = {}): KubeObject =>
  object(
    'networking.k8s.io/v1',
    'Ingress',
    name,
    { ingressClassName: 'nginx', rules: [{ host: 'shop.example', http: { paths } }] },
    annotations,
  );
function canary(settings: Record<string, string>, paths: readonly object[] = [place('web-canary')]): KubeObject {
  const annotations = Object.entries({ canary: 'true', ...settings }).map(([name, value]) => [
    `${PREFIX}${name}`,
    value,
  ]);
  return ingress('web-canary', paths, Object.fromEntries(annotations));
}
const main = ingress('web', [place('web')]);

describe('an Ingress of nginx', () => {
  it('is split by the weight of its canary, which has no requests of its own', () => {
    const { cluster, traffic, share, whys } = shop([main, canary({ 'canary-weight': '20' })]);
    cluster.clock.advance(30_000);
    expect(Math.abs(share(WEB, 'canary') - 20)).toBeLessThan(2);
    expect(traffic.counts('Ingress default/web-canary').sent).toBe(0);
    expect(whys()).toEqual([]);
  });

  it('has no share for a canary of another path, type or host', () => {
    for (const other of [place('web-canary', '/other'), place('web-canary', '/', 'Exact')]) {
      const { cluster, share, whys } = shop([main, canary({ 'canary-weight': '50' }, [other])]);
      cluster.clock.advance(5000);
      expect(share(WEB, 'canary')).toBe(0);
      expect(whys()).toEqual([]);
    }
  });

  it('sends chosen users to the canary by header, by its value, or by cookie', () => {
    const cases: [Record<string, string>, Record<string, string>, number][] = [
      [{ 'canary-by-header': 'X-Tester', 'canary-by-header-value': 'yes' }, { 'x-tester': 'yes' }, 100],
      [{ 'canary-by-header': 'X-Tester', 'canary-by-header-value': 'yes' }, { 'x-tester': 'no' }, 0],
      [{ 'canary-by-header': 'X-Tester' }, { 'x-tester': 'always' }, 100],
      [{ 'canary-by-header': 'X-Tester', 'canary-weight': '100' }, { 'x-tester': 'never' }, 0],
      [{ 'canary-by-cookie': 'tester' }, { cookie: 'a=b; tester=always' }, 100],
      [{ 'canary-by-cookie': 'tester' }, { cookie: 'tester=1' }, 0],
    ];
    for (const [settings, headers, share] of cases) {
      const world = shop([main, canary({ 'canary-weight': '0', ...settings })], { headers });
      world.cluster.clock.advance(10_000);
      expect([settings, world.share(`${WEB} matched`, 'canary')]).toEqual([settings, share]);
      expect(world.share(WEB, 'canary')).toBe(settings['canary-weight'] === '100' ? 100 : 0);
      expect(world.whys()).toEqual([]);
    }
  });

  it('loses everything when the main Service has no endpoint, though the canary has', () => {
    const world = shop([main, canary({ 'canary-weight': '100' })]);
    world.cluster.clock.advance(3000);
    expect(world.whys()).toEqual([]);
    expect(world.share(WEB, 'canary')).toBe(100);
    world.cluster.change('apps/Deployment', 'web', ({ spec }) => {
      spec['replicas'] = 0;
    });
    world.cluster.clock.advance(5000);
    expect(world.whys().length).toBeGreaterThan(20);
    expect(world.whys().at(-1)).toMatch(
      /^Ingress default\/web, path shop\.example\/ with canary Ingress default\/web-canary, which is not asked without an endpoint of the main one, backend Service default\/web: Service default\/web has no endpoint: /,
    );
  });

  it('passes over a canary without endpoints', () => {
    const { cluster, share, whys } = shop([main, canary({ 'canary-weight': '50' }, [place('empty')])], {}, [
      service('empty', 'none'),
    ]);
    cluster.clock.advance(5000);
    expect(share(WEB, 'stable')).toBe(100);
    expect(whys()).toEqual([]);
  });

  it('follows a weight late, and the canary that is deleted with its pods loses requests', () => {
    const world = shop([main, canary({ 'canary-weight': '50' })], { propagationMs: 2000 });
    world.cluster.clock.advance(3000);
    for (const pod of world.cluster.pods())
      if (pod.metadata.name.startsWith('web-canary'))
        world.cluster.api.delete('Pod', 'default', pod.metadata.name, { gracePeriodSeconds: 0 });
    world.cluster.api.delete('networking.k8s.io/Ingress', 'default', 'web-canary', {});
    world.cluster.clock.advance(5000);
    expect(world.whys()).toContainEqual(
      expect.stringMatching(
        /^Ingress default\/web, .* Service default\/web-canary \(weight 50 of 100\): Pod default\/web-canary-\S+ is gone/,
      ),
    );
  });

  it('is told by its class, in the field or in the annotation that came before it; others are not read', () => {
    const spec = main.spec as object;
    const bare = object('networking.k8s.io/v1', 'Ingress', 'bare', { ...spec, ingressClassName: undefined });
    const old = object(
      'networking.k8s.io/v1',
      'Ingress',
      'old',
      { ...spec, ingressClassName: undefined },
      { 'kubernetes.io/ingress.class': 'nginx' },
    );
    const other = object('networking.k8s.io/v1', 'Ingress', 'other', { ...spec, ingressClassName: 'traefik' });
    const { cluster, traffic } = shop([bare, old, other]);
    cluster.clock.advance(3000);
    expect(traffic.counts('Ingress default/old').answered).toBeGreaterThan(20);
    expect(traffic.counts().sent).toBe(traffic.counts('Ingress default/old').sent);
  });
});
