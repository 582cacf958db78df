import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckContext, Sample } from '../../../src/checks/check.ts';
import type { MetricSource } from '../../../src/config/check-config.ts';
import type { Json, KubeObject } from '../../../src/kube.ts';
import type { RouterName } from '../../../src/release/plan.ts';
import { userNamed } from '../../../src/sandbox/server/authentication.ts';
import { MONITORING, shop } from '../../sandbox/metrics/shop.ts';
import { FACTS } from '../context.ts';
import { asked, pairOf, type Question } from './asked.ts';

const PLACE = { service: 'monitoring/prometheus', port: 9090 };
const ILL = { 'sandbox.sluice.dev/error-rate': '20%', 'sandbox.sluice.dev/latency': '900ms' };

interface World {
  ask(kind: 'prometheus' | Question, keys: { readonly [key: string]: Json }, router?: RouterName): Promise<Sample>;
  /** Requests to what is behind the API server: their methods and paths. */
  calls: string[];
}

let stop = (): void => undefined;
afterEach(() => stop());

function world({ token, ...options }: Parameters<typeof shop>[0] & { token?: string } = {}): World {
  const h = shop(options);
  stop = () => h.stop();
  h.clock.advance(12_000);
  h.sandbox.core.tokens.set('nobody', userNamed('nobody'));
  const calls: string[] = [];
  const { cluster, clock } = h.open({
    ...(token ? { token } : {}),
    onCall: (_n, { method, path }) => {
      if (path.includes('/proxy')) calls.push(`${method} ${path.split('?')[0]}`);
      return 'execute';
    },
  });
  const given: Partial<CheckContext> = { cluster, clock, pairs: [pairOf('default', 'web')] };
  return {
    calls,
    ask: (kind, keys, router = 'gateway-api') =>
      h.run(
        asked(kind, { ...PLACE, ...keys }, { ...given, facts: { ...FACTS, namespace: 'default', router }, router }),
      ),
  };
}

describe('a Prometheus within the cluster', () => {
  it.each<[MetricSource, RouterName]>([
    ['plain', 'pods'],
    ['istio', 'istio'],
    ['linkerd', 'gateway-api'],
    ['ingress-nginx', 'nginx'],
    ['envoy', 'gateway-api'],
  ])('answers every question about what %s counts', async (source, router) => {
    const well = world();
    const window = '8s';
    const ask = (one: World, question: Question, limits: { [limit: string]: number }) =>
      one.ask(question, { source, window, 'min-requests': 5, ...limits }, router);
    expect(await ask(well, 'success-rate', { min: 99.5 })).toMatchObject({ outcome: 'pass', value: 100 });
    expect(await ask(well, 'latency-p99', { max: 0.8 })).toMatchObject({ outcome: 'pass' });
    expect(await ask(well, 'error-count', { max: 0 })).toMatchObject({ outcome: 'pass', value: 0 });
    stop();
    const ill = world({ canary: ILL });
    expect(await ask(ill, 'success-rate', { min: 99.5 })).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(
        /^\d+ of \d+ requests in 8s failed \([\d.]+ % answered well\), below min 99\.5 %$/,
      ),
    });
    expect(await ask(ill, 'latency-p99', { max: 0.8 })).toMatchObject({ outcome: 'fail' });
    expect(await ask(ill, 'error-count', { max: 0 })).toMatchObject({ outcome: 'fail' });
  });

  it('is asked short queries by GET, for which the right to get is enough, and long ones by POST', async () => {
    const { ask, calls } = world();
    const sum = (pods: string) => `sum(http_requests_total{pod=~"${pods}"})`;
    expect(await ask('prometheus', { query: sum('{{canary-pods}}'), min: 1 })).toMatchObject({ outcome: 'pass' });
    expect(await ask('prometheus', { query: sum(`x{2}|${'y'.repeat(5_000)}|web-.+`), min: 1 })).toMatchObject({
      outcome: 'pass',
    });
    expect(
      await ask('prometheus', { query: 'sum(http_requests_total)', step: '2s', window: '8s', reduce: 'min', min: 1 }),
    ).toMatchObject({ outcome: 'pass' });
    const path = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1';
    expect(calls).toEqual([`GET ${path}/query`, `POST ${path}/query`, `GET ${path}/query_range`]);
  });

  it('refuses a query with its own words', async () => {
    const { ask } = world();
    expect(await ask('prometheus', { query: 'sum(', min: 1 })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(
        /^Prometheus at Service monitoring\/prometheus, port 9090, through the API server refused the query \(400, bad_data\): .*; mend the query$/,
      ),
    });
  });

  it('is not asked without the right to', async () => {
    const { ask } = world({ token: 'nobody' });
    expect(await ask('prometheus', { query: 'up', min: 1 })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(
        /^Prometheus at Service monitoring\/prometheus.* cannot be asked: the right to get services\/proxy in namespace monitoring is missing; give it by a Role/,
      ),
    });
  });

  it('is not sent a long query without the right to, which is told as the reason', async () => {
    const { ask, calls } = world({ token: 'nobody' });
    const { message } = await ask('prometheus', { query: `up or ${'x'.repeat(4_000)}`, min: 1 });
    expect(calls).toEqual([expect.stringMatching(/^POST /)]);
    expect(message).toMatch(
      /the right to create services\/proxy in namespace monitoring is missing; .*; a query this long is sent by POST, which RBAC calls create: give that right, or a shorter query$/,
    );
  });

  it('is told apart from one that is not there, and from one that does not run', async () => {
    const { ask } = world();
    expect(await ask('prometheus', { service: 'monitoring/thanos', query: 'up', min: 1 })).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('cannot be asked: there is no Service monitoring/thanos'),
    });
    stop();
    const [namespace, , service] = MONITORING as [KubeObject, KubeObject, KubeObject];
    const idle = world({ objects: [namespace, service] });
    expect(await idle.ask('success-rate', { min: 99 })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(
        /does not answer: no endpoints available .*; is it running, and is the port right$/,
      ),
    });
  });

  it('is not what listens on another port', async () => {
    const { ask } = world();
    expect(await ask('prometheus', { service: 'default/web', port: 80, query: 'up', min: 1 })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/Service default\/web, port 80, through the API server answered/),
    });
  });
});
