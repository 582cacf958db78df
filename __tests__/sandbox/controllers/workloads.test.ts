import { describe, expect, it } from '@jest/globals';
import {
  type Cluster,
  condition,
  startCluster,
  statusOf,
  template,
  type WorkloadOptions,
  workload,
} from './cluster.ts';

const JOB = 'batch/Job';

function job(name: string, spec: Record<string, unknown> = {}, options: WorkloadOptions = {}) {
  const made = template(name, {
    ...options,
    pod: { restartPolicy: 'Never' },
    container: { readinessProbe: undefined },
  });
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: made, ...spec } };
}

const names = (cluster: Cluster): string[] => cluster.pods().map(pod => pod.metadata.name);

describe('a StatefulSet', () => {
  it('that is parallel starts all its pods at once, ordered ones one after the other', () => {
    const parallel = startCluster();
    parallel.create(workload('StatefulSet', 'db', { replicas: 3, spec: { podManagementPolicy: 'Parallel' } }));
    parallel.clock.advance(100);
    expect(names(parallel)).toEqual(['db-0', 'db-1', 'db-2']);
    const ordered = startCluster();
    ordered.create(workload('StatefulSet', 'db', { replicas: 3 }));
    ordered.clock.advance(100);
    expect(names(ordered)).toEqual(['db-0']);
  });

  it('scales down from the highest ordinal, and keeps the claims', () => {
    const cluster = startCluster();
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    cluster.create(workload('StatefulSet', 'db', { replicas: 3, spec: { volumeClaimTemplates: [claim] } }));
    cluster.clock.advance(6000);
    expect(statusOf(cluster.get('PersistentVolumeClaim', 'data-db-2'))).toMatchObject({ phase: 'Bound' });
    cluster.change('apps/StatefulSet', 'db', ({ spec }) => {
      spec['replicas'] = 1;
    });
    cluster.clock.advance(200);
    expect(
      cluster
        .pods()
        .filter(pod => pod.metadata.deletionTimestamp)
        .map(pod => pod.metadata.name),
    ).toEqual(['db-2']);
    cluster.clock.advance(3000);
    expect(names(cluster)).toEqual(['db-0']);
    expect(cluster.api.list('PersistentVolumeClaim', 'default')).toHaveLength(3);
  });

  it('with OnDelete changes a pod only when someone deletes it', () => {
    const cluster = startCluster();
    cluster.create(workload('StatefulSet', 'db', { spec: { updateStrategy: { type: 'OnDelete' } } }));
    cluster.clock.advance(4000);
    cluster.change('apps/StatefulSet', 'db', ({ spec }) => {
      spec['template'] = template('db', { image: 'web:2' });
    });
    cluster.clock.advance(4000);
    const images = (): (string | undefined)[] => cluster.pods().map(pod => pod.spec?.containers[0]?.image);
    expect(images()).toEqual(['web:1', 'web:1']);
    cluster.api.delete('Pod', 'default', 'db-1', {});
    cluster.clock.advance(4000);
    expect(images()).toEqual(['web:1', 'web:2']);
  });

  it('without pods takes a new revision at once, and goes with what it owns in the foreground', () => {
    const cluster = startCluster();
    cluster.create(workload('StatefulSet', 'db', { replicas: 0 }));
    cluster.clock.advance(100);
    cluster.change('apps/StatefulSet', 'db', ({ spec }) => {
      spec['template'] = template('db', { image: 'web:2' });
    });
    cluster.clock.advance(100);
    const { currentRevision, updateRevision } = statusOf(cluster.get('apps/StatefulSet', 'db'));
    expect(currentRevision).toBe(updateRevision);
    cluster.change('apps/StatefulSet', 'db', ({ spec }) => {
      spec['replicas'] = 1;
    });
    cluster.clock.advance(2000);
    cluster.api.delete('apps/StatefulSet', 'default', 'db', { propagation: 'Foreground' });
    cluster.clock.advance(300);
    expect(cluster.get('apps/StatefulSet', 'db')).toBeDefined();
    cluster.clock.advance(1000);
    expect(cluster.get('apps/StatefulSet', 'db')).toBeUndefined();
    expect(names(cluster)).toEqual([]);
    expect(cluster.api.list('apps/ControllerRevision', 'default')).toEqual([]);
  });

  it('uses an old revision again under a higher number, and leaves a broken pod to be deleted by hand', () => {
    const cluster = startCluster();
    cluster.create(workload('StatefulSet', 'db', { replicas: 2 }));
    cluster.clock.advance(4000);
    const update = (image: string): void => {
      cluster.change('apps/StatefulSet', 'db', ({ spec }) => {
        spec['template'] = template('db', { image });
      });
      cluster.clock.advance(4000);
    };
    update('web:unready');
    update('web:1');
    expect(cluster.pods().map(pod => pod.spec?.containers[0]?.image)).toEqual(['web:1', 'web:unready']);
    const revisions = cluster.api.list('apps/ControllerRevision', 'default').map(({ revision }) => revision);
    expect([...revisions].sort()).toEqual([2, 3]);
    cluster.api.delete('Pod', 'default', 'db-1', {});
    cluster.clock.advance(4000);
    expect(statusOf(cluster.get('apps/StatefulSet', 'db'))).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
  });
});

