import { writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sample } from '../../../src/checks/check.ts';
import { openCheck } from '../../../src/checks/kinds.ts';
import type { Clock } from '../../../src/clock.ts';
import type { MetricSource } from '../../../src/config/check-config.ts';
import type { RouterName } from '../../../src/release/plan.ts';
import { missingPrometheus, type Prometheus, startPrometheus } from '../../sandbox/metrics/prometheus.ts';
import { askingContext, configOf } from '../asking.ts';
import { pairOf } from '../prometheus/asked.ts';
import { type Answered, exposition } from '../prometheus/counted.ts';
import { type WebServer, webServer } from '../web-server.ts';

const why = missingPrometheus();
// Jest shows no console of a file whose tests are all skipped.
if (why) writeSync(2, `Skipped are the comparisons by a real Prometheus: ${why}.\n`);

const SOURCES: readonly (readonly [MetricSource, RouterName])[] = [
  ['plain', 'pods'],
  ['istio', 'istio'],
  ['linkerd', 'gateway-api'],
  ['ingress-nginx', 'nginx'],
  ['envoy', 'gateway-api'],
  ['traefik', 'gateway-api'],
];

const names = (name: string): string[] => [`${name}-5d8c9b7f6-bcdfg`, `${name}-5d8c9b7f6-hjklm`];
/** Requests that were answered so far, of which so many with an error; the slow ones take a second and a half. */
const version = (namespace: string, workload: string, good: number, bad: number, latencyMs: number): Answered => ({
  namespace,
  workload,
  pods: names(workload),
  good,
  bad,
  latencyMs,
  ...(workload.endsWith('-canary') ? { canaryOf: 'web' } : {}),
});

/** What has been counted at one look: in `worse` the new version fails and is slow, in `alike` it is as stable is. */
const at = (look: number): Answered[] => [
  version('worse', 'web', 9_000 * (1 + look), 90 * (1 + look), 30),
  version('worse', 'web-canary', 900 * (1 + look), 100 * (1 + look), look === 0 ? 30 : 1_500),
  version('alike', 'web', 9_000 * (1 + look), 90 * (1 + look), 30),
  version('alike', 'web-canary', 900 * (1 + look), 9 * (1 + look), 30),
];

type Kind = 'compare' | 'mann-whitney';

(why ? describe.skip : describe)('compared by a real Prometheus', () => {
  let server: WebServer;
  let prometheus: Prometheus;
  let look = 0;
  let now = Date.parse('2026-11-27T12:00:00Z');
  const clock: Clock = { now: () => now, after: () => () => undefined };
  const checks: { name: string; sample: (isLast: boolean) => Promise<Sample> }[] = [];
  const samples = new Map<string, Sample[]>();

  const open = (kind: Kind, name: string, router: RouterName, namespace: string, keys: object): void => {
    const config = configOf(kind, { url: prometheus.url, ...keys });
    const context = askingContext({ clock, pairs: [pairOf(namespace, 'web')] });
    const check = openCheck(config, { ...context, facts: { ...context.facts, router }, memory: new Map() });
    checks.push({ name, sample: isLast => check.sample(new AbortController().signal, isLast) });
  };

  beforeAll(async () => {
    server = await webServer(exposition(() => at(look)));
    prometheus = await startPrometheus({ scrape: `${server.url}/metrics`, intervalMs: 200 });
    for (const [source, router] of SOURCES)
      for (const namespace of ['worse', 'alike'])
        open('compare', `errors ${source} ${namespace}`, router, namespace, { source, 'min-effect': '5 points' });
    for (const namespace of ['worse', 'alike']) {
      open('compare', `latency ${namespace}`, 'pods', namespace, { of: 'latency', 'min-effect': '5 points' });
      const query =
        'sum(http_requests_total{namespace="{{namespace}}",pod=~"{{canary-pods}}",code="500"}) / sum(http_requests_total{namespace="{{namespace}}",pod=~"{{canary-pods}}"})';
      open('mann-whitney', `samples ${namespace}`, 'pods', namespace, { query, 'min-samples': 4 });
    }
    for (look = 0; look < 5; look += 1) {
      await prometheus.scraped();
      now += 5_000;
      for (const { name, sample } of checks)
        samples.set(name, [...(samples.get(name) ?? []), await sample(look === 4)]);
    }
  }, 30_000);
  afterAll(async () => {
    await prometheus?.stop();
    await server?.close();
  });

  const of = (name: string): Sample[] => samples.get(name) ?? [];

  it.each(SOURCES)('errors as %s counts them: a worse version fails, and says how much', source => {
    const [first, ...others] = of(`errors ${source} worse`);
    expect(first?.outcome).toBe('too-early');
    expect(others.at(-1)?.outcome).toBe('fail');
    expect(others.at(-1)?.message).toMatch(
      /^web-canary 10 % errors \(400 of 4,000\) against 0\.99 % \(360 of 36,360\) on web; about 10 times as many \(between 7\.1 and 14\); certain beyond α = 0\.01 after \d+ s$/,
    );
  });

  it.each(SOURCES)('errors as %s counts them: harm is excluded where there is none', source => {
    expect(of(`errors ${source} alike`).at(-1)).toMatchObject({ outcome: 'pass', isSettled: true });
    expect(of(`errors ${source} alike`).at(-1)?.message).toContain('harm of 5 points more or worse is excluded');
  });

  it('latencies: a slower version fails, and one that is not passes', () => {
    expect(of('latency worse').at(-1)).toMatchObject({ outcome: 'fail' });
    expect(of('latency worse').at(-1)?.message).toMatch(/^web-canary [\d.]+ % of requests took over [\d.]+ m?s \(/);
    expect(of('latency alike').at(-1)?.outcome).not.toBe('fail');
  });

  it('samples by Mann and Whitney: too early to judge until the last', () => {
    expect(of('samples worse').map(({ outcome }) => outcome)).toEqual([...Array(4).fill('too-early'), 'fail']);
    expect(of('samples alike').at(-1)?.outcome).toBe('pass');
  });
});
