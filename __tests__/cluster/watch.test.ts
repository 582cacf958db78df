import { afterEach, describe, expect, it } from '@jest/globals';
import type { Cluster, WatchEvent } from '../../src/cluster/cluster.ts';
import type { ConnectOptions } from '../../src/cluster/connect.ts';
import type { KubeObject } from '../../src/kube.ts';
import {
  type Answer,
  connected,
  hastyClock,
  kubeconfig,
  type Received,
  type Sink,
  startServer,
  statusBody,
  type TestServer,
} from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const PODS = { apiVersion: 'v1', kind: 'Pod' };

function pod(name: string, version: number, more: Record<string, unknown> = {}): KubeObject {
  return {
    ...PODS,
    metadata: { name, namespace: 'shop', resourceVersion: String(version), uid: `uid-of-${name}` },
    ...more,
  };
}

const added = (object: KubeObject): string => line('ADDED', object);
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const bookmark = (version: number, initial = false): string =>
  line('BOOKMARK', {
    ...PODS,
    metadata: {
      resourceVersion: String(version),
      ...(initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  });
const expired = line('ERROR', statusBody(410, { reason: 'Expired', message: 'too old resource version' }));

interface Script {
  /** Of the list requests, in order; the last is used again. */
  lists?: { items: KubeObject[]; version: number }[];
  /** Of the watch requests, in order: what is sent, and whether it is then cut; the last stays open. */
  watches: (Answer | { send: (string | Buffer)[]; end?: 'end' | 'destroy' })[];
}

async function play(
  script: Script,
  more: Partial<ConnectOptions> = {},
): Promise<{ server: TestServer; cluster: Cluster; abort: AbortController; waits: number[] }> {
  let lists = 0;
  let watches = 0;
  const answer = (request: Received, response: Sink): Answer | undefined => {
    if (!request.query.has('watch')) {
      const list = script.lists?.[Math.min(lists++, (script.lists?.length ?? 1) - 1)];
      return { body: { metadata: { resourceVersion: String(list?.version) }, items: list?.items ?? [] } };
    }
    const part = script.watches[watches++];
    if (!part) {
      response.writeHead(200);
      response.write('\n');
      return undefined;
    }
    if (!('send' in part)) return part;
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const chunk of part.send) response.write(chunk);
    if (part.end === 'end') response.end();
    else if (part.end === 'destroy') (response as unknown as { stream: { close(code: number): void } }).stream.close(2);
    return undefined;
  };
  const server = await startServer(answer);
  const clock = hastyClock();
  const { cluster, abort } = await connected(kubeconfig(server), { clock, ...more });
  closers.push(
    () => server.close(),
    () => cluster.close(),
  );
  return { server, cluster, abort, waits: clock.waits };
}

/** The first `count` events, as `type name@version`. */
async function take(cluster: Cluster, count: number): Promise<string[]> {
  const stop = new AbortController();
  const told: string[] = [];
  for await (const event of cluster.watch(PODS, { namespace: 'shop', labelSelector: 'a=b' }, stop.signal)) {
    told.push(textOf(event));
    if (told.length === count) stop.abort();
  }
  return told;
}

function textOf(event: WatchEvent): string {
  return event.type === 'synced'
    ? 'synced'
    : `${event.type} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`;
}

const watchQueries = (server: TestServer): (string | null)[] =>
  server
    .calls()
    .filter(call => call.query.has('watch'))
    .map(call => call.query.get('resourceVersion'));

describe('a watch', () => {
  it('begins with the present state in one request', async () => {
    const { cluster, server } = await play({
      watches: [
        {
          send: [
            added(pod('a', 1)),
            added(pod('b', 2)),
            bookmark(5, true),
            line('MODIFIED', pod('a', 6)),
            line('DELETED', pod('b', 7)),
            added(pod('c', 8)),
          ],
        },
      ],
    });
    expect(await take(cluster, 6)).toEqual([
      'added a@1',
      'added b@2',
      'synced',
      'modified a@6',
      'deleted b@7',
      'added c@8',
    ]);
    expect(server.calls()).toHaveLength(1);
    expect(Object.fromEntries(server.calls()[0]?.query ?? [])).toMatchObject({
      watch: 'true',
      allowWatchBookmarks: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      labelSelector: 'a=b',
    });
  });

  it.each<[string, Answer]>([
    [
      '422',
      {
        status: 422,
        body: statusBody(422, {
          message:
            'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
        }),
      },
    ],
    ['400', { status: 400, body: statusBody(400, { message: 'unknown parameter' }) }],
    ['403', { status: 403, body: statusBody(403, { message: 'forbidden: sendInitialEvents' }) }],
  ])('lists first where the server answers %s to that, and remembers it', async (_code, refusal) => {
    const script = {
      lists: [{ items: [pod('a', 1)], version: 5 }],
      watches: [refusal, { send: [line('MODIFIED', pod('a', 6))] }, { send: [line('MODIFIED', pod('a', 7))] }],
    };
    const { cluster, server } = await play(script);
    expect(await take(cluster, 3)).toEqual(['added a@1', 'synced', 'modified a@6']);
    expect(await take(cluster, 3)).toEqual(['added a@1', 'synced', 'modified a@7']);
    expect(watchQueries(server)).toEqual([null, '5', '5']);
  });

  it('lists first where the server never says that the state is told', async () => {
    const { cluster } = await play(
      {
        lists: [{ items: [pod('a', 1), pod('b', 2)], version: 5 }],
        watches: [{ send: [added(pod('a', 1))] }, { send: [line('DELETED', pod('b', 6))] }],
      },
      { clock: hastyClock(5_001) },
    );
    // The connection is open before the clock hurries.
    await cluster.kind({ apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(await take(cluster, 4)).toEqual(['added a@1', 'added b@2', 'synced', 'deleted b@6']);
  });

  it.each(['end', 'destroy'] as const)('resumes from the last version after an %s', async end => {
    const { cluster, server } = await play({
      watches: [
        { send: [bookmark(5, true), added(pod('a', 6))], end },
        { send: [bookmark(9)], end },
        { send: [line('MODIFIED', pod('a', 10))] },
      ],
    });
    expect(await take(cluster, 3)).toEqual(['synced', 'added a@6', 'modified a@10']);
    expect(watchQueries(server)).toEqual([null, '6', '9']);
  });

  it.each<[string, Script['watches'][number]]>([
    ['an event', { send: [expired], end: 'end' }],
    ['a status', { status: 410, body: statusBody(410, { reason: 'Expired' }) }],
  ])('tells the differences after 410 as %s', async (_how, gone) => {
    const again = [added(pod('a', 1)), added(pod('b', 12)), added(pod('d', 13)), bookmark(20, true)];
    const { cluster, server } = await play({
      watches: [
        { send: [added(pod('a', 1)), added(pod('b', 2)), added(pod('c', 3)), bookmark(5, true)], end: 'end' },
        gone,
        { send: again },
      ],
    });
    expect(await take(cluster, 8)).toEqual([
      'added a@1',
      'added b@2',
      'added c@3',
      'synced',
      'deleted c@3',
      'modified b@12',
      'added d@13',
      'synced',
    ]);
    expect(watchQueries(server)).toEqual([null, '5', null]);
  });

  it('tells of an object that was replaced by one of its name meanwhile', async () => {
    const other = pod('a', 9);
    other.metadata.uid = 'another';
    const { cluster } = await play({
      watches: [
        { send: [added(pod('a', 1)), bookmark(5, true), expired] },
        { send: [added(other), bookmark(9, true)] },
      ],
    });
    expect(await take(cluster, 5)).toEqual(['added a@1', 'synced', 'deleted a@1', 'added a@9', 'synced']);
  });

  it('passes over a half line at a cut', async () => {
    const whole = line('MODIFIED', pod('a', 7));
    const { cluster, server } = await play({
      watches: [{ send: [bookmark(5, true), added(pod('a', 6)), whole.slice(0, 40)], end: 'end' }, { send: [whole] }],
    });
    expect(await take(cluster, 3)).toEqual(['synced', 'added a@6', 'modified a@7']);
    expect(watchQueries(server)).toEqual([null, '6']);
  });

  it('reads lines of more than a MiB, wherever they are cut', async () => {
    const big = Buffer.from(added(pod('big', 6, { data: 'ä€'.repeat(500_000) })));
    const chunks = Array.from({ length: Math.ceil(big.length / 99_991) }, (_, index) =>
      big.subarray(index * 99_991, (index + 1) * 99_991),
    );
    const { cluster } = await play({ watches: [{ send: [bookmark(5, true), ...chunks] }] });
    expect(await take(cluster, 2)).toEqual(['synced', 'added big@6']);
  });

  it('waits longer and longer when it is cut at once again and again', async () => {
    const cut: Script['watches'][number] = { send: [], end: 'end' };
    const { cluster, waits } = await play({
      watches: [{ send: [bookmark(5, true)], end: 'end' }, cut, cut, cut, cut, { send: [added(pod('a', 6))] }],
    });
    expect(await take(cluster, 2)).toEqual(['synced', 'added a@6']);
    expect(waits).toEqual([400, 800, 1_600, 3_200]);
  });

  it('survives answers of 503 and overload', async () => {
    const { cluster } = await play({
      watches: [
        { send: [bookmark(5, true)], end: 'end' },
        { status: 503, body: statusBody(503) },
        { status: 429, body: statusBody(429) },
        { send: [added(pod('a', 6))] },
      ],
    });
    expect(await take(cluster, 2)).toEqual(['synced', 'added a@6']);
  });

  it.each<[string, Script['watches'][number], object]>([
    [
      'a missing permission',
      {
        status: 403,
        body: statusBody(403, {
          message: 'User "ci" cannot watch resource "pods" in API group "" in the namespace "shop"',
        }),
      },
      { code: 'forbidden' },
    ],
    ['an error in the stream', { send: [line('ERROR', statusBody(403, { message: 'no more' }))] }, { status: 403 }],
  ])('ends with %s', async (_what, part, error) => {
    const { cluster } = await play({ watches: [{ send: [bookmark(5, true)], end: 'end' }, part] });
    await expect(take(cluster, 9)).rejects.toMatchObject(error);
  });

  it('gives its connection back when the reader leaves early', async () => {
    let closed = 0;
    const server = await startServer((request, response) => {
      if (!request.query.has('watch')) return {};
      response.on('close', () => {
        closed += 1;
        done();
      });
      response.writeHead(200);
      response.write(bookmark(5, true));
      return undefined;
    });
    let done = (): void => {};
    const ended = new Promise<void>(resolve => {
      done = resolve;
    });
    const { cluster } = await connected(kubeconfig(server));
    closers.push(
      () => server.close(),
      () => cluster.close(),
    );
    for await (const event of cluster.watch(PODS, {}, new AbortController().signal)) if (event.type === 'synced') break;
    await ended;
    expect(closed).toBe(1);
  });
});
