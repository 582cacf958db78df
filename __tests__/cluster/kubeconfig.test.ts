import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../../src/clock.ts';
import { readKubeconfig, resolveTarget } from '../../src/cluster/kubeconfig.ts';
import { SluiceError } from '../../src/errors.ts';
import { selfSigned } from '../../src/sandbox/server/http/certificate.ts';
import { connected, type Handler, kubeconfig, startServer, type TestServer } from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(handler: Handler): Promise<TestServer> {
  const server = await startServer(handler);
  closers.push(() => server.close());
  return server;
}

const SECRET = 'secret-token-0123456789';
const REF = { apiVersion: 'v1', kind: 'Pod', name: 'web' };

function config(
  names: string[],
  current: string | undefined,
  server = 'https://one.test',
  user: object = { token: SECRET },
): string {
  return JSON.stringify({
    ...(current === undefined ? {} : { 'current-context': current }),
    clusters: names.map(name => ({ name, cluster: { server } })),
    users: names.map(name => ({ name, user })),
    contexts: names.map(name => ({ name, context: { cluster: name, user: name, namespace: `ns-${name}` } })),
  });
}

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

async function failure(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SluiceError)) throw new Error(`no SluiceError: ${error}`);
  return error;
}

describe('a kubeconfig', () => {
  it.each([
    ['as text', (text: string) => text],
    ['in base64', (text: string) => Buffer.from(text).toString('base64')],
    [
      'in base64 with line ends',
      (text: string) =>
        Buffer.from(text)
          .toString('base64')
          .replace(/(.{76})/g, '$1\n'),
    ],
  ])('is taken %s', async (_how, form) => {
    const { cluster } = await connected(form(config(['a', 'b'], 'b')));
    expect([cluster.server, cluster.namespace]).toEqual(['https://one.test', 'ns-b']);
  });

  it('is found in the input, then KUBECONFIG, then the home folder', async () => {
    const home = folder({});
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(home, '.kube'));
    writeFileSync(join(home, '.kube', 'config'), config(['home'], 'home'));
    const file = join(folder({ k: config(['env'], 'env') }), 'k');
    const namespaces = await Promise.all([
      connected(config(['input'], 'input'), { env: { KUBECONFIG: file, HOME: home } }),
      connected('', { env: { KUBECONFIG: file, HOME: home } }),
      connected('', { env: { HOME: home } }),
    ]);
    expect(namespaces.map(one => one.cluster.namespace)).toEqual(['ns-input', 'ns-env', 'ns-home']);
  });

  it('is joined from several files as kubectl does: the first to name something wins', async () => {
    const path = folder({
      one: config(['a'], undefined, 'https://one.test'),
      two: config(['a', 'b'], 'b', 'https://two.test'),
      empty: '',
    });
    const KUBECONFIG = ['missing', 'empty', 'one', 'two'].map(name => join(path, name)).join(delimiter);
    const current = await connected('', { env: { KUBECONFIG } });
    const first = await connected('', { env: { KUBECONFIG }, context: 'a' });
    expect([current.cluster.server, first.cluster.server]).toEqual(['https://two.test', 'https://one.test']);
    expect(current.masked).toContain(SECRET);
  });

  it('names files relative to itself', async () => {
    const client = selfSigned(systemClock.now());
    const server = await serve(request => ({
      body: { metadata: { name: String(request.headers['authorization']) } },
    }));
    const path = folder({
      'ca.crt': server.pair.cert,
      'c.crt': client.cert,
      'c.key': client.key,
      token: ' token-in-a-file\n',
    });
    const text = JSON.parse(
      kubeconfig(server, { 'client-certificate': 'c.crt', 'client-key': 'c.key', tokenFile: 'token' }),
    );
    delete text.clusters[0].cluster['certificate-authority-data'];
    text.clusters[0].cluster['certificate-authority'] = 'ca.crt';
    writeFileSync(join(path, 'config'), JSON.stringify(text));
    const { cluster, masked } = await connected('', { env: { KUBECONFIG: join(path, 'config') } });
    closers.push(() => cluster.close());
    expect((await cluster.get(REF))?.metadata.name).toBe('Bearer token-in-a-file');
    expect(masked).toEqual(expect.arrayContaining(['token-in-a-file', client.key.trim()]));
  });

  it('chooses the namespace by input, context, default', async () => {
    const bare = JSON.parse(config(['a'], 'a'));
    delete bare.contexts[0].context.namespace;
    const namespaces = [
      await connected(config(['a'], 'a'), { namespace: 'mine' }),
      await connected(config(['a'], 'a')),
      await connected(JSON.stringify(bare)),
    ];
    expect(namespaces.map(one => one.cluster.namespace)).toEqual(['mine', 'ns-a', 'default']);
  });
});

