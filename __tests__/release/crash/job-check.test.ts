import { afterAll, describe, expect, it } from '@jest/globals';
import type { CheckConfig } from '../../../src/config/check-config.ts';
import type { KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import type { Outcome } from '../../../src/release/events.ts';
import { SETTINGS } from '../../checks/context.ts';
import { type Smoke, smoke } from '../../checks/job-config.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { stateOf } from '../cluster-state.ts';
import { app, commandRequest, deployRequest, hold, LIMIT_MS, openRun, type Run, weight } from '../rig.ts';

const SETTLED_MS = 10_000;
const PODS: CheckConfig = { ...SETTINGS, kind: 'pods', name: 'pods' };
/** Every so manieth call is cut, beginning with another for each way on; CRASH_EVERY=1 cuts all in each. */
const EVERY = Number(process.env['CRASH_EVERY'] ?? 2);
const WAYS = ['the next run', 'a reject'] as const;
const ENDS: readonly [end: 'succeeded' | 'rolled-back', job: Smoke][] = [
  ['succeeded', { does: { 'exit-after': '5s' } }],
  ['rolled-back', { does: { 'exit-code': '3' } }],
];

let cuts = 0;
afterAll(() => console.log(`a check that runs a Job: ${cuts} cuts`));

function release(run: Run, job: Smoke): Promise<Outcome> {
  const wish = { steps: [weight(50), hold(2_000)], checks: [PODS, smoke(job)] };
  return deploy(run.deps, deployRequest(run, app({ image: 'web:2' }), wish));
}

const begin = (): Harness => harness({ objects: app(), traffic: false });

/** Its end, and numbers of the calls from the first that is about the Job to the one after its deletion, and of the last look for others. */
async function whole(job: Smoke): Promise<{ outcome: Outcome; state: unknown; before: unknown; calls: number[] }> {
  const h = begin();
  const before = stateOf(h.api, { adopted: true });
  const ofJob: number[] = [];
  const run = openRun(h, {
    onCall: (n, { path }) => {
      if (path.includes('/jobs')) ofJob.push(n);
      return 'execute';
    },
  });
  const outcome = await h.run(release(run, job), LIMIT_MS);
  h.clock.advance(SETTLED_MS);
  const state = stateOf(h.api, { adopted: true });
  h.stop();
  const [first = 0, ...rest] = ofJob;
  const [gone = 0, look = 0] = rest.slice(-2);
  return { outcome, state, before, calls: [...range(first - 1, gone + 1), ...range(look, look + 1)] };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function jobsOf({ api }: Harness): KubeObject[] {
  return [...api.list('batch/Job', 'default')];
}

describe.each(ENDS)('a canary with a check that runs a Job, cut after any call about it (%s)', (end, job) => {
  it.each(WAYS)(
    'is brought to an end by %s, and no Job is left',
    async by => {
      const { outcome, state, before, calls } = await whole(job);
      expect(outcome.phase).toBe(end);
      for (const k of calls.filter((_, index) => index % EVERY === WAYS.indexOf(by) % EVERY)) {
        cuts += 1;
        const h = begin();
        const died = Promise.withResolvers<void>();
        const dying = openRun(h, {
          onCall: n => {
            if (n !== k) return 'execute';
            died.resolve();
            return 'die-after';
          },
        });
        await h.run(Promise.race([release(dying, job), died.promise]), LIMIT_MS);
        const next = openRun(h);
        const ended = await h.run(
          by === 'a reject' ? reject(next.deps, commandRequest(next)) : release(next, job),
          LIMIT_MS,
        );
        h.clock.advance(SETTLED_MS);
        h.laws.endOfRelease('default');
        const cut = `after call ${k} of ${calls.join(', ')}`;
        expect({
          cut,
          phase: ended.phase,
          jobs: jobsOf(h),
          broken: h.laws.violations,
          lost: h.traffic?.losses,
        }).toEqual({
          cut,
          phase: by === 'a reject' ? 'rolled-back' : end,
          jobs: [],
          broken: [],
        });
        expect({ cut, state: stateOf(h.api, { adopted: true }) }).toEqual({
          cut,
          state: by === 'a reject' ? before : state,
        });
        h.stop();
      }
    },
    60_000,
  );
});
