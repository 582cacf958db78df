import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckConfig } from '../../src/config/check-config.ts';
import type { KubeObject } from '../../src/kube.ts';
import { type CommandRequest, pause, promote, reject, resume } from '../../src/release/commands.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { Outcome, TimedEvent } from '../../src/release/events.ts';
import { settleCut } from '../../src/release/settle-cut.ts';
import { SETTINGS } from '../checks/context.ts';
import { type Smoke, smoke } from '../checks/job-config.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import {
  app,
  approve,
  commandRequest,
  deployRequest,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  type Run,
  type Wish,
  weight,
} from './rig.ts';

const PODS: CheckConfig = { ...SETTINGS, kind: 'pods', name: 'pods' };
const NAME = 'sluice-shop-1-smoke';
/** Until what was begun has come to its end: pods that terminate, garbage that is collected. */
const SETTLED_MS = 10_000;
const LONG = { does: { 'exit-after': '10m' } };
const OURS = { 'sluice.dev/release': 'shop', 'sluice.dev/revision': '1', 'sluice.dev/check': 'smoke' };

let h: Harness;
afterEach(() => h.stop());

/** A cluster in which `web` serves as it is after its adoption. */
function begin(objects = app()): void {
  h = harness({ objects: objects.map(adopted), traffic: false });
}

function adopted(object: KubeObject): KubeObject {
  const copy = structuredClone(object) as KubeObject<{ template?: { metadata: { labels: Record<string, string> } } }>;
  const labels = copy.spec?.template?.metadata.labels;
  if (labels) labels['sluice.dev/track'] = 'stable';
  return copy;
}

function wish(job: Smoke = {}, more: Wish = {}): Wish {
  return { steps: [weight(50), hold(6_000)], checks: [PODS, smoke(job)], ...more };
}

function start(
  asked: Wish,
  run = openRun(h),
  objects = app({ image: 'web:2' }),
): { run: Run; ended: Promise<Outcome> } {
  const ended = deploy(run.deps, deployRequest(run, objects, asked));
  ended.catch(() => undefined);
  return { run, ended };
}

const finish = <T>(ended: Promise<T>): Promise<T> => h.run(ended, LIMIT_MS);

function command(
  act: (deps: Run['deps'], request: CommandRequest) => Promise<Outcome>,
  more: Partial<CommandRequest> = {},
): Promise<Outcome> {
  const run = openRun(h);
  return finish(act(run.deps, commandRequest(run, more)));
}

const jobs = (): KubeObject[] =>
  h.api.list('batch/Job', NAMESPACE).filter(({ metadata }) => !metadata.deletionTimestamp);
const jobCalls = (): string[] =>
  h.sandbox.faults.requests.filter(({ resource }) => resource === 'jobs').map(({ verb }) => verb);

/** A Job of the check that nobody waits for. */
function leave(name = NAME): void {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'c:1' }] } };
  const metadata = { name, namespace: NAMESPACE, labels: OURS };
  h.api.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } }, { manager: 'test' });
}

/** Drives the clock until a Job of the check runs. */
async function untilRunning(): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const look = (): void => {
    const job = jobs()[0] as KubeObject<unknown, { ready?: number }> | undefined;
    if (job?.status?.ready) seen.resolve();
  };
  h.sandbox.core.onWrite.add(look);
  await finish(seen.promise);
  h.sandbox.core.onWrite.delete(look);
}

function expectUnharmed(): void {
  h.clock.advance(SETTLED_MS);
  h.laws.endOfRelease(NAMESPACE);
  expect({ broken: h.laws.violations, jobs: jobs() }).toEqual({
    broken: [],
    jobs: [],
  });
}

const at = ({ events }: Run, test: (event: TimedEvent) => boolean): number => events.find(test)?.at ?? Number.NaN;
const holdBegan = (run: Run): number =>
  at(run, event => event.type === 'step-started' && event.name.startsWith('Hold'));
const judgedAt = (run: Run): number => at(run, ({ type }) => type === 'judged');

