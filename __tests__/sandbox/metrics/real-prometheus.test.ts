import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { familiesOf } from '../../../src/sandbox/metrics/dialects/dialects.ts';
import type { History } from '../../../src/sandbox/metrics/history.ts';
import { type Labels, labelsKey, NAME, withoutLabels } from '../../../src/sandbox/metrics/labels.ts';
import { queryAnswer } from '../../../src/sandbox/metrics/query-api.ts';
import { handle } from '../../../src/sandbox/server/http/handler.ts';
import { type Listener, listen } from '../../../src/sandbox/server/http/listen.ts';
import type { Harness } from '../harness.ts';
import { expectSame, type Found, found, loaded, timesOf } from './comparison.ts';
import { missingPrometheus, type Prometheus, type PrometheusAnswer, startPrometheus } from './prometheus.ts';
import { CHECK_QUESTIONS, IMPOSSIBLE, NUMBERS, OTHER_QUESTIONS, REFUSED, REFUSED_OTHERWISE } from './questions.ts';
import { PROMETHEUS, shop } from './shop.ts';

const SCRAPES = 10;

const why = missingPrometheus();
if (why) console.warn(`Left out is what compares the sandbox with a real Prometheus: ${why}`);

(why ? describe.skip : describe)('a real Prometheus that scrapes the sandbox', () => {
  let world: Harness;
  let listener: Listener;
  let prometheus: Prometheus;
  let history: History;
  let raw: Found[];
  /** Of the scrapes, and between them. */
  let moments: number[];

  beforeAll(async () => {
    world = shop({
      canary: {
        'sandbox.sluice.dev/error-rate': '20%',
        'sandbox.sluice.dev/latency': '220ms',
        'sandbox.sluice.dev/crash-after': '9s',
      },
      traffic: { intervalMs: 20 },
    });
    const enough = Promise.withResolvers<void>();
    let scrapes = 0;
    /** Each of the first scrapes finds the sandbox further on, which must not keep any of them waiting. */
    const goOn = (path: string): void => {
      if (path !== `${PROMETHEUS}/metrics` || scrapes === SCRAPES) return;
      scrapes += 1;
      world.clock.advance(1500);
      if (scrapes === 4) world.api.delete('Pod', 'default', podOf('web'), { gracePeriodSeconds: 0 });
      if (scrapes === SCRAPES) enough.resolve();
    };
    listener = await listen({
      port: 0,
      handler: incoming => {
        setImmediate(() => goOn(incoming.path));
        return handle(world.sandbox.core, incoming);
      },
    });
    prometheus = await startPrometheus({ scrape: `http://127.0.0.1:${listener.port}${PROMETHEUS}/metrics` });
    await enough.promise;
    await prometheus.scraped();
    const now = Date.now();
    raw = await found(prometheus.ask('query', { query: '{__name__=~".+"}[5m]', time: String(now / 1000) }));
    history = loaded(raw);
    const times = timesOf(raw);
    // Two seconds, as far as most questions look back: then the first scrape is at the edge.
    const between = times.flatMap((time, index) => (index % 2 === 0 ? [time - 77, time, time + 2000] : []));
    moments = between.filter(time => time <= (times.at(-1) ?? 0));
  }, 30_000);

  afterAll(async () => {
    await prometheus?.stop();
    await listener?.close();
    world?.stop();
  });

  function podOf(workload: string): string {
    const pods = world.api.list('Pod', 'default').map(({ metadata }) => metadata.name);
    return pods.find(name => new RegExp(`^${workload}-[^-]+-[^-]+$`).test(name)) ?? '';
  }

  function embedded(api: 'query' | 'query_range', given: Record<string, string>): PrometheusAnswer {
    const answer = queryAnswer(
      history,
      0,
      {
        method: 'GET',
        path: '',
        query: new URLSearchParams(given),
        headers: {},
        body: Buffer.alloc(0),
        closed: new AbortController().signal,
      },
      `/api/v1/${api}`,
    );
    return {
      httpStatus: answer?.status ?? 0,
      ...(JSON.parse(JSON.stringify(answer?.body)) as object),
    } as PrometheusAnswer;
  }

  it('has met counters that began anew, and series that ended and began', () => {
    const counters = raw.filter(({ metric }) => metric[NAME] === 'http_requests_total');
    const resets = counters.filter(({ values = [] }) =>
      values.some(([, value], index) => Number(value) < Number(values[index - 1]?.[1] ?? 0)),
    );
    const last = timesOf(raw).at(-1);
    const ended = counters.filter(({ values = [] }) => (values.at(-1)?.[0] ?? 0) * 1000 < (last ?? 0));
    expect(resets.length).toBeGreaterThan(0);
    expect(ended.length).toBeGreaterThan(0);
    expect(moments.length).toBeGreaterThan(12);
  });

  it('reads each series as the sandbox counted it', async () => {
    const up = raw.find(({ metric }) => metric[NAME] === 'up')?.values ?? [];
    const time = String(up.findLast(([, value]) => value === '1')?.[0]);
    const scraped = await found(prometheus.ask('query', { query: '{job!="",__name__!~"up|scrape_.*"}', time }));
    const counted = familiesOf(world.sandbox.metrics.counts()).flatMap(({ samples }) => samples);
    const own = ({ metric }: Found): Labels =>
      metric['instance']?.startsWith('127.') ? withoutLabels(metric, ['job', 'instance']) : metric;
    const text = (labels: Labels, value: number): string => `${labelsKey(labels)} ${value}`;
    expect(scraped.map(one => text(own(one), Number(one.value?.[1]))).sort()).toEqual(
      counted.map(({ labels, value }) => text(labels, value)).sort(),
    );
    expect(counted.length).toBeGreaterThan(300);
  });

  it.each([...CHECK_QUESTIONS, ...OTHER_QUESTIONS])('answers %s as the sandbox does', async query => {
    const asked = moments.map(moment => ({ query, time: String(moment / 1000) }));
    const answers = await Promise.all(asked.map(given => prometheus.ask('query', given)));
    for (const [index, given] of asked.entries())
      expectSame(embedded('query', given), answers[index] as PrometheusAnswer, given);
    const [start, end] = [moments[0] ?? 0, moments.at(-1) ?? 0];
    const given = { query, start: String(start / 1000), end: String(end / 1000), step: '0.35' };
    expectSame(embedded('query_range', given), await prometheus.ask('query_range', given), given);
  });

  it('has data for what the release’s checks ask', () => {
    const hasData = (query: string, moment: number): boolean => {
      const found = embedded('query', { query, time: String(moment / 1000) }).data.result as Found[];
      return found.length > 0 && found.every(({ value }) => !Number.isNaN(Number(value?.[1])));
    };
    const empty = CHECK_QUESTIONS.filter(query => !moments.some(moment => hasData(query, moment)));
    expect(empty).toEqual([]);
  });

  it.each(NUMBERS)('writes %s as the sandbox does, as a scalar and in a vector', async number => {
    for (const query of [number, `vector(${number})`, `${number} * ${number}`]) {
      const given = { query, time: '1700000000.123' };
      expect(embedded('query', given)).toEqual(await prometheus.ask('query', given));
    }
  });

  it.each(REFUSED)('refuses «%s» as the sandbox does', async query => {
    const [ours, theirs] = [
      embedded('query', { query, time: '1' }),
      await prometheus.ask('query', { query, time: '1' }),
    ];
    expect(theirs).toMatchObject({ httpStatus: 400, errorType: 'bad_data' });
    expect(ours).toMatchObject({ httpStatus: 400, status: 'error', errorType: 'bad_data' });
    expect(placeless(ours.error).slice(0, 60)).toBe(placeless(theirs.error).slice(0, 60));
  });

  it.each(REFUSED_OTHERWISE)('refuses «%s», and so does the sandbox', async query => {
    const [ours, theirs] = [embedded('query', { query }), await prometheus.ask('query', { query })];
    expect(theirs).toMatchObject({ httpStatus: 400, errorType: 'bad_data' });
    expect(ours).toMatchObject({ httpStatus: 400, errorType: 'bad_data' });
  });

  it.each(IMPOSSIBLE)('cannot answer «%s», nor can the sandbox', async query => {
    const given = { query, time: String((moments.at(-1) ?? 0) / 1000) };
    const [ours, theirs] = [embedded('query', given), await prometheus.ask('query', given)];
    expect(theirs).toMatchObject({ httpStatus: 422, errorType: 'execution' });
    const { error: _, ...rest } = theirs;
    expect(ours).toMatchObject(rest);
    expect(ours.error?.slice(0, 35)).toBe(theirs.error?.slice(0, 35));
  });

  it.each([
    { query: 'up', time: 'noon' },
    { query: 'up', time: '2026-11-27T23:11:05Z' },
  ])('takes the time $time as the sandbox does', async given => {
    const [ours, theirs] = [embedded('query', given), await prometheus.ask('query', given)];
    expect([ours.httpStatus, ours.errorType, ours.data]).toEqual([theirs.httpStatus, theirs.errorType, theirs.data]);
  });

  it.each([
    { query: '1', start: '1', end: '2', step: '0' },
    { query: '1', start: '2', end: '1', step: '1' },
    { query: '1', start: '1', end: '2', step: '' },
    { query: '1', start: '', end: '2', step: '1' },
    { query: '1', start: '1', end: '20000', step: '1' },
    { query: 'up[1m]', start: '1', end: '2', step: '1' },
    { query: '2', start: '1', end: '3', step: '1s' },
    { query: 'vector(2)', start: '1', end: '62', step: '1m' },
  ])('takes the range %j as the sandbox does', async given => {
    expect(embedded('query_range', given)).toEqual(await prometheus.ask('query_range', given));
  });

  it('answers nobody without credentials, where it is started so', async () => {
    const closed = await startPrometheus({ scrape: `http://127.0.0.1:${listener.port}/none`, auth: true });
    try {
      expect((await fetch(`${closed.url}/api/v1/query?query=1`)).status).toBe(401);
      expect((await closed.ask('query', { query: '1' })).status).toBe('success');
    } finally {
      await closed.stop();
    }
  });
});

/** Without line and column. */
function placeless(error: string | undefined): string {
  return error?.replace(/\d+:\d+: /, '') ?? '';
}
