import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { isReady, isTerminating } from '../../../src/sandbox/controllers/pods.ts';
import { type Cluster, condition, deployment, NAMESPACE, startCluster, statusOf, workload } from './cluster.ts';

const GRACE = { pod: { terminationGracePeriodSeconds: 1 } };

function setImage(cluster: Cluster, kind: string, name: string, image: string): void {
  cluster.change(kind, name, ({ spec }) => {
    const { spec: pod } = spec['template'] as { spec: { containers: { image: string }[] } };
    for (const container of pod.containers) container.image = image;
  });
}

/** The fewest ready pods that stay, looked at every 50 ms. */
function fewestServing(cluster: Cluster, milliseconds: number): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (let time = 0; time < milliseconds; time += 50) {
    cluster.clock.advance(50);
    fewest = Math.min(fewest, cluster.pods().filter(pod => isReady(pod) && !isTerminating(pod)).length);
  }
  return fewest;
}

function job(spec: Record<string, unknown>, image = 'task:1'): KubeObject {
  const pod = { restartPolicy: 'Never', containers: [{ name: 'task', image }] };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'task' },
    spec: { ...spec, template: { spec: pod } },
  };
}

describe('a Parallel StatefulSet', () => {
  it('has no more pods away at once than its update allows', () => {
    const cluster = startCluster();
    cluster.create(workload('StatefulSet', 'db', { ...GRACE, replicas: 3, spec: { podManagementPolicy: 'Parallel' } }));
    cluster.clock.advance(3000);
    setImage(cluster, 'apps/StatefulSet', 'db', 'web:2');
    expect(fewestServing(cluster, 8000)).toBe(2);
    expect(statusOf(cluster.get('apps/StatefulSet', 'db'))).toMatchObject({ updatedReplicas: 3, readyReplicas: 3 });
  });

  it('replaces a broken pod when the old template comes back', () => {
    const cluster = startCluster();
    cluster.create(workload('StatefulSet', 'db', { ...GRACE, replicas: 3, spec: { podManagementPolicy: 'Parallel' } }));
    cluster.clock.advance(3000);
    setImage(cluster, 'apps/StatefulSet', 'db', 'web:bad');
    cluster.clock.advance(5000);
    expect(statusOf(cluster.get('apps/StatefulSet', 'db'))).toMatchObject({ updatedReplicas: 1, readyReplicas: 2 });
    setImage(cluster, 'apps/StatefulSet', 'db', 'web:1');
    cluster.clock.advance(5000);
    expect(statusOf(cluster.get('apps/StatefulSet', 'db'))).toMatchObject({ updatedReplicas: 3, readyReplicas: 3 });
  });
});

it('a DaemonSet that surges starts the new pod of a node before it takes the old one', () => {
  const cluster = startCluster([{ name: 'n1' }, { name: 'n2' }]);
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  cluster.create(workload('DaemonSet', 'agent', { ...GRACE, spec: { updateStrategy } }));
  cluster.clock.advance(3000);
  setImage(cluster, 'apps/DaemonSet', 'agent', 'web:2');
  expect(fewestServing(cluster, 6000)).toBe(2);
  const status = statusOf(cluster.get('apps/DaemonSet', 'agent'));
  expect(status).toMatchObject({ updatedNumberScheduled: 2, numberAvailable: 2 });
  expect(cluster.pods().map(({ spec }) => spec?.containers[0]?.image)).toEqual(['web:2', 'web:2']);
});

