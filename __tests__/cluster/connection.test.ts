import { X509Certificate } from 'node:crypto';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import type { KubeObject } from '../../src/kube.ts';
import { selfSigned } from '../../src/sandbox/server/http/certificate.ts';
import { type Connected, connected, type Handler, kubeconfig, startServer, type TestServer } from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(handler: Handler, options: Parameters<typeof startServer>[1] = {}): Promise<TestServer> {
  const server = await startServer(handler, options);
  closers.push(() => server.close());
  return server;
}

async function open(...args: Parameters<typeof connected>): Promise<Connected> {
  const made = await connected(...args);
  closers.push(() => made.cluster.close());
  return made;
}

const configMap = (name: string, size = 1): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { a: 'x'.repeat(size) },
});

/** Watches stay open; everything else is answered with what was sent. */
const echo: Handler = (request, response) => {
  if (!request.query.has('watch')) return { status: 201, body: request.body };
  response.writeHead(200);
  response.write(
    `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } } } })}\n`,
  );
  return undefined;
};

async function withWatches(cluster: Connected['cluster'], count: number, body: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const watches = Array.from({ length: count }, () =>
    cluster.watch({ apiVersion: 'v1', kind: 'Pod' }, {}, stop.signal)[Symbol.asyncIterator](),
  );
  expect(await Promise.all(watches.map(watch => watch.next()))).toEqual(
    watches.map(() => ({ done: false, value: { type: 'synced' } })),
  );
  const ends = watches.map(watch => watch.next());
  await body();
  stop.abort();
  expect(await Promise.all(ends)).toEqual(watches.map(() => ({ done: true, value: undefined })));
}

describe('connections', () => {
  it('are one for 300 parallel applies and 3 watches over HTTP/2', async () => {
    const server = await serve(echo, { settings: { maxConcurrentStreams: 100 } });
    const { cluster } = await open(kubeconfig(server));
    await withWatches(cluster, 3, async () => {
      const applied = await Promise.all(
        Array.from({ length: 300 }, (_, index) => cluster.apply(configMap(`c${index}`))),
      );
      expect(applied.map(one => one.object.metadata.name)).toEqual(
        Array.from({ length: 300 }, (_, index) => `c${index}`),
      );
    });
    expect(server.connections()).toBe(1);
    expect(server.calls()).toHaveLength(303);
    expect(new Set(server.received.map(one => one.version))).toEqual(new Set(['2.0']));
  });

  it('are few where the server speaks only HTTP/1.1, and watches do not block them', async () => {
    const server = await serve(echo, { protocol: 'http/1.1' });
    const { cluster } = await open(kubeconfig(server));
    await withWatches(cluster, 12, async () => {
      await Promise.all(Array.from({ length: 100 }, (_, index) => cluster.apply(configMap(`c${index}`))));
    });
    expect(server.connections()).toBeGreaterThan(12);
    expect(server.connections()).toBeLessThanOrEqual(12 + 8);
  });

  it('carry many large bodies at once', async () => {
    const server = await serve(echo);
    const { cluster } = await open(kubeconfig(server));
    const applied = await Promise.all(
      Array.from({ length: 24 }, (_, index) => cluster.apply(configMap(`c${index}`, 1_500_000))),
    );
    expect(applied.every(one => JSON.stringify(one.object).length > 1_500_000)).toBe(true);
    expect(server.connections()).toBe(1);
    expect(server.calls()).toHaveLength(24);
  });

  it('show the client certificate', async () => {
    const client = selfSigned(systemClock.now());
    const seen: string[] = [];
    const server = await serve(
      request => {
        seen.push(String((request.socket as TLSSocket).getPeerCertificate().fingerprint256));
        return {};
      },
      { requestCert: true },
    );
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) };
    const { cluster, masked } = await open(kubeconfig(server, user));
    await cluster.get({ ...configMap('a'), name: 'a' });
    expect(seen).toEqual([new X509Certificate(client.cert).fingerprint256]);
    expect(masked).toContain(client.key.trim());
    expect(masked).toContain(base64(client.key));
  });

  it('open anew when the old one went away', async () => {
    const server = await serve(request => {
      if (request.time === 1) request.socket.destroy();
      return request.time === 1 ? undefined : {};
    });
    const { cluster, facts } = await open(kubeconfig(server));
    await cluster.apply(configMap('a'));
    expect(facts.map(fact => [fact.method, fact.status, fact.attempt])).toEqual([
      ['PATCH', 0, 1],
      ['PATCH', 200, 2],
    ]);
    expect(server.connections()).toBe(2);
  });
});