describe('a release with a check that runs a Job', () => {
  it('goes on when the Job succeeds, runs it once in each hold, and leaves none', async () => {
    begin();
    const { run, ended } = start(wish({}, { steps: [weight(50), hold(20_000), weight(100), hold(20_000)] }));
    expect((await finish(ended)).phase).toBe('succeeded');
    const samples = run.events.filter(event => event.type === 'sampled' && event.check === 'smoke');
    expect(samples).toMatchObject([{ sample: { outcome: 'pass' } }, { sample: { outcome: 'pass' } }]);
    expect(jobCalls().filter(verb => verb === 'create')).toHaveLength(2);
    expectUnharmed();
  });

  it('is taken back when it fails, and shows the end of its log, which is read once', async () => {
    begin();
    const { run, ended } = start(wish({ does: { 'exit-code': '3', log: 'cart is empty' } }));
    expect(await finish(ended)).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    const failed = run.events.find(({ type }) => type === 'failed');
    expect(failed).toMatchObject({
      error: {
        message: expect.stringMatching(/check smoke failed: Job sluice-shop-1-smoke failed after \d s: .*exit code 3/),
      },
      failures: [
        {
          ref: { kind: 'Job', name: NAME },
          findings: [{ exitCode: 3, log: expect.stringContaining('cart is empty') }],
        },
      ],
    });
    expect(h.sandbox.faults.requests.filter(({ path }) => path.endsWith('/log'))).toHaveLength(1);
    expectUnharmed();
  });

  it('holds longer for a Job that takes longer than the hold', async () => {
    begin();
    const { run, ended } = start(wish({ does: { 'exit-after': '30s' } }));
    expect((await finish(ended)).phase).toBe('succeeded');
    expect(judgedAt(run) - holdBegan(run)).toBeGreaterThan(30_000);
    expect(judgedAt(run) - holdBegan(run)).toBeLessThan(35_000);
    expectUnharmed();
  });

  it('holds no longer than the Job’s time, which then has failed', async () => {
    begin();
    const { run, ended } = start(wish({ ...LONG, timeoutMs: 20_000 }));
    expect(await finish(ended)).toMatchObject({
      phase: 'rolled-back',
      error: { message: expect.stringContaining('did not end within 20s') },
    });
    expect(judgedAt(run) - holdBegan(run)).toBe(20_000);
    expectUnharmed();
  });

  it('does not wait for the Job when the new version crashes, and deletes it before the traffic moves on', async () => {
    begin();
    const crashing = app({ image: 'web:2', annotations: { 'sandbox.sluice.dev/crash-after': '15s' } });
    const { run, ended } = start(wish(LONG), openRun(h), crashing);
    await untilRunning();
    expect(await finish(ended)).toMatchObject({
      phase: 'rolled-back',
      error: { message: expect.stringContaining('check pods failed') },
    });
    const removed = run.process.writes.find(({ verb, path }) => verb === 'delete' && path.endsWith(`/jobs/${NAME}`));
    expect((removed?.at ?? Number.NaN) - judgedAt(run)).toBeLessThan(1_000);
    const back = at(run, event => event.type === 'shifted' && event.weight === 0);
    expect(removed?.at).toBeLessThan(back);
    expectUnharmed();
  });

  it('moves the traffic within its time although the Job is deleted slowly', async () => {
    begin();
    const crashing = app({ image: 'web:2', annotations: { 'sandbox.sluice.dev/crash-after': '15s' } });
    h.sandbox.faults.add({ effect: { kind: 'slow', milliseconds: 20_000 }, verbs: ['delete'], resource: 'jobs' });
    const { run, ended } = start(wish(LONG), openRun(h), crashing);
    expect((await finish(ended)).phase).toBe('rolled-back');
    const back = at(run, event => event.type === 'step-started' && event.name.startsWith('Give the traffic back'));
    expect(back - judgedAt(run)).toBeLessThan(2_000);
    expectUnharmed();
  });

  it('moves the traffic within its time although a Job is created so slowly that it comes when all is over', async () => {
    begin();
    const crashing = app({ image: 'web:2', annotations: { 'sandbox.sluice.dev/crash-after': '15s' } });
    h.sandbox.faults.add({ effect: { kind: 'slow', milliseconds: 12_000 }, verbs: ['create'], resource: 'jobs' });
    const { run, ended } = start(
      wish({ initialDelayMs: 12_000 }, { steps: [weight(50), hold(60_000)] }),
      openRun(h),
      crashing,
    );
    const landed: number[] = [];
    h.sandbox.core.onWrite.add(({ before, after }) => {
      if (!before && after?.kind === 'Job') landed.push(h.clock.now());
    });
    expect((await finish(ended)).phase).toBe('rolled-back');
    const back = at(run, event => event.type === 'step-started' && event.name.startsWith('Give the traffic back'));
    expect(back - judgedAt(run)).toBeLessThan(2_000);
    const over = h.clock.now();
    h.clock.advance(SETTLED_MS);
    expect(landed.map(time => time > over)).toEqual([true]);
    expectUnharmed();
  });

  it('cannot be judged where Jobs may not be made, and its way back does not hang on that', async () => {
    begin();
    const message = 'jobs.batch is forbidden: User "u" cannot list resource "jobs" in API group "batch"';
    const effect = { kind: 'error' as const, status: 403, message };
    h.sandbox.faults.add({ effect, verbs: ['create', 'list'], resource: 'jobs', times: 99 });
    const { run, ended } = start(wish());
    expect(await finish(ended)).toMatchObject({ phase: 'rolled-back', error: { code: 'check-error' } });
    expect(run.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { message: expect.stringContaining('Jobs of checks may be left in namespace default') },
    ]);
    expectUnharmed();
  });
});

