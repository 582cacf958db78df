import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSandboxServer, type SandboxServer } from '../../../src/sandbox/server.ts';
import { client } from './client.ts';

let server: SandboxServer;
const call = client(() => server);
const NAMESPACE = '/api/v1/namespaces/default';
const limit = {
  type: 'Container',
  default: { cpu: '500m', memory: '256Mi' },
  defaultRequest: { cpu: '100m' },
  min: { cpu: '50m' },
  max: { cpu: '1' },
  maxLimitRequestRatio: { cpu: '10' },
};
beforeAll(async () => {
  server = await openSandboxServer({ controllers: 'off' });
  await call('POST', `${NAMESPACE}/limitranges`, { metadata: { name: 'l' }, spec: { limits: [limit] } });
});
afterAll(() => server.close());

const create = (resources: object) =>
  call('POST', `${NAMESPACE}/pods`, {
    metadata: { generateName: 'p-' },
    spec: { containers: [{ name: 'app', image: 'x:1', resources }] },
  });

describe('a LimitRange', () => {
  it('gives containers what they do not ask for, and says so', async () => {
    const { status, body } = await create({});
    expect(status).toBe(201);
    expect(body.metadata?.['annotations']).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory request for container app; cpu, memory limit for container app',
    });
    expect(body['spec']).toMatchObject({
      containers: [{ resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '500m' } } }],
    });
  });

  it.each([
    [{ limits: { cpu: '2' }, requests: { cpu: '1' } }, 'maximum cpu usage per Container is 1, but limit is 2'],
    [{ requests: { cpu: '10m' } }, 'minimum cpu usage per Container is 50m, but request is 10m'],
    [
      { limits: { cpu: '1' }, requests: { cpu: '50m' } },
      'cpu max limit to request ratio per Container is 10, but provided ratio is 20.000000',
    ],
  ])('refuses %j', async (resources, why) => {
    const { status, body } = await create(resources);
    expect(status).toBe(403);
    expect(body.message).toContain(why);
  });
});
