import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckContext, Sample } from '../../src/checks/check.ts';
import { jobCheck } from '../../src/checks/job.ts';
import { sleep } from '../../src/clock.ts';
import type { Cluster, WatchEvent } from '../../src/cluster/cluster.ts';
import { apiError } from '../../src/cluster/errors.ts';
import type { JobConfig } from '../../src/config/check-config.ts';
import type { KubeObject, ObjectRef } from '../../src/kube.ts';
import type { Pair } from '../../src/release/plan.ts';
import type { InProcess, InProcessOptions } from '../../src/sandbox/in-process.ts';
import { userNamed } from '../../src/sandbox/server/authentication.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import { handView } from '../traffic/hand-view.ts';
import { checkContext, FACTS } from './context.ts';
import { smoke } from './job-config.ts';

const NAMESPACE = 'default';
const NAME = 'sluice-shop-7-smoke';
const ref = (kind: string, name: string, namespace = NAMESPACE): ObjectRef => ({
  apiVersion: kind === 'Service' ? 'v1' : 'apps/v1',
  kind,
  name,
  namespace,
});
const pairOf = (name: string, namespace = NAMESPACE): Pair => ({
  stable: ref('Deployment', name, namespace),
  twin: ref('Deployment', `${name}-canary`, namespace),
  size: 2,
  surge: 1,
  service: { stable: ref('Service', name, namespace), twin: ref('Service', `${name}-canary`, namespace) },
});

let h: Harness;
afterEach(() => h.stop());

interface Opened {
  process: InProcess;
  stop: AbortController;
  /** One sample, to its end. */
  sample(config?: JobConfig, more?: Partial<CheckContext>): Promise<Sample>;
}

function open(given: Partial<CheckContext> = {}, options: InProcessOptions = {}): Opened {
  h = harness({ traffic: false });
  const process = h.open(options);
  const stop = new AbortController();
  const context = checkContext({
    clock: process.clock,
    cluster: process.cluster,
    facts: { ...FACTS, namespace: NAMESPACE },
    pairs: [pairOf('web')],
    view: handView(),
    redact: text => text.replaceAll('hunter2', '***'),
    ...given,
  });
  return {
    process,
    stop,
    sample: (config = smoke(), more = {}) => h.run(jobCheck(config, { ...context, ...more }).sample(stop.signal, true)),
  };
}

const jobs = (): KubeObject[] => h.api.list('batch/Job', NAMESPACE).filter(one => !one.metadata.deletionTimestamp);

/** The Job as it was created, whatever became of it. */
function seenJobs(): KubeObject[] {
  const seen: KubeObject[] = [];
  h.sandbox.core.onWrite.add(({ before, after }) => {
    if (!before && after?.kind === 'Job') seen.push(after);
  });
  return seen;
}

function put(object: Partial<KubeObject> & { metadata: KubeObject['metadata'] }): void {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'old', image: 'old:1' }] } };
  h.api.create({ apiVersion: 'batch/v1', kind: 'Job', spec: { template }, ...object } as KubeObject, {
    manager: 'test',
  });
}

const OURS = { 'sluice.dev/release': 'shop', 'sluice.dev/revision': '7', 'sluice.dev/check': 'smoke' };

