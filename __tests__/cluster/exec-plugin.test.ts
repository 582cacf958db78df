import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import type { ConnectOptions } from '../../src/cluster/connect.ts';
import { SluiceError } from '../../src/errors.ts';
import { selfSigned } from '../../src/sandbox/server/http/certificate.ts';
import { virtualClock } from '../../src/sandbox/virtual-clock.ts';
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

const REF = { apiVersion: 'v1', kind: 'Pod', name: 'web' };
const VERSION = 'client.authentication.k8s.io/v1';

interface Plugin {
  folder: string;
  /** What KUBERNETES_EXEC_INFO was, of each run. */
  runs(): { spec: { interactive: boolean; cluster?: Record<string, unknown> } }[];
}

/** A plugin that notes its environment and prints what the expression `status` gives; `run` counts from 1. */
function plugin(status: string): Plugin {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-plugin-'));
  const runs = (): string[] =>
    readdirSync(folder)
      .filter(name => name.startsWith('run-'))
      .sort();
  writeFileSync(
    join(folder, 'plugin'),
    `#!${process.execPath}
const fs = require('node:fs');
const run = fs.readdirSync(__dirname).filter(name => name.startsWith('run-')).length + 1;
fs.writeFileSync(__dirname + '/run-' + run, process.env.KUBERNETES_EXEC_INFO);
console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: '${VERSION}', status: ${status} }));
`,
  );
  chmodSync(join(folder, 'plugin'), 0o755);
  return { folder, runs: () => runs().map(name => JSON.parse(readFileSync(join(folder, name), 'utf8'))) };
}

interface Setup extends Connected {
  server: TestServer;
}

async function setup(
  folder: string,
  exec: object,
  handler: Handler = () => ({ body: { metadata: {} } }),
  more: Partial<ConnectOptions> & { requestCert?: boolean } = {},
): Promise<Setup> {
  const server = await startServer(handler, { requestCert: more.requestCert === true });
  const user = { exec: { apiVersion: VERSION, command: './plugin', interactiveMode: 'Never', ...exec } };
  writeFileSync(join(folder, 'config'), kubeconfig(server, user));
  const made = await connected('', { env: { PATH: folder, KUBECONFIG: join(folder, 'config') }, ...more });
  closers.push(
    () => server.close(),
    () => made.cluster.close(),
  );
  return { ...made, server };
}

async function failure(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof SluiceError)) throw new Error(`no SluiceError: ${String(error)}`);
  return error;
}

