import { describe, expect, it } from '@jest/globals';
import type { PrometheusConfig } from '../../src/config/check-config.ts';
import { promote, resume } from '../../src/release/commands.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { CheckReport, Outcome, TimedEvent } from '../../src/release/events.ts';
import { PLACE, SETTINGS } from '../checks/context.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import {
  app,
  approve,
  commandRequest,
  deployNow,
  deployRequest,
  hold,
  LIMIT_MS,
  openRun,
  type Run,
  weight,
} from './rig.ts';

const QUIET = { exclude: ['*-canary', '*-preview', '*-stable'] };

const question = (more: Partial<PrometheusConfig> = {}): PrometheusConfig => ({
  ...SETTINGS,
  kind: 'prometheus',
  name: 'errors',
  query: 'sum(errors)',
  min: undefined,
  max: 1,
  reduce: undefined,
  stepMs: undefined,
  windowMs: 60_000,
  ...PLACE,
  ...more,
});

/** What Prometheus answers to the nth question, counted from 1: a number, nothing, or a status. */
type Answers = (n: number) => number | 'empty' | 'broken';

function prometheus(answers: Answers): { fetch: typeof fetch; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    fetch: async () => {
      asked += 1;
      const answer = answers(asked);
      if (answer === 'broken') return new Response('out of order', { status: 500 });
      const result = answer === 'empty' ? [] : [{ metric: {}, value: [1, String(answer)] }];
      return Response.json({ status: 'success', data: { resultType: 'vector', result } });
    },
  };
}

interface Played {
  outcome: Outcome;
  report: CheckReport | undefined;
  asked: number;
  events: readonly TimedEvent[];
  h: Harness;
  run: Run;
}

/** A canary at 50 % that is held for so long under one check, over requests and under the laws. */
async function play(answers: Answers, check: Partial<PrometheusConfig> = {}, holdMs = 60_000): Promise<Played> {
  const h = harness({ objects: app(), traffic: QUIET });
  await deployNow(h, app(), { strategy: 'rolling' });
  const run = openRun(h);
  const provider = prometheus(answers);
  run.deps.outside = { ...run.deps.outside, fetch: provider.fetch };
  const wish = {
    checks: [{ ...SETTINGS, kind: 'pods' as const, name: 'pods' }, question(check)],
    steps: [weight(50), hold(holdMs)],
  };
  const outcome = await h.run(deploy(run.deps, deployRequest(run, app({ image: 'web:2' }), wish)), LIMIT_MS);
  const judged = run.events.find(event => event.type === 'judged');
  const report = judged?.type === 'judged' ? judged.checks.find(({ name }) => name === 'errors') : undefined;
  return { outcome, report, asked: provider.asked(), events: run.events, h, run };
}

const BAD = 5;
const GOOD = 0;