describe('a Job that ends', () => {
  it('well passes, says after how long, and is deleted with its pods', async () => {
    const { sample } = open();
    expect(await sample(smoke({ does: { 'exit-after': '12s' } }))).toEqual({
      outcome: 'pass',
      message: expect.stringMatching(/^Job sluice-shop-7-smoke succeeded after 1[34] s$/),
    });
    h.clock.advance(10_000);
    expect(jobs()).toEqual([]);
    expect(h.api.list('Pod', NAMESPACE).filter(({ metadata }) => metadata.name.startsWith(NAME))).toEqual([]);
  });

  it('badly fails with its exit code and the end of its log, in which no secret is, and is deleted', async () => {
    const { sample } = open();
    const { outcome, message, trouble } = await sample(
      smoke({ does: { 'exit-code': '3', log: 'GET /healthz\npassword hunter2 refused' } }),
    );
    expect({ outcome, message }).toEqual({
      outcome: 'fail',
      message: expect.stringMatching(
        /^Job sluice-shop-7-smoke failed after \d s: Pod sluice-shop-7-smoke-\w+: container smoke ended with exit code 3 \(BackoffLimitExceeded\)$/,
      ),
    });
    expect(trouble).toMatchObject({
      workload: { kind: 'Job', name: NAME, namespace: NAMESPACE },
      finding: { exitCode: 3, container: 'smoke', log: expect.stringContaining('password *** refused') },
    });
    expect(jobs()).toEqual([]);
  });

  it('badly after it was tried as often as its own backoffLimit says', async () => {
    const { sample } = open();
    let pods = 0;
    h.sandbox.core.onWrite.add(({ before, after }) => {
      if (!before && after?.kind === 'Pod') pods += 1;
    });
    const { outcome } = await sample(smoke({ does: { 'exit-code': '1' }, spec: { backoffLimit: 1 } }));
    expect({ outcome, pods }).toEqual({ outcome: 'fail', pods: 2 });
  });

  it('by its own deadline fails with that reason', async () => {
    const { sample } = open();
    const { outcome, message } = await sample(
      smoke({ does: { 'exit-after': '10m' }, spec: { activeDeadlineSeconds: 5 } }),
    );
    expect({ outcome, message }).toEqual({ outcome: 'fail', message: expect.stringContaining('DeadlineExceeded') });
    expect(jobs()).toEqual([]);
  });

  it('not at all fails when its time is over, with the log of what still runs', async () => {
    const { sample } = open();
    const began = h.clock.now();
    const { outcome, message, trouble } = await sample(
      smoke({ does: { 'exit-after': '10m', log: 'waiting for hunter2' }, timeoutMs: 20_000 }),
    );
    expect(h.clock.now() - began).toBe(20_000);
    expect({ outcome, message }).toEqual({
      outcome: 'fail',
      message: expect.stringMatching(
        /^Job sluice-shop-7-smoke did not end within 20s: Pod .* container smoke still runs$/,
      ),
    });
    expect(trouble?.finding.log).toContain('waiting for ***');
    expect(jobs()).toEqual([]);
  });
});

describe('a Job that cannot run', () => {
  it('for its image fails with the registry’s words, long before its time is over', async () => {
    const { sample } = open();
    const began = h.clock.now();
    const { outcome, message } = await sample(smoke({ does: { 'image-pull-failure': 'true' }, timeoutMs: 600_000 }));
    expect({ outcome, message }).toEqual({
      outcome: 'fail',
      message: expect.stringMatching(/^Job sluice-shop-7-smoke cannot run: .*cannot pull image smoke:1/),
    });
    expect(h.clock.now() - began).toBeLessThan(120_000);
    expect(jobs()).toEqual([]);
  });

  it('for want of a node fails with the scheduler’s words', async () => {
    const { sample } = open();
    for (const node of h.api.list('Node'))
      h.api.update({ ...structuredClone(node), spec: { unschedulable: true } }, { manager: 'test' });
    const { outcome, message } = await sample(smoke({ timeoutMs: 600_000 }));
    expect({ outcome, message }).toEqual({ outcome: 'fail', message: expect.stringContaining('cannot be scheduled') });
    expect(jobs()).toEqual([]);
  });

  it('for a quota fails with its words', async () => {
    const { sample } = open();
    h.api.create(
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q', namespace: NAMESPACE },
        spec: { hard: { pods: '3' } },
      },
      { manager: 'test' },
    );
    h.clock.advance(5_000);
    const { outcome, message } = await sample(smoke({ timeoutMs: 600_000 }));
    expect({ outcome, message }).toEqual({ outcome: 'fail', message: expect.stringContaining('exceeded quota') });
    expect(jobs()).toEqual([]);
  });

  it('while it is suspended is waited for, and passes when whoever queues it has let it run', async () => {
    const { sample } = open();
    // As a queue for Jobs does it by a webhook, and later by itself.
    const isQueued = new Set<string>();
    h.sandbox.core.onWrite.add(({ before, after }) => {
      if (before || after?.kind !== 'Job' || isQueued.has(after.metadata.uid ?? '')) return;
      isQueued.add(after.metadata.uid ?? '');
      const suspended = (suspend: boolean): void => {
        const live = h.api.get('batch/Job', NAMESPACE, NAME) as KubeObject;
        h.api.update({ ...structuredClone(live), spec: { ...(live.spec as object), suspend } }, { manager: 'queue' });
      };
      h.clock.after(0, () => suspended(true));
      h.clock.after(30_000, () => suspended(false));
    });
    expect(await sample()).toMatchObject({ outcome: 'pass', message: expect.stringMatching(/after 3\d s$/) });
  });

  it('because it stays suspended fails when its time is over', async () => {
    const { sample } = open();
    expect(await sample(smoke({ spec: { suspend: true }, timeoutMs: 30_000 }))).toMatchObject({
      outcome: 'fail',
      message: 'Job sluice-shop-7-smoke did not end within 30s: it is suspended',
    });
    expect(jobs()).toEqual([]);
  });
});

