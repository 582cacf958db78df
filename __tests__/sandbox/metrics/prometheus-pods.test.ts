import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import type { Harness } from '../harness.ts';
import { ask, MONITORING, PROMETHEUS, shop } from './shop.ts';

const QUERY = `${PROMETHEUS}/api/v1/query`;

function edited(annotations: Record<string, string>): KubeObject[] {
  return MONITORING.map(object => {
    if (object.kind !== 'Deployment') return object;
    const copy = structuredClone(object) as KubeObject<{ template: { metadata: { annotations: object } } }>;
    Object.assign(copy.spec?.template.metadata.annotations ?? {}, annotations);
    return copy;
  });
}

function valuesOf(world: Harness, query: string): Record<string, number> {
  const { body } = ask(world, QUERY, { query });
  const { data } = body as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  return Object.fromEntries(data.result.map(({ metric, value }) => [Object.values(metric).join(), Number(value[1])]));
}

describe('a pod that serves Prometheus', () => {
  it('answers what the release’s checks ask, through the API server’s proxy', () => {
    const world = shop({ canary: { 'sandbox.sluice.dev/error-rate': '10%' } });
    world.clock.advance(90_000);
    const rate =
      'sum by (service) (rate(http_requests_total{code!~"5.."}[1m])) / sum by (service) (rate(http_requests_total[1m])) * 100';
    const { web = 0, 'web-canary': canary = 0 } = valuesOf(world, rate);
    expect(web).toBe(100);
    expect(Math.abs(canary - 90)).toBeLessThan(6);
    // Ten requests a second to each Service, and as many by the Ingress, of which the canary has a fifth.
    const { '': all = 0 } = valuesOf(world, 'sum(rate(http_requests_total[1m]))');
    expect(Math.abs(all - 30)).toBeLessThan(2);
    const p99 = 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="web"}[1m])))';
    const { '': seconds = 0 } = valuesOf(world, p99);
    expect(seconds).toBeGreaterThan(0.1);
    expect(seconds).toBeLessThanOrEqual(0.25);
  });

  it('takes queries as forms, answers ranges, and is ready', () => {
    const world = shop();
    world.clock.advance(20_000);
    const now = world.clock.now() / 1000;
    const posted = ask(world, QUERY, { query: 'sum(http_requests_total)' }, 'POST');
    expect(posted).toMatchObject({ status: 200, body: { status: 'success', data: { resultType: 'vector' } } });
    expect(posted.body).toEqual(ask(world, QUERY, { query: 'sum(http_requests_total)' }).body);
    const range = { query: 'sum(http_requests_total)', start: String(now - 10), end: String(now), step: '5' };
    const { body } = ask(world, `${PROMETHEUS}/api/v1/query_range`, range);
    const { data } = body as { data: { result: { values: [number, string][] }[] } };
    expect(data.result[0]?.values.map(([time]) => time - now)).toEqual([-10, -5, 0]);
    expect(ask(world, `${PROMETHEUS}/-/ready`)).toMatchObject({ status: 200, body: 'Prometheus Server is Ready.\n' });
    expect(ask(world, `${PROMETHEUS}/metrics`).body).toMatch(/^# HELP http_requests_total /);
    expect(ask(world, `${PROMETHEUS}/graph`).status).toBe(404);
  });

  it('refuses what it does not know, and what the data do not allow', () => {
    const world = shop();
    world.clock.advance(5_000);
    expect(ask(world, QUERY, { query: 'topk(1, up)' })).toMatchObject({
      status: 400,
      body: { status: 'error', errorType: 'bad_data', error: expect.stringContaining('topk') },
    });
    const duplicates = 'http_requests_total / on (service) http_requests_total';
    expect(ask(world, QUERY, { query: duplicates })).toMatchObject({ status: 422, body: { errorType: 'execution' } });
  });

  it('knows nothing of the time before it was ready', () => {
    const world = shop({ objects: [] });
    world.clock.advance(60_000);
    for (const object of MONITORING) world.api.create(object, { manager: 'kubectl' });
    world.clock.advance(4_000);
    expect(valuesOf(world, 'count(http_requests_total offset 30s)')).toEqual({});
    const { '': seen = 0 } = valuesOf(world, 'sum(increase(http_requests_total[1m]))');
    expect(seen).toBeGreaterThan(30);
    expect(seen).toBeLessThan(200);
  });

  it('scrapes no more when it is gone, and does not answer', () => {
    const world = shop();
    world.clock.advance(5_000);
    world.api.delete('apps/Deployment', 'monitoring', 'prometheus', { propagation: 'Background' });
    world.traffic?.stop();
    world.clock.advance(10_000);
    expect(ask(world, QUERY, { query: '1' }).status).toBe(503);
    const { asked } = world.clock;
    world.clock.advance(60_000);
    // A scrape each second would be sixty calls.
    expect(world.clock.asked - asked).toBeLessThan(10);
  });

  it('fails and dawdles as its annotations say', () => {
    const failing = shop({ objects: edited({ 'sandbox.sluice.dev/error-rate': '100%' }) });
    failing.clock.advance(2_000);
    expect(ask(failing, QUERY, { query: '1' }).status).toBe(500);
    const slow = shop({ objects: edited({ 'sandbox.sluice.dev/latency': '300ms' }) });
    slow.clock.advance(2_000);
    const written: string[] = [];
    ask(slow, `${PROMETHEUS}/-/ready`).stream?.({
      write: text => written.push(text),
      end: () => undefined,
      cut: () => undefined,
      closed: new AbortController().signal,
    });
    expect(written).toEqual([]);
    slow.clock.advance(300);
    expect(written).toEqual(['Prometheus Server is Ready.\n']);
  });

  it('is not what other pods are', () => {
    const world = shop();
    world.clock.advance(2_000);
    expect(ask(world, '/api/v1/namespaces/default/services/web:80/proxy/api/v1/query', { query: '1' })).toMatchObject({
      status: 200,
      body: { image: 'web:1', path: '/api/v1/query' },
    });
  });
});
