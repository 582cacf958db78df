import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSandboxServer, type SandboxServer } from '../../../src/sandbox/server.ts';
import { client } from './client.ts';

let server: SandboxServer;
beforeAll(async () => {
  server = await openSandboxServer({ controllers: 'off' });
});
afterAll(() => server.close());

const call = client(() => server);
const MAPS = '/api/v1/namespaces/default/configmaps';

describe('a request', () => {
  it.each(['/apis', '/apis/apps', '/apis/apps/v1', '/version'])('may only read %s', async path => {
    expect((await call('POST', path, {})).status).toBe(405);
    expect((await call('GET', path)).status).toBe(200);
  });

  it.each([
    [`${MAPS}?limit=abc`, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [`${MAPS}?watch=true&timeoutSeconds=soon`, 'strconv.ParseInt: parsing "soon": invalid syntax'],
    [`${MAPS}?fieldSelector=%3Dx`, '"" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ])('is refused with the reason: %s', async (path, message) => {
    expect(await call('GET', path)).toMatchObject({ status: 400, body: { message } });
  });

  it('is remarked on for Endpoints, even if it only reads', async () => {
    const warned = async (path: string): Promise<string | null> =>
      (await fetch(`${server.url}/api/v1/namespaces/default/${path}`)).headers.get('warning');
    const remark = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
    expect(await warned('endpoints')).toBe(remark);
    expect(await warned('endpoints/none')).toBe(remark);
    expect(await warned('services')).toBeNull();
  });

  it('takes resourceVersion 0 for none, and no words for numbers', async () => {
    await call('POST', MAPS, { metadata: { name: 'versions' } });
    const put = (resourceVersion: string) =>
      call('PUT', `${MAPS}/versions`, { metadata: { name: 'versions', resourceVersion } });
    expect((await put('0')).status).toBe(200);
    expect((await put('1')).status).toBe(409);
    const message = 'strconv.ParseUint: parsing "abc": invalid syntax';
    expect(await put('abc')).toMatchObject({ status: 500, body: { message } });
  });

  it('may not patch an object into one of another kind', async () => {
    await call('POST', MAPS, { metadata: { name: 'kind' } });
    const refused = await call('PATCH', `${MAPS}/kind`, [{ op: 'replace', path: '/kind', value: 'Secret' }]);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toContain('converting (v1.Secret) to (core.ConfigMap): unknown conversion');
  });

  it('names an object that has no name yet by the name it will begin with', async () => {
    const spec = { serviceAccountName: 'none', containers: [{ name: 'a', image: 'x:1' }] };
    const refused = await call('POST', '/api/v1/namespaces/default/pods', { metadata: { generateName: 'p-' }, spec });
    expect(refused.body.message).toMatch(/^pods "p-" is forbidden: error looking up service account default\/none/);
  });

  it('adds debugging containers to a Pod, and takes none away', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await call('POST', pods, { metadata: { name: 'd' }, spec: { containers: [{ name: 'a', image: 'x:1' }] } });
    const ephemeralContainers = [{ name: 'debug', image: 'b:1' }];
    const added = await call('PATCH', `${pods}/d/ephemeralcontainers`, { spec: { ephemeralContainers } });
    expect(added).toMatchObject({ status: 200, body: { spec: { ephemeralContainers } } });
    const removed = await call('PATCH', `${pods}/d/ephemeralcontainers`, { spec: { ephemeralContainers: [] } });
    expect(removed.body.message).toContain('existing ephemeral containers "debug" may not be removed');
  });
});

describe('a protobuf body', () => {
  const bytes = (number: number, content: string | Buffer): Buffer => {
    const body = Buffer.from(content as string);
    return Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body]);
  };
  const envelope = (kind: string, object: Buffer): Buffer => {
    const typeMeta = Buffer.concat([bytes(1, 'v1'), bytes(2, kind)]);
    return Buffer.concat([Buffer.from('k8s\0'), bytes(1, typeMeta), bytes(2, object)]);
  };
  const post = (body: Buffer): Promise<Response> =>
    fetch(server.url + MAPS, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    });

  it('is read as the same object in JSON', async () => {
    const data = Buffer.concat([bytes(1, 'k'), bytes(2, 'v')]);
    const response = await post(envelope('ConfigMap', Buffer.concat([bytes(1, bytes(1, 'proto')), bytes(2, data)])));
    expect(response.status).toBe(201);
    expect((await call('GET', `${MAPS}/proto`)).body).toMatchObject({ kind: 'ConfigMap', data: { k: 'v' } });
  });

  it('is refused where a field is not understood', async () => {
    const response = await post(envelope('ConfigMap', bytes(9, 'x')));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('cannot read field 9 of a ConfigMap in protobuf');
  });
});