describe('a Job that says nothing of the new version', () => {
  it('since somebody deletes it is an error', async () => {
    const { sample } = open();
    h.clock.after(3_000, () => h.api.delete('batch/Job', NAMESPACE, NAME, { propagation: 'Background' }));
    expect(await sample(smoke({ does: { 'exit-after': '30s' } }))).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('It was deleted while it was waited for'),
    });
  });

  it('since somebody deletes it with its pods first is an error', async () => {
    const { sample } = open();
    h.clock.after(3_000, () => h.api.delete('batch/Job', NAMESPACE, NAME, { propagation: 'Foreground' }));
    expect(await sample(smoke({ does: { 'exit-after': '30s' } }))).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('The Job is being deleted'),
    });
  });

  it('since another stands in its place when it is resumed is an error', async () => {
    const { sample, process } = open();
    const { cluster } = process;
    // As a watch tells it that was cut for a while.
    async function* other(): AsyncGenerator<WatchEvent> {
      const metadata = { name: NAME, namespace: NAMESPACE, uid: 'of-another' };
      const status = { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] };
      yield { type: 'modified', object: { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: {}, status } };
    }
    const cut = { ...cluster, bound: () => cluster, watch: other } as Cluster;
    expect(await sample(smoke({ spec: { suspend: true } }), { cluster: cut })).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('was deleted by somebody while it was suspended'),
    });
    expect(jobs()).toEqual([]);
  });

  it('since it may not be created is an error that says which right is missing', async () => {
    const { sample } = open({}, { token: 'nobody' });
    h.sandbox.core.tokens.set('nobody', userNamed('nobody'));
    expect(await sample()).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('cannot create resource "jobs" in API group "batch" in the namespace "default"'),
    });
    expect(jobs()).toEqual([]);
  });

  it('since the API server refuses its manifest is an error with the API’s words', async () => {
    const { sample } = open();
    expect(await sample(smoke({ spec: { parallelism: -1 } }))).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/could not be started: .*spec\.parallelism/),
    });
  });

  it('since the cluster cannot be asked for long is an error', async () => {
    const { sample } = open();
    h.sandbox.faults.add({ effect: { kind: 'error', status: 500 }, verbs: ['create'], resource: 'jobs', times: 99 });
    expect(await sample()).toMatchObject({ outcome: 'error' });
    expect(jobs()).toEqual([]);
  });

  it.each([
    ['a Service', { view: handView(service('web', { app: 'web' })) }, 'Service web'],
    [
      'a workload',
      {
        view: handView({
          ...ref('Deployment', 'web'),
          metadata: { name: 'web', namespace: NAMESPACE },
          spec: { selector: { matchLabels: { app: 'web' } } },
        } as KubeObject),
      },
      'Deployment web',
    ],
  ])('since %s would take its pods for its own is not started', async (_what, given, who) => {
    const { sample, process } = open(given);
    expect(await sample(smoke({ labels: { app: 'web' } }))).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining(`${who} would take its pods for the application's`),
    });
    expect(process.writes).toEqual([]);
  });
});

