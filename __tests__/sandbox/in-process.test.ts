import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/clock.ts';
import { acquireLock } from '../../src/cluster/lease.ts';
import { waitForHealth } from '../../src/health/wait.ts';
import { type InProcess, inProcessCluster } from '../../src/sandbox/in-process.ts';
import { userNamed } from '../../src/sandbox/server/authentication.ts';
import { HARNESS_START, harness, webDeployment } from './harness.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
const QUIET = { traffic: false } as const;

const settings = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default' },
  data,
});

describe('a client in the process of the sandbox', () => {
  it('does what the real one does: applies, watches, waits for health, holds a lock', async () => {
    const world = harness(QUIET);
    const { cluster, clock } = world.open();
    const release = async (): Promise<number> => {
      const signal = new AbortController().signal;
      const request = { cluster, clock, signal, namespace: 'default', name: 'sluice.web' };
      const lock = await acquireLock({ ...request, holder: 'run-1', waitMs: 0, onWait: () => undefined });
      const { object, created } = await cluster.apply(webDeployment({ image: 'web:2' }), { force: true });
      expect(created).toBe(false);
      const wait = { cluster, clock, signal, objects: [object], waitFor: 'all' as const, timeoutMs: 60_000 };
      const outcome = await waitForHealth({ ...wait, redact: text => text, onProgress: () => undefined });
      expect(outcome.healthy).toBe(true);
      // Long enough for the Lease to be renewed some times.
      await sleep(clock, 20_000);
      expect(lock.lost.aborted).toBe(false);
      await lock.release();
      return clock.now();
    };
    const ended = await world.run(release());
    expect(ended - HARNESS_START).toBeGreaterThan(22_000);
    expect(ended - HARNESS_START).toBeLessThan(30_000);
    expect(world.api.list('coordination.k8s.io/Lease', 'default')).toEqual([]);
  });

  it('has the same errors, and retries as the real one does', async () => {
    const world = harness(QUIET);
    const { cluster } = world.open();
    const { faults } = world.sandbox;
    faults.add({ effect: { kind: 'throttle', retryAfterSeconds: 2 } });
    faults.add({ effect: { kind: 'error', status: 503 } });
    faults.add({ effect: { kind: 'reset', executed: true } });
    const before = world.clock.now();
    await world.run(cluster.apply(settings({ a: '1' })));
    expect(world.clock.now() - before).toBeGreaterThan(2000);
    faults.add({ effect: { kind: 'hang' } });
    await expect(world.run(cluster.get(WEB))).rejects.toThrow(/did not answer within 30 s/);
    await expect(world.run(cluster.create(settings({})))).rejects.toMatchObject({ status: 409 });
    world.sandbox.core.tokens.set('nobody', userNamed('nobody'));
    const other = inProcessCluster(world.sandbox, { token: 'nobody' });
    await expect(world.run(other.cluster.get(WEB))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('counts calls, and notes what may have changed something', async () => {
    const world = harness(QUIET);
    const client = world.open();
    const { cluster } = client;
    const work = async (): Promise<void> => {
      await cluster.get({ apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web' });
      await cluster.apply(settings({ a: '1' }), { dryRun: true });
      await cluster.apply(settings({ a: '1' }));
      await cluster.patch({ ...settings({}), namespace: 'default', name: 'settings' }, { data: { a: '2' } }, 'merge');
      await cluster.remove({ ...settings({}), namespace: 'default', name: 'settings' });
    };
    await world.run(work());
    expect(client.calls).toBe(5);
    const path = '/api/v1/namespaces/default/configmaps/settings';
    expect(client.writes.map(({ n, verb, path, status }) => ({ n, verb, path, status }))).toEqual([
      { n: 3, verb: 'apply', path, status: 201 },
      { n: 4, verb: 'patch', path, status: 200 },
      { n: 5, verb: 'delete', path, status: 200 },
    ]);
  });

  it('ends with its signal', async () => {
    const world = harness(QUIET);
    const stop = new AbortController();
    const { cluster } = world.open({ signal: stop.signal });
    const kinds: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const { type } of cluster.watch(WEB, {}, new AbortController().signal)) {
        kinds.push(type);
        if (type === 'synced') stop.abort(new Error('enough'));
      }
    };
    await expect(world.run(follow())).rejects.toThrow('enough');
    expect(kinds).toEqual(['added', 'synced']);
    await expect(world.run(cluster.get(WEB))).rejects.toThrow('enough');
  });
});

describe('a client that dies', () => {
  const write = async ({ cluster }: InProcess, values: readonly string[]): Promise<void> => {
    for (const a of values) await cluster.apply(settings({ a }));
  };
  const stored = (world: ReturnType<typeof harness>): unknown =>
    world.api.get('ConfigMap', 'default', 'settings')?.['data'];

  it.each([
    ['die-before', '1'],
    ['die-after', '2'],
  ] as const)('%s: the call is executed or not, is never answered, and is the last', async (fate, last) => {
    const world = harness(QUIET);
    const client = world.open({ onCall: n => (n === 2 ? fate : 'execute') });
    await expect(world.run(write(client, ['1', '2', '3']), 600_000)).rejects.toThrow(/still pending|Deadlock/);
    expect(client.dead).toBe(true);
    expect(stored(world)).toEqual({ a: last });
    // What others do is done all the same.
    await world.run(write(world.open(), ['4']));
    expect(stored(world)).toEqual({ a: '4' });
  });

  it('hears nothing more, neither of its watches nor of its clock', async () => {
    const world = harness(QUIET);
    const client = world.open();
    const heard: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const event of client.cluster.watch(WEB, {}, new AbortController().signal)) heard.push(event.type);
    };
    void follow();
    client.clock.after(5000, () => heard.push('timer'));
    await world.run(sleep(world.clock, 1000));
    client.kill();
    await world.run(world.open().cluster.remove(WEB));
    await world.run(sleep(world.clock, 60_000));
    expect(heard).toEqual(['added', 'synced']);
  });
});

describe('a client that is stopped for a while', () => {
  it('goes on where it was, with the answers and the times that it has missed', async () => {
    const world = harness(QUIET);
    const client = world.open();
    const log: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const event of client.cluster.watch(WEB, {}, new AbortController().signal)) log.push(event.type);
    };
    void follow();
    client.clock.after(5000, () => log.push(`timer at ${client.clock.now() - HARNESS_START}`));
    const cancel = client.clock.after(6000, () => log.push('never'));
    await world.run(sleep(world.clock, 1000));
    client.freeze();
    const late = client.cluster.apply(settings({ a: '1' })).then(() => log.push('applied'));
    await world.run(world.open().cluster.remove(WEB));
    await world.run(sleep(world.clock, 20_000));
    expect(log).toEqual(['added', 'synced']);
    expect(world.api.get('ConfigMap', 'default', 'settings')).toBeUndefined();
    client.thaw();
    cancel();
    await world.run(late);
    await world.run(sleep(world.clock, 0));
    expect(log.slice(0, 4).sort()).toEqual(['added', 'applied', 'deleted', 'synced']);
    expect(log.slice(4)).toEqual(['timer at 23000']);
  });

  it('may believe that it still holds a lock which another has taken', async () => {
    const world = harness(QUIET);
    const lockOf = ({ cluster, clock }: InProcess, holder: string, waitMs: number) =>
      acquireLock({
        cluster,
        clock,
        signal: new AbortController().signal,
        namespace: 'default',
        name: 'sluice.web',
        holder,
        waitMs,
        onWait: () => undefined,
      });
    const [one, two] = [world.open(), world.open()];
    const first = await world.run(lockOf(one, 'run-1', 0));
    one.freeze();
    await world.run(lockOf(two, 'run-2', 60_000));
    one.thaw();
    expect(first.lost.aborted).toBe(false);
    await world.run(one.cluster.apply(settings({ a: '1' })));
    expect(world.laws.violations.map(({ law }) => law)).toEqual([7]);
    await world.run(sleep(world.clock, 0));
    expect(first.lost.aborted).toBe(true);
  });
});
