import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { startTraffic, type Traffic, type TrafficOptions } from '../../../src/sandbox/traffic/traffic.ts';
import { type Cluster, deployment, startCluster, type WorkloadOptions } from '../controllers/cluster.ts';

const SANDBOX = 'sandbox.sluice.dev/';
const NO_GAP = { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } };
const AT_ONCE = { [`${SANDBOX}terminate-after`]: '0s' };

function service(name: string, selector: Record<string, string>, spec: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector, ports: [{ port: 80, targetPort: 80 }], ...spec },
  };
}

interface Shop {
  cluster: Cluster;
  traffic: Traffic;
}

/** `web` behind a Service of its name, ready, and under traffic. */
function shop(options: WorkloadOptions = {}, traffic: TrafficOptions = {}): Shop {
  const cluster = startCluster();
  cluster.create(service('web', { app: 'web' }));
  cluster.create(deployment('web', { ...options, spec: { ...NO_GAP, ...options.spec } }));
  cluster.clock.advance(2500);
  return { cluster, traffic: startTraffic(cluster.api, traffic) };
}

function roll({ cluster }: Shop, image: string): void {
  cluster.change('apps/Deployment', 'web', ({ spec }) => {
    const { containers } = (spec['template'] as { spec: { containers: { image: string }[] } }).spec;
    for (const container of containers) container.image = image;
  });
  cluster.clock.advance(20_000);
}

const whys = ({ traffic }: Shop): string[] => traffic.losses.map(({ why }) => why);

describe('requests to a Service', () => {
  it('come at a steady rate, and go to its pods in turn', () => {
    const { cluster, traffic } = shop({ replicas: 2 });
    cluster.clock.advance(60_000);
    const { sent, answered, lost, byTrack, byImage } = traffic.counts('default/web');
    expect(sent).toBeGreaterThan(550);
    expect(sent).toBeLessThan(650);
    // The last of them are on their way.
    expect(sent - answered).toBeLessThanOrEqual(3);
    expect(lost).toBe(0);
    expect(byTrack).toEqual({ '': { answered, errors: 0 } });
    expect(byImage).toEqual({ 'web:1': { answered, errors: 0 } });
  });

  it('are not lost over an ordinary rolling update that keeps all its pods', () => {
    const world = shop({ replicas: 3 });
    roll(world, 'web:2');
    expect(world.traffic.losses).toEqual([]);
    const before = world.traffic.counts().byImage['web:1']?.answered;
    world.cluster.clock.advance(5000);
    const { byImage } = world.traffic.counts();
    expect(byImage['web:2']?.answered).toBeGreaterThan(40);
    expect(byImage['web:1']?.answered).toBe(before);
  });

  it('are lost when the only pod goes, and it is said which and why', () => {
    const world = shop({ replicas: 1 }, { propagationMs: 500 });
    const [pod] = world.cluster.pods();
    world.cluster.api.delete('Pod', 'default', pod?.metadata.name ?? '', { gracePeriodSeconds: 0 });
    world.cluster.clock.advance(500);
    const name = `Pod default/${pod?.metadata.name}`;
    expect(whys(world)).toContainEqual(expect.stringContaining(name));
    world.cluster.clock.advance(300);
    expect(whys(world).at(-1)).toMatch(
      /^Service default\/web has no endpoint: its selector app=web matches 1 pod, none known to be ready \(web-\S+ is not ready\)$/,
    );
    world.cluster.clock.advance(5000);
    const lost = world.traffic.losses.length;
    world.cluster.clock.advance(5000);
    expect(world.traffic.losses).toHaveLength(lost);
    expect(world.traffic.counts().lost).toBe(lost);
  });

  it('are lost when its selector matches nothing, or when it is gone', () => {
    const world = shop();
    world.cluster.change('Service', 'web', ({ spec }) => {
      spec['selector'] = { app: 'web', 'sluice.dev/track': 'canary' };
    });
    world.cluster.clock.advance(1000);
    expect(whys(world).at(-1)).toBe(
      'Service default/web has no endpoint: its selector app=web,sluice.dev/track=canary matches no pod',
    );
    world.cluster.api.delete('Service', 'default', 'web', {});
    world.cluster.clock.advance(1000);
    expect(whys(world).at(-1)).toBe('Service default/web is gone');
  });

  it('meet nodes that do not know of a change yet: a pod that exits at once needs a preStop hook', () => {
    const bare = shop({ replicas: 3, annotations: AT_ONCE });
    roll(bare, 'web:2');
    expect(whys(bare)).toContainEqual(
      expect.stringMatching(/^Pod default\/web-\S+ is gone; node \d of 3 still sends to it for Service default\/web$/),
    );
    const sleeping = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };
    const hooked = shop({ replicas: 3, annotations: AT_ONCE, container: sleeping });
    roll(hooked, 'web:2');
    expect(whys(hooked)).toEqual([]);
    const fast = shop({ replicas: 3, annotations: AT_ONCE }, { propagationMs: 0, durationMs: 0, keepAlive: 0 });
    roll(fast, 'web:2');
    expect(whys(fast)).toEqual([]);
  });

  it('are lost under way when their container ends', () => {
    const world = shop({ replicas: 1, annotations: { [`${SANDBOX}crash-after`]: '10s' } }, { durationMs: 500 });
    world.cluster.clock.advance(9000);
    expect(whys(world)).toContainEqual(
      expect.stringMatching(
        /^container web of Pod default\/web-\S+ does not run: CrashLoopBackOff \(exit code 1, Error\) \d+ ms after it was asked$/,
      ),
    );
  });

  it('go to pods that terminate but still serve, where no other is ready', () => {
    const world = shop({ replicas: 1, annotations: { [`${SANDBOX}terminate-after`]: '5s' } });
    world.cluster.change('apps/Deployment', 'web', ({ spec }) => {
      spec['replicas'] = 0;
    });
    world.cluster.clock.advance(4500);
    expect(whys(world)).toEqual([]);
    world.cluster.clock.advance(2000);
    expect(whys(world).length).toBeGreaterThan(0);
  });
});