describe('an exec plugin', () => {
  it('runs once for parallel calls, and its token is sent and masked', async () => {
    const { folder, runs } = plugin(`{ token: 'token-of-run-' + run + '-' + process.env.MODE + process.argv[2] }`);
    const { cluster, server, masked } = await setup(folder, { env: [{ name: 'MODE', value: 'm' }], args: ['arg'] });
    await Promise.all(Array.from({ length: 20 }, () => cluster.get(REF)));
    expect(new Set(server.received.map(one => one.headers['authorization']))).toEqual(
      new Set(['Bearer token-of-run-1-marg']),
    );
    expect(runs()).toEqual([{ kind: 'ExecCredential', apiVersion: VERSION, spec: { interactive: false } }]);
    expect(masked).toEqual(
      expect.arrayContaining(['token-of-run-1-marg', Buffer.from('token-of-run-1-marg').toString('base64')]),
    );
  });

  it('is told of the cluster where it wants to know', async () => {
    const { folder, runs } = plugin(`{ token: 'some-token' }`);
    const { cluster, server } = await setup(folder, { provideClusterInfo: true });
    await cluster.get(REF);
    expect(runs()[0]?.spec.cluster).toEqual({
      server: `https://127.0.0.1:${server.port}`,
      'certificate-authority-data': Buffer.from(server.pair.cert).toString('base64'),
    });
  });

  it('runs again shortly before its token expires', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { folder, runs } = plugin(`{ token: 'token-' + run, expirationTimestamp: '2026-01-01T0' + run + ':00:00Z' }`);
    const { cluster, server } = await setup(folder, {}, undefined, { clock: { ...systemClock, now: () => now } });
    await cluster.get(REF);
    now += 58 * 60_000;
    await cluster.get(REF);
    expect(runs()).toHaveLength(1);
    now += 1.5 * 60_000;
    await Promise.all([1, 2, 3].map(() => cluster.get(REF)));
    expect(runs()).toHaveLength(2);
    expect(server.calls().map(one => one.headers['authorization'])).toEqual(
      ['token-1', 'token-1', 'token-2', 'token-2', 'token-2'].map(token => `Bearer ${token}`),
    );
  });

  it('runs again once when the server refuses its token, also where a write is not repeatable', async () => {
    const { folder, runs } = plugin(`{ token: 'token-' + run }`);
    const { cluster, server } = await setup(folder, {}, request =>
      request.headers['authorization'] === 'Bearer token-1' && request.path !== '/api'
        ? { status: 401, body: statusBody(401) }
        : { body: { metadata: {} } },
    );
    await Promise.all(
      ['a', 'b', 'c'].map(name => cluster.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name } })),
    );
    expect(runs()).toHaveLength(2);
    expect(server.calls().filter(one => one.headers['authorization'] === 'Bearer token-2')).toHaveLength(3);
  });

  it('is not run in a circle when the server refuses everything', async () => {
    const { folder, runs } = plugin(`{ token: 'token-' + run }`);
    const { cluster } = await setup(folder, {}, () => ({
      status: 401,
      body: statusBody(401, { message: 'Unauthorized' }),
    }));
    expect(await failure(cluster.get(REF))).toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('the exec plugin ./plugin'),
    });
    expect(runs()).toHaveLength(2);
  });

  it('may give a client certificate, and a new one makes a new connection', async () => {
    const [one, two] = [selfSigned(systemClock.now()), selfSigned(systemClock.now())];
    const pairs = JSON.stringify(
      [one, two].map(pair => ({ clientCertificateData: pair.cert, clientKeyData: pair.key })),
    );
    const { folder } = plugin(`${pairs}[run - 1]`);
    const [first, second] = [one, two].map(pair => new X509Certificate(pair.cert).fingerprint256);
    const seen: string[] = [];
    const { cluster, server, masked } = await setup(
      folder,
      {},
      request => {
        const name = String((request.socket as TLSSocket).getPeerCertificate().fingerprint256);
        seen.push(name);
        return name === first && seen.length > 1 ? { status: 401, body: statusBody(401) } : { body: { metadata: {} } };
      },
      { requestCert: true },
    );
    await cluster.get(REF);
    await cluster.get(REF);
    expect(seen).toEqual([first, first, second]);
    expect(server.connections()).toBe(2);
    expect(masked).toEqual(expect.arrayContaining([one.key.trim(), two.key.trim()]));
  });
});

