import { describe, expect, it } from '@jest/globals';
import { serviceTarget } from '../../src/checks/proxy-target.ts';
import { fakeCluster } from '../health/fake-cluster.ts';

const WEB = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { ports: [{ name: 'https', port: 8443 }] },
};
const TARGET = { kind: 'Service' as const, namespace: 'shop', name: 'web', port: undefined, scheme: undefined };

describe('the port of a Service that is asked', () => {
  it('is read once for all samples of a hold', async () => {
    const cluster = fakeCluster(WEB);
    for (let sample = 0; sample < 3; sample += 1)
      expect(await serviceTarget(TARGET, cluster)).toEqual({ ...TARGET, port: 'https', scheme: 'https' });
    expect(cluster.requests).toEqual(['get Service web']);
    await serviceTarget(TARGET, fakeCluster(WEB));
  });

  it('is read again where there was no such Service, or it could not be read', async () => {
    const cluster = fakeCluster();
    await serviceTarget(TARGET, cluster);
    cluster.put(WEB);
    expect(await serviceTarget(TARGET, cluster)).toMatchObject({ port: 'https' });
    const broken = fakeCluster(WEB);
    broken.errors['get Service'] = new Error('lost');
    await expect(serviceTarget(TARGET, broken)).rejects.toThrow('lost');
    broken.errors = {};
    expect(await serviceTarget(TARGET, broken)).toMatchObject({ port: 'https' });
  });
});
