import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sample } from '../../src/checks/check.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { KubeObject } from '../../src/kube.ts';
import type { Answer } from '../../src/sandbox/server/http/message.ts';
import { handView } from '../traffic/hand-view.ts';
import { opened } from './asking.ts';
import { canary, type Keys, makeWorld, NAMESPACE, named, type World } from './proxied-world.ts';

const BY_HAND = { manager: 'kubectl' };
const worlds: World[] = [];
const worldOf = (annotations?: Record<string, string>): World => {
  const world = makeWorld(annotations);
  worlds.push(world);
  return world;
};
afterAll(() => {
  for (const { h } of worlds) h.stop();
});

let ordinary: World;
beforeAll(() => {
  ordinary = worldOf();
});

/** One sample of a check whose request is answered so in the place of what is behind the API server. */
async function answered(keys: Keys, reply: Answer): Promise<Sample> {
  const { core } = ordinary.h.sandbox;
  const { proxy } = core;
  core.proxy = () => reply;
  try {
    return await ordinary.sample(keys);
  } finally {
    if (proxy) core.proxy = proxy;
  }
}

describe('the pods of the new version', () => {
  it('are asked in turn, one a sample, and no others', async () => {
    const { h, connect, asked } = ordinary;
    const check = opened('http', { path: '/healthz' }, connect());
    asked();
    const messages: string[] = [];
    for (let n = 0; n < 3; n += 1)
      messages.push((await h.run(check.sample(new AbortController().signal, false))).message);
    const names = messages.map(one => /^Pod default\/(web-canary-\S+), port 8080, .* answered 200/.exec(one)?.[1]);
    expect(new Set(names).size).toBe(2);
    expect(names[2]).toBe(names[0]);
    expect(asked()).toEqual(names.map(name => `pods/${name}:8080/proxy/healthz`));
  });

  it('fail by what they answer', async () => {
    const { sample } = worldOf({ 'sandbox.sluice.dev/error-rate': '1' });
    expect(await sample({})).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(/answered 500, not 200-299: .*simulated/),
    });
  });

  it('fail by their time', async () => {
    const { sample } = worldOf({ 'sandbox.sluice.dev/latency': '300ms' });
    expect(await sample({ 'max-latency': '200ms' })).toMatchObject({ outcome: 'fail', value: 300 });
    expect(await sample({ timeout: '200ms' })).toMatchObject({
      outcome: 'fail',
      message: expect.stringContaining('gave no whole answer within 0.2 s'),
    });
    expect(await sample({ 'max-latency': '400ms' })).toMatchObject({ outcome: 'pass' });
  });

  it('are asked on a port by its name, which the API server does not know', async () => {
    const { sample, asked } = ordinary;
    asked();
    expect(await sample({ port: 'web' })).toMatchObject({ outcome: 'pass' });
    expect(await sample({ port: 9090, scheme: 'https' })).toMatchObject({ outcome: 'pass' });
    expect(asked()).toEqual([
      expect.stringMatching(/^pods\/web-canary-\S+:8080\/proxy\/$/),
      expect.stringMatching(/^pods\/https:web-canary-\S+:9090\/proxy\/$/),
    ]);
    expect(await sample({ port: 'admin' })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/^Pod web-canary-\S+ has no port admin/),
    });
  });

  it('are no data where none is ready', async () => {
    const { h, connect, sample } = ordinary;
    const pods = h.api.list<KubeObject>('Pod', NAMESPACE).map(pod => ({
      ...pod,
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    }));
    expect(await sample({}, { ...connect(), view: handView(...pods, canary()) })).toEqual({
      outcome: 'no-data',
      message: 'the new version has no pod that is ready',
    });
  });

  it('are an error without the right to ask them', async () => {
    const { sample, connect } = ordinary;
    const message = /cannot be asked: the right to get pods\/proxy in namespace default is missing; give it by a Role/;
    expect(await sample({}, connect({ token: 'nobody' }))).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(message),
    });
  });
});

