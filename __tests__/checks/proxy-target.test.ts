import { describe, expect, it } from '@jest/globals';
import { forgetPorts, serviceTarget } from '../../src/checks/proxy-target.ts';
import { fakeCluster } from '../health/fake-cluster.ts';

const WEB = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { ports: [{ name: 'https', port: 8443 }] },
};
const SIGNAL = new AbortController().signal;
const TARGET = { kind: 'Service' as const, namespace: 'shop', name: 'web', port: undefined, scheme: undefined };

describe('the port of a Service that is asked', () => {
  it('is read once for all samples of a hold', async () => {
    const cluster = fakeCluster(WEB);
    for (let sample = 0; sample < 3; sample += 1)
      expect(await serviceTarget(TARGET, cluster, SIGNAL)).toEqual({ ...TARGET, port: 'https', scheme: 'https' });
    expect(cluster.requests).toEqual(['get Service web']);
  });

  it('is read once though each sample ends by a signal of its own', async () => {
    const cluster = fakeCluster(WEB);
    const [first, second] = [new AbortController(), new AbortController()];
    await serviceTarget(TARGET, cluster, first.signal);
    first.abort();
    expect(await serviceTarget(TARGET, cluster, second.signal)).toMatchObject({ port: 'https' });
    expect(cluster.requests).toEqual(['get Service web']);
  });

  it('is read again in the next hold, and when a request to it has failed', async () => {
    const cluster = fakeCluster(WEB);
    await serviceTarget(TARGET, cluster, SIGNAL);
    const changed = { ...WEB, spec: { ports: [{ name: 'web', port: 80 }] } };
    expect(await serviceTarget(TARGET, fakeCluster(changed), SIGNAL)).toMatchObject({ port: 'web' });
    cluster.put(changed);
    forgetPorts(TARGET, cluster);
    expect(await serviceTarget(TARGET, cluster, SIGNAL)).toMatchObject({ port: 'web', scheme: undefined });
  });

  it('is read again where there was no such Service, or it could not be read', async () => {
    const cluster = fakeCluster();
    await serviceTarget(TARGET, cluster, SIGNAL);
    cluster.put(WEB);
    expect(await serviceTarget(TARGET, cluster, SIGNAL)).toMatchObject({ port: 'https' });
    const broken = fakeCluster(WEB);
    broken.errors['get Service'] = new Error('lost');
    await expect(serviceTarget(TARGET, broken, SIGNAL)).rejects.toThrow('lost');
    broken.errors = {};
    expect(await serviceTarget(TARGET, broken, SIGNAL)).toMatchObject({ port: 'https' });
  });
});
