import http2 from 'node:http2';
import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { selfSigned } from '../../../src/sandbox/server/http/certificate.ts';
import { openSandboxServer, type SandboxServer } from '../../../src/sandbox/server.ts';

let server: SandboxServer;
beforeAll(async () => {
  server = await openSandboxServer({ controllers: 'off', admin: true });
});
afterAll(() => server.close());

const url = (path: string): string => server.url + path;

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url(path), {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

const configMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('over TLS', () => {
  const ca = (): string =>
    Buffer.from(/certificate-authority-data: (\S+)/.exec(server.kubeconfigFor('x'))?.[1] ?? '', 'base64').toString();

  it('speaks HTTP/2 under a certificate that clients can verify', async () => {
    const session = http2.connect(server.tlsUrl, { ca: ca() });
    const request = session.request({ ':path': '/version', authorization: 'Bearer admin' });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    session.close();
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ major: '1' });
  });

  it('speaks HTTP/1.1 too', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      https
        .get(`${server.tlsUrl}/healthz`, { ca: ca() }, response => resolve(response.resume().statusCode))
        .on('error', reject);
    });
    expect(status).toBe(200);
  });

  it('makes a new certificate each time', () => {
    expect(selfSigned(0).cert).not.toBe(selfSigned(0).cert);
  });
});

describe('who asks', () => {
  it('refuses an unknown token', async () => {
    const response = await fetch(url(CONFIG_MAPS), { headers: { authorization: 'Bearer nonsense' } });
    expect(response.status).toBe(401);
  });

  it('lets a ServiceAccount do what its Role says and no more', async () => {
    const { status } = (await (
      await post('/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} })
    ).json()) as { status: { token: string } };
    const headers = { authorization: `Bearer ${status.token}` };
    const before = await fetch(url(CONFIG_MAPS), { headers });
    expect(await before.json()).toMatchObject({
      code: 403,
      message:
        'configmaps is forbidden: User "system:serviceaccount:default:default" cannot list resource "configmaps" in API group "" in the namespace "default"',
    });
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    await post(`${rbac}/roles`, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
    });
    await post(`${rbac}/rolebindings`, {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
    });
    expect((await fetch(url(CONFIG_MAPS), { headers })).status).toBe(200);
    expect((await post(CONFIG_MAPS, configMap('no'), headers)).status).toBe(403);
  });
});

describe('watches', () => {
  it('tells a change to a watch that is open, in the order of the changes', async () => {
    const list = (await (await fetch(url(CONFIG_MAPS))).json()) as { metadata: { resourceVersion: string } };
    const abort = new AbortController();
    const response = await fetch(url(`${CONFIG_MAPS}?watch=true&resourceVersion=${list.metadata.resourceVersion}`), {
      signal: abort.signal,
    });
    await post(CONFIG_MAPS, configMap('watched-1'));
    await post(CONFIG_MAPS, configMap('watched-2'));
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (text.includes('watched-2')) break;
    }
    abort.abort();
    const events = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; object: { metadata: { name: string } } });
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED watched-1',
      'ADDED watched-2',
    ]);
  });
});

describe('tables', () => {
  it('answers kubectl with the columns of the kind', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = (await (await fetch(url('/api/v1/namespaces'), { headers: { accept } })).json()) as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Status', 'Age']);
    expect(table.rows[0]?.cells.slice(0, 2)).toEqual(['default', 'Active']);
  });
});

describe('faults', () => {
  const fault = (body: object): Promise<Response> => post('/_sandbox/faults', body);

  it('throttles the next requests of a kind, and only so many', async () => {
    await fault({
      effect: { kind: 'throttle', retryAfterSeconds: 3 },
      times: 2,
      verbs: ['get'],
      resource: 'namespaces',
    });
    const first = await fetch(url('/api/v1/namespaces/default'));
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3']);
    expect((await fetch(url('/api/v1/namespaces'))).status).toBe(200);
    expect((await fetch(url('/api/v1/namespaces/default'))).status).toBe(429);
    expect((await fetch(url('/api/v1/namespaces/default'))).status).toBe(200);
  });

  it('loses the answer of a write that was executed', async () => {
    await fault({ effect: { kind: 'reset', executed: true }, verbs: ['create'] });
    await expect(post(CONFIG_MAPS, configMap('lost'))).rejects.toThrow();
    expect((await fetch(url(`${CONFIG_MAPS}/lost`))).status).toBe(200);
  });

  it('cuts a connection before the write', async () => {
    await fault({ effect: { kind: 'reset' }, verbs: ['create'] });
    await expect(post(CONFIG_MAPS, configMap('never'))).rejects.toThrow();
    expect((await fetch(url(`${CONFIG_MAPS}/never`))).status).toBe(404);
  });

  it('expires and cuts watches', async () => {
    await fault({ effect: { kind: 'expired' }, verbs: ['watch'] });
    const text = await (await fetch(url(`${CONFIG_MAPS}?watch=true`))).text();
    expect(JSON.parse(text)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    await fault({ effect: { kind: 'cut-watch', afterEvents: 1 }, verbs: ['watch'] });
    const response = await fetch(url('/api/v1/namespaces?watch=true'));
    await expect(response.text()).rejects.toThrow();
  });

  it('counts what came in', async () => {
    await post('/_sandbox/reset', {});
    await fetch(url('/api/v1/namespaces'));
    await post(CONFIG_MAPS, configMap('counted'));
    const counters = await (await fetch(url('/_sandbox/counters'))).json();
    expect(counters).toMatchObject({
      requests: 2,
      writes: 1,
      byVerb: { 'list namespaces': 1, 'create configmaps': 1 },
    });
  });
});
