import { describe, expect, it } from '@jest/globals';
import { seeded } from '../../../src/sandbox/seeded.ts';
import { createWheel } from '../../../src/sandbox/traffic/routes/wheel.ts';
import { startTraffic } from '../../../src/sandbox/traffic/traffic.ts';
import { deployment, startCluster } from '../controllers/cluster.ts';
import { GATEWAY, httpRoute, routedCluster, service, shop, split } from './routed-shop.ts';

const KIND = `${GATEWAY}/HTTPRoute`;
const WEB = 'HTTPRoute default/web';

const reweigh = (to: number) => (route: { spec: Record<string, unknown> }) => {
  route.spec['rules'] = [{ backendRefs: split(to) }];
};

describe('requests by a route', () => {
  it('come at a steady rate beside those to Services, and are told apart', () => {
    const { cluster, traffic } = shop([httpRoute([{ backendRefs: split(0) }])], { exclude: ['*-canary'] });
    cluster.clock.advance(60_000);
    for (const key of ['default/web', WEB]) {
      expect(traffic.counts(key).sent).toBeGreaterThan(550);
      expect(traffic.counts(key).sent).toBeLessThan(650);
      expect(traffic.counts(key).byTrack['canary']).toBeUndefined();
    }
    expect(traffic.counts('default/web-canary').sent).toBe(0);
    expect(traffic.counts().sent).toBe(traffic.counts('default/web').sent + traffic.counts(WEB).sent);
    expect(traffic.losses).toEqual([]);
  });

  it.each([1, 10, 25, 50, 99])('are split by weight, exactly: %i %% of a few hundred', weight => {
    const { cluster, traffic, share, whys } = shop([httpRoute([{ backendRefs: split(weight) }])]);
    cluster.clock.advance(30_000);
    expect(traffic.counts(WEB).answered).toBeGreaterThan(250);
    expect(Math.abs(share(WEB, 'canary') - weight)).toBeLessThan(1);
    expect(whys()).toEqual([]);
  });

  it('follow a write after the propagation, and not all of them at once', () => {
    const { cluster, traffic } = shop([httpRoute([{ backendRefs: split(0) }])], {
      propagationMs: 3000,
      intervalMs: 20,
      keepAlive: 0,
    });
    cluster.clock.advance(5000);
    cluster.change(KIND, 'web', reweigh(100));
    const seconds = [1, 2, 3, 4].map(() => {
      const before = traffic.counts(WEB);
      cluster.clock.advance(1000);
      const after = traffic.counts(WEB);
      return ['stable', 'canary'].map(
        track => (after.byTrack[track]?.answered ?? 0) - (before.byTrack[track]?.answered ?? 0),
      );
    });
    const [stable, canary] = [seconds.map(([one = 0]) => one), seconds.map(([, one = 0]) => one)];
    // The last proxy takes all of the propagation; another knows sooner.
    expect(stable[2]).toBeGreaterThan(10);
    expect(stable[2]).toBeLessThan(40);
    expect(canary[2]).toBeGreaterThan(10);
    // Answers that were on their way are counted in the second after.
    expect(stable[3]).toBeLessThan(5);
    expect(canary[3]).toBeGreaterThan(40);
  });

  it('are lost where a Service goes before the proxies know that the route has left it', () => {
    const world = shop([httpRoute([{ backendRefs: split(50) }])], { propagationMs: 2000 });
    world.cluster.clock.advance(3000);
    world.cluster.change(KIND, 'web', reweigh(0));
    world.cluster.api.delete('apps/Deployment', 'default', 'web-canary', {});
    world.cluster.api.delete('Service', 'default', 'web-canary', {});
    world.cluster.clock.advance(5000);
    expect(world.whys().length).toBeGreaterThan(0);
    expect(world.whys()).toContainEqual(
      expect.stringMatching(
        /^HTTPRoute default\/web, rule 1, backend Service default\/web-canary \(weight 50 of 100\): Pod default\/web-canary-\S+ is gone, and is still sent to; by proxy 3 of 3, which does not know of the newest write to the route$/,
      ),
    );
    const { length } = world.whys();
    world.cluster.clock.advance(5000);
    expect(world.whys()).toHaveLength(length);
    expect(world.traffic.counts(WEB).lost).toBe(length);
  });

  it('are not lost where the order is kept: the route first, then time, then the pods', () => {
    const world = shop([httpRoute([{ backendRefs: split(50) }])], { propagationMs: 2000 });
    world.cluster.clock.advance(3000);
    world.cluster.change(KIND, 'web', reweigh(0));
    world.cluster.clock.advance(2500);
    world.cluster.api.delete('apps/Deployment', 'default', 'web-canary', {});
    world.cluster.api.delete('Service', 'default', 'web-canary', {});
    world.cluster.clock.advance(5000);
    expect(world.whys()).toEqual([]);
  });

  it('begin when a route appears, and go on when it is deleted', () => {
    const cluster = routedCluster([], ['HTTPRoute']);
    const traffic = startTraffic(cluster.api, { exclude: ['*'] });
    cluster.clock.advance(2000);
    expect(traffic.counts().sent).toBe(0);
    cluster.create(httpRoute([{ backendRefs: split(0) }]));
    cluster.clock.advance(2000);
    expect(traffic.counts(WEB).answered).toBeGreaterThan(10);
    expect(traffic.losses).toEqual([]);
    cluster.api.delete(KIND, 'default', 'web', {});
    cluster.clock.advance(2000);
    expect(traffic.losses.at(-1)).toMatchObject({
      service: '',
      route: WEB,
      why: expect.stringMatching(/^HTTPRoute default\/web: HTTPRoute default\/web is gone; by proxy \d of 3$/),
    });
    traffic.stop();
    const { sent } = traffic.counts();
    cluster.clock.advance(2000);
    expect(traffic.counts().sent).toBe(sent);
  });

  it('meet the state before where a write is refused, and a late one where it takes longer', () => {
    const { cluster, traffic, share } = shop([httpRoute([{ backendRefs: split(0) }])]);
    cluster.clock.advance(1000);
    cluster.change(KIND, 'web', route => {
      route.metadata.annotations = { 'sandbox.sluice.dev/accepted': 'false' };
      reweigh(100)(route);
    });
    cluster.clock.advance(5000);
    expect(share(WEB, 'canary')).toBe(0);
    cluster.change(KIND, 'web', route => {
      route.metadata.annotations = { 'sandbox.sluice.dev/accepted': '4000' };
      reweigh(100)(route);
    });
    cluster.clock.advance(3900);
    expect(share(WEB, 'canary')).toBe(0);
    cluster.clock.advance(3000);
    expect(traffic.counts(WEB).byTrack['canary']?.answered).toBeGreaterThan(20);
  });

  it('go over connections that the proxy keeps, where it does', () => {
    const route = httpRoute([{ backendRefs: [{ name: 'both', port: 80 }] }]);
    const tracks = [0, 1].map(keepAlive => {
      const { cluster, traffic } = shop([route], { keepAlive }, [service('both')]);
      cluster.clock.advance(5000);
      return Object.keys(traffic.counts(WEB).byTrack).length;
    });
    expect(tracks).toEqual([2, 1]);
  });

  it('go over a connection to a pod only while the proxy lists it', () => {
    const { cluster, traffic } = shop([httpRoute([{ backendRefs: split(0) }])], { keepAlive: 1, connectionMs: 60_000 });
    cluster.clock.advance(3000);
    cluster.change('apps/Deployment', 'web', ({ spec }) => {
      spec['template'] = {
        ...(spec['template'] as object),
        metadata: { labels: { app: 'web', 'sluice.dev/track': 'stable', v: '2' } },
      };
    });
    cluster.clock.advance(20_000);
    expect(traffic.losses).toEqual([]);
    cluster.change('Service', 'web', ({ spec }) => {
      spec['selector'] = { app: 'web', 'sluice.dev/track': 'canary' };
    });
    cluster.clock.advance(1000);
    const stable = traffic.counts(WEB).byTrack['stable']?.answered;
    cluster.clock.advance(5000);
    expect(traffic.counts(WEB).byTrack['stable']?.answered).toBe(stable);
    expect(traffic.losses).toEqual([]);
  });

  it('are of the namespace that was asked for', () => {
    const { cluster, traffic } = shop([httpRoute([{ backendRefs: split(0) }])], { namespace: 'other' });
    cluster.clock.advance(2000);
    expect(traffic.counts().sent).toBe(0);
  });
});