describe('a Service', () => {
  it.each([
    [{ service: '{{canary-service}}' }, 'services/web-canary:http/proxy/'],
    [{ service: 'default/web-canary', port: 80, path: '/a?b={{canary}}' }, 'services/web-canary:80/proxy/a'],
    [{ service: 'safe' }, 'services/https:safe:https/proxy/'],
    [{ service: 'safe', port: 'plain' }, 'services/safe:plain/proxy/'],
    [{ service: 'safe', port: 8443 }, 'services/https:safe:8443/proxy/'],
    [{ service: 'bare' }, 'services/https:bare:443/proxy/'],
    [{ service: 'bare', scheme: 'http' }, 'services/http:bare:443/proxy/'],
  ])('%j is asked at %s', async (keys, path) => {
    ordinary.asked();
    expect(await ordinary.sample(keys)).toMatchObject({ outcome: 'pass' });
    expect(ordinary.asked()).toEqual([path]);
  });

  it('is read once for all samples, and again when it has other ports', async () => {
    const { h, connect, sample, asked } = worldOf();
    const context = connect();
    const reads = (): number =>
      h.sandbox.faults.requests.filter(({ verb, path }) => verb === 'get' && path.endsWith('/services/web-canary'))
        .length;
    for (let n = 0; n < 3; n += 1)
      expect(await sample({ service: 'web-canary' }, context)).toMatchObject({ outcome: 'pass' });
    expect(reads()).toBe(1);
    const live = structuredClone(h.api.get('Service', NAMESPACE, 'web-canary')) as KubeObject;
    h.api.update(
      { ...live, spec: { ...(live.spec as object), ports: [{ name: 'web', port: 80, targetPort: 'web' }] } },
      BY_HAND,
    );
    const { core } = h.sandbox;
    const { proxy } = core;
    // As the API server does with the name of a port that is no more.
    core.proxy = request => (request.incoming.path.includes(':http/') ? undefined : proxy?.(request));
    asked();
    expect(await sample({ service: 'web-canary' }, context)).toMatchObject({ outcome: 'fail' });
    expect(await sample({ service: 'web-canary' }, context)).toMatchObject({ outcome: 'pass' });
    expect(asked()).toEqual(['services/web-canary:http/proxy/', 'services/web-canary:web/proxy/']);
    expect(reads()).toBe(2);
  });

  it('is asked on no port by itself where it may not be read', async () => {
    const { connect, sample, asked } = ordinary;
    const context = connect();
    const { cluster } = context;
    if (!cluster) throw new Error('there is no cluster');
    const refused = (): Promise<never> =>
      connect({ token: 'nobody' }).cluster?.get(named('Service', 'bare')) as Promise<never>;
    const unread = { ...cluster, bound: () => unread, get: refused } as Cluster;
    asked();
    await sample({ service: 'bare' }, { ...context, cluster: unread });
    expect(asked()).toEqual(['services/bare/proxy/']);
  });

  it('fails where no pod is behind it', async () => {
    expect(await ordinary.sample({ service: 'empty' })).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(/^Service default\/empty through the API server does not answer: no endpoints/),
    });
  });

  it.each([
    ['dial tcp 10.1.0.7:8080: connect: connection refused', 'fail', /does not answer: error trying to reach service/],
    ['tls: failed to verify certificate: x509: unknown', 'error', /cannot be asked: the API server answered 503/],
    ['http: server gave HTTP response to HTTPS client', 'error', /cannot be asked: the API server answered 503/],
  ])('of which the API server says %s', async (why, outcome, message) => {
    const words = `error trying to reach service: ${why}`;
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 503, message: words };
    expect(await answered({ service: 'web-canary' }, { status: 503, body: status })).toMatchObject({
      outcome,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    { kind: 'Status', busy: true },
    { kind: 'Status', apiVersion: 'v1', code: 418, message: 'error trying to reach service: tls' },
    { kind: 'Status', apiVersion: 'shop/v1', code: 503, message: 'error trying to reach service: tls' },
  ])('fails by a 503 of its own: %j', async body => {
    expect(await answered({ service: 'web-canary' }, { status: 503, body })).toMatchObject({
      outcome: 'fail',
      message: expect.stringContaining(`answered 503, not 200-299: ${JSON.stringify(body)}`),
    });
  });

  it('is an error where it is not there, or may not be asked', async () => {
    const { connect, sample } = ordinary;
    expect(await sample({ service: 'nothing' })).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('cannot be asked: there is no Service default/nothing'),
    });
    expect(await sample({ service: 'web-canary', method: 'POST' }, connect({ token: 'nobody' }))).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('the right to create services/proxy in namespace default is missing'),
    });
  });

  it.each(['../secrets/web', 'web?x=', 'web/../../nodes', 'WEB', '/web'])('is not named %s', async wrong => {
    ordinary.asked();
    expect(await ordinary.sample({ service: wrong })).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('that is no name of a Service'),
    });
    expect(ordinary.asked()).toEqual([]);
  });

  it('says nothing about itself where the API server cannot be reached', async () => {
    ordinary.h.sandbox.faults.add({ effect: { kind: 'reset', executed: false } });
    expect(await ordinary.sample({ service: 'web-canary', port: 80, scheme: 'http' })).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('http://sandbox'),
    });
  });

  it('says nothing about itself where the API server is slow to tell its ports', async () => {
    ordinary.asked();
    ordinary.h.sandbox.faults.add({ effect: { kind: 'hang' } });
    expect(await ordinary.sample({ service: 'web-canary', timeout: '200ms' })).toEqual({
      outcome: 'error',
      message:
        'Service default/web-canary through the API server cannot be asked: the API server did not tell its ports in time',
    });
    expect(ordinary.asked()).toEqual([]);
  });

  it('may not lead elsewhere', async () => {
    const location = '/api/v1/namespaces/default/services/web-canary/proxy/login';
    ordinary.asked();
    expect(await answered({ service: 'web-canary' }, { status: 302, body: '', headers: { location } })).toMatchObject({
      outcome: 'fail',
      message: expect.stringContaining('answered 302, not 200-299; it leads to '),
    });
    expect(ordinary.asked()).toHaveLength(1);
  });

  it('may answer with 1 MiB and no more', async () => {
    const long = (size: number): Answer => ({ status: 200, body: 'x'.repeat(size), contentType: 'text/plain' });
    expect(await answered({ service: 'web-canary' }, long(1024 * 1024))).toMatchObject({ outcome: 'pass' });
    expect(await answered({ service: 'web-canary' }, long(1024 * 1024 + 1))).toMatchObject({
      outcome: 'error',
      message: expect.stringContaining('is larger than 1024 KiB'),
    });
  });
});
