import { afterEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { KubeObject } from '../../src/kube.ts';
import {
  type Answer,
  type Connected,
  connected,
  type Handler,
  hastyClock,
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
  waits: number[];
}

async function setup(handler: Handler): Promise<Setup> {
  const server = await startServer(handler);
  const clock = hastyClock();
  const made = await connected(kubeconfig(server), { clock });
  closers.push(
    () => server.close(),
    () => made.cluster.close(),
  );
  return { ...made, server, waits: clock.waits };
}

const POD: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } };
const REF = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' };

const OPERATIONS: Record<string, (cluster: Cluster) => Promise<unknown>> = {
  get: cluster => cluster.get(REF),
  list: cluster => cluster.list({ apiVersion: 'v1', kind: 'Pod' }),
  apply: cluster => cluster.apply(POD),
  create: cluster => cluster.create(POD),
  replace: cluster => cluster.replace(POD),
  'replace with version': cluster => cluster.replace({ ...POD, metadata: { ...POD.metadata, resourceVersion: '7' } }),
  'merge patch': cluster => cluster.patch(REF, { spec: {} }, 'merge'),
  'merge patch with version': cluster => cluster.patch(REF, { metadata: { resourceVersion: '7' } }, 'merge'),
  'json patch': cluster => cluster.patch(REF, [{ op: 'add', path: '/a', value: 1 }], 'json'),
  'json patch with test': cluster => cluster.patch(REF, [{ op: 'test', path: '/a', value: 1 }], 'json'),
  remove: cluster => cluster.remove(REF),
  'remove with uid': cluster => cluster.remove(REF, { uid: 'u-1' }),
};
const REPEATABLE = [
  'get',
  'list',
  'apply',
  'replace with version',
  'merge patch with version',
  'json patch with test',
  'remove with uid',
];
const OK: Answer = { body: { metadata: { name: 'web' }, items: [] } };

describe.each(Object.keys(OPERATIONS))('%s', name => {
  const operation = OPERATIONS[name] ?? (() => Promise.reject(new Error('no such operation')));
  const repeatable = REPEATABLE.includes(name);

  it.each([
    ['503', 503],
    ['504', 504],
    ['502', 502],
  ])(`is ${repeatable ? '' : 'not '}sent again after %s`, async (_code, status) => {
    const { cluster, server } = await setup(request =>
      request.time === 1 ? { status, body: statusBody(status) } : OK,
    );
    const outcome = operation(cluster);
    if (repeatable) await outcome;
    else await expect(outcome).rejects.toMatchObject({ name: 'ApiError', status });
    expect(server.calls()).toHaveLength(repeatable ? 2 : 1);
  });

  it(`is ${repeatable ? '' : 'not '}sent again when its connection is cut`, async () => {
    const { cluster, server } = await setup(request => {
      if (request.time > 1) return OK;
      request.socket.destroy();
      return undefined;
    });
    const outcome = operation(cluster);
    if (repeatable) await outcome;
    else
      await expect(outcome).rejects.toMatchObject({
        code: 'unreachable',
        hint: expect.stringContaining('may or may not have done it'),
      });
    expect(server.calls()).toHaveLength(repeatable ? 2 : 1);
  });

  it('is sent again after 429, when the server says', async () => {
    const { cluster, server, waits } = await setup(request =>
      request.time < 3 ? { status: 429, headers: { 'retry-after': String(request.time) }, body: statusBody(429) } : OK,
    );
    await operation(cluster);
    expect(server.calls()).toHaveLength(3);
    expect(waits).toEqual([1_000, 2_000]);
  });
});

describe('retries', () => {
  it('wait longer and longer, and end', async () => {
    const { cluster, server, waits } = await setup(() => ({
      status: 503,
      body: statusBody(503, { message: 'etcd is away' }),
    }));
    await expect(cluster.get(REF)).rejects.toMatchObject({ status: 503, apiMessage: 'etcd is away' });
    expect(server.calls()).toHaveLength(7);
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_500]);
  });

  it('are not made of 500, but where the server asks for it', async () => {
    const plain = await setup(() => ({ status: 500, body: statusBody(500) }));
    await expect(plain.cluster.get(REF)).rejects.toMatchObject({ status: 500 });
    expect(plain.server.calls()).toHaveLength(1);
    const hinted = await setup(request =>
      request.time === 1 ? { status: 500, body: statusBody(500, { details: { retryAfterSeconds: 2 } }) } : OK,
    );
    await hinted.cluster.get(REF);
    expect(hinted.waits).toEqual([2_000]);
  });

  it('are not waited for beyond the deadline', async () => {
    const answer = { status: 429, headers: { 'retry-after': '3600' }, body: statusBody(429, { message: 'later' }) };
    const { cluster, server, waits } = await setup(() => answer);
    await expect(cluster.get(REF)).rejects.toMatchObject({ status: 429, hint: expect.stringContaining('overloaded') });
    expect([server.calls().length, waits]).toEqual([1, []]);
  });

  it('are counted by the hook', async () => {
    const { cluster, facts } = await setup(request =>
      request.time === 1 ? { status: 503, body: statusBody(503) } : OK,
    );
    await cluster.apply(POD);
    expect(facts.map(({ method, status, attempt }) => [method, status, attempt])).toEqual([
      ['PATCH', 503, 1],
      ['PATCH', 200, 2],
    ]);
    expect(facts[0]?.path).toBe('/api/v1/namespaces/shop/pods/web?fieldManager=sluice&fieldValidation=Strict');
  });
});

