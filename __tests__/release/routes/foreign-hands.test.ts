import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import type { InProcessOptions } from '../../../src/sandbox/in-process.ts';
import { istio } from '../../../src/traffic/istio.ts';
import { harness } from '../../sandbox/harness.ts';
import { adopted } from '../property/adopted.ts';
import { begin, expectUnharmed, QUIET, say, serving, starts, until } from '../property/found-rig.ts';
import { deployNow, deployRequest, hold, LIMIT_MS, NAMESPACE, openRun, weight } from '../rig.ts';
import { HTTP_ROUTE, INGRESS, VIRTUAL_SERVICE } from './routed.ts';

import { live, pass, paused, stopping, version, world } from './shop.ts';

describe('a workload that stops to roll', () => {
  const steps = [weight(50), hold(1_000)];

  it('only by its new manifest loses nothing with nginx', async () => {
    const h = world(INGRESS);
    const spec = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } } };
    await deployNow(h, version('web:2', { spec }), { steps }).catch(() => undefined);
    expectUnharmed(h);
  });

  it('loses nothing in routes that are not edited', async () => {
    const to = { route: [{ destination: { host: 'web' } }] };
    const http = [
      { name: 'main', match: [{ uri: { prefix: '/a' } }], ...to },
      { name: 'beside', ...to },
    ];
    const route = { ...VIRTUAL_SERVICE.route, spec: { hosts: ['web'], http } };
    const h = serving([...VIRTUAL_SERVICE.ground, ...version('web:1', { spec: stopping }), route]);
    const wish = { steps, rules: ['main'] };
    await deployNow(h, version('web:2', { spec: stopping }), wish).catch(() => undefined);
    expectUnharmed(h);
  });

  it('and whose Service has clients beside the route is refused, or the plan says what they lose', async () => {
    const h = serving([...HTTP_ROUTE.ground, ...version('web:1', { spec: stopping }), HTTP_ROUTE.route]);
    const { run, ended } = begin(h, version('web:2', { spec: stopping }), { steps });
    const refused = await h.run(ended, LIMIT_MS).then(
      () => false,
      () => true,
    );
    const lost = (h.traffic?.losses ?? []).filter(one => !('route' in one && one.route));
    const notes = JSON.stringify(run.events.flatMap(event => ('plan' in event ? (event.plan?.notes ?? []) : [])));
    expect(refused || lost.length === 0 || /Recreate|stops/.test(notes)).toBe(true);
    h.stop();
  });

  it('is not stopped while a route that was reset during the drain sends everything to it', async () => {
    const h = harness({
      objects: [...HTTP_ROUTE.ground, ...version('web:1', { spec: stopping }).map(adopted), HTTP_ROUTE.route],
      traffic: { ...QUIET, propagationMs: 3_000 },
      readyMs: 60_000,
    });
    const wish = { steps: [weight(100), hold(1_000)], drainMs: 20_000, settleMs: 5_000 };
    const { run, ended } = begin(h, version('web:2', { spec: stopping }), wish);
    await until(h, run, starts('Drain stable'));
    h.api.update({ ...live(h, HTTP_ROUTE), spec: HTTP_ROUTE.route.spec }, { manager: 'argocd' });
    await h.run(ended, LIMIT_MS);
    const lost = (h.traffic?.losses ?? []).filter(one => 'route' in one && one.route);
    expect(lost.map(({ why }) => why).slice(0, 2)).toEqual([]);
    h.stop();
  });
});

it('an annotation that others add to the canary Ingress does not keep a reject from its end', async () => {
  const h = world(INGRESS);
  await deployNow(h, version('web:2'), paused);
  const { metadata, ...rest } = live(h, INGRESS, 'web-canary');
  const annotations = { ...metadata.annotations, 'nginx.ingress.kubernetes.io/canary-by-header': 'x-me' };
  h.api.update({ ...rest, metadata: { ...metadata, annotations } }, { manager: 'kubectl' });
  expect((await say(h, reject)).phase).toBe('rolled-back');
  h.stop();
});

it('a route whose own weights change at promotion is no drift', async () => {
  const rules = (own: number): object => ({
    ...(HTTP_ROUTE.route.spec as object),
    rules: [
      {
        backendRefs: [
          { name: 'web', port: 80, weight: own },
          { name: 'other', port: 80, weight: 100 - own },
        ],
      },
    ],
  });
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'other', namespace: NAMESPACE } };
  const other = { ...service, spec: { selector: { app: 'other' }, ports: [{ port: 80 }] } };
  const h = world(HTTP_ROUTE, rules(60), [other]);
  h.traffic?.stop();
  const objects = [...version('web:2'), { ...HTTP_ROUTE.route, spec: rules(80) }];
  const outcome = await deployNow(h, objects, { steps: [weight(33), hold(1_000)], onDrift: 'fail' });
  expect([outcome.phase, outcome.error?.message]).toEqual(['succeeded', undefined]);
  h.stop();
});

it('somebody who resets a route for ever is not fought fifty times a second', async () => {
  const h = world(HTTP_ROUTE);
  h.traffic?.stop();
  let writes = 0;
  const onCall: InProcessOptions['onCall'] = (_n, { method, path }) => {
    if (method === 'PATCH' && path.includes('/httproutes/')) {
      writes += 1;
      h.clock.after(20, () =>
        h.api.update({ ...live(h, HTTP_ROUTE), spec: HTTP_ROUTE.route.spec }, { manager: 'argocd' }),
      );
    }
    return 'execute';
  };
  const run = openRun(h, { onCall });
  const wish = { steps: [weight(50), hold(10_000)] };
  await h.run(deploy(run.deps, deployRequest(run, version('web:2'), wish)), LIMIT_MS);
  expect(writes).toBeLessThan(50);
  h.stop();
});

it('a Service that others delete is what the message of the way back names', async () => {
  const h = world(HTTP_ROUTE);
  await deployNow(h, version('web:2'), paused);
  h.traffic?.stop();
  h.api.delete('Service', NAMESPACE, 'web', {});
  await pass(h, 5_000);
  const outcome = await say(h, reject);
  expect(outcome.phase === 'rolled-back' || outcome.error?.message).toMatch(/Service default\/web/);
  h.stop();
});

it('DestinationRules of the mesh and of the namespace are not copied over one another', () => {
  const rule = (namespace: string): KubeObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'web', namespace },
    spec: { host: 'web.default.svc.cluster.local' },
  });
  const service = { apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE };
  const copies = istio.made?.({
    route: VIRTUAL_SERVICE.route,
    pairs: [{ stable: { ...service, name: 'web' }, twin: { ...service, name: 'web-canary' } }],
    weights: [50],
    rules: undefined,
    match: undefined,
    track: 'canary',
    others: [],
    aids: [rule('istio-system'), rule(NAMESPACE)],
    unseenAids: [],
  });
  const names = copies?.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) ?? [];
  expect(new Set(names).size).toBe(names.length);
});
