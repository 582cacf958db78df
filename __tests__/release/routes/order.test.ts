import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../src/kube.ts';
import { promote, reject } from '../../../src/release/commands.ts';
import type { TimedEvent } from '../../../src/release/events.ts';
import { handle } from '../../../src/sandbox/server/http/handler.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { adopted } from '../property/adopted.ts';
import { begin, expectUnharmed, QUIET, say, serving, starts, until } from '../property/found-rig.ts';
import { app, approve, deployNow, hold, LIMIT_MS, NAMESPACE, weight } from '../rig.ts';
import { ALL_ROUTED, HTTP_ROUTE, INGRESS, type Routed, VIRTUAL_SERVICE } from './routed.ts';

type Live = KubeObject<{ rules?: JsonObject[]; http?: JsonObject[] }>;

function world({ ground, route }: Routed, metadata: object = {}, more: readonly KubeObject[] = []): Harness {
  return serving([
    ...ground,
    ...more,
    ...app({ replicas: 4 }),
    { ...route, metadata: { ...route.metadata, ...metadata } },
  ]);
}

function live(h: Harness, { kind }: Routed, name = 'web'): Live {
  return h.api.get(`${kind.apiVersion.split('/')[0]}/${kind.kind}`, NAMESPACE, name) as Live;
}

const at = (events: readonly TimedEvent[], test: (event: TimedEvent) => boolean): number =>
  events.find(test)?.at ?? Number.NaN;

describe('route-accepted', () => {
  it('the hold does not start before every parent has accepted this generation', async () => {
    const h = world(HTTP_ROUTE, { annotations: { 'sandbox.sluice.dev/accepted': '7000' } });
    const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), { steps: [weight(50), hold(5_000)] });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    const written = at(run.events, starts('Shift to 50'));
    expect(at(run.events, starts('Hold 5s at 50')) - written).toBeGreaterThan(7_000);
    expectUnharmed(h);
  });

  it('a parent that does not take the weights ends the release, and says why', async () => {
    const h = world(HTTP_ROUTE);
    const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), {
      steps: [weight(50), hold(5_000)],
      timeoutMs: 20_000,
    });
    await until(h, run, starts('Shift to 50'));
    const present = live(h, HTTP_ROUTE);
    const annotations = { 'sandbox.sluice.dev/accepted': 'false' };
    h.api.update({ ...present, metadata: { ...present.metadata, annotations } }, { manager: 'test' });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.phase).toBe('rolled-back');
    expect(outcome.error?.message).toMatch(
      /HTTPRoute default\/web has weights that its parents have not taken: .*No listener allows this route/,
    );
    expect(h.laws.violations).toEqual([]);
    h.stop();
  });

  it('a route that is in force nowhere is refused before any write', async () => {
    const h = world(HTTP_ROUTE, { annotations: { 'sandbox.sluice.dev/accepted': 'false' } });
    await expect(deployNow(h, app({ image: 'web:2', replicas: 4 }), { steps: [weight(50)] })).rejects.toThrow(
      /HTTPRoute default\/web is not in force as it is/,
    );
    h.stop();
  });
});

describe('routed-ceil and stable-capacity-first', () => {
  it('routed-ceil: 10 pods and weight 33: the canary has 4, and stable stays at 10', async () => {
    const h = serving([...HTTP_ROUTE.ground, ...app({ replicas: 10 }), HTTP_ROUTE.route]);
    await deployNow(h, app({ image: 'web:2', replicas: 10 }), { steps: [weight(33), approve] });
    const sizeOf = (name: string): unknown =>
      (h.api.get('apps/Deployment', NAMESPACE, name) as KubeObject<{ replicas: number }> | undefined)?.spec?.replicas;
    expect([sizeOf('web-canary'), sizeOf('web')]).toEqual([4, 10]);
    h.stop();
  });

  it.each(ALL_ROUTED)(
    'stable-capacity-first: the weight waits for stable, whoever made it smaller: %s',
    async (_name, routed) => {
      const h = world(routed);
      await deployNow(h, app({ image: 'web:2', replicas: 4 }), { steps: [weight(100), approve] });
      const stable = h.api.get('apps/Deployment', NAMESPACE, 'web') as KubeObject<object>;
      h.api.update({ ...stable, spec: { ...stable.spec, replicas: 1 } }, { manager: 'test' });
      h.clock.advance(10_000);
      // Every raise of stable's share is judged by the monitor against the endpoints that stable has then.
      expect((await say(h, reject)).phase).toBe('rolled-back');
      expectUnharmed(h);
    },
  );
});

