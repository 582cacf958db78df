import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CheckConfig, HttpConfig } from '../../src/config/check-config.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import { type Gate, type GateOptions, openGate } from '../../src/release/gate.ts';
import type { Stage } from '../../src/release/stage.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { runVirtual } from '../../src/sandbox/virtual-run.ts';
import { PLACE, SETTINGS } from '../checks/context.ts';
import { fakeCluster } from '../health/fake-cluster.ts';
import { type HandView, handView, PAIR, pod, slice, workload } from '../traffic/hand-view.ts';

const START = Date.parse('2026-11-27T12:00:00Z');
const CANARY = { app: 'web', 'sluice.dev/track': 'canary' };

const http = (more: Partial<HttpConfig> = {}): HttpConfig => ({
  ...SETTINGS,
  kind: 'http',
  name: 'http',
  url: 'http://example.com/',
  service: undefined,
  port: undefined,
  scheme: undefined,
  path: '/',
  method: 'GET',
  body: undefined,
  status: [[200, 299]],
  contains: undefined,
  maxLatencyMs: undefined,
  auth: undefined,
  headers: undefined,
  timeoutMs: 10_000,
  ...more,
});
const PODS: CheckConfig = { ...SETTINGS, kind: 'pods', name: 'pods' };

const METRIC: CheckConfig = {
  ...SETTINGS,
  kind: 'metric',
  name: 'metric',
  intervalMs: 20_000,
  url: 'http://metrics.example/',
  method: 'GET',
  body: undefined,
  jsonPath: '$.v',
  windowMs: 60_000,
  reduce: undefined,
  aws: undefined,
  min: undefined,
  max: 10,
  auth: undefined,
  headers: undefined,
  timeoutMs: 10_000,
};
const MANN_WHITNEY: CheckConfig = {
  ...SETTINGS,
  kind: 'mann-whitney',
  name: 'samples',
  query: 'x{pod=~"{{canary-pods}}"}',
  windowMs: 60_000,
  alpha: 0.01,
  worse: 'higher',
  minSamples: 3,
  intervalMs: 10_000,
  ...PLACE,
};

interface Opened {
  gate: Gate;
  clock: VirtualClock;
  view: HandView;
  /** When requests were sent, in milliseconds since the hold began. */
  asked: number[];
  events: ReleaseEvent[];
  /** When the gate said that it is certain. */
  early: number[];
  pass(ms: number): Promise<void>;
  /** So much time passes of which no timer has known. */
  sleepFor(ms: number): void;
  /** The hold is over. */
  end(): Promise<void>;
}

/** A gate over two pods that serve; a request takes as long as `takes` says, or never ends. */
function open(
  checks: readonly CheckConfig[],
  {
    takes = () => 0,
    status = () => 200,
    body = () => '',
    given = {},
  }: {
    takes?: (n: number, url: string) => number;
    status?: (n: number) => number;
    body?: (n: number) => string;
    given?: Partial<GateOptions>;
  } = {},
): Opened {
  const clock = virtualClock(START);
  const view = handView(
    workload(PAIR.stable, { app: 'web' }, { replicas: 2 }),
    workload(PAIR.twin, CANARY, { replicas: 2 }),
    pod('a', CANARY),
    pod('b', CANARY),
    slice('web-canary', 'web-canary-1', ['a', 'b'], true),
  );
  const asked: number[] = [];
  const early: number[] = [];
  const events: ReleaseEvent[] = [];
  const answer: typeof fetch = (url, init) => {
    asked.push(clock.now() + slept - START);
    const n = asked.length;
    return new Promise((resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      const ms = takes(n, String(url));
      if (Number.isFinite(ms)) clock.after(ms, () => resolve(new Response(body(n), { status: status(n) })));
    });
  };
  let slept = 0;
  const stage = {
    deps: {
      clock: { now: () => clock.now() + slept, after: clock.after },
      cluster: fakeCluster(),
      outside: { fetch: answer, credential: () => undefined, env: {} },
      emit: (event: ReleaseEvent) => events.push(event),
      redact: (text: string) => text,
    },
    settings: { checks },
    traffic: { pairs: [PAIR], router: 'pods' },
    view,
    record: { release: 'shop', namespace: 'shop', revision: 1, origin: {} },
    matching: { on: false },
    memory: new Map(),
  } as unknown as Stage;
  const tell = (): void => void early.push(clock.now() - START);
  const options = {
    weight: 10,
    isAhead: false,
    since: undefined,
    endsAt: Number.POSITIVE_INFINITY,
    onCertain: tell,
    onSettled: () => undefined,
  };
  const gate = openGate(stage, { ...options, ...given });
  return {
    gate,
    clock,
    view,
    asked,
    events,
    early,
    sleepFor: ms => {
      slept += ms;
    },
    pass: ms => runVirtual(clock, new Promise(resolve => clock.after(ms, resolve))),
    end: () => runVirtual(clock, gate.last()),
  };
}