describe('requests to Services', () => {
  it('are the same, to the number, in a cluster whose Ingress no data plane reads', () => {
    const [bare, beside] = [false, true].map(hasIngress => {
      const cluster = startCluster();
      cluster.create(service('web'));
      cluster.create(deployment('web', { replicas: 3 }));
      cluster.clock.advance(2500);
      const traffic = startTraffic(cluster.api, { random: seeded(7) });
      if (hasIngress)
        cluster.create({
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name: 'web' },
          spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
        });
      for (const { metadata } of cluster.pods())
        cluster.api.delete('Pod', 'default', metadata.name, { gracePeriodSeconds: 0 });
      cluster.clock.advance(10_000);
      return { counts: traffic.counts(), losses: traffic.losses.map(({ sentAt, at }) => [sentAt, at]) };
    });
    expect(bare?.losses.length).toBeGreaterThan(0);
    expect(beside).toEqual(bare);
  });
});

describe('the turns by weight', () => {
  it('are exact after each full turn, at any phase and for any number of backends', () => {
    for (const phase of [0, 1 / 3, 2 / 3])
      for (const weights of [[1], [0, 5], [1, 99], [50, 30, 20], [7, 0, 2, 1]]) {
        const wheel = createWheel(phase);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const taken = weights.map(() => 0);
        for (let turn = 0; turn < total * 3; turn += 1) {
          const index = wheel.next(weights);
          taken[index] = (taken[index] ?? 0) + 1;
        }
        expect(taken).toEqual(weights.map(weight => weight * 3));
      }
  });
});