function service(name: string, selector: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: NAMESPACE }, spec: { selector } };
}

describe('several workloads', () => {
  it('have a Job each where variables make them differ, and the worst counts', async () => {
    const { sample } = open({ pairs: [pairOf('web'), pairOf('api')] });
    const { outcome, message } = await sample(smoke({ args: ['{{canary-service}}'], timeoutMs: 1_000 }));
    expect(outcome).toBe('fail');
    expect(message).toMatch(/^Job sluice-shop-7-smoke-web did not end .*; Job sluice-shop-7-smoke-api did not end /);
    expect(jobs()).toEqual([]);
  });
});

describe('a Job of that name that is there already', () => {
  it('left by an earlier run goes first, with its pods, and then the new one runs', async () => {
    const { sample } = open();
    put({ metadata: { name: NAME, namespace: NAMESPACE, labels: OURS } });
    h.clock.advance(500);
    const old = h.api.get('batch/Job', NAMESPACE, NAME)?.metadata.uid;
    const seen = seenJobs();
    let oldPods = -1;
    h.sandbox.core.onWrite.add(({ before, after }) => {
      if (before || after?.kind !== 'Job') return;
      const pods = h.api.list('Pod', NAMESPACE);
      oldPods = pods.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === old)).length;
    });
    expect((await sample()).outcome).toBe('pass');
    expect({ made: seen.length, oldPods }).toEqual({ made: 1, oldPods: 0 });
    expect(jobs()).toEqual([]);
  });

  it('that cannot be deleted in time is an error', async () => {
    const { sample } = open();
    put({ metadata: { name: NAME, namespace: NAMESPACE, labels: OURS, finalizers: ['example.com/stuck'] } });
    expect(await sample(smoke({ timeoutMs: 15_000 }))).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('still being deleted after 15s'),
    });
  });

  it.each([
    ['nobody’s labels', {}],
    ['those of another release', { ...OURS, 'sluice.dev/release': 'other' }],
    ['those of another check', { ...OURS, 'sluice.dev/check': 'other' }],
    ['those of a release of the same name elsewhere', { ...OURS, 'sluice.dev/home': 'elsewhere' }],
  ])('with %s is an error, and never touched', async (_whose, labels) => {
    const { sample, process } = open();
    put({ metadata: { name: NAME, namespace: NAMESPACE, labels } });
    const uid = h.api.get('batch/Job', NAMESPACE, NAME)?.metadata.uid;
    expect(await sample()).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('does not belong to this release; it is left as it is'),
    });
    expect(h.api.get('batch/Job', NAMESPACE, NAME)?.metadata.uid).toBe(uid);
    expect(process.writes.filter(({ verb }) => verb === 'delete')).toEqual([]);
  });

  it('since the answer to its creation was lost is the one that is waited for', async () => {
    const { sample } = open();
    const seen = seenJobs();
    h.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, verbs: ['create'], resource: 'jobs' });
    expect((await sample()).outcome).toBe('pass');
    expect(seen).toHaveLength(1);
    expect(jobs()).toEqual([]);
  });
});