describe('a Job', () => {
  it('does not count as failed what it takes back while it is suspended', () => {
    const cluster = startCluster();
    cluster.create(job({}));
    cluster.clock.advance(800);
    const { startTime } = statusOf(cluster.get('batch/Job', 'task'));
    cluster.change('batch/Job', 'task', ({ spec }) => {
      spec['suspend'] = true;
    });
    cluster.clock.advance(20);
    const status = statusOf(cluster.get('batch/Job', 'task'));
    expect(status).toMatchObject({ ready: 0, terminating: 1, startTime });
    cluster.clock.advance(3000);
    expect(statusOf(cluster.get('batch/Job', 'task'))).not.toHaveProperty('failed');
    expect(cluster.pods()).toEqual([]);
  });

  it('is Failed only when the pods that its deadline ended are gone', () => {
    const cluster = startCluster();
    cluster.create(job({ activeDeadlineSeconds: 2 }, 'task:bad'));
    cluster.clock.advance(2200);
    const late = cluster.get('batch/Job', 'task');
    expect(statusOf(late)).toMatchObject({ failed: 1, terminating: 1 });
    expect([condition(late, 'FailureTarget')?.reason, condition(late, 'Failed')]).toEqual([
      'DeadlineExceeded',
      undefined,
    ]);
    cluster.clock.advance(2000);
    expect(condition(cluster.get('batch/Job', 'task'), 'Failed')?.reason).toBe('DeadlineExceeded');
  });

  it('gives surplus pods back when its parallelism is lowered', () => {
    const cluster = startCluster();
    cluster.create(job({ parallelism: 3, completions: 6 }));
    cluster.clock.advance(700);
    cluster.change('batch/Job', 'task', ({ spec }) => {
      spec['parallelism'] = 1;
    });
    cluster.clock.advance(20);
    expect(statusOf(cluster.get('batch/Job', 'task'))).toMatchObject({ active: 1, terminating: 2 });
    expect(statusOf(cluster.get('batch/Job', 'task'))).not.toHaveProperty('failed');
  });

  it('tells the pods of an Indexed Job their index by their label', () => {
    const cluster = startCluster();
    cluster.create(job({ completions: 1, completionMode: 'Indexed' }));
    cluster.clock.advance(100);
    const fieldPath = "metadata.labels['batch.kubernetes.io/job-completion-index']";
    expect(cluster.pods()[0]?.spec?.containers[0]?.env).toEqual([
      { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } },
    ]);
  });
});

it('a ReplicaSet replaces a pod that lost its owner and its labels at once', () => {
  const cluster = startCluster();
  cluster.create(deployment('web', GRACE));
  cluster.clock.advance(3000);
  const { name = '' } = cluster.pods()[0]?.metadata ?? {};
  cluster.change('Pod', name, ({ metadata }) => {
    metadata.labels = { app: 'alone' };
    delete metadata.ownerReferences;
  });
  cluster.clock.advance(2000);
  expect(cluster.pods()).toHaveLength(3);
});

it('a CronJob tells of the Jobs that end and of those that others made for it', () => {
  const cluster = startCluster();
  const jobTemplate = { spec: job({}).spec };
  cluster.create({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'hourly' },
    spec: { schedule: '* * * * *', jobTemplate },
  });
  cluster.clock.advance(65_000);
  const [made] = cluster.api.list('batch/Job', NAMESPACE);
  expect(cluster.events()).toContain(
    `Normal SawCompletedJob: Saw completed job: ${made?.metadata.name}, condition: Complete`,
  );
  expect(statusOf(cluster.get('batch/CronJob', 'hourly'))).not.toHaveProperty('active');
  expect(cluster.events().filter(event => event.includes('UnexpectedJob'))).toEqual([]);
  const { uid = '' } = cluster.get('batch/CronJob', 'hourly')?.metadata ?? {};
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'hourly', uid, controller: true };
  cluster.create({ ...job({}), metadata: { name: 'by-hand', ownerReferences: [owner] } });
  cluster.clock.advance(500);
  expect(cluster.events()).toContain(
    'Warning UnexpectedJob: Saw a job that the controller did not create or forgot: by-hand',
  );
});

it('a Namespace ends its pods before what made them, and no workload calls that a failure', () => {
  const cluster = startCluster();
  const { api, clock } = cluster;
  api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, { manager: 'test' });
  const web = deployment('web', GRACE);
  api.create({ ...web, metadata: { name: 'web', namespace: 'shop' } }, { manager: 'test' });
  clock.advance(3000);
  api.delete('Namespace', undefined, 'shop', {});
  clock.advance(100);
  const kept = api.get('apps/Deployment', 'shop', 'web');
  expect(condition(kept, 'Available')?.status).toBe('False');
  expect(condition(kept, 'ReplicaFailure')).toBeUndefined();
  clock.advance(5000);
  expect(api.get('Namespace', undefined, 'shop')).toBeUndefined();
  expect(api.list('Pod', NAMESPACE)).toEqual([]);
});