describe('a server that cannot be reached', () => {
  it('and accepts but never answers is named when the deadline is over', async () => {
    const silent = net.createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => silent.once('listening', resolve));
    closers.push(() => silent.close());
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { cluster } = await open(kubeconfig(url), { timeoutMs: 200 });
    const began = systemClock.now();
    await expect(cluster.get({ ...configMap('a'), name: 'a' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(url),
    });
    expect(systemClock.now() - began).toBeLessThan(2_000);
  });

  it('and takes the request but never answers is named too', async () => {
    const server = await serve(() => undefined);
    const { cluster } = await open(kubeconfig(server), { timeoutMs: 200 });
    await expect(cluster.apply(configMap('a'))).rejects.toMatchObject({
      code: 'unreachable',
      message: `Cannot apply ConfigMap shop/a: https://127.0.0.1:${server.port} did not answer within 0.2 s.`,
    });
    expect(server.calls()).toHaveLength(1);
  });

  it.each([
    ['refuses', 'https://127.0.0.1:1', 'it refuses connections'],
    ['has no address', 'https://nowhere.invalid', 'DNS'],
  ])('since it %s', async (_why, url, told) => {
    const { cluster } = await open(kubeconfig(url), { timeoutMs: 500 });
    await expect(cluster.get({ ...configMap('a'), name: 'a' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(new RegExp(`${url}.*${told}`)),
    });
  });

  it.each([
    ['of an unknown authority', {}, selfSigned(systemClock.now()).cert, 'unknown authority'],
    ['for another name', { 'tls-server-name': 'other.test' }, undefined, 'for another name'],
  ])('since its certificate is %s, at once', async (_why, cluster, ca, told) => {
    const server = await serve(echo);
    const data = Buffer.from(ca ?? server.pair.cert).toString('base64');
    const made = await open(kubeconfig(server, undefined, { ...cluster, 'certificate-authority-data': data }));
    await expect(made.cluster.get({ ...configMap('a'), name: 'a' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(told),
    });
    expect(made.facts).toHaveLength(1);
  });

  it('since its certificate has expired, at once', async () => {
    const server = await serve(echo, { pair: selfSigned(systemClock.now() - 400 * 86_400_000) });
    const made = await open(kubeconfig(server));
    await expect(made.cluster.get({ ...configMap('a'), name: 'a' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('its certificate has expired'),
    });
    expect(made.facts).toHaveLength(1);
  });
});

describe('a certificate', () => {
  it('may be for the name of tls-server-name, or for none with insecure-skip-tls-verify', async () => {
    const server = await serve(echo);
    const strict = await open(kubeconfig(server, undefined, { 'tls-server-name': 'kubernetes' }));
    await strict.cluster.apply(configMap('a'));
    const other = Buffer.from(selfSigned(systemClock.now()).cert).toString('base64');
    const lax = await open(
      kubeconfig(server, undefined, { 'certificate-authority-data': other, 'insecure-skip-tls-verify': true }),
    );
    await lax.cluster.apply(configMap('b'));
    expect(server.calls()).toHaveLength(2);
  });
});

describe('an abort', () => {
  it('ends requests, watches and waits at once', async () => {
    const server = await serve((request, response) =>
      request.query.has('watch') ? echo(request, response) : undefined,
    );
    const { cluster, abort } = await open(kubeconfig(server));
    const watch = cluster.watch({ apiVersion: 'v1', kind: 'Pod' }, {}, abort.signal)[Symbol.asyncIterator]();
    await watch.next();
    const call = cluster.apply(configMap('a'));
    const ends = [expect(call).rejects.toThrow('enough'), expect(watch.next()).resolves.toMatchObject({ done: true })];
    abort.abort(new Error('enough'));
    await Promise.all(ends);
    await expect(cluster.apply(configMap('b'))).rejects.toThrow('enough');
  });
});

describe('proxies', () => {
  interface Proxy {
    port: number;
    asked: { authority: string; authorization: string | undefined }[];
  }

  async function connectProxy(): Promise<Proxy> {
    const asked: Proxy['asked'] = [];
    const proxy = http.createServer();
    proxy.on('connect', (request, socket: net.Socket) => {
      asked.push({ authority: request.url ?? '', authorization: request.headers['proxy-authorization'] });
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const onward = net.connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.pipe(socket).pipe(onward);
      for (const end of [onward, socket]) end.on('error', () => onward.destroy());
      closers.push(() => onward.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await new Promise(resolve => proxy.once('listening', resolve));
    closers.push(() => proxy.close());
    return { port: (proxy.address() as AddressInfo).port, asked };
  }

  it('of the kubeconfig are used, HTTP/2 goes through them, and their password is masked', async () => {
    const proxy = await connectProxy();
    const server = await serve(echo);
    const url = `http://robot:p%40ss-word@127.0.0.1:${proxy.port}`;
    const { cluster, masked } = await open(kubeconfig(server, undefined, { 'proxy-url': url }));
    await Promise.all([1, 2, 3].map(index => cluster.apply(configMap(`c${index}`))));
    const pair = Buffer.from('robot:p@ss-word').toString('base64');
    expect(proxy.asked).toEqual([{ authority: `127.0.0.1:${server.port}`, authorization: `Basic ${pair}` }]);
    expect(server.calls().map(one => one.version)).toEqual(['2.0', '2.0', '2.0']);
    expect(masked).toEqual(expect.arrayContaining(['p@ss-word', 'p%40ss-word', pair]));
  });

  it('of the environment are used for servers elsewhere', async () => {
    const proxy = await connectProxy();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const { cluster } = await open(kubeconfig('https://nowhere.invalid:6443'), { env, timeoutMs: 300 });
    await expect(cluster.get({ ...configMap('a'), name: 'a' })).rejects.toMatchObject({ code: 'unreachable' });
    expect(proxy.asked[0]?.authority).toBe('nowhere.invalid:6443');
  });

  it('that refuse are named, without their password', async () => {
    const refusing = http.createServer((_request, response) => response.writeHead(407).end());
    refusing.on('connect', (_request, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    refusing.listen(0, '127.0.0.1');
    await new Promise(resolve => refusing.once('listening', resolve));
    closers.push(() => refusing.close());
    const url = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const { cluster } = await open(
      kubeconfig('https://10.0.0.1', undefined, { 'proxy-url': `http://robot:hidden-word@${url}` }),
      { timeoutMs: 300 },
    );
    const failure = await cluster.get({ ...configMap('a'), name: 'a' }).catch((error: Error) => error);
    expect(failure).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(`the proxy http://${url} .*407`),
    });
    expect(JSON.stringify(failure)).not.toContain('hidden-word');
  });

  it('of an unknown kind are refused', async () => {
    await expect(
      open(kubeconfig('https://10.0.0.1', undefined, { 'proxy-url': 'socks5://127.0.0.1:1080' })),
    ).rejects.toMatchObject({
      code: 'invalid-kubeconfig',
      message: expect.stringContaining('socks5 proxy'),
    });
  });
});
