import { writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MetricSource } from '../../../src/config/check-config.ts';
import type { Pair, RouterName } from '../../../src/release/plan.ts';
import { missingPrometheus, type Prometheus, startPrometheus } from '../../sandbox/metrics/prometheus.ts';
import { handView, pod, ref, workload } from '../../traffic/hand-view.ts';
import { type WebServer, webServer } from '../web-server.ts';
import { asked, pairOf, type Question } from './asked.ts';
import { type Answered, exposition } from './counted.ts';

const why = missingPrometheus();
// Jest shows no console of a file whose tests are all skipped.
if (why) writeSync(2, `Skipped are the ready-made questions to a real Prometheus: ${why}.\n`);

const SOURCES: readonly (readonly [MetricSource, RouterName])[] = [
  ['plain', 'pods'],
  ['istio', 'istio'],
  ['linkerd', 'gateway-api'],
  ['ingress-nginx', 'nginx'],
  ['envoy', 'gateway-api'],
  ['traefik', 'gateway-api'],
];

const WELL = { good: 1_000, bad: 0, latencyMs: 30 };
const ILL = { good: 950, bad: 50, latencyMs: 1_500 };
const names = (name: string): string[] => [`${name}-5d4c8f7b9-bbbbb`, `${name}-5d4c8f7b9-ccccc`];
const version = (namespace: string, name: string, numbers: typeof WELL, canaryOf?: string): Answered => ({
  namespace,
  workload: name,
  pods: names(name),
  ...numbers,
  ...(canaryOf ? { canaryOf } : {}),
});

/** In each namespace one version is well and the other ill; what has a similar name is never asked about. */
const ANSWERED: Answered[] = [
  version('good', 'web', ILL),
  version('good', 'web-canary', WELL, 'web'),
  version('bad', 'web', WELL),
  version('bad', 'web-canary', ILL, 'web'),
  version('good', 'web-canary-two', ILL, 'web-two'),
  version('good', 'my-web-canary', ILL, 'my-web'),
  version('my-good', 'web-canary', ILL, 'web'),
  version('good', 'a.b', ILL),
  version('good', 'a.b-canary', WELL, 'a.b'),
  version('good', 'aab-canary', ILL, 'a.b'),
  { ...version('sets', 'db', ILL), kind: 'StatefulSet', pods: ['db-0'] },
  { ...version('sets', 'db', WELL), kind: 'StatefulSet', pods: ['db-1'] },
];

const LIMITS: Readonly<Record<Question, { [limit: string]: number }>> = {
  'success-rate': { min: 99.5 },
  'latency-p99': { max: 1 },
  'error-count': { max: 49 },
};
const QUESTIONS = Object.keys(LIMITS) as Question[];