describe('an exec plugin that fails', () => {
  it.each([
    ['gke-gcloud-auth-plugin', undefined, 'cloud.google.com'],
    ['aws', undefined, 'docs.aws.amazon.com'],
    ['aws-iam-authenticator', undefined, 'docs.aws.amazon.com'],
    ['kubelogin', undefined, 'azure.github.io/kubelogin'],
    ['our-own-plugin', 'Ask the platform team.', 'Ask the platform team.'],
    ['another-plugin', undefined, 'Install another-plugin'],
  ])('since %s is not installed is named with the way to install it', async (command, installHint, hint) => {
    const { folder } = plugin('{}');
    const { cluster } = await setup(folder, { command, installHint });
    expect(await failure(cluster.get(REF))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(`${command}, which is not installed`),
      hint: expect.stringContaining(hint),
    });
  });

  it.each([
    [
      'since it ends with an error',
      `(console.error('the end of it: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln and hidden-word'), process.exit(3))`,
      {},
      /ended with code 3 and said: the end of it: \*\*\* and \*\*\*/,
    ],
    ['since it prints nothing useful', '{}', {}, /neither a token nor a client certificate/],
    [
      'since its version is not known',
      '{}',
      { apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      /its apiVersion is client.authentication.k8s.io\/v1alpha1/,
    ],
    ['since it wants a terminal', '{}', { interactiveMode: 'Always' }, /no terminal/],
    ['since it is no program', '{}', { command: './config' }, /could not be started \(EACCES\)/],
  ])('%s says so', async (_why, status, exec, told) => {
    const { folder } = plugin(status);
    const { cluster } = await setup(folder, { env: [{ name: 'APP_SECRET', value: 'hidden-word' }], ...exec });
    const error = await failure(cluster.get(REF));
    expect([error.code, error.message]).toEqual(['unauthorized', expect.stringMatching(told)]);
  });

  it('is run again by the next call', async () => {
    const { folder, runs } = plugin(`run === 1 ? {} : { token: 'better-token' }`);
    const { cluster } = await setup(folder, {});
    await failure(cluster.get(REF));
    await cluster.get(REF);
    expect(runs()).toHaveLength(2);
  });

  it('ends with the abort', async () => {
    const { folder } = plugin('(() => { for (;;) fs.statSync(__filename); })()');
    const { cluster, abort } = await setup(folder, {});
    const call = expect(cluster.get(REF)).rejects.toThrow('enough');
    abort.abort(new Error('enough'));
    await call;
  });
});

describe('an exec plugin that leaves a process behind', () => {
  const SLOW = 'sleep 41 & echo $! > "$0.pid"';
  const shell = (folder: string, script: string): object => {
    writeFileSync(join(folder, 'plugin'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'plugin'), 0o755);
    return { env: [{ name: 'PATH', value: process.env['PATH'] }] };
  };
  const started = async (folder: string): Promise<number> => {
    for (;;) {
      const pid = readdirSync(folder).includes('plugin.pid')
        ? readFileSync(join(folder, 'plugin.pid'), 'utf8').trim()
        : '';
      if (pid !== '') return Number(pid);
      await new Promise(resolve => setImmediate(resolve));
    }
  };
  const gone = async (pid: number): Promise<void> => {
    // An orphan that nobody has waited for yet is dead all the same.
    const lives = (): boolean => {
      try {
        return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    };
    while (lives()) await new Promise(resolve => setImmediate(resolve));
  };
  const handles = (): number => process.getActiveResourcesInfo().filter(name => /^(Process|Pipe)/.test(name)).length;
  const before = handles();
  /** Nothing of a plugin keeps the event loop alive; a closed handle is counted until the loop's next turn. */
  const idle = async (): Promise<void> => {
    while (handles() > before) await new Promise(resolve => setImmediate(resolve));
  };

  it('ends with the abort, and with it all that it started', async () => {
    const { folder } = plugin('{}');
    const { cluster, abort } = await setup(folder, shell(folder, `${SLOW}\nwait`));
    const call = expect(cluster.get(REF)).rejects.toThrow('enough');
    const pid = await started(folder);
    abort.abort(new Error('enough'));
    await call;
    await idle();
    await gone(pid);
  }, 10_000);

  it('ends at its deadline, and with it all that it started', async () => {
    const { folder } = plugin('{}');
    const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
    const { cluster } = await setup(folder, shell(folder, `${SLOW}\nwait`), undefined, { clock });
    const call = failure(cluster.get(REF));
    const pid = await started(folder);
    clock.advance(60_000);
    expect((await call).message).toContain('did not end within 60 s');
    await idle();
    await gone(pid);
  }, 10_000);

  it('has given its credential nonetheless', async () => {
    const { folder } = plugin('{}');
    const credential = `{"apiVersion":"${VERSION}","kind":"ExecCredential","status":{"token":"token-of-sh"}}`;
    const { cluster, server } = await setup(folder, shell(folder, `${SLOW}\necho '${credential}'`));
    await cluster.get(REF);
    expect(server.calls()[0]?.headers['authorization']).toBe('Bearer token-of-sh');
    await idle();
    process.kill(await started(folder), 'SIGKILL');
  }, 10_000);
});
