import { describe, expect, it } from '@jest/globals';
import { condition, deployment, startCluster, statusOf } from './cluster.ts';

const DEPLOYMENT = 'apps/Deployment';
const REPLICA_SET = 'apps/ReplicaSet';

describe('a Deployment', () => {
  it('with strategy Recreate starts nothing new before the last old pod is gone', () => {
    const cluster = startCluster();
    cluster.create(deployment('web', { spec: { strategy: { type: 'Recreate' } } }));
    cluster.clock.advance(3000);
    let both = 0;
    let none = 0;
    cluster.api.subscribe(() => {
      const images = new Set(cluster.pods().map(pod => pod.spec?.containers[0]?.image));
      if (images.size > 1) both += 1;
      if (images.size === 0) none += 1;
    });
    cluster.change(DEPLOYMENT, 'web', ({ spec }) => {
      spec['template'] = (deployment('web', { image: 'web:2' }).spec as { template: unknown }).template;
    });
    cluster.clock.advance(5000);
    expect(both).toBe(0);
    expect(none).toBeGreaterThan(0);
    expect(statusOf(cluster.get(DEPLOYMENT, 'web'))).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
  });

  it('spreads a new size over both ReplicaSets in the middle of a rollout', () => {
    const cluster = startCluster();
    const spec = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } };
    cluster.create(deployment('web', { replicas: 10, spec }));
    cluster.clock.advance(3000);
    cluster.change(DEPLOYMENT, 'web', ({ spec: live }) => {
      live['template'] = (deployment('web', { image: 'web:2-unready' }).spec as { template: unknown }).template;
    });
    cluster.clock.advance(3000);
    const sizes = (): number[] =>
      cluster.api
        .list(REPLICA_SET, 'default')
        .map(set => Number((set.spec as { replicas: number }).replicas))
        .sort((a, b) => a - b);
    expect(sizes()).toEqual([5, 8]);
    cluster.change(DEPLOYMENT, 'web', ({ spec: live }) => {
      live['replicas'] = 15;
    });
    cluster.clock.advance(1000);
    expect(sizes()).toEqual([7, 11]);
  });

  it('says what its ReplicaSet was refused, and goes on when it no longer is', () => {
    const cluster = startCluster();
    cluster.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { pods: '1' } } });
    cluster.create(deployment('web', { replicas: 3 }));
    cluster.clock.advance(2000);
    const failed = condition(cluster.get(DEPLOYMENT, 'web'), 'ReplicaFailure');
    expect(failed).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(failed?.message).toContain('exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1');
    expect(cluster.events().some(text => text.startsWith('Warning FailedCreate: Error creating: pods "web-'))).toBe(
      true,
    );
    cluster.api.delete('ResourceQuota', 'default', 'q', {});
    cluster.clock.advance(60_000);
    expect(condition(cluster.get(DEPLOYMENT, 'web'), 'ReplicaFailure')).toBeUndefined();
    expect(statusOf(cluster.get(DEPLOYMENT, 'web'))).toMatchObject({ readyReplicas: 3 });
  });

  it('keeps as many old ReplicaSets as its history allows', () => {
    const cluster = startCluster();
    cluster.create(deployment('web', { replicas: 1, spec: { revisionHistoryLimit: 2 } }));
    cluster.clock.advance(2000);
    for (let version = 2; version <= 6; version++) {
      cluster.change(DEPLOYMENT, 'web', ({ spec }) => {
        spec['template'] = (deployment('web', { image: `web:${version}` }).spec as { template: unknown }).template;
      });
      cluster.clock.advance(5000);
    }
    const revisions = cluster.api
      .list(REPLICA_SET, 'default')
      .map(set => set.metadata.annotations?.['deployment.kubernetes.io/revision'])
      .sort();
    expect(revisions).toEqual(['4', '5', '6']);
  });

  it('waits out minReadySeconds before it counts a pod as available', () => {
    const cluster = startCluster();
    cluster.create(deployment('web', { replicas: 1, spec: { minReadySeconds: 10 } }));
    cluster.clock.advance(5000);
    expect(statusOf(cluster.get(DEPLOYMENT, 'web'))).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
    cluster.clock.advance(8000);
    expect(statusOf(cluster.get(DEPLOYMENT, 'web'))).toMatchObject({ availableReplicas: 1 });
  });

  it('takes another name where its own is taken, and counts the collision', () => {
    const first = startCluster();
    first.create(deployment('web'));
    first.clock.advance(500);
    const name = first.api.list(REPLICA_SET, 'default')[0]?.metadata.name ?? '';

    const cluster = startCluster();
    const other = deployment('web').spec as { template: object };
    cluster.create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, labels: { app: 'other' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'other' } },
        template: { ...other.template, metadata: { labels: { app: 'other' } } },
      },
    });
    cluster.create(deployment('web'));
    cluster.clock.advance(3000);
    expect(statusOf(cluster.get(DEPLOYMENT, 'web'))).toMatchObject({ collisionCount: 1, readyReplicas: 2 });
  });

  it('leaves its ReplicaSet to the next of its kind when it is deleted as an orphan', () => {
    const cluster = startCluster();
    cluster.create(deployment('web'));
    cluster.clock.advance(2000);
    const pods = cluster.pods().map(pod => pod.metadata.uid);
    cluster.api.delete(DEPLOYMENT, 'default', 'web', { propagation: 'Orphan' });
    cluster.clock.advance(1000);
    expect(cluster.get(DEPLOYMENT, 'web')).toBeUndefined();
    expect(cluster.api.list(REPLICA_SET, 'default')[0]?.metadata.ownerReferences).toBeUndefined();
    cluster.create(deployment('web'));
    cluster.clock.advance(2000);
    expect(statusOf(cluster.get(DEPLOYMENT, 'web'))).toMatchObject({ readyReplicas: 2 });
    expect(cluster.pods().map(pod => pod.metadata.uid)).toEqual(pods);
  });
});