const HOUR_MS = 3_600_000;
const NEVER = Number.POSITIVE_INFINITY;

describe('sampling', () => {
  it('asks at whole intervals from the start, however long the answers take', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 100, max: 20_000 }),
        fc.nat(30_000),
        fc.array(fc.nat(9_000), { minLength: 1, maxLength: 5 }),
        async (intervalMs, initialDelayMs, times) => {
          const { asked, gate, pass } = open([http({ intervalMs, initialDelayMs })], {
            takes: n => times[n % times.length] ?? 0,
          });
          await pass(120_000);
          gate.stop();
          expect(asked.length).toBeGreaterThan(0);
          for (const at of asked) expect((at - initialDelayMs) % intervalMs).toBe(0);
          expect(asked[0]).toBe(initialDelayMs);
          // Never two at a time: each begins after the one before has ended.
          for (const [index, at] of asked.entries())
            if (index > 0)
              expect(at - (asked[index - 1] ?? 0)).toBeGreaterThanOrEqual(times[index % times.length] ?? 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('asks all checks in parallel: one that gets no answer keeps no other waiting', async () => {
    const slow = http({ name: 'slow', timeoutMs: 10_000, intervalMs: 60_000 });
    const { asked, gate, events, pass } = open([slow, http({ name: 'quick', intervalMs: 1_000 })], {
      takes: n => (n === 1 ? NEVER : 0),
    });
    await pass(5_500);
    gate.stop();
    expect(asked).toHaveLength(1 + 6);
    expect(events.map(event => event.type === 'sampled' && event.check)).toEqual(Array(6).fill('quick'));
  });

  it('takes the last sample at the end of the hold: one that began before it says nothing of the end', async () => {
    const { asked, gate, pass, end } = open([http({ intervalMs: 10_000 })], { takes: () => 3_000 });
    await pass(11_000);
    await end();
    gate.stop();
    expect(asked).toEqual([0, 10_000, 13_000]);
    expect(gate.reports()[0]).toMatchObject({ samples: 3, verdict: 'pass' });
  });

  it('takes no more samples than count says, the last one included', async () => {
    const { asked, gate, pass, end } = open([http({ intervalMs: 1_000, count: 2 })]);
    await pass(10_000);
    await end();
    gate.stop();
    expect(asked).toEqual([0, 1_000]);
  });

  it('hears of a crash at once, whatever provider keeps it waiting', async () => {
    const { gate, view, early, pass, clock } = open([PODS, http()], { takes: () => NEVER });
    await pass(2_345);
    view.put(pod('a', CANARY, { restarts: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } }));
    gate.look();
    expect(early).toEqual([2_345]);
    expect(clock.now()).toBe(START + 2_345);
    expect(gate.verdict()).toBe('fail');
    gate.stop();
  });

  it('says that it is certain with the sample that makes it so, and not before', async () => {
    const { gate, early, pass } = open([http({ intervalMs: 1_000, failureLimit: 2 })], { status: () => 500 });
    await pass(HOUR_MS / 60);
    gate.stop();
    expect(early[0]).toBe(2_000);
    expect(gate.reports()[0]).toMatchObject({ verdict: 'fail' });
  });

  it('leaves the verdict to the others where a check is a dry run, and shows what it saw', async () => {
    const { gate, early, pass, end } = open([PODS, http({ dryRun: true })], { status: () => 500 });
    await pass(60_000);
    await end();
    gate.stop();
    expect(early).toEqual([]);
    expect(gate.verdict()).toBe('pass');
    expect(gate.reports()[1]).toMatchObject({ verdict: 'fail', dryRun: true, failures: 7 });
  });

  it('takes no sample of a check after its last one, however long another keeps the hold', async () => {
    const slow = http({ name: 'slow', url: 'http://slow.example/', intervalMs: 60_000 });
    const { gate, events, pass, end } = open([MANN_WHITNEY, slow], {
      takes: (_n, url) => (url.includes('slow') ? 8_000 : 0),
      body: () => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }),
    });
    await pass(60_000);
    await end();
    await pass(30_000);
    const samples = events.flatMap(event =>
      event.type === 'sampled' && event.check === 'samples' ? event.sample : [],
    );
    expect(samples.at(-1)?.outcome).toBe('no-data');
    expect(gate.verdict()).toBe('inconclusive');
    gate.stop();
  });

  it('goes on sampling while a sample that began before the end is waited for', async () => {
    const slow = http({ name: 'slow', url: 'http://slow.example/', intervalMs: 55_000, timeoutMs: 9_000 });
    const { asked, gate, pass, end } = open([slow, http({ intervalMs: 2_000 })], {
      takes: (_n, url) => (url.includes('slow') ? 8_000 : 0),
    });
    await pass(56_000);
    await end();
    gate.stop();
    // The slow one is asked at 0, at 55 s until 63 s, and once more; the quick one goes on until then.
    expect(asked.filter(at => at > 56_000)).toEqual([58_000, 60_000, 62_000, 63_000, 63_000]);
  });

  it('does not pass by what was said too early: a last sample that cannot be taken is tried again, and then is an error', async () => {
    const { gate, pass, end } = open([MANN_WHITNEY], {
      status: n => (n > 12 ? 503 : 200),
      body: () =>
        JSON.stringify({
          status: 'success',
          data: { resultType: 'vector', result: [{ metric: {}, value: [1, '1'] }] },
        }),
    });
    await pass(60_000);
    await end();
    gate.stop();
    expect(gate.verdict()).toBe('error');
  });

  it('counts an initial delay from the beginning of the hold, also where another run began it', async () => {
    const { asked, gate, pass } = open([http({ initialDelayMs: 60_000, intervalMs: 10_000 })], {
      given: { since: START - 55_000 },
    });
    await pass(10_000);
    gate.stop();
    expect(asked).toEqual([5_000]);
    const late = open([http({ initialDelayMs: 60_000 })], { given: { since: START - 3 * HOUR_MS } });
    await late.end();
    late.gate.stop();
    expect(late.asked).toEqual([0]);
  });

  it('makes up for no interval that was missed while the machine was asleep', async () => {
    const { asked, gate, pass, sleepFor } = open([http({ intervalMs: 1_000 })]);
    await pass(1_500);
    sleepFor(60_000);
    await pass(3_000);
    gate.stop();
    // At 0 and 1 s, and then once at each second that has begun since: 62 s, 63 s and 64 s.
    expect(asked.length).toBeLessThanOrEqual(6);
    for (const at of asked) expect(at % 1_000).toBeLessThan(501);
  });

  it('asks nothing before the first pod is planned, and misses pods that somebody has taken away', async () => {
    const ahead = open([PODS], { given: { isAhead: true } });
    await ahead.end();
    expect([ahead.gate.verdict(), ahead.gate.reports()]).toEqual(['pass', []]);
    const gone = open([PODS]);
    gone.view.put(workload(PAIR.twin, CANARY, { replicas: 0 }));
    await gone.end();
    expect(gone.gate.verdict()).toBe('inconclusive');
  });

  it('ends with an answer: a last sample that cannot be taken is tried again until it can', async () => {
    const { asked, gate, pass, end } = open([METRIC], {
      status: n => (n === 3 || n === 4 ? 500 : 200),
      body: () => '{"v": 5}',
    });
    await pass(30_000);
    await end();
    gate.stop();
    expect(asked).toEqual([0, 20_000, 30_000, 40_000, 50_000]);
    expect(gate.reports().find(({ name }) => name === 'metric')).toMatchObject({ verdict: 'pass', errors: 0 });
  });

  it('takes one sample at the end, and not the regular one beside it', async () => {
    const { asked, gate, pass, end } = open([http({ intervalMs: 10_000 })], { given: { endsAt: START + 20_000 } });
    await pass(20_000);
    await end();
    gate.stop();
    expect(asked).toEqual([0, 10_000, 20_000]);
  });

  it('keeps nobody waiting for a check that has no say', async () => {
    const { clock, gate, pass, end } = open([http({ dryRun: true, intervalMs: 8_000 })], { takes: () => 9_000 });
    await pass(9_500);
    await end();
    expect(clock.now() - START).toBeLessThan(19_000);
    gate.stop();
  });

  it('asks nobody about requests before the new version has any, and says so', async () => {
    const before = open([PODS, MANN_WHITNEY], { given: { weight: 0 } });
    await before.end();
    expect(before.asked).toEqual([]);
    expect(before.gate.verdict()).toBe('pass');
    expect(before.gate.reports().at(-1)).toMatchObject({
      name: 'samples',
      verdict: 'undecided',
      message: 'not asked: the new version has no traffic yet',
    });
  });
});