(why ? describe.skip : describe)('a real Prometheus', () => {
  let server: WebServer;
  let prometheus: Prometheus;
  const late: Answered[] = [];

  beforeAll(async () => {
    server = await webServer(exposition(() => [...ANSWERED, ...late]));
    prometheus = await startPrometheus({ scrape: `${server.url}/metrics`, intervalMs: 500 });
    await prometheus.scraped();
  }, 20_000);
  afterAll(async () => {
    await prometheus?.stop();
    await server?.close();
  });

  const ask = (
    question: Question,
    source: MetricSource,
    router: RouterName,
    pair: Pair,
    keys: object = {},
    isLast = false,
  ) =>
    asked(
      question,
      { url: prometheus.url, source, window: '10m', ...LIMITS[question], ...keys },
      { router, pairs: [pair], isLast },
    );

  describe.each(SOURCES)('with what %s counts, behind the router %s', (source, router) => {
    it.each(QUESTIONS)('%s passes where the new version is well and stable is not', async question => {
      const { outcome, value } = await ask(question, source, router, pairOf('good', 'web'));
      expect(outcome).toBe('pass');
      if (question === 'latency-p99') expect(value).toBeGreaterThan(0.01);
      else expect(value).toBe(question === 'success-rate' ? 100 : 0);
    });

    it.each([
      ['success-rate', 95, /^50 of 1,000 requests in 10m failed \(95 % answered well\), below min 99\.5 %$/],
      ['error-count', 50, /^50 of 1,000 requests in 10m ended in an error, above max 49$/],
    ] as const)('%s fails where the new version is ill, with %d', async (question, value, message) => {
      const sample = await ask(question, source, router, pairOf('bad', 'web'));
      expect(sample).toEqual({ outcome: 'fail', value, message: expect.stringMatching(message) });
    });

    it('latency-p99 fails where the new version is slow', async () => {
      const { outcome, value, message } = await ask('latency-p99', source, router, pairOf('bad', 'web'));
      expect({ outcome, message }).toEqual({
        outcome: 'fail',
        message: expect.stringMatching(/^99 % of 1,000 requests in 10m took at most \d[\d.]* s, above max 1 s$/),
      });
      // In seconds, within the bucket that has 1.5 s.
      expect(value).toBeGreaterThan(1.2);
      expect(value).toBeLessThanOrEqual(5);
    });

    it.each(QUESTIONS)('%s has no data of a workload that is not there', async question => {
      const sample = await ask(question, source, router, pairOf('good', 'api'));
      expect(sample).toEqual({
        outcome: 'no-data',
        message: expect.stringMatching(
          /^no data \(no-data: inconclusive\): Prometheus at http:\S+ has no series \w+\{.*\}; is it scraped/,
        ),
      });
    });

    it('takes a dot in a name for no more than it is', async () => {
      const { message } = await ask('error-count', source, router, pairOf('good', 'a.b'));
      expect(message).toBe('0 of 1,000 requests in 10m ended in an error, within max 49');
    });
  });

  it('sees errors that come with their series, and nothing once the window is past', async () => {
    const counted = { ...version('good', 'late-canary', WELL, 'late'), bad: 0 };
    const count = (window: string, isLast = false) =>
      Promise.all(
        SOURCES.map(([source, router]) =>
          ask('error-count', source, router, pairOf('good', 'late'), { window, max: 1 }, isLast),
        ),
      );
    late.push(counted);
    await prometheus.scraped();
    expect(await count('1m')).toEqual(SOURCES.map(() => expect.objectContaining({ outcome: 'pass', value: 0 })));
    counted.bad = 4;
    await prometheus.scraped();
    expect(await count('1m')).toEqual(SOURCES.map(() => expect.objectContaining({ outcome: 'fail', value: 4 })));
    let last = await count('1s', true);
    while (last.some(({ outcome }) => outcome !== 'no-data')) last = await count('1s', true);
    const message = 'no data (no-data: inconclusive): no request to the new version of Deployment good/late within 1s';
    expect(last).toEqual(SOURCES.map(() => ({ outcome: 'no-data', message })));
  });

  it.each(['plain', 'istio', 'linkerd'] as const)('tells the pods of a StatefulSet apart by %s', async source => {
    const set = { ...ref('StatefulSet', 'db'), namespace: 'sets' };
    const pair: Pair = { stable: set, twin: set, size: 2, surge: 1 };
    const of = (revision: string) => ({ app: 'db', 'controller-revision-hash': revision });
    const here = [workload(set, { app: 'db' }, { replicas: 2, revision: 'new' }), pod('db-0', of('old'))];
    const at = (name: string) => ({ ...pod(name, of('new')), metadata: { ...pod(name, of('new')).metadata } });
    const view = handView(
      ...[...here, at('db-1')].map(one => ({ ...one, metadata: { ...one.metadata, namespace: 'sets' } })),
    );
    const keys = { url: prometheus.url, source, window: '10m', max: 49 };
    const given = { router: 'pods' as const, pairs: [pair], view };
    expect(await asked('error-count', keys, given)).toMatchObject({ outcome: 'pass', value: 0 });
    view.forget({ apiVersion: 'v1', kind: 'Pod', name: 'db-1', namespace: 'sets' });
    expect(await asked('error-count', keys, given)).toMatchObject({ outcome: 'no-data' });
  });

  it('asks under other names of metrics and labels', async () => {
    const keys = {
      url: prometheus.url,
      source: 'plain',
      window: '10m',
      max: 49,
      labels: { pod: 'pod', code: 'response_code', namespace: 'destination_workload_namespace' },
      metrics: { http_requests_total: 'istio_requests_total' },
    };
    expect(await asked('error-count', keys, { pairs: [pairOf('bad', 'web')] })).toMatchObject({ value: 50 });
    const latency = {
      ...keys,
      max: 5,
      metrics: { http_request_duration_seconds: 'istio_request_duration_milliseconds' },
    };
    const { value } = await asked('latency-p99', latency, { pairs: [pairOf('bad', 'web')] });
    expect(value).toBeGreaterThan(1.2);
    expect(value).toBeLessThanOrEqual(5);
  });

  it('has no data where the label that tells errors is not there, instead of a success', async () => {
    const keys = { url: prometheus.url, source: 'plain', window: '10m', min: 99, labels: { code: 'status' } };
    expect(await asked('success-rate', keys, { pairs: [pairOf('bad', 'web')] })).toMatchObject({
      outcome: 'no-data',
      message: expect.stringContaining('status!=""'),
    });
  });
});