describe('clients that keep their connection', () => {
  const always = { keepAlive: 1, connectionMs: 60_000 };

  it('stay on their pod when the Service moves on, until the pod is told to end', () => {
    const world = shop({ replicas: 1, labels: { track: 'old' } }, always);
    world.cluster.create(
      deployment('next', {
        image: 'web:2',
        labels: { app: 'web', own: 'next' },
        spec: { selector: { matchLabels: { own: 'next' } } },
      }),
    );
    world.cluster.clock.advance(3000);
    world.cluster.change('Service', 'web', ({ spec }) => {
      spec['selector'] = { app: 'web', own: 'next' };
    });
    world.cluster.clock.advance(10_000);
    expect(world.traffic.counts().byImage['web:2']).toBeUndefined();
    world.cluster.api.delete('apps/Deployment', 'default', 'web', {});
    world.cluster.clock.advance(10_000);
    expect(world.traffic.counts().byImage['web:2']?.answered).toBeGreaterThan(80);
    expect(whys(world)).toEqual([]);
  });

  it('open another when they have had it for long', () => {
    const world = shop({ replicas: 1 }, { ...always, connectionMs: 2000 });
    world.cluster.create(
      deployment('next', {
        image: 'web:2',
        labels: { app: 'web', own: 'next' },
        spec: { selector: { matchLabels: { own: 'next' } } },
      }),
    );
    world.cluster.change('Service', 'web', ({ spec }) => {
      spec['selector'] = { own: 'next' };
    });
    world.cluster.clock.advance(2200);
    const before = world.traffic.counts().byImage['web:1']?.answered;
    world.cluster.clock.advance(3000);
    expect(world.traffic.counts().byImage['web:1']?.answered).toBe(before);
  });
});

describe('what is counted', () => {
  it('tells versions apart by track and image, and errors from losses', () => {
    const cluster = startCluster();
    cluster.create(service('web', { app: 'web' }));
    cluster.create(deployment('web', { replicas: 3, labels: { 'sluice.dev/track': 'stable' } }));
    cluster.create(
      deployment('web-canary', {
        replicas: 1,
        image: 'web:2',
        labels: { app: 'web', 'sluice.dev/track': 'canary' },
        annotations: { [`${SANDBOX}error-rate`]: '1', [`${SANDBOX}error-after`]: '30s' },
        spec: { selector: { matchLabels: { 'sluice.dev/track': 'canary' } } },
      }),
    );
    cluster.clock.advance(3000);
    const traffic = startTraffic(cluster.api);
    cluster.clock.advance(20_000);
    const early = traffic.counts();
    expect(early.errors).toBe(0);
    const share = (early.byTrack['canary']?.answered ?? 0) / early.answered;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    cluster.clock.advance(30_000);
    const late = traffic.counts();
    expect(late.byTrack['canary']?.errors).toBe(late.errors);
    expect(late.byImage['web:2']?.errors).toBeGreaterThan(50);
    expect(late.byTrack['stable']?.errors).toBe(0);
    expect(traffic.losses).toEqual([]);
  });

  it('leaves out Services without requests of their own: excluded ones, those without selector, those of unready pods', () => {
    const cluster = startCluster();
    for (const name of ['web', 'web-canary', 'preview']) cluster.create(service(name, { app: 'none' }));
    cluster.create(service('peers', { app: 'none' }, { clusterIP: 'None', publishNotReadyAddresses: true }));
    cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'bare' }, spec: { ports: [{ port: 80 }] } });
    const traffic = startTraffic(cluster.api, { exclude: ['*-canary', 'preview'] });
    cluster.clock.advance(2000);
    expect(new Set(traffic.losses.map(loss => loss.service))).toEqual(new Set(['default/web']));
    traffic.stop();
    const { length } = traffic.losses;
    cluster.clock.advance(2000);
    expect(traffic.losses).toHaveLength(length);
  });

  it('comes to Services that are made later, where it is to, from their first ready endpoint until they are deleted', () => {
    const cluster = startCluster();
    const traffic = startTraffic(cluster.api, { newServices: true });
    cluster.clock.advance(1000);
    cluster.create(service('web', { app: 'web' }));
    cluster.clock.advance(1000);
    cluster.create(deployment('web', { replicas: 2 }));
    cluster.clock.advance(5000);
    const { sent, lost } = traffic.counts('default/web');
    expect(sent).toBeGreaterThan(20);
    expect(lost).toBe(0);
    cluster.api.delete('Service', 'default', 'web', {});
    cluster.clock.advance(5000);
    expect(traffic.counts().sent).toBeLessThan(sent + 2);
    expect(traffic.losses).toEqual([]);
  });
});
