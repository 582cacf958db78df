import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { acquireLock, type Lock, type LockRequest } from '../../src/cluster/lease.ts';
import type { KubeObject } from '../../src/kube.ts';
import { ADMIN_TOKEN } from '../../src/sandbox/server/authentication.ts';
import { openSandboxServer, type SandboxServer } from '../../src/sandbox/server.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { connected } from './test-server.ts';

let server: SandboxServer;
let observer: Cluster;
beforeAll(async () => {
  server = await openSandboxServer({ controllers: 'off' });
  observer = (await connected(server.kubeconfigFor(ADMIN_TOKEN))).cluster;
});
afterAll(async () => {
  await observer.close();
  await server.close();
});

const START = Date.parse('2026-01-01T00:00:00Z');
let count = 0;
let name = '';
const closers: (() => Promise<void>)[] = [];
beforeEach(() => {
  count += 1;
  name = `sluice.shop-${count}`;
  server.sandbox.faults.clear();
});
afterEach(async () => {
  server.sandbox.faults.clear();
  for (const close of closers.splice(0).reverse()) await close();
});

type Lease = KubeObject<{ holderIdentity?: string; renewTime?: string; leaseTransitions?: number }>;
const ref = () => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name });
const present = (): Promise<Lease | undefined> => observer.get<Lease>(ref());

interface Run {
  clock: VirtualClock;
  abort: AbortController;
  waits: string[];
  acquire(waitMs?: number): Promise<Lock>;
}

/** A run of its own connection and clock: one whose clock stands still is dead. */
async function run(url: string, clock = virtualClock(START)): Promise<Run> {
  const { cluster } = await connected(server.kubeconfigFor(ADMIN_TOKEN), { clock });
  closers.push(() => cluster.close());
  const abort = new AbortController();
  const waits: string[] = [];
  const request = { cluster, clock, signal: abort.signal, namespace: 'default', holder: `${url}#1` };
  const onWait = (holder: string): number => waits.push(holder);
  return {
    clock,
    abort,
    waits,
    acquire: (waitMs = 0) => acquireLock({ ...request, name, waitMs, onWait } satisfies LockRequest),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

/** Requests about Leases that the server has begun to serve. */
function asked(verb: string): number {
  return server.sandbox.faults.requests.filter(one => one.verb === verb && one.path.includes(name)).length;
}
function answered(verb: string): number {
  const own = server.sandbox.faults.requests.filter(one => one.verb === verb && one.path.includes(name));
  return own.filter(one => one.status !== undefined).length;
}
const isSettled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    new Promise<false>(resolve => setImmediate(() => resolve(false))),
  ]);