describe('match', () => {
  const match = { kind: 'match' as const, match: { by: 'header' as const, name: 'x-canary', value: 'always' } };
  const wish = { steps: [match, hold(30_000), weight(50), hold(30_000)] };

  it.each(ALL_ROUTED)(
    'chosen users meet the new version first, and nobody once it is over: %s',
    async (_name, routed) => {
      const h = harness({
        objects: [...routed.ground, ...app({ replicas: 4 }).map(adopted), routed.route],
        traffic: { ...QUIET, headers: { 'x-canary': 'always' }, headersEvery: 2 },
        readyMs: 60_000,
      });
      const before = live(h, routed);
      const entry = `${routed.kind.kind} ${NAMESPACE}/web`;
      const { run, ended } = begin(h, app({ image: 'web:2', replicas: 4 }), wish);
      await until(h, run, starts('Hold 30s with matching requests alone'));
      const first = [h.traffic?.counts(entry), h.traffic?.counts(`${entry} matched`)];
      await until(h, run, event => event.type === 'judged');
      const second = [h.traffic?.counts(entry), h.traffic?.counts(`${entry} matched`)];
      const grown = [0, 1].map(
        i => (second[i]?.byTrack['canary']?.answered ?? 0) - (first[i]?.byTrack['canary']?.answered ?? 0),
      );
      const all = [0, 1].map(i => (second[i]?.answered ?? 0) - (first[i]?.answered ?? 0));
      expect(grown).toEqual([0, all[1]]);
      expect(all[1]).toBeGreaterThan(100);
      expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
      expect(live(h, routed).spec).toEqual(before.spec);
      expectUnharmed(h);
    },
  );

  it('a reject takes the rule away with the traffic', async () => {
    const h = world(HTTP_ROUTE);
    const before = live(h, HTTP_ROUTE).spec;
    await deployNow(h, app({ image: 'web:2', replicas: 4 }), { steps: [match, approve, weight(50)] });
    expect(live(h, HTTP_ROUTE).spec?.rules).toMatchObject([
      {
        matches: [{ path: { value: '/' }, headers: [{ name: 'x-canary', type: 'Exact', value: 'always' }] }],
        backendRefs: [{ name: 'web-canary' }],
      },
      { backendRefs: [{ name: 'web' }] },
    ]);
    await say(h, reject);
    expect(live(h, HTTP_ROUTE).spec).toEqual(before);
    expectUnharmed(h);
  });

  it('by a cookie, where the router can', async () => {
    const byCookie = { kind: 'match' as const, match: { by: 'cookie' as const, name: 'beta.user', value: 'yes' } };
    const steps = [byCookie, approve, weight(50)];
    const mesh = world(VIRTUAL_SERVICE);
    await deployNow(mesh, app({ image: 'web:2', replicas: 4 }), { steps });
    expect(live(mesh, VIRTUAL_SERVICE).spec?.http?.[0]).toMatchObject({
      match: [{ headers: { cookie: { regex: '^(.*;\\s*)?beta\\.user=yes(;.*)?$' } } }],
      route: [{ destination: { host: 'web-canary' } }],
      retries: { attempts: 3 },
    });
    await say(mesh, reject);
    expectUnharmed(mesh);
    const edge = world(HTTP_ROUTE);
    await expect(deployNow(edge, app({ image: 'web:2', replicas: 4 }), { steps })).rejects.toThrow(
      'The router gateway-api cannot send users by a cookie; it can by a header.',
    );
    edge.stop();
    const ingress = world(INGRESS);
    await expect(deployNow(ingress, app({ image: 'web:2', replicas: 4 }), { steps })).rejects.toThrow(
      /ingress-nginx sends by a cookie only where its value is always, not "yes"/,
    );
    ingress.stop();
  });

  it('with a router that looks at no requests is refused', async () => {
    const h = serving(app({ replicas: 4 }));
    await expect(deployNow(h, app({ image: 'web:2', replicas: 4 }), wish)).rejects.toThrow(
      'The router pods looks at no headers and cookies',
    );
    h.stop();
  });
});

describe('nginx-main-endpoints', () => {
  it('a workload that stops to roll is refused: the main Service would have no endpoints while the canary Ingress is there', async () => {
    const spec = { strategy: { type: 'Recreate' } };
    const h = serving([...app({ replicas: 4, spec }), INGRESS.route]);
    await expect(deployNow(h, app({ image: 'web:2', replicas: 4, spec }), { steps: [weight(50)] })).rejects.toThrow(
      /Deployment default\/web stops to roll .* ingress-nginx serves no canary while Service default\/web has no endpoints/,
    );
    h.stop();
  });
});

describe('the user’s own manifests afterwards', () => {
  /** As another tool brings them: server-side without force, or as client-side tools do. Answers with the status. */
  function applyAs(h: Harness, { route, kind }: Routed, manager: string, type: string): number {
    const plural = `${kind.kind.toLowerCase()}${kind.kind.endsWith('s') ? 'es' : 's'}`;
    return handle(h.sandbox.core, {
      method: 'PATCH',
      path: `/apis/${kind.apiVersion}/namespaces/${NAMESPACE}/${plural}/web`,
      query: new URLSearchParams({ fieldManager: manager }),
      headers: { 'content-type': type, 'user-agent': manager },
      body: Buffer.from(JSON.stringify(route)),
      closed: new AbortController().signal,
    }).status;
  }

  const ends: [string, typeof promote][] = [
    ['promote', promote],
    ['reject', reject],
  ];
  it.each(ALL_ROUTED.flatMap(([name, routed]) => ends.map(([verb, act]) => [name, verb, routed, act] as const)))(
    'meet no conflict, applied on either side: %s, %s',
    async (_name, _verb, routed, act) => {
      const h = world(routed);
      h.api.delete(`${routed.kind.apiVersion.split('/')[0]}/${routed.kind.kind}`, NAMESPACE, 'web', {});
      expect(applyAs(h, routed, 'kubectl', 'application/apply-patch+yaml')).toBe(201);
      h.clock.advance(10_000);
      const before = live(h, routed);
      await deployNow(h, app({ image: 'web:2', replicas: 4 }), {
        steps: [weight(50), approve],
        traffic: routed.router,
      });
      if (routed.router !== 'nginx') {
        // While it is under way their list is ours, and an apply of it would be told so.
        expect(applyAs(h, routed, 'kubectl', 'application/apply-patch+yaml')).toBe(409);
      }
      await say(h, act);
      expect(applyAs(h, routed, 'kubectl', 'application/apply-patch+yaml')).toBe(200);
      expect(applyAs(h, routed, 'kubectl-client-side-apply', 'application/merge-patch+json')).toBe(200);
      expect(live(h, routed).spec).toEqual(before.spec);
      h.stop();
    },
  );
});