describe('an invalid kubeconfig', () => {
  it.each<[string, string, { context?: string }, RegExp]>([
    ['that is a token', SECRET, {}, /not a kubeconfig/],
    ['that is a sentence', `my secret is ${SECRET}`, {}, /not a kubeconfig/],
    [
      'that is another object',
      JSON.stringify({ kind: 'Secret', data: { a: SECRET } }),
      {},
      /no clusters, users and contexts/,
    ],
    ['that is broken YAML', `clusters: [${SECRET}\n  - }`, {}, /not YAML/],
    [
      'that is an alias bomb',
      `a: &a [x,x]\n${'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[index]}`)}]`)
        .join('\n')}\nclusters: *j`,
      {},
      /not a kubeconfig/,
    ],
    [
      'with a nameless cluster',
      JSON.stringify({ clusters: [{ cluster: { server: SECRET } }] }),
      {},
      /clusters\[0\].name is missing/,
    ],
    [
      'with a cluster of the wrong form',
      JSON.stringify({ clusters: [{ name: 'a', cluster: { server: 5 } }] }),
      {},
      /wrong form/,
    ],
    [
      'without the wanted context',
      config(['a', 'b'], 'a'),
      { context: 'c' },
      /no context c in the input kubeconfig. It has: a, b/,
    ],
    ['without a current context', config(['a', 'b'], undefined), {}, /No context is chosen.*It has: a, b/],
    ['without contexts', JSON.stringify({ kind: 'Config' }), {}, /It has no contexts/],
    ['whose user has nothing', config(['a'], 'a', undefined, {}), {}, /user a of context a has no token/],
    ['whose server is no URL', config(['a'], 'a', 'one.test'), {}, /not an http or https URL/],
    [
      'whose user signs in with gcp',
      config(['a'], 'a', undefined, { 'auth-provider': { name: 'gcp', config: { 'access-token': SECRET } } }),
      {},
      /auth-provider gcp/,
    ],
    [
      'whose certificate is in a file of another machine',
      config(['a'], 'a', undefined, { 'client-certificate': '/nowhere/c', 'client-key': '/nowhere/k' }),
      {},
      /\/nowhere\/[ck] \(ENOENT\)/,
    ],
  ])('%s is an error that does not quote it', async (_what, text, more, told) => {
    const error = await failure(connected(text, more));
    expect(error.code).toBe('invalid-kubeconfig');
    expect(error.message).toMatch(told);
    expect(`${error.message} ${error.hint} ${error.cause ?? ''}`).not.toContain(SECRET);
  });

  it('names the context whose user or cluster is missing', async () => {
    const text = JSON.parse(config(['a'], 'a'));
    expect((await failure(connected(JSON.stringify({ ...text, users: [] })))).message).toMatch(
      /context a .* user a, which is not there/,
    );
    expect((await failure(connected(JSON.stringify({ ...text, clusters: [] })))).message).toMatch(
      /cluster a, which is not there/,
    );
  });

  it('names the places that were looked at when there is none', async () => {
    expect((await failure(connected('', { env: { HOME: '/nowhere' } }))).message).toMatch(
      /KUBECONFIG is not set.*\/nowhere\/.kube\/config/,
    );
    expect((await failure(connected('', { env: { KUBECONFIG: '/nowhere/x' } }))).message).toMatch(
      /KUBECONFIG names \/nowhere\/x/,
    );
  });

  it('names the replacement of the auth-providers', async () => {
    const hint = async (name: string): Promise<string | undefined> =>
      (await failure(connected(config(['a'], 'a', undefined, { 'auth-provider': { name } })))).hint;
    expect(await hint('gcp')).toContain('gke-gcloud-auth-plugin');
    expect(await hint('azure')).toContain('kubelogin');
  });

  it('is never anything but a SluiceError', () => {
    const entry = fc.option(
      fc.object({
        key: fc.constantFrom('name', 'cluster', 'user', 'server', 'exec', 'token', 'extensions'),
        maxDepth: 3,
      }),
    );
    fc.assert(
      fc.property(fc.record({ clusters: fc.array(entry), users: fc.array(entry), contexts: fc.array(entry) }), raw => {
        const text = JSON.stringify(raw);
        expect(() => resolveTarget([readKubeconfig({ text, origin: 'x', directory: '.' })])).toThrow(SluiceError);
      }),
    );
  });
});

