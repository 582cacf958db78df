import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Proxied, ProxyRequest } from '../../src/cluster/cluster.ts';
import {
  type Answer,
  type Connected,
  connected,
  type Handler,
  kubeconfig,
  sharedPair,
  startServer,
  statusBody,
  type TestServer,
} from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const TARGET = { kind: 'Service', namespace: 'shop', name: 'web', port: '80', scheme: undefined } as const;

async function setup(handler: Handler, user?: object): Promise<Connected & { server: TestServer }> {
  const server = await startServer(handler, { requestCert: true });
  closers.push(() => server.close());
  const made = await connected(kubeconfig(server, user));
  closers.push(() => made.cluster.close());
  return { ...made, server };
}

function ask({ cluster }: Connected, more: Partial<ProxyRequest> = {}): Promise<Proxied> {
  const request: ProxyRequest = {
    method: 'GET',
    path: '/healthz',
    headers: {},
    body: undefined,
    mostBytes: 64_000,
    ...more,
  };
  return cluster.proxied(TARGET, request, new AbortController().signal);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('headers for what is behind the API server', () => {
  const sent = {
    authorization: 'Bearer of-the-check',
    Authorization: 'Basic x',
    'Impersonate-User': 'admin',
    'x-team': 'a',
  };

  it('never say to the API server who asks, also where a certificate does', async () => {
    const { cert, key } = sharedPair();
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    const { server, ...world } = await setup(() => ({ body: 'fine' }), user);
    expect((await ask(world, { headers: sent })).status).toBe(200);
    const [{ headers } = { headers: {} }] = server.calls();
    expect(headers).toMatchObject({ 'x-team': 'a' });
    expect(Object.keys(headers).filter(name => /authorization|impersonate/.test(name))).toEqual([]);
  });

  it('leave the token of the kubeconfig as it is', async () => {
    const { server, ...world } = await setup(() => ({ body: 'fine' }));
    await ask(world, { headers: sent });
    expect(server.calls().map(({ headers }) => headers['authorization'])).toEqual(['Bearer token-of-the-test']);
  });
});

describe('an answer of 401', () => {
  /** The token is in a file, and another one there as soon as the first was refused. */
  async function rotating(answer: Answer): Promise<Connected & { server: TestServer }> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-token-'));
    closers.push(() => rm(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'the-first-token');
    return setup(
      ({ headers }, response) => {
        if (headers['authorization'] !== 'Bearer the-first-token') return { body: 'fine' };
        void writeFile(tokenFile, 'the-second-token').then(() => {
          const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
          response.writeHead(401, { 'content-type': 'application/json', ...answer.headers });
          response.end(text);
        });
        return undefined;
      },
      { tokenFile },
    );
  }

  it('is asked again with a new credential where it is the API server’s own', async () => {
    const { server, ...world } = await rotating({ body: statusBody(401, { message: 'Unauthorized' }) });
    expect((await ask(world)).status).toBe(200);
    expect(server.calls().map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer the-first-token',
      'Bearer the-second-token',
    ]);
  });

  it.each<[string, Answer]>([
    ['a page', { body: '<h1>Sign in</h1>', headers: { 'content-type': 'text/html' } }],
    ['JSON of its own', { body: { error: 'unauthorized', code: 401 } }],
    ['a list', { body: [] }],
    ['something that is no JSON', { body: '{' }],
    ['a Status of something else', { body: statusBody(403) }],
  ])('is that of what is behind it where it is %s, and no reason to sign in anew', async (_what, answer) => {
    const { server, ...world } = await rotating(answer);
    const { status, body } = await ask(world);
    expect([status, server.calls().length]).toEqual([401, 1]);
    expect(body.toString()).toBe(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
});