describe('words of others while a Job runs', () => {
  it('reject takes the release back, and the Job with it', async () => {
    begin();
    const { ended } = start(wish(LONG));
    await untilRunning();
    const [engine] = await finish(Promise.all([ended, command(reject)]));
    expect(engine).toMatchObject({ phase: 'rolled-back', error: { code: 'rejected' } });
    expectUnharmed();
  });

  it('pause deletes it, and resume runs it anew', async () => {
    begin();
    const { ended } = start(wish({ does: { 'exit-after': '40s' } }));
    await untilRunning();
    h.sandbox.faults.add({ effect: { kind: 'slow', milliseconds: 500 }, verbs: ['delete'], resource: 'jobs' });
    const paused = ended.then(({ phase }) => ({ phase, jobs: jobs() }));
    expect((await finish(Promise.all([paused, command(pause)])))[0]).toEqual({ phase: 'paused', jobs: [] });
    expect((await command(resume)).phase).toBe('succeeded');
    expect(jobCalls().filter(verb => verb === 'create')).toHaveLength(2);
    expectUnharmed();
  });

  it('promote goes on without it, and it is deleted', async () => {
    begin();
    const { ended } = start(wish(LONG, { steps: [weight(50), hold(6_000), approve] }));
    await untilRunning();
    expect((await finish(Promise.all([ended, command(promote)])))[0].phase).toBe('paused');
    expect(jobs()).toEqual([]);
    await command(reject);
    expectUnharmed();
  });
});

describe('a run that is cancelled while a Job runs', () => {
  /** Cancels it, and answers what it has written since. */
  async function cancelled(): Promise<{ run: Run; writes: string[] }> {
    begin();
    const stopped = openRun(h);
    const stop = new AbortController();
    // What is under way then is given up only later.
    stopped.deps.signal = stop.signal;
    const { run, ended } = start(wish(LONG), stopped);
    await untilRunning();
    const before = run.process.writes.length;
    stop.abort(new Error('cancelled'));
    expect((await finish(ended)).phase).toBe('aborted');
    return { run, writes: run.process.writes.slice(before).map(({ path }) => path.split('/').at(-2) ?? '') };
  }
  const settle = (run: Run, onCancel: 'rollback' | 'pause', post = openRun(h)): Promise<Outcome | undefined> =>
    finish(settleCut(post.deps, commandRequest(post), { revision: 1, holder: run.holder, onCancel }));

  it('writes nothing more but its record and its lock, and `post` takes the Job away with the release', async () => {
    const { run, writes } = await cancelled();
    expect([...new Set(writes)].filter(kind => kind !== 'secrets' && kind !== 'leases')).toEqual([]);
    expect(jobs()).toHaveLength(1);
    expect(await settle(run, 'rollback')).toMatchObject({ phase: 'rolled-back', error: { code: 'cancelled' } });
    expectUnharmed();
  });

  it('leaves none where the release is only paused', async () => {
    const { run } = await cancelled();
    expect((await settle(run, 'pause'))?.phase).toBe('paused');
    expect(jobs()).toEqual([]);
    await command(reject);
    expectUnharmed();
  });

  it.each(['list', 'delete'])('is recorded as paused though the API server fails to %s Jobs', async verb => {
    const { run } = await cancelled();
    h.sandbox.faults.add({ effect: { kind: 'error', status: 500 }, verbs: [verb], resource: 'jobs', times: 99 });
    const post = openRun(h);
    expect((await settle(run, 'pause', post))?.phase).toBe('paused');
    expect(post.events.filter(({ type }) => type === 'warning')).toMatchObject([
      {
        message: expect.stringMatching(
          new RegExp(
            `^Jobs of checks may be left in namespace default \\(selector sluice\\.dev/check,sluice\\.dev/release=shop\\): Cannot ${verb} `,
          ),
        ),
      },
    ]);
    h.sandbox.faults.clear();
    await command(reject);
    expectUnharmed();
  });
});

