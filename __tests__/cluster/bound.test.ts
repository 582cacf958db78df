import { afterEach, describe, expect, it } from '@jest/globals';
import { type Clock, systemClock } from '../../src/clock.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import {
  type Connected,
  connected,
  type Handler,
  kubeconfig,
  startServer,
  statusBody,
  type TestServer,
} from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Setup extends Connected {
  server: TestServer;
  stop: AbortController;
  view: Cluster;
}

async function setup(handler: Handler, clock: Clock = systemClock): Promise<Setup> {
  const server = await startServer(handler);
  const made = await connected(kubeconfig(server), { clock });
  closers.push(
    () => server.close(),
    () => made.cluster.close(),
  );
  const stop = new AbortController();
  return { ...made, server, stop, view: made.cluster.bound(stop.signal) };
}

const REF = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' };
const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } };
const OK = { body: { metadata: { name: 'web' }, items: [] } };
const LOST = new Error('the lock is lost');
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
};

/** A virtual clock that says how long somebody waits. */
function watchedClock(): VirtualClock & { waits: number[] } {
  const waits: number[] = [];
  const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  return {
    ...clock,
    waits,
    after(milliseconds, call) {
      waits.push(milliseconds);
      return clock.after(milliseconds, call);
    },
  };
}

describe('a bound view', () => {
  it.each<[name: string, operation: (cluster: Cluster) => Promise<unknown>]>([
    ['patch', cluster => cluster.patch(REF, { spec: {} }, 'merge')],
    ['apply', cluster => cluster.apply(POD)],
    ['create', cluster => cluster.create(POD)],
    ['remove', cluster => cluster.remove(REF)],
  ])('never sends a throttled %s again after the abort', async (_name, operation) => {
    const clock = watchedClock();
    const { view, server, stop, cluster } = await setup(
      ({ method }) => (method !== 'GET' ? { status: 429, headers: { 'retry-after': '2' }, body: statusBody(429) } : OK),
      clock,
    );
    const call = expect(operation(view)).rejects.toBe(LOST);
    await until(() => clock.waits.includes(2_000));
    stop.abort(LOST);
    await call;
    clock.advance(60_000);
    // The connection itself works on, and would have carried a second attempt before this call.
    await cluster.get({ ...REF, name: 'other' });
    expect(server.calls()).toHaveLength(2);
    expect(server.calls()[1]?.path).toContain('other');
  });

  it('ends a call that waits for its answer, and begins none', async () => {
    const { view, server, stop } = await setup(() => undefined);
    const call = expect(view.get(REF)).rejects.toBe(LOST);
    await until(() => server.calls().length === 1);
    stop.abort(LOST);
    await call;
    await expect(view.apply(POD)).rejects.toBe(LOST);
    await expect(view.serves({ apiVersion: 'apps/v1', kind: 'Deployment' })).rejects.toBe(LOST);
    expect(server.received).toHaveLength(1);
  });

  it('ends a call that waits for discovery, which goes on for others', async () => {
    const answers: (() => void)[] = [];
    const deployments = { versions: [{ version: 'v1', resources: [] as object[] }], metadata: { name: 'apps' } };
    deployments.versions[0]?.resources.push({
      resource: 'deployments',
      responseKind: { kind: 'Deployment' },
      scope: 'Namespaced',
    });
    const server = await startServer(
      (request, response) => {
        if (request.path !== '/apis') return OK;
        answers.push(() => {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ kind: 'APIGroupDiscoveryList', items: [deployments] }));
        });
        return undefined;
      },
      { discovery: false },
    );
    const { cluster } = await connected(kubeconfig(server));
    closers.push(
      () => server.close(),
      () => cluster.close(),
    );
    const stop = new AbortController();
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const bound = expect(cluster.bound(stop.signal).remove(ref)).rejects.toBe(LOST);
    const free = cluster.get(ref);
    await until(() => answers.length === 1);
    stop.abort(LOST);
    await bound;
    answers[0]?.();
    await free;
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('ends a watch with the reason, and quietly with the own signal of its reader', async () => {
    const { view, stop } = await setup((_request, response) => {
      response.writeHead(200);
      const synced = { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } };
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: synced } })}\n`);
      return undefined;
    });
    const own = new AbortController();
    const watches = [own.signal, new AbortController().signal].map(signal =>
      view.watch({ apiVersion: 'v1', kind: 'Pod' }, {}, signal)[Symbol.asyncIterator](),
    );
    const synced = { done: false, value: { type: 'synced' } };
    expect(await Promise.all(watches.map(watch => watch.next()))).toEqual([synced, synced]);
    const [first, second] = watches.map(watch => watch.next());
    own.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    const ended = expect(second).rejects.toBe(LOST);
    stop.abort(LOST);
    await ended;
  });

  it('of a view ends with either signal, and closing it leaves the connection open', async () => {
    const { view, cluster, stop } = await setup(() => OK);
    const inner = new AbortController();
    const nested = view.bound(inner.signal);
    await nested.get(REF);
    await nested.close();
    await view.close();
    inner.abort(new Error('inner'));
    await expect(nested.get(REF)).rejects.toThrow('inner');
    const other = view.bound(new AbortController().signal);
    stop.abort(LOST);
    await expect(other.get(REF)).rejects.toBe(LOST);
    await cluster.get(REF);
  });
});