describe('a DaemonSet', () => {
  it('runs on the nodes that match, as they come', () => {
    const cluster = startCluster([{ name: 'n1', labels: { disk: 'ssd' } }, { name: 'n2' }]);
    cluster.create(workload('DaemonSet', 'agent', { pod: { nodeSelector: { disk: 'ssd' } } }));
    cluster.clock.advance(2000);
    expect(cluster.pods().map(pod => pod.spec?.nodeName)).toEqual(['n1']);
    const node = structuredClone(cluster.api.get('Node', undefined, 'n2'));
    if (node)
      cluster.api.update({ ...node, metadata: { ...node.metadata, labels: { disk: 'ssd' } } }, { manager: 'test' });
    cluster.clock.advance(2000);
    expect(statusOf(cluster.get('apps/DaemonSet', 'agent'))).toMatchObject({
      desiredNumberScheduled: 2,
      numberReady: 2,
    });
  });
});

describe('a Job', () => {
  it('runs as many pods side by side as it may until enough have succeeded', () => {
    const cluster = startCluster();
    cluster.create(job('work', { completions: 5, parallelism: 2 }));
    cluster.clock.advance(100);
    expect(cluster.pods()).toHaveLength(2);
    cluster.clock.advance(20_000);
    expect(statusOf(cluster.get(JOB, 'work'))).toMatchObject({ succeeded: 5 });
    expect(condition(cluster.get(JOB, 'work'), 'Complete')).toMatchObject({
      status: 'True',
      reason: 'CompletionsReached',
    });
  });

  it('gives each index its pod', () => {
    const cluster = startCluster();
    cluster.create(job('work', { completions: 3, parallelism: 3, completionMode: 'Indexed' }));
    cluster.clock.advance(5000);
    expect(statusOf(cluster.get(JOB, 'work'))).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
  });

  it('fails past its deadline, and its pods go', () => {
    const cluster = startCluster();
    cluster.create(
      job('work', { activeDeadlineSeconds: 3 }, { annotations: { 'sandbox.sluice.dev/exit-after': '60s' } }),
    );
    cluster.clock.advance(8000);
    expect(condition(cluster.get(JOB, 'work'), 'Failed')).toMatchObject({ status: 'True', reason: 'DeadlineExceeded' });
    expect(statusOf(cluster.get(JOB, 'work'))).toMatchObject({ failed: 1 });
    expect(cluster.pods()).toEqual([]);
  });

  it('is deleted with its pods when its time to live is over', () => {
    const cluster = startCluster();
    cluster.create(job('work', { ttlSecondsAfterFinished: 30 }));
    cluster.clock.advance(20_000);
    expect(cluster.get(JOB, 'work')).toBeDefined();
    cluster.clock.advance(20_000);
    expect(cluster.get(JOB, 'work')).toBeUndefined();
    expect(cluster.pods()).toEqual([]);
  });

  it('that is suspended runs nothing until it is resumed', () => {
    const cluster = startCluster();
    cluster.create(job('work', { suspend: true }));
    cluster.clock.advance(3000);
    expect(cluster.pods()).toEqual([]);
    expect(condition(cluster.get(JOB, 'work'), 'Suspended')).toMatchObject({ status: 'True', reason: 'JobSuspended' });
    cluster.change(JOB, 'work', ({ spec }) => {
      spec['suspend'] = false;
    });
    cluster.clock.advance(5000);
    expect(condition(cluster.get(JOB, 'work'), 'Complete')?.status).toBe('True');
  });
});

describe('a CronJob', () => {
  const cron = (spec: Record<string, unknown> = {}) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: job('tick').spec }, ...spec },
  });

  it('makes a Job at each of its times and keeps the last three', () => {
    const cluster = startCluster();
    cluster.create(cron());
    cluster.clock.advance(31 * 60_000);
    expect(cluster.api.list(JOB, 'default')).toHaveLength(3);
    expect(statusOf(cluster.get('batch/CronJob', 'tick'))).toMatchObject({ lastScheduleTime: '2026-11-23T12:30:00Z' });
    expect(cluster.events().filter(text => text.startsWith('Normal SuccessfulCreate: Created job tick-'))).toHaveLength(
      6,
    );
  });

  it('makes none while it is suspended, and none beside one that runs where that is forbidden', () => {
    const suspended = startCluster();
    suspended.create(cron({ suspend: true }));
    suspended.clock.advance(20 * 60_000);
    expect(suspended.api.list(JOB, 'default')).toEqual([]);
    const forbidding = startCluster();
    const slow = job('tick', {}, { annotations: { 'sandbox.sluice.dev/exit-after': '12m' } });
    forbidding.create(cron({ concurrencyPolicy: 'Forbid', jobTemplate: { spec: slow.spec } }));
    forbidding.clock.advance(11 * 60_000);
    expect(forbidding.api.list(JOB, 'default')).toHaveLength(1);
  });
});
