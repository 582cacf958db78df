import { afterEach, describe, expect, it } from '@jest/globals';
import { questionQueries } from '../../../src/checks/prometheus/questions.ts';
import type { MetricSource } from '../../../src/config/check-config.ts';
import type { Json } from '../../../src/kube.ts';
import { askingContext, configOf } from '../asking.ts';
import { saying, type WebServer, webServer } from '../web-server.ts';
import { asked, pairOf, type Question, refusal, success, vector } from './asked.ts';

const open: WebServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

/** A Prometheus that knows how many requests and errors each canary has, by its name. */
async function counting(
  counts: Readonly<Record<string, readonly [requests: number, errors: number]>>,
): Promise<string> {
  const server = await webServer((response, got) => {
    const query = new URLSearchParams(got.path.split('?')[1]).get('query') ?? '';
    const [, [requests, errors] = [0, 0]] =
      Object.entries(counts).find(([name]) => query.includes(`${name}-canary-`)) ?? [];
    const rate = (100 * (requests - errors)) / requests;
    const value = query.startsWith('100 *') ? rate : requests;
    const body = requests === 0 ? vector() : vector([{}, Number.isNaN(value) ? 'NaN' : String(value)]);
    saying(body)(response, got);
  });
  open.push(server);
  return server.url;
}

const QUERIES = (kind: Question) => {
  const config = configOf(kind, { url: 'http://prometheus.example', window: '90s', max: 1 });
  if (config.kind !== 'success-rate' && config.kind !== 'latency-p99' && config.kind !== 'error-count')
    throw new Error('another check');
  return questionQueries(config, pairOf('shop', 'web'), askingContext());
};

describe('the queries', () => {
  const whose = 'namespace="shop",pod=~"web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}"';
  const all = `http_requests_total{${whose},code!=""}`;
  const failed = `http_requests_total{${whose},code=~"5.."}`;
  const bucket = `http_request_duration_seconds_bucket{${whose}}`;
  const grown = (one: string) => `${one} - ${one} offset 1m30s >= 0 or ${one}`;

  it('count what the counters have grown', () => {
    const { number, requests } = QUERIES('success-rate');
    expect(number).toBe(`100 * (sum(${grown(all)}) - (sum(${grown(failed)}) or vector(0))) / sum(${grown(all)})`);
    expect(requests).toBe(`sum(${grown(all)})`);
  });

  it('have no number of errors without requests', () => {
    expect(QUERIES('error-count').number).toBe(`(sum(${grown(failed)}) or vector(0)) and sum(${grown(all)}) > 0`);
  });

  it('do not reach back beyond the release where counters outlive its pods: those of a gateway have the requests of the release before', () => {
    const config = configOf('success-rate', { url: 'http://prometheus.example', window: '90s', max: 1 });
    if (config.kind !== 'success-rate') throw new Error('another check');
    const context = askingContext();
    const startedAt = context.clock.now() - 20_500;
    const windows = (source: MetricSource, at: number): Set<string | undefined> => {
      const facts = { ...context.facts, router: 'nginx' as const, startedAt: at };
      const { number } = questionQueries({ ...config, source }, pairOf('shop', 'web'), { ...context, facts });
      return new Set([...number.matchAll(/offset (\w+)/g)].map(([, window]) => window));
    };
    expect(windows('ingress-nginx', startedAt)).toEqual(new Set(['20s']));
    expect(windows('ingress-nginx', context.clock.now())).toEqual(new Set(['1s']));
    expect(windows('ingress-nginx', context.clock.now() - 600_000)).toEqual(new Set(['1m30s']));
    expect(windows('plain', startedAt)).toEqual(new Set(['1m30s']));
  });

  it('take the latency of a histogram, and of it the number of requests', () => {
    const { number, requests } = QUERIES('latency-p99');
    expect(number).toBe(`histogram_quantile(0.99, sum by (le) (${grown(bucket)}))`);
    expect(requests).toBe(`sum(${grown(`${bucket.slice(0, -1)},le="+Inf"}`)})`);
  });
});

describe('several workloads', () => {
  const KEYS = { min: 99.5 };
  const pairs = [pairOf('shop', 'web'), pairOf('shop', 'api')];

  it('are each asked about, and all are told where they pass', async () => {
    const url = await counting({ web: [1_000, 1], api: [200, 1] });
    expect(await asked('success-rate', { url, ...KEYS }, { pairs })).toEqual({
      outcome: 'pass',
      value: 99.9,
      message:
        'Deployment shop/web: 99.9 % of 1,000 requests in 1m answered well, within min 99.5 %; Deployment shop/api: 99.5 % of 200 requests in 1m answered well, within min 99.5 %',
    });
  });

  it('fail with as many digits as tell the number from the limit', async () => {
    const url = await counting({ web: [1_000_000, 5_001] });
    expect((await asked('success-rate', { url, ...KEYS })).message).toBe(
      '5,001 of 1,000,000 requests in 1m failed (99.4999 % answered well), below min 99.5 %',
    );
  });

  it('fail where one fails', async () => {
    const url = await counting({ web: [1_000, 1], api: [1_480, 10] });
    expect(await asked('success-rate', { url, ...KEYS }, { pairs })).toEqual({
      outcome: 'fail',
      value: expect.closeTo(99.324, 3),
      message: 'Deployment shop/api: 10 of 1,480 requests in 1m failed (99.32 % answered well), below min 99.5 %',
    });
  });

  it('have no data where one has none', async () => {
    const url = await counting({ web: [1_000, 1] });
    expect(await asked('success-rate', { url, ...KEYS, 'no-data': 'fail' }, { pairs })).toEqual({
      outcome: 'no-data',
      message: expect.stringMatching(
        /^Deployment shop\/api: no data \(no-data: fail\): .* has no series http_requests_total/,
      ),
    });
  });

  it('are asked about where a Service selects them, and one without only where there is no other', async () => {
    const url = await counting({ web: [1_000, 1] });
    const { service: _service, ...worker } = pairOf('shop', 'worker');
    expect(await asked('success-rate', { url, ...KEYS }, { pairs: [...pairs.slice(0, 1), worker] })).toMatchObject({
      outcome: 'pass',
      message: '99.9 % of 1,000 requests in 1m answered well, within min 99.5 %',
    });
    expect(await asked('success-rate', { url, ...KEYS }, { pairs: [worker] })).toMatchObject({ outcome: 'no-data' });
    expect(await asked('success-rate', { url, ...KEYS, source: 'envoy' }, { pairs: [worker] })).toEqual({
      outcome: 'error',
      message:
        'envoy counts requests by Service, and no Service selects Deployment shop/worker; choose the source plain',
    });
  });
});