/** One renewal, until its answer has come back: then the timer of the next is set. */
async function renewal({ clock }: Run): Promise<void> {
  const before = await present();
  clock.advance(5_000);
  while ((await present())?.spec?.renewTime === before?.spec?.renewTime);
  await turns();
}
/** Lets what was answered arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await present();
}

describe('a lock', () => {
  it('is a Lease of the run, renewed every 5 s, and gone after the release', async () => {
    const one = await run('https://ci/1');
    const lock = await one.acquire();
    expect((await present())?.spec).toMatchObject({ holderIdentity: 'https://ci/1#1', leaseDurationSeconds: 15 });
    for (let time = 5; time <= 30; time += 5) {
      await renewal(one);
      expect((await present())?.spec?.renewTime).toBe(
        new Date(START + time * 1_000).toISOString().replace('Z', '000Z'),
      );
    }
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
    expect(await present()).toBeUndefined();
    expect(one.clock.runUntilIdle(120_000)).toBe(true);
    expect(lock.lost.aborted).toBe(false);
  });

  it('is lost 10 s after the last success was sent, with the reason of the last failure', async () => {
    const one = await run('https://ci/1');
    const lock = await one.acquire();
    await renewal(one);
    server.sandbox.faults.add({
      effect: { kind: 'error', status: 500, message: 'etcd is away' },
      times: 99,
      verbs: ['update'],
    });
    for (let second = 6; second < 15; second += 1) {
      one.clock.advance(1_000);
      await turns();
      expect(lock.lost.aborted).toBe(false);
    }
    one.clock.advance(999);
    expect(lock.lost.aborted).toBe(false);
    one.clock.advance(1);
    expect(lock.lost.reason).toMatchObject({ code: 'lock-lost', message: expect.stringContaining('etcd is away') });
    // The next run would have to wait until 20 s.
    expect(one.clock.now()).toBe(START + 15_000);
  });

  it('is lost in the same time when the server falls silent, after more than one renewal', async () => {
    const one = await run('https://ci/1');
    const lock = await one.acquire();
    server.sandbox.faults.add({ effect: { kind: 'hang' }, times: 99, verbs: ['update'] });
    one.clock.advance(5_000);
    await until(() => asked('update') === 1);
    one.clock.advance(4_000);
    await until(() => {
      one.clock.advance(0);
      return asked('update') === 2;
    });
    one.clock.advance(999);
    expect(lock.lost.aborted).toBe(false);
    one.clock.advance(1);
    expect(lock.lost.reason).toMatchObject({
      message: expect.stringContaining('did not answer the renewal within 4 s'),
    });
    const before = asked('update');
    one.clock.advance(60_000);
    await turns();
    expect(asked('update')).toBe(before);
    await lock.release();
  });

  it('is lost at the next renewal when another has taken it, and says who', async () => {
    const one = await run('https://ci/1');
    const lock = await one.acquire();
    await observer.patch(ref(), { spec: { holderIdentity: 'https://ci/2#1' } }, 'merge');
    one.clock.advance(5_000);
    await until(() => lock.lost.aborted);
    expect(lock.lost.reason).toMatchObject({ code: 'lock-lost', message: expect.stringContaining('https://ci/2 has') });
    await lock.release();
    expect((await present())?.spec?.holderIdentity).toBe('https://ci/2#1');
  });

  it('survives an annotation by another, and is released over one', async () => {
    const one = await run('https://ci/1');
    const lock = await one.acquire();
    await observer.patch(ref(), { metadata: { annotations: { 'sluice.dev/command': 'reject' } } }, 'merge');
    await renewal(one);
    expect((await present())?.metadata.annotations).toEqual({ 'sluice.dev/command': 'reject' });
    await observer.patch(ref(), { metadata: { annotations: { 'sluice.dev/command': 'promote' } } }, 'merge');
    await lock.release();
    expect(lock.lost.aborted).toBe(false);
    expect(await present()).toBeUndefined();
  });

  it('is ours when the answer to its creation was lost', async () => {
    const one = await run('https://ci/1');
    server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, verbs: ['create'], resource: 'leases' });
    const lock = await one.acquire();
    await lock.release();
    expect(await present()).toBeUndefined();
    expect(one.waits).toEqual([]);
  });

  it('is written anew before anything relies on it when the first answer took too long', async () => {
    const one = await run('https://ci/1');
    server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, verbs: ['create'], resource: 'leases' });
    server.sandbox.faults.add({
      effect: { kind: 'throttle', retryAfterSeconds: 6 },
      verbs: ['get'],
      resource: 'leases',
    });
    const taking = one.acquire();
    await until(() => answered('get') === 1);
    while (!(await isSettled(taking))) one.clock.advance(100);
    const lock = await taking;
    expect(asked('update')).toBe(1);
    const renewed = Date.parse((await present())?.spec?.renewTime ?? '');
    expect(renewed).toBeGreaterThanOrEqual(START + 6_000);
    one.clock.advance(renewed + 9_999 - one.clock.now());
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
  });
});

describe('a lock that another holds', () => {
  async function contest(waitMs: number): Promise<{ one: Run; two: Run; lock: Lock; taking: Promise<Lock> }> {
    const [one, two] = [await run('https://ci/1'), await run('https://ci/2')];
    const lock = await one.acquire();
    const taking = two.acquire(waitMs);
    // Told of by the test that awaits it.
    taking.catch(() => undefined);
    await until(() => two.waits.length === 1);
    expect(two.waits).toEqual(['https://ci/1']);
    return { one, two, lock, taking };
  }

  it('fails as soon as a living holder renews, where nobody wants to wait', async () => {
    const { one, two, lock, taking } = await contest(0);
    two.clock.advance(14_000);
    expect(await isSettled(taking)).toBe(false);
    await renewal(one);
    await expect(taking).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('https://ci/1.'),
      hint: expect.stringContaining('alive'),
    });
    expect(lock.lost.aborted).toBe(false);
    expect((await present())?.spec?.holderIdentity).toBe('https://ci/1#1');
  });

  it.each([0, 600_000])('is taken over from a dead holder after 15 s of silence (waiting %s ms)', async waitMs => {
    const { one, two, lock, taking } = await contest(waitMs);
    two.clock.advance(14_999);
    await turns();
    expect((await present())?.spec?.holderIdentity).toBe('https://ci/1#1');
    two.clock.advance(1);
    const second = await taking;
    expect((await present())?.spec).toMatchObject({ holderIdentity: 'https://ci/2#1', leaseTransitions: 1 });
    // It was not dead but stopped: when it goes on, it knows before it does anything else.
    one.clock.advance(15_000);
    expect(lock.lost.aborted).toBe(true);
    expect(second.lost.aborted).toBe(false);
    await second.release();
  });

  it('is taken over after 15 s although somebody wrote an annotation to it meanwhile', async () => {
    const { two, taking } = await contest(0);
    two.clock.advance(10_000);
    await observer.patch(ref(), { metadata: { annotations: { 'sluice.dev/command': 'reject' } } }, 'merge');
    await turns();
    two.clock.advance(5_000);
    await (await taking).release();
    expect(await present()).toBeUndefined();
  });

  it('is ours when the answer to the take-over was lost, and its repetition met a conflict', async () => {
    const { two, taking } = await contest(0);
    server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, verbs: ['update'], resource: 'leases' });
    two.clock.advance(15_000);
    await until(() => answered('update') >= 1);
    while (!(await isSettled(taking))) two.clock.advance(10);
    const lock = await taking;
    expect((await present())?.spec).toMatchObject({ holderIdentity: 'https://ci/2#1', leaseTransitions: 1 });
    await lock.release();
    expect(await present()).toBeUndefined();
  });

  it('is taken at once when it is released', async () => {
    const { two, lock, taking } = await contest(600_000);
    await lock.release();
    const second = await taking;
    expect(two.clock.now()).toBe(START);
    await second.release();
  });

  it('fails when the time to wait is over', async () => {
    const { one, two, taking } = await contest(12_000);
    two.clock.advance(10_000);
    await renewal(one);
    two.clock.advance(1_999);
    expect(await isSettled(taking)).toBe(false);
    two.clock.advance(1);
    await expect(taking).rejects.toMatchObject({ code: 'locked', message: expect.stringContaining('https://ci/1.') });
  });

  it('is waited for no longer than until the abort', async () => {
    const { two, taking } = await contest(600_000);
    two.abort.abort(new Error('cancelled'));
    await expect(taking).rejects.toThrow('cancelled');
    expect((await present())?.spec?.holderIdentity).toBe('https://ci/1#1');
  });
});

describe('an abort while the lock is written', () => {
  it('leaves no Lease behind', async () => {
    const one = await run('https://ci/1');
    server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, verbs: ['create'], resource: 'leases' });
    server.sandbox.faults.add({ effect: { kind: 'hang' }, verbs: ['get'], resource: 'leases' });
    const taking = one.acquire();
    // Written, its answer lost, and whose it is not yet known.
    await until(() => asked('get') === 1);
    one.abort.abort(new Error('cancelled'));
    await expect(taking).rejects.toThrow('cancelled');
    expect(await present()).toBeUndefined();
  });
});
