import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { podHttp } from '../../../src/sandbox/kubelet/pod-http.ts';
import { seeded } from '../../../src/sandbox/seeded.ts';
import type { ProxyCall } from '../../../src/sandbox/server/core.ts';
import type { Answer } from '../../../src/sandbox/server/http/message.ts';
import { type Cluster, deployment, startCluster } from '../controllers/cluster.ts';

function asker(cluster: Cluster): (object: KubeObject | undefined) => Answer | undefined {
  const answer = podHttp(cluster.api, seeded(3));
  return object => object && answer({ object, path: 'health' } as ProxyCall);
}

function shop(annotations: Record<string, string> = {}): Cluster {
  const cluster = startCluster();
  cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  cluster.create(deployment('web', { annotations }));
  return cluster;
}

describe('what a pod answers', () => {
  it('comes from each ready pod behind the Service, and from nobody before one is ready', () => {
    const cluster = shop();
    const ask = asker(cluster);
    cluster.clock.advance(500);
    expect(ask(cluster.get('Service', 'web'))).toBeUndefined();
    cluster.clock.advance(2000);
    const answers = Array.from({ length: 50 }, () => ask(cluster.get('Service', 'web')));
    expect(new Set(answers.map(answer => answer?.status))).toEqual(new Set([200]));
    expect(new Set(answers.map(answer => JSON.stringify(answer?.body))).size).toBe(2);
    expect(answers[0]?.body).toMatchObject({ image: 'web:1', path: '/health' });
  });

  it('fails as often as its error rate says', () => {
    const cluster = shop({ 'sandbox.sluice.dev/error-rate': '20%' });
    cluster.clock.advance(2500);
    const ask = asker(cluster);
    const failures = Array.from({ length: 2000 }, () => ask(cluster.get('Service', 'web'))).filter(
      answer => answer?.status === 500,
    );
    expect(failures.length / 2000).toBeCloseTo(0.2, 1);
  });

  it('takes its time', () => {
    const cluster = shop({ 'sandbox.sluice.dev/latency': '200ms' });
    cluster.clock.advance(2500);
    const written: string[] = [];
    const stream = {
      write: (text: string) => written.push(text),
      end: () => written.push('end'),
      cut: () => undefined,
      closed: new AbortController().signal,
    };
    asker(cluster)(cluster.pods()[0])?.stream?.(stream);
    cluster.clock.advance(199);
    expect(written).toEqual([]);
    cluster.clock.advance(1);
    expect(written.at(-1)).toBe('end');
  });
});