describe('credentials', () => {
  const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

  it.each<[string, object, string]>([
    ['token', { token: SECRET }, `Bearer ${SECRET}`],
    ['password', { username: 'me', password: SECRET }, `Basic ${Buffer.from(`me:${SECRET}`).toString('base64')}`],
    [
      'unexpired OIDC token',
      { 'auth-provider': { name: 'oidc', config: { 'id-token': jwt({ exp: 4e9 }) } } },
      `Bearer ${jwt({ exp: 4e9 })}`,
    ],
  ])('of a %s are sent, and masked in every form', async (_what, user, header) => {
    const server = await serve(() => ({ body: { metadata: {} } }));
    const { cluster, masked } = await connected(kubeconfig(server, user));
    closers.push(() => cluster.close());
    await cluster.get(REF);
    expect(server.calls()[0]?.headers['authorization']).toBe(header);
    expect(masked).toContain(header.replace(/^\w+ /, ''));
    expect(masked).toContain(
      Buffer.from(Object.values(user).includes(SECRET) ? SECRET : jwt({ exp: 4e9 })).toString('base64'),
    );
  });

  it('may impersonate', async () => {
    const server = await serve(() => ({ body: { metadata: {} } }));
    const user = {
      token: SECRET,
      as: 'jane',
      'as-groups': ['dev'],
      'as-uid': '7',
      'as-user-extra': { 'a/b': ['c'] },
    };
    const { cluster } = await connected(kubeconfig(server, user));
    closers.push(() => cluster.close());
    await cluster.get(REF);
    expect(server.calls()[0]?.headers).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-group': 'dev',
      'impersonate-uid': '7',
      'impersonate-extra-a%2fb': 'c',
    });
  });

  it('cannot impersonate several groups, since HTTP/2 requests would join them into one', async () => {
    const error = await failure(
      connected(config(['a'], 'a', undefined, { token: SECRET, as: 'jane', 'as-groups': ['dev', 'ops'] })),
    );
    expect([error.code, error.message]).toEqual(['invalid-kubeconfig', expect.stringContaining('dev, ops')]);
  });

  it('that the server refuses are named', async () => {
    const server = await serve(() => ({
      status: 401,
      body: { kind: 'Status', message: 'Unauthorized', reason: 'Unauthorized' },
    }));
    const { cluster } = await connected(kubeconfig(server));
    closers.push(() => cluster.close());
    const error = await failure(cluster.get(REF));
    expect([error.code, error.hint]).toEqual(['unauthorized', expect.stringContaining('the token of user u')]);
    expect(server.calls()).toHaveLength(1);
  });
});