describe('answers', () => {
  it('are told as warnings once', async () => {
    const { cluster, warnings } = await setup(() => ({
      ...OK,
      headers: { warning: '299 - "unknown field \\"spec.a\\"", 299 - "old version"' },
    }));
    await cluster.apply(POD);
    await cluster.apply(POD);
    expect(warnings).toEqual(['unknown field "spec.a"', 'old version']);
  });

  it('of an apply say whether the object was created', async () => {
    const { cluster } = await setup(request => ({ status: request.time === 1 ? 201 : 200, body: request.body }));
    expect([(await cluster.apply(POD)).created, (await cluster.apply(POD)).created]).toEqual([true, false]);
  });

  it('of a list come in pages, and all at once when the snapshot expires', async () => {
    const page = (names: string[], next?: string): Answer => ({
      body: {
        metadata: { resourceVersion: '5', ...(next ? { continue: next } : {}) },
        items: names.map(name => ({ metadata: { name } })),
      },
    });
    const { cluster, server } = await setup(request => {
      if (request.query.get('limit') === null) return page(['x', 'y']);
      const token = request.query.get('continue');
      if (token === null) return page(['a'], 'second');
      return token === 'second' ? page(['b'], 'third') : { status: 410, body: statusBody(410) };
    });
    const listed = await cluster.list(
      { apiVersion: 'v1', kind: 'Pod' },
      { namespace: 'shop', labelSelector: 'app=web,tier!=x' },
    );
    expect(listed.items.map(item => [item.kind, item.metadata.name])).toEqual([
      ['Pod', 'x'],
      ['Pod', 'y'],
    ]);
    expect(server.calls().map(call => call.query.get('labelSelector'))).toEqual(
      Array.from({ length: 4 }, () => 'app=web,tier!=x'),
    );
  });

  it('of a get or remove of what is not there', async () => {
    const { cluster } = await setup(() => ({ status: 404, body: statusBody(404, { reason: 'NotFound' }) }));
    expect(await cluster.get(REF)).toBeUndefined();
    expect(await cluster.get({ ...REF, apiVersion: 'example.com/v1', kind: 'Widget' })).toBeUndefined();
    expect(await cluster.remove(REF)).toBe(false);
    expect(await cluster.logTail(REF, { container: 'app', lines: 20 })).toBeUndefined();
  });

  it('of a remove whose object was replaced by another of its name', async () => {
    const message =
      'Operation cannot be fulfilled on pods "web": Precondition failed: UID in precondition: u-1, UID in object meta: u-2';
    const { cluster } = await setup(() => ({ status: 409, body: statusBody(409, { reason: 'Conflict', message }) }));
    expect(await cluster.remove(REF, { uid: 'u-1' })).toBe(false);
    await expect(cluster.remove(REF, { resourceVersion: '3' })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('that are no JSON come from no API server', async () => {
    const { cluster } = await setup(() => ({
      body: '<html>Sign in</html>',
      headers: { 'content-type': 'text/html; charset=utf-8' },
    }));
    await expect(cluster.get(REF)).rejects.toMatchObject({
      code: 'api-error',
      message: expect.stringMatching(/GET https:.*\/pods\/web is text\/html, not the JSON of a Kubernetes API/),
    });
  });

  it('of a log are its text', async () => {
    const { cluster, server } = await setup(() => ({ body: 'one\ntwo\n', headers: { 'content-type': 'text/plain' } }));
    expect(await cluster.logTail(REF, { container: 'app', lines: 20, previous: true })).toBe('one\ntwo\n');
    expect(server.calls()[0]?.path).toBe('/api/v1/namespaces/shop/pods/web/log');
    expect(Object.fromEntries(server.calls()[0]?.query ?? [])).toEqual({
      container: 'app',
      tailLines: '20',
      previous: 'true',
      limitBytes: '1048576',
    });
  });

  it('come from below the path of the server, where it has one', async () => {
    const server = await startServer(
      request => ({
        body: request.path.endsWith('/api')
          ? { kind: 'APIVersions', versions: ['v1'] }
          : { resources: [{ name: 'pods', kind: 'Pod', namespaced: true, verbs: [] }], metadata: { name: 'web' } },
      }),
      { discovery: false },
    );
    const made = await connected(
      kubeconfig(server, undefined, { server: `https://127.0.0.1:${server.port}/k8s/clusters/c-1/` }),
    );
    closers.push(
      () => server.close(),
      () => made.cluster.close(),
    );
    await made.cluster.get(REF);
    expect(server.calls().map(call => call.path)).toEqual(['/k8s/clusters/c-1/api/v1/namespaces/shop/pods/web']);
  });
});
