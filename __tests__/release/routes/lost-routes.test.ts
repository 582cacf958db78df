import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/kube.ts';
import { promote, reject } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import type { InProcessOptions } from '../../../src/sandbox/in-process.ts';
import type { Harness } from '../../sandbox/harness.ts';
import { begin, say, starts, until } from '../property/found-rig.ts';
import { deployNow, deployRequest, hold, LIMIT_MS, NAMESPACE, openRun, weight } from '../rig.ts';
import { HTTP_ROUTE, INGRESS } from './routed.ts';

import { erase, LISTED, type Live, live, paused, TYPES, version, world } from './shop.ts';

describe('a route that others delete during the release', () => {
  it('does not keep a reject from taking the traffic off the new version in the other routes', async () => {
    const second = { ...HTTP_ROUTE.route, metadata: { name: 'zweb', namespace: NAMESPACE } };
    const h = world(HTTP_ROUTE, {}, [second]);
    await deployNow(h, version('web:2'), paused);
    erase(h, HTTP_ROUTE);
    const { phase } = await say(h, reject);
    expect(JSON.stringify(live(h, HTTP_ROUTE, 'zweb').spec)).not.toContain('web-canary');
    expect(phase).toBe('rolled-back');
    h.stop();
  });

  it.each(LISTED)('does not keep a reject from its end: %s', async (_name, routed) => {
    const h = world(routed);
    await deployNow(h, version('web:2'), paused);
    erase(h, routed);
    expect((await say(h, reject)).phase).toBe('rolled-back');
    h.stop();
  });

  it.each(TYPES)(
    'may be one that the release itself has pruned before it was cut: a reject brings it back: %s',
    async (_name, routed) => {
      const h = world(routed);
      await deployNow(h, [...version('web:1'), routed.route], { strategy: 'rolling' });
      const died = Promise.withResolvers<void>();
      const onCall: InProcessOptions['onCall'] = (_n, { method, path }) => {
        if (method !== 'DELETE' || !/(httproutes|virtualservices)\/web$/.test(path)) return 'execute';
        died.resolve();
        return 'die-after';
      };
      const run = openRun(h, { onCall });
      const ended = deploy(run.deps, deployRequest(run, version('web:2'), { steps: [weight(50), hold(1_000)] }));
      await h.run(Promise.race([ended, died.promise]), LIMIT_MS);
      h.traffic?.stop();
      expect((await say(h, reject)).phase).toBe('rolled-back');
      expect(live(h, routed)).toBeDefined();
      h.stop();
    },
  );

  it.each(LISTED)('and create again keeps nothing of the release after its end: %s', async (_name, routed) => {
    const h = world(routed);
    const { run, ended } = begin(h, version('web:2'), { steps: [weight(50), hold(30_000)] });
    await until(h, run, starts('Hold'));
    erase(h, routed);
    h.api.create(structuredClone(routed.route), { manager: 'argocd' });
    // Whether it was seen to be gone is a matter of moments.
    expect(['succeeded', 'rolled-back']).toContain((await h.run(ended, LIMIT_MS)).phase);
    expect(JSON.stringify(live(h, routed).spec)).not.toContain('canary');
    h.stop();
  });
});

describe('a route that does not name the Service any more', () => {
  it.each(LISTED)('is drift, and the new version is not promoted without traffic: %s', async (_name, routed) => {
    const h = world(routed);
    const { run, ended } = begin(h, version('web:2'), { steps: [weight(50), hold(30_000)], onDrift: 'fail' });
    await until(h, run, starts('Hold'));
    h.traffic?.stop();
    const text = JSON.stringify(routed.route.spec).replaceAll('"web"', '"other"').replaceAll('"web.', '"other.');
    h.api.update({ ...live(h, routed), spec: JSON.parse(text) as JsonObject }, { manager: 'kubectl' });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'drift' } });
    h.stop();
  });

  it('is not promoted by a person, either', async () => {
    const h = world(HTTP_ROUTE);
    await deployNow(h, version('web:2'), { ...paused, onDrift: 'fail' });
    h.traffic?.stop();
    const spec = { ...live(h, HTTP_ROUTE).spec, rules: [{ backendRefs: [{ name: 'other', port: 80 }] }] };
    h.api.update({ ...live(h, HTTP_ROUTE), spec }, { manager: 'kubectl' });
    expect((await say(h, promote)).phase).not.toBe('succeeded');
    h.stop();
  });

  it.each([
    ['the main Ingress is gone', (h: Harness) => erase(h, INGRESS)],
    [
      'the canary is no canary any more',
      (h: Harness) => {
        h.traffic?.stop();
        const { metadata, ...rest } = live(h, INGRESS, 'web-canary');
        const annotations = { ...metadata.annotations, 'nginx.ingress.kubernetes.io/canary': 'false' };
        h.api.update({ ...rest, metadata: { ...metadata, annotations } }, { manager: 'kubectl' });
      },
    ],
  ])('is drift with nginx, too: %s', async (_name, change) => {
    const h = world(INGRESS);
    const { run, ended } = begin(h, version('web:2'), { steps: [weight(50), hold(30_000)], onDrift: 'fail' });
    await until(h, run, starts('Hold'));
    change(h);
    expect((await h.run(ended, LIMIT_MS)).phase).not.toBe('succeeded');
    h.stop();
  });
});

describe('a parent of which nobody says anything', () => {
  const silent = { group: 'example.com', kind: 'Mesh', name: 'mesh' };

  it('beside one that has taken the route is told before any write', async () => {
    const h = world(HTTP_ROUTE, { parentRefs: [{ name: 'edge' }, silent] });
    const wish = { ...paused, timeoutMs: 20_000 };
    await expect(deployNow(h, version('web:2'), wish)).rejects.toThrow(/Mesh mesh/);
    h.stop();
  });

  it('does not keep a reject from its end', async () => {
    const h = world(HTTP_ROUTE);
    await deployNow(h, version('web:2'), { ...paused, timeoutMs: 20_000 });
    const present = live(h, HTTP_ROUTE);
    const spec = { ...present.spec, parentRefs: [{ name: 'edge' }, silent] };
    h.api.update({ ...present, spec } as Live, { manager: 'kubectl' });
    expect((await say(h, reject)).phase).toBe('rolled-back');
    h.stop();
  });
});
