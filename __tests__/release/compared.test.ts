import { describe, expect, it } from '@jest/globals';
import type { CheckConfig } from '../../src/config/check-config.ts';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import { settledChecks } from '../../src/config/settle-checks.ts';
import { installPrometheus } from '../../src/demo/prometheus.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { Outcome, TimedEvent } from '../../src/release/events.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import { app, deployNow, deployRequest, hold, LIMIT_MS, openRun, weight } from './rig.ts';

/** Fifty requests a second. */
const TRAFFIC = { exclude: ['*-canary', '*-preview', '*-stable', 'prometheus'], intervalMs: 20 };
const errors = (rate: string): Record<string, string> => ({ 'sandbox.sluice.dev/error-rate': rate });

/** As they are written in a config file, against the Prometheus that the sandbox serves. */
function written(checks: string): readonly CheckConfig[] {
  const config = `prometheus: {service: monitoring/prometheus}\nchecks: ${checks}`;
  return settledChecks(readReleaseConfig(config), new Map());
}

async function world(stable: Record<string, string> = errors('1%')): Promise<Harness> {
  const first = app({ annotations: stable, replicas: 3 });
  const h = harness({ objects: first, traffic: TRAFFIC });
  await h.run(installPrometheus(h.sandbox));
  await deployNow(h, first, { strategy: 'rolling' });
  h.clock.advance(30_000);
  return h;
}

interface Played {
  outcome: Outcome;
  /** Whether the hold is told to have ended early since all was well. */
  isEarly: boolean;
  /** How long the hold was, in milliseconds. */
  heldMs: number;
  message: string;
}

/** A canary with these annotations, held at 25 %. */
async function play(
  h: Harness,
  checks: string,
  canary: Record<string, string>,
  holdMs = 60_000,
  answer?: typeof fetch,
): Promise<Played> {
  const run = openRun(h);
  if (answer) run.deps.outside = { ...run.deps.outside, fetch: answer };
  const objects = app({ image: 'web:2', annotations: canary, replicas: 3 });
  const wish = { checks: written(checks), steps: [weight(25), hold(holdMs)] };
  const outcome = await h.run(deploy(run.deps, deployRequest(run, objects, wish)), LIMIT_MS);
  h.stop();
  expect(h.laws.violations).toEqual([]);
  const at = (test: (event: TimedEvent) => boolean): number => run.events.find(test)?.at ?? 0;
  const judged = run.events.find(event => event.type === 'judged');
  return {
    outcome,
    isEarly: judged?.type === 'judged' && judged.early !== undefined,
    heldMs:
      at(({ type }) => type === 'judged') - at(event => event.type === 'step-started' && event.name.startsWith('Hold')),
    message: judged?.type === 'judged' ? (judged.checks.at(-1)?.message ?? '') : '',
  };
}

describe('a canary that is compared', () => {
  const COMPARE = '[{compare: {interval: 5s}}]';

  it('goes back as soon as it is shown to be worse, and says how much', async () => {
    const { outcome, heldMs, message } = await play(await world(errors('4%')), COMPARE, errors('16%'), 600_000);
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    expect(heldMs).toBeLessThan(60_000);
    expect(message).toMatch(
      /^web-canary [\d.]+ % errors \(\d+ of \d+\) against [\d.]+ % \(\d+ of [\d,]+\) on web; about [\d.]+ times as many( \([^)]*\))?; certain beyond α = 0\.01 after \d+ s$/,
    );
  });

  it('goes on where it is no worse', async () => {
    const { outcome, heldMs, message } = await play(await world(), COMPARE, errors('1%'));
    expect(outcome.phase).toBe('succeeded');
    expect(heldMs).toBeGreaterThanOrEqual(60_000);
    expect(message).toContain('neither harm nor its absence is shown');
  });

  it('ends a hold early where harm that matters is excluded, and not where the whole hold is wanted', async () => {
    const early = await play(await world(), '[{compare: {interval: 5s, min-effect: 5 points}}]', errors('1%'), 600_000);
    expect(early.outcome.phase).toBe('succeeded');
    expect(early.heldMs).toBeLessThan(120_000);
    expect(early.isEarly).toBe(true);
    expect(early.message).toContain('harm of 5 points more or worse is excluded beyond α = 0.01');
    const whole = '[{compare: {interval: 5s, min-effect: 5 points, early-pass: false}}]';
    expect((await play(await world(), whole, errors('1%'), 180_000)).heldMs).toBeGreaterThanOrEqual(180_000);
  });

  it('is not told to end early since all is well, when a last sample then fails', async () => {
    const h = await world();
    // Passes once, long before the comparison is settled, and fails in the end.
    let asked = 0;
    const answer: typeof fetch = async () => {
      asked += 1;
      return new Response('', { status: asked === 1 ? 200 : 500 });
    };
    const checks =
      '[{http: {url: "http://a.example", interval: 10m}}, {compare: {interval: 5s, min-effect: 5 points}}]';
    const { outcome, isEarly } = await play(h, checks, errors('1%'), 600_000, answer);
    expect([outcome.phase, asked, isEarly]).toEqual(['rolled-back', 2, false]);
  });

  it('compares how long requests take', async () => {
    const slow = { 'sandbox.sluice.dev/latency': '250ms' };
    const checks = '[{compare: {of: latency, interval: 5s}}]';
    const { outcome, message } = await play(await world({}), checks, slow, 300_000);
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    expect(message).toMatch(/^web-canary [\d.]+ % of requests took over [\d.]+ m?s \(/);
  });

  it('is judged once by Mann and Whitney’s test', async () => {
    const query =
      'sum(rate(http_requests_total{pod=~"{{canary-pods}}",code="500"}[{{window}}]))/sum(rate(http_requests_total{pod=~"{{canary-pods}}"}[{{window}}]))';
    const checks = `[{mann-whitney: {query: '${query}', window: 5s, interval: 5s}}]`;
    const bad = await play(await world(), checks, errors('10%'), 120_000);
    expect(bad.outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    expect(bad.heldMs).toBeGreaterThanOrEqual(120_000);
    expect(bad.message).toMatch(/^median [\d.]+ against [\d.]+ on stable: higher beyond α = 0\.01 \(Mann-Whitney p = /);
  });

  it('is asked the ready-made questions without a query', async () => {
    const checks = '[{success-rate: {min: 97}}, {latency-p99: {max: 2}}, {error-count: {max: 1000}}]';
    expect((await play(await world(), checks, errors('1%'))).outcome.phase).toBe('succeeded');
    const { outcome } = await play(await world(), '[{success-rate: {min: 97}}]', errors('20%'));
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    expect(outcome.error?.message).toMatch(/check success-rate failed: .*below min 97 %/);
  });
});