describe('a run that has lost its lock', () => {
  it('makes no Job', async () => {
    begin();
    const first = openRun(h);
    const stood = Promise.withResolvers<void>();
    first.listeners.add(event => {
      if (event.type !== 'step-started' || !event.name.startsWith('Hold')) return;
      first.process.freeze();
      stood.resolve();
    });
    const { ended: slow } = start(wish({ initialDelayMs: 2_000 }), first);
    await finish(Promise.race([slow, stood.promise]));
    const second = openRun(h);
    second.listeners.add(({ type }) => {
      if (type === 'sampled') first.process.thaw();
    });
    const { ended } = start(wish({ initialDelayMs: 2_000, does: { 'exit-after': '30s' } }), second);
    expect((await finish(ended)).phase).toBe('succeeded');
    await finish(slow);
    expect(first.process.writes.filter(({ path }) => path.includes('/jobs'))).toEqual([]);
    expectUnharmed();
  });
});

describe('what is left', () => {
  it('of a run that died is deleted by the next, whichever way it ends', async () => {
    for (const act of [promote, reject]) {
      begin();
      const { run } = start(wish(LONG));
      await untilRunning();
      run.process.kill();
      h.clock.advance(60_000);
      expect(jobs()).toHaveLength(1);
      expect((await command(act)).phase).toBe(act === promote ? 'succeeded' : 'rolled-back');
      expectUnharmed();
      h.stop();
    }
  });

  it('of a release without twins is deleted, too', async () => {
    begin(stateful('db:1'));
    const { ended } = start(wish({}, { steps: [weight(50), approve] }), openRun(h), stateful('db:2'));
    expect((await finish(ended)).phase).toBe('paused');
    leave();
    await command(reject);
    expect(jobs()).toEqual([]);
  });

  it('is left alone where a policy keeps it, and neither the others nor the end of the release hang on that', async () => {
    begin();
    const { ended } = start(wish({}, { steps: [weight(50), approve] }));
    await finish(ended);
    for (const name of ['sluice-shop-1-kept', NAME]) leave(name);
    const message = 'admission webhook "policy.example.com" denied the request: Jobs are kept';
    const effect = { kind: 'error' as const, status: 403, message };
    h.sandbox.faults.add({ effect, verbs: ['delete'], path: 'jobs/sluice-shop-1-kept$', times: 99 });
    expect(await command(reject)).toMatchObject({ phase: 'rolled-back' });
    expect(jobs().map(({ metadata }) => metadata.name)).toEqual(['sluice-shop-1-kept']);
  });

  it('is what the monitor of the laws barks at', () => {
    begin();
    leave();
    expect(h.laws.endOfRelease(NAMESPACE)).toMatchObject([
      { law: 10, message: `Job default/${NAME} is left of a check` },
    ]);
  });
});

describe('what it costs', () => {
  it('is nothing without such a check', async () => {
    begin();
    const { ended } = start(wish({}, { checks: [PODS] }));
    expect((await finish(ended)).phase).toBe('succeeded');
    expect(jobCalls()).toEqual([]);
    expectUnharmed();
  });

  it('is one Job from creation to deletion, and one look for others at the end', async () => {
    begin();
    const { ended } = start(wish());
    expect((await finish(ended)).phase).toBe('succeeded');
    expect(jobCalls()).toEqual(['create', 'watch', 'delete', 'list']);
    expectUnharmed();
  });
});

function stateful(image: string): KubeObject[] {
  const labels = { app: 'db' };
  const metadata = { name: 'db', namespace: NAMESPACE };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: {
        serviceName: 'db',
        replicas: 4,
        selector: { matchLabels: { ...labels } },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'db', image, readinessProbe: { httpGet: { path: '/', port: 80 } } }] },
        },
      },
    },
  ];
}