describe('few requests', () => {
  /** An answer for each of the two queries: the number, and how many requests it is made of. */
  const of = async (kind: Question, number: number, requests: number, keys: object, isLast = false) => {
    const isCount = (query: string): boolean => /^sum\(/.test(query) && !query.startsWith('sum by');
    const server = await webServer((response, got) => {
      const query = new URLSearchParams(got.path.split('?')[1]).get('query') ?? '';
      saying(vector([{}, String(isCount(query) ? requests : number)]))(response, got);
    });
    open.push(server);
    return asked(kind, { url: server.url, ...keys }, { isLast });
  };

  it.each<[Question, number, object, string]>([
    ['success-rate', 100 * (14 / 15), { min: 99 }, '1 of 15 requests in 1m failed (93.33 % answered well)'],
    ['success-rate', 100, { min: 99 }, '100 % of 15 requests in 1m answered well'],
    ['latency-p99', 3.2, { max: 0.4 }, '99 % of 15 requests in 1m took at most 3.2 s'],
    ['error-count', 1, { max: 1 }, '1 of 15 requests in 1m ended in an error'],
  ])('say nothing yet of %s %d, and are no data at the end of the hold', async (kind, number, limits, said) => {
    const few = ': too few to judge, 50 are needed (min-requests)';
    const value = expect.closeTo(number, 6);
    expect(await of(kind, number, 15, limits)).toEqual({ outcome: 'too-early', message: `${said}${few}`, value });
    expect(await of(kind, number, 15, limits, true)).toEqual({
      outcome: 'no-data',
      message: `no data (no-data: inconclusive): ${said}${few}`,
      value,
    });
  });

  it('are enough where the check says so', async () => {
    expect(await of('success-rate', 100, 1, { min: 99, 'min-requests': 1 })).toMatchObject({ outcome: 'pass' });
    expect(await of('success-rate', 90, 20, { min: 99, 'min-requests': 20 })).toMatchObject({
      outcome: 'fail',
      message: '2 of 20 requests in 1m failed (90 % answered well), below min 99 %',
    });
    expect(await of('success-rate', 100, 50, { min: 99 })).toMatchObject({ outcome: 'pass' });
    expect(await of('success-rate', 100, 49, { min: 99 })).toMatchObject({ outcome: 'too-early' });
  });

  it('fail with more errors than allowed: more requests would not make them fewer', async () => {
    expect(await of('error-count', 2, 15, { max: 1 })).toEqual({
      outcome: 'fail',
      message: '2 of 15 requests in 1m ended in an error, above max 1',
      value: 2,
    });
  });

  it('are told apart from one request', async () => {
    expect(await of('success-rate', 100, 1, { min: 99 })).toMatchObject({
      message: '100 % of 1 request in 1m answered well: too few to judge, 50 are needed (min-requests)',
    });
  });
});

describe('a question that has no answer', () => {
  const answered = async (body: string, keys: { readonly [key: string]: Json } = {}, router = 'pods' as const) => {
    const server = await webServer(saying(body, { status: body.includes('"error"') ? 400 : 200 }));
    open.push(server);
    const sample = await asked('error-count', { url: server.url, max: 1, ...keys }, { router });
    return { ...sample, asked: server.got.length };
  };

  it.each([
    [refusal('bad_data', 'no'), /^Prometheus at \S+ refused the query \(400, bad_data\): no/],
    [vector([{}, '+Inf']), /^Prometheus at \S+: \+Inf is infinite/],
    [vector([{ a: '1' }, '1'], [{ a: '2' }, '2']), /the answer has 2 series/],
    [success('string', [1, 'x']), /the text "x"/],
  ])('of %s is an error', async (body, message) => {
    expect(await answered(body)).toMatchObject({ outcome: 'error', message: expect.stringMatching(message) });
  });

  it('is an error where the source cannot tell versions apart, and nobody is asked', async () => {
    expect(await answered(vector([{}, '0']), { source: 'traefik' })).toEqual({
      outcome: 'error',
      message: expect.stringContaining('with the router pods it cannot tell the new version'),
      asked: 0,
    });
  });
});