describe('a creation whose answer was lost', () => {
  /** The connection ends before the API server has looked at it. */
  const lost = { effect: { kind: 'reset', executed: false }, verbs: ['create'], resource: 'jobs' } as const;

  it('does not take the result of an old Job for its own', async () => {
    const { sample } = open();
    put({ metadata: { name: NAME, namespace: NAMESPACE, labels: OURS } });
    h.clock.advance(60_000);
    expect(h.api.get('batch/Job', NAMESPACE, NAME)?.status).toMatchObject({ succeeded: 1 });
    h.sandbox.faults.add({ ...lost, times: 99 });
    expect(await sample()).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/^Job sluice-shop-7-smoke could not be started: /),
    });
  });

  it('is made up for when the old one is gone', async () => {
    const { sample } = open();
    put({ metadata: { name: NAME, namespace: NAMESPACE, labels: OURS } });
    h.clock.advance(60_000);
    const seen = seenJobs();
    h.sandbox.faults.add(lost);
    expect(await sample(smoke({ does: { 'exit-code': '3' } }))).toMatchObject({ outcome: 'fail' });
    expect(seen).toHaveLength(1);
    expect(jobs()).toEqual([]);
  });

  it('does not take a Job for its own that is being deleted', async () => {
    const { sample, process } = open();
    const { cluster } = process;
    // Somebody is quicker than the look at what became of it.
    const slow: Cluster = {
      ...cluster,
      bound: () => slow,
      async create(job) {
        const finalizers = ['example.com/stuck'];
        await cluster.create({ ...job, metadata: { ...job.metadata, finalizers } });
        h.api.delete('batch/Job', NAMESPACE, NAME, { propagation: 'Background' });
        throw new Error('the connection was cut');
      },
    };
    expect(await sample(smoke({ timeoutMs: 15_000 }), { cluster: slow })).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('still being deleted after 15s'),
    });
  });

  it.each([500, 504])('since the API server had ended it by a %d when it was done leaves no Job', async status => {
    const { sample, process } = open();
    const { cluster } = process;
    const failing: Cluster = {
      ...cluster,
      bound: () => failing,
      async create(job) {
        await cluster.create(job);
        throw apiError({ verb: 'create', object: `Job ${NAME}` }, status, 'etcdserver: request timed out', 'a token');
      },
    };
    expect(await sample(smoke(), { cluster: failing })).toMatchObject({ outcome: 'pass' });
    expect(jobs()).toEqual([]);
  });

  it('tells its Jobs apart by an annotation that is another for each sample', async () => {
    const { sample } = open();
    const seen = seenJobs();
    for (let n = 0; n < 2; n += 1)
      await sample(smoke({ metadata: { annotations: { note: 'x', 'sluice.dev/sample': 'mine' } } }));
    const told = seen.map(({ metadata }) => metadata.annotations ?? {});
    expect(told).toMatchObject([{ note: 'x' }, { note: 'x' }]);
    expect(new Set([...told.map(one => one['sluice.dev/sample']), 'mine', undefined]).size).toBe(4);
  });
});

describe('a sample that is given up', () => {
  it.each([200, 2_000])('%d ms after it began deletes the Job at once', async after => {
    const { sample, stop } = open();
    const began = h.clock.now();
    h.clock.after(after, () => stop.abort(new Error('the hold is over')));
    await sample(smoke({ does: { 'exit-after': '10m' } }));
    expect(h.clock.now() - began).toBeLessThan(after + 500);
    await h.run(sleep(h.clock, 5_000));
    expect(jobs()).toEqual([]);
  });

  it('does not wait for a creation that is slow', async () => {
    const { sample, stop } = open();
    h.sandbox.faults.add({ effect: { kind: 'slow', milliseconds: 20_000 }, verbs: ['create'], resource: 'jobs' });
    const began = h.clock.now();
    h.clock.after(2_000, () => stop.abort(new Error('the hold is over')));
    await sample();
    expect(h.clock.now() - began).toBe(2_000);
  });

  it('says in its message where a Job could not be deleted', async () => {
    const { sample } = open();
    h.sandbox.faults.add({ effect: { kind: 'error', status: 403 }, verbs: ['delete'], resource: 'jobs', times: 9 });
    expect(await sample()).toMatchObject({
      outcome: 'pass',
      message: expect.stringContaining('; it could not be deleted: Cannot delete Job'),
    });
    expect(jobs()).toHaveLength(1);
  });
});

describe('what it costs', () => {
  it('is a creation, two watches and a deletion, whatever time it takes', async () => {
    const { sample } = open();
    await sample(smoke({ does: { 'exit-after': '50s' } }));
    expect(
      h.sandbox.faults.requests
        .filter(({ resource }) => resource !== '')
        .map(({ verb, resource }) => `${verb} ${resource}`)
        .sort(),
    ).toEqual(['create jobs', 'delete jobs', 'watch jobs', 'watch pods']);
  });
});
