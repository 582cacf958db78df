import { constants } from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { openByteGate } from '../../src/cluster/byte-gate.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { type Outgoing, openTransport } from '../../src/cluster/transport.ts';
import { connected, type Handler, hastyClock, kubeconfig, startServer, type TestServer } from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setup(handler: Handler): Promise<{ server: TestServer; cluster: Cluster }> {
  const server = await startServer(handler);
  const { cluster } = await connected(kubeconfig(server), { clock: hastyClock() });
  closers.push(
    () => server.close(),
    () => cluster.close(),
  );
  return { server, cluster };
}

const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });

describe('HTTP/2', () => {
  it('streams that the server refuses are sent again, also those that must not be executed twice', async () => {
    let executed = 0;
    const { cluster, server } = await setup(request => {
      if (request.time > 5) {
        executed += 1;
        return { status: 201, body: request.body };
      }
      request.stream?.close(constants.NGHTTP2_REFUSED_STREAM);
      return undefined;
    });
    expect((await cluster.create(pod('a'))).metadata.name).toBe('a');
    expect(executed).toBe(1);
    expect(server.connections()).toBe(1);
  });

  it('a server that says goodbye (GOAWAY) loses nothing and executes nothing twice', async () => {
    const { cluster, server } = await setup(request => {
      if (server.calls().length === 20) request.stream?.session?.close();
      return { status: 201, body: request.body };
    });
    const names = Array.from({ length: 60 }, (_, index) => `p${index}`);
    const first = names.slice(0, 30).map(name => cluster.create(pod(name)));
    await Promise.all(first);
    await Promise.all(names.slice(30).map(name => cluster.create(pod(name))));
    const created = server.calls().map(call => JSON.parse(call.body).metadata.name as string);
    expect(created.sort()).toEqual([...names].sort());
    expect(server.connections()).toBe(2);
  });
});

/** Time that goes only when it is told to. */
function manualClock(): Clock & { advance(milliseconds: number): void } {
  let now = 0;
  let timers: { at: number; call: () => void }[] = [];
  return {
    now: () => now,
    after(milliseconds, call) {
      const timer = { at: now + milliseconds, call };
      timers.push(timer);
      return () => {
        timers = timers.filter(one => one !== timer);
      };
    },
    advance(milliseconds) {
      now += milliseconds;
      const due = timers.filter(one => one.at <= now);
      timers = timers.filter(one => one.at > now);
      for (const timer of due) timer.call();
    },
  };
}

it('a connection that has fallen silent is given up, with the watches on it', async () => {
  const server = await startServer((_request, response) => {
    response.writeHead(200);
    response.write('begin');
    return undefined;
  });
  const clock = manualClock();
  const route = {
    server: new URL(`https://127.0.0.1:${server.port}`),
    proxy: undefined,
    ca: server.pair.cert,
    serverName: undefined,
    insecure: false,
  };
  const transport = openTransport(route, 30_000, clock);
  closers.push(
    () => server.close(),
    () => transport.close(),
  );
  const request: Outgoing = {
    method: 'GET',
    path: '/',
    headers: {},
    body: undefined,
    endless: true,
    certificate: undefined,
    signal: new AbortController().signal,
  };
  const read = (await transport.send(request)).body[Symbol.asyncIterator]();
  expect(String((await read.next()).value)).toBe('begin');
  const broken = expect(read.next()).rejects.toThrow();
  // What arrived by now is noticed at the first beat, then three more pass in silence.
  for (let beat = 0; beat < 5; beat += 1) clock.advance(10_000);
  await broken;
  await transport.send(request);
  expect([transport.opened, server.connections()]).toEqual([2, 2]);
});

describe('a byte gate', () => {
  const signal = new AbortController().signal;

  it('lets as much under way as fits, what is too large alone, and all in their order', async () => {
    const gate = openByteGate(10);
    const order: string[] = [];
    const enter = (name: string, bytes: number): Promise<() => void> =>
      gate.enter(bytes, signal).then(leave => {
        order.push(name);
        return leave;
      });
    const [six, four] = [await enter('six', 6), await enter('four', 4)];
    const [large, one] = [enter('large', 50), enter('one', 1)];
    six();
    four();
    expect(order).toEqual(['six', 'four']);
    (await large)();
    (await one)();
    expect(order).toEqual(['six', 'four', 'large', 'one']);
  });

  it('forgets who gives up waiting', async () => {
    const gate = openByteGate(10);
    const leave = await gate.enter(10, signal);
    const abort = new AbortController();
    const waiting = gate.enter(5, abort.signal);
    const other = gate.enter(5, signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    leave();
    (await other)();
    await gate.enter(10, signal);
  });
});
