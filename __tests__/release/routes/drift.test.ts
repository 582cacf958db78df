import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../src/kube.ts';
import { promote, reject } from '../../../src/release/commands.ts';
import type { TimedEvent } from '../../../src/release/events.ts';
import type { Harness } from '../../sandbox/harness.ts';
import { begin, expectUnharmed, say, serving, starts, until } from '../property/found-rig.ts';
import { app, approve, deployNow, hold, LIMIT_MS, NAMESPACE, weight } from '../rig.ts';
import { ALL_ROUTED, HTTP_ROUTE, INGRESS, type Routed } from './routed.ts';

type Live = KubeObject<{ rules?: JsonObject[]; http?: JsonObject[] }>;

const world = ({ ground, route }: Routed): Harness => serving([...ground, ...app({ replicas: 4 }), route]);

function live(h: Harness, { kind }: Routed, name = 'web'): Live {
  return h.api.get(`${kind.apiVersion.split('/')[0]}/${kind.kind}`, NAMESPACE, name) as Live;
}

/** What gives the new version its share: the route itself, or the canary Ingress beside it. */
function share(h: Harness, routed: Routed): string {
  const text = JSON.stringify(live(h, routed, routed === INGRESS ? 'web-canary' : 'web') ?? {});
  return (
    (routed === INGRESS ? /"[^"]*canary-weight":"(\d+)"/ : /web-canary[^}]*}?,"weight":(\d+)/).exec(text)?.[1] ?? 'none'
  );
}

function reset(h: Harness, routed: Routed): void {
  if (routed === INGRESS) {
    const canary = live(h, routed, 'web-canary');
    const annotations = { ...canary.metadata.annotations, 'nginx.ingress.kubernetes.io/canary-weight': '0' };
    h.api.update({ ...canary, metadata: { ...canary.metadata, annotations } }, { manager: 'argocd' });
  } else h.api.update({ ...live(h, routed), spec: routed.route.spec }, { manager: 'argocd' });
}

/** Lets time pass in which the release goes on. */
function pass(h: Harness, milliseconds: number): Promise<void> {
  return h.run(new Promise(resolve => h.clock.after(milliseconds, resolve)));
}

const told = (events: readonly TimedEvent[]): (TimedEvent & { type: 'drift' })[] =>
  events.filter(event => event.type === 'drift');

describe.each(ALL_ROUTED)('gitops-reset, %s', (_name, routed) => {
  it('is noticed within a second of a hold, told and corrected', async () => {
    const h = world(routed);
    const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), { steps: [weight(50), hold(30_000)] });
    await until(h, run, starts('Hold'));
    await pass(h, 5_000);
    const at = h.clock.now();
    reset(h, routed);
    await pass(h, 1_000);
    expect(share(h, routed)).toBe('50');
    expect(told(run.events)).toHaveLength(1);
    expect((told(run.events)[0]?.at ?? 0) - at).toBeLessThan(1_000);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('stops the release by the policy fail, and is only told by ignore', async () => {
    for (const [onDrift, phase] of [
      ['fail', 'rolled-back'],
      ['ignore', 'succeeded'],
    ] as const) {
      const h = world(routed);
      const wish = { steps: [weight(50), hold(30_000)], onDrift };
      const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), wish);
      await until(h, run, starts('Hold'));
      reset(h, routed);
      const outcome = await h.run(ended, LIMIT_MS);
      expect([onDrift, outcome.phase]).toEqual([onDrift, phase]);
      if (onDrift === 'fail') expect(outcome.error?.message).toMatch(/web.*(instead of|other weights)/);
      else expect(told(run.events)).toHaveLength(1);
      expectUnharmed(h);
    }
  });
});

describe('while stable is rolled', () => {
  it.each(ALL_ROUTED)('weights that are reset are written again: %s', async (_name, routed) => {
    const h = world(routed);
    const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), { steps: [weight(100), hold(5_000)] });
    await until(h, run, starts('Wait until stable'));
    await pass(h, 500);
    reset(h, routed);
    await pass(h, 1_000);
    expect(share(h, routed)).toBe('100');
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expectUnharmed(h);
  });
});

describe('a route that is gone', () => {
  it('is an error that says so', async () => {
    const h = world(HTTP_ROUTE);
    const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), { steps: [weight(50), hold(30_000)] });
    await until(h, run, starts('Hold'));
    h.traffic?.stop();
    h.api.delete('gateway.networking.k8s.io/HTTPRoute', NAMESPACE, 'web', {});
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.error?.message).toContain('HTTPRoute default/web is gone');
    h.stop();
  });
});

describe('a route of the manifests', () => {
  const version = (
    image: string,
    routed: Routed,
    change: (spec: Live['spec']) => Live['spec'] = spec => spec,
  ): KubeObject[] => [
    ...app({ image, replicas: 4 }),
    { ...routed.route, spec: change(routed.route.spec as Live['spec']) },
  ];

  it.each(ALL_ROUTED)(
    'keeps its weights when it is promoted, and is as the manifests say in the end: %s',
    async (_name, routed) => {
      const h = world(routed);
      await deployNow(h, version('web:1', routed), { strategy: 'rolling' });
      const { run, ended } = begin(h, version('web:2', routed), { steps: [weight(50), hold(5_000)] });
      await until(h, run, starts('Wait until stable'));
      expect(share(h, routed)).toBe('50');
      expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
      expect(live(h, routed).spec).toMatchObject(routed.route.spec as object);
      expect(JSON.stringify(live(h, routed).spec)).not.toContain('canary');
      expectUnharmed(h);
    },
  );

  it('that changes with the release changes at promotion alone, and goes back with it', async () => {
    const h = world(HTTP_ROUTE);
    await deployNow(h, version('web:1', HTTP_ROUTE), { strategy: 'rolling' });
    const before = live(h, HTTP_ROUTE).spec;
    const changed = version('web:2', HTTP_ROUTE, spec => ({ ...spec, hostnames: ['new.example'] }) as Live['spec']);
    await deployNow(h, changed, { steps: [weight(50), approve] });
    expect(live(h, HTTP_ROUTE).spec).toMatchObject({ hostnames: ['web.example'] });
    const { run, ended } = begin(h, changed, { steps: [weight(50), approve] });
    await h.run(ended, LIMIT_MS);
    expect(run.events.some(({ type }) => type === 'paused')).toBe(true);
    expect((await say(h, promote)).phase).toBe('succeeded');
    expect(live(h, HTTP_ROUTE).spec).toMatchObject({ hostnames: ['new.example'] });
    await deployNow(h, version('web:3', HTTP_ROUTE), { steps: [weight(50), approve] });
    await say(h, reject);
    expect(live(h, HTTP_ROUTE).spec).toEqual({ ...before, hostnames: ['new.example'] });
    expectUnharmed(h);
  });
});