describe('checks in a release', () => {
  it('says where a configuration that was corrected is not what a waiting release goes by', async () => {
    const { outcome, h, run } = await play(() => 'empty');
    expect(outcome.phase).toBe('paused');
    const again = async (check: Partial<PrometheusConfig>): Promise<readonly TimedEvent[]> => {
      const second = openRun(h);
      const wish = {
        checks: [{ ...SETTINGS, kind: 'pods' as const, name: 'pods' }, question(check)],
        steps: [weight(50), hold(60_000)],
      };
      await h.run(deploy(second.deps, deployRequest(second, app({ image: 'web:2' }), wish)), LIMIT_MS);
      return second.events.filter(({ type }) => type === 'warning');
    };
    expect(run.events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(await again({})).toEqual([]);
    expect(await again({ max: 100 })).toMatchObject([
      { message: expect.stringContaining('reject it, and deploy again') },
    ]);
  });

  it('failure-limit: 2, the second failed sample is let pass, the third is not', async () => {
    const two = await play(n => (n === 2 || n === 5 ? BAD : GOOD), { failureLimit: 2 });
    expect(two.outcome.phase).toBe('succeeded');
    expect(two.report).toMatchObject({ failures: 2, verdict: 'pass' });
    const three = await play(n => (n === 2 || n === 4 || n === 6 ? BAD : GOOD), { failureLimit: 2 });
    expect(three.outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    // With the sixth sample the hold is over, and the traffic goes back.
    expect(three.asked).toBe(6);
  });

  it('error-not-failure: four in a row are let pass, the fifth ends the gate as an error, and one answer resets the count', async () => {
    const four = await play(n => (n >= 2 && n <= 5 ? 'broken' : GOOD));
    expect(four.outcome.phase).toBe('succeeded');
    const again = await play(n => (n === 6 ? GOOD : 'broken'), {}, 120_000);
    expect(again.asked).toBe(5);
    const reset = await play(n => (n === 5 ? GOOD : 'broken'), {}, 120_000);
    expect(reset.outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-error' } });
    expect(reset.asked).toBe(10);
    expect(reset.outcome.error?.message).toContain('500');
  });

  it.each([
    ['fail', 'rolled-back', 'check-failed'],
    ['inconclusive', 'paused', 'check-inconclusive'],
    ['ignore', 'succeeded', undefined],
  ] as const)('no-data: an empty answer is what the policy %s says', async (noData, phase, code) => {
    const { outcome, report } = await play(() => 'empty', { noData });
    expect([outcome.phase, outcome.error?.code]).toEqual([phase, code]);
    expect(report?.noData).toBeGreaterThan(0);
  });

  it('inconclusive-pauses: the run waits for a person with the weight as it is, and a person may go on', async () => {
    const { outcome, h } = await play(n => (n < 3 ? GOOD : 'empty'));
    expect(outcome.phase).toBe('paused');
    const before = h.traffic?.counts().byImage['web:2']?.answered ?? 0;
    h.clock.advance(60_000);
    expect(h.traffic?.counts().byImage['web:2']?.answered).toBeGreaterThan(before);
    const run = openRun(h);
    expect((await h.run(promote(run.deps, commandRequest(run)), LIMIT_MS)).phase).toBe('succeeded');
  });

  it('initial-delay: no sample is taken earlier', async () => {
    const { events, outcome } = await play(() => GOOD, { initialDelayMs: 40_000 });
    expect(outcome.phase).toBe('succeeded');
    const began = events.find(event => event.type === 'step-started' && event.name.startsWith('Hold'));
    const first = events.find(event => event.type === 'sampled' && event.check === 'errors');
    expect((first?.at ?? 0) - (began?.at ?? 0)).toBe(40_000);
  });

  it('initial-delay: a hold that is over before it has no data', async () => {
    const { outcome, asked } = await play(() => GOOD, { initialDelayMs: 90_000 });
    expect([outcome.phase, outcome.error?.code, asked]).toEqual(['paused', 'check-inconclusive', 0]);
  });

  it('dry-run-check: it fails, the verdict is the others’, and the failure is told', async () => {
    const { outcome, report, asked } = await play(() => BAD, { dryRun: true });
    expect(outcome.phase).toBe('succeeded');
    expect(report).toMatchObject({ verdict: 'fail', dryRun: true });
    expect(asked).toBeGreaterThan(6);
  });
});

describe('the credentials of checks', () => {
  const credential = (name: string): string | undefined => (name === 'TOKEN' ? 'hunter22' : undefined);
  const GUARDED = { auth: { bearer: 'TOKEN' } };
  const TWO_HOLDS = [weight(50), hold(10_000), weight(75), hold(10_000)];

  /** A canary that waits for a person, since its first hold saw no data. */
  async function waiting(check: Partial<PrometheusConfig>, steps = TWO_HOLDS): Promise<Harness> {
    const h = harness({ objects: app(), traffic: QUIET });
    await deployNow(h, app(), { strategy: 'rolling' });
    const run = openRun(h);
    run.deps.outside = { ...run.deps.outside, fetch: prometheus(() => 'empty').fetch, credential };
    const checks = [question({ ...GUARDED, noData: 'inconclusive' }), question({ ...GUARDED, ...check, name: 'more' })];
    const wish = { checks: check.dryRun ? checks : checks.slice(0, 1), steps };
    const began = await h.run(deploy(run.deps, deployRequest(run, app({ image: 'web:2' }), wish)), LIMIT_MS);
    expect(began.phase).toBe('paused');
    return h;
  }

  it('are needed to go on to a hold, and nothing is written where they are missing', async () => {
    const h = await waiting({});
    const second = openRun(h);
    const asked = h.run(promote(second.deps, commandRequest(second)), LIMIT_MS);
    await expect(asked).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('TOKEN') });
    expect(second.process.writes.filter(({ path }) => !path.includes('/leases'))).toEqual([]);
    const third = openRun(h);
    third.deps.outside = { ...third.deps.outside, fetch: prometheus(() => GOOD).fetch, credential };
    expect((await h.run(promote(third.deps, commandRequest(third)), LIMIT_MS)).phase).toBe('succeeded');
  });

  it('are needed to begin the same hold anew', async () => {
    const h = await waiting({}, TWO_HOLDS.slice(0, 2));
    const run = openRun(h);
    const asked = h.run(resume(run.deps, commandRequest(run)), LIMIT_MS);
    await expect(asked).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('TOKEN') });
  });

  it('are not needed past the last hold, nor to leave out all that is left', async () => {
    const last = await waiting({}, TWO_HOLDS.slice(0, 2));
    const run = openRun(last);
    expect((await last.run(promote(run.deps, commandRequest(run)), LIMIT_MS)).phase).toBe('succeeded');
    const all = await waiting({});
    const full = openRun(all);
    const request = commandRequest(full, { full: true });
    expect((await all.run(promote(full.deps, request), LIMIT_MS)).phase).toBe('succeeded');
  });

  it('are not needed to finish a promotion in which a run has died', async () => {
    const h = harness({ objects: app(), traffic: QUIET });
    await deployNow(h, app(), { strategy: 'rolling' });
    const first = openRun(h);
    first.deps.outside = { ...first.deps.outside, fetch: prometheus(() => GOOD).fetch, credential };
    first.listeners.add(event => {
      if (event.type === 'step-started' && event.name.startsWith('Wait until stable')) first.cancel();
    });
    const wish = { checks: [question(GUARDED)], steps: [weight(50), hold(10_000)] };
    const objects = app({ image: 'web:2' });
    const died = await h.run(deploy(first.deps, deployRequest(first, objects, wish)), LIMIT_MS);
    expect(died.phase).toBe('aborted');
    h.clock.advance(120_000);
    const second = openRun(h);
    const resumed = await h.run(deploy(second.deps, deployRequest(second, objects, wish)), LIMIT_MS);
    expect(resumed.phase).toBe('succeeded');
  });

  it('are not needed for a check without a say, whose samples then say what is missing', async () => {
    const h = harness({ objects: app(), traffic: QUIET });
    await deployNow(h, app(), { strategy: 'rolling' });
    const first = openRun(h);
    const wish = {
      checks: [question({ ...GUARDED, dryRun: true })],
      steps: [weight(25), approve, weight(50), hold(20_000)],
    };
    await h.run(deploy(first.deps, deployRequest(first, app({ image: 'web:2' }), wish)), LIMIT_MS);
    const second = openRun(h);
    expect((await h.run(promote(second.deps, commandRequest(second)), LIMIT_MS)).phase).toBe('succeeded');
    const samples = second.events.flatMap(event => (event.type === 'sampled' ? [event.sample] : []));
    expect(samples[0]).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('the credential TOKEN is not among the lines'),
    });
  });
});
