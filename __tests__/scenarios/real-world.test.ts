import { describe, expect } from '@jest/globals';
import { configMap, deployment, documents } from './objects.ts';
import { IMAGE, onSandbox } from './world.ts';

const statefulSet = (tag: string): string => `apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: db
          image: ${IMAGE}:${tag}
          readinessProbe: {tcpSocket: {port: 5432}}
          volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;

const withAccount = (text: string, name: string): string =>
  text.replace('      containers:', `      serviceAccountName: ${name}\n      containers:`);

describe('a rollback', () => {
  onSandbox('frees a StatefulSet from the broken pod that it would keep for ever', async ({ write, run, get }) => {
    await write({ 'db.yaml': statefulSet('1') });
    expect((await run()).outputs).toMatchObject({ phase: 'succeeded' });
    const healthy = await get('v1', 'Pod', 'db-0');
    await write({ 'db.yaml': statefulSet('2-bad') });
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ phase: 'rolled-back', reason: 'workload-failed' });
    expect(log).toMatch(/StatefulSet \S+\/db does not replace unready pods .* deleted Pod \S+\/db-1/);
    const pod = await get('v1', 'Pod', 'db-1');
    expect(pod).toMatchObject({ spec: { containers: [{ image: `${IMAGE}:1` }] } });
    expect((await get('v1', 'Pod', 'db-0'))?.metadata.uid).toBe(healthy?.metadata.uid);
  });

  onSandbox('takes back a ServiceAccount that the last good revision does not name', async ({ write, run, get }) => {
    await write({ 'web.yaml': deployment() });
    await run();
    await write({ 'web.yaml': withAccount(deployment(), 'nobody') });
    const { outputs, summary } = await run();
    expect(outputs).toMatchObject({ phase: 'rolled-back', reason: 'workload-failed' });
    expect(summary).toContain('The message names what the API server misses');
    const live = await get('apps/v1', 'Deployment', 'web');
    const { template } = (live?.spec ?? {}) as { template?: { spec: Record<string, unknown> } };
    expect(template?.spec).not.toHaveProperty('serviceAccountName');
    expect(template?.spec).not.toHaveProperty('serviceAccount');
  });
});

describe('what a rollback reports', () => {
  onSandbox(
    'says unchanged of what the failed revision did not have and had not yet pruned',
    async ({ write, run }) => {
      await write({ 'web.yaml': documents(deployment(), configMap('old', { a: '1' })) });
      await run();
      await write({ 'web.yaml': deployment({ image: `${IMAGE}:2-bad` }) });
      const { outputs, log } = await run();
      expect(outputs).toMatchObject({ phase: 'rolled-back' });
      expect(log).toMatch(/restored\S*\s+\S*\s*Deployment/);
      expect(log).not.toMatch(/restored\S*\s+\S*\s*ConfigMap/);
    },
  );
});

describe('an upgrade', () => {
  onSandbox('mends a StatefulSet whose first deploy never became healthy', async ({ write, run, get }) => {
    await write({ 'db.yaml': statefulSet('1-bad') });
    expect((await run()).outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed' });
    await write({ 'db.yaml': statefulSet('1') });
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(log).toMatch(/deleted Pod \S+\/db-0/);
    expect(await get('v1', 'Pod', 'db-1')).toMatchObject({ spec: { containers: [{ image: `${IMAGE}:1` }] } });
  });

  onSandbox(
    'takes away a ServiceAccount that the manifests no longer name, and changes nothing when run again',
    async ({ write, run, get, writes }) => {
      const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n';
      await write({ 'web.yaml': documents(account, withAccount(deployment(), 'web')) });
      await run();
      await write({ 'web.yaml': documents(account, deployment()) });
      expect((await run()).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      const live = await get('apps/v1', 'Deployment', 'web');
      const { template } = (live?.spec ?? {}) as { template?: { spec: Record<string, unknown> } };
      expect(template?.spec).not.toHaveProperty('serviceAccount');
      writes();
      expect((await run()).outputs).toMatchObject({ phase: 'unchanged', revision: '2' });
      expect(writes()).toEqual([]);
    },
  );
});

describe('a Job that failed', () => {
  onSandbox('runs again when the release does: what it lacked may be there now', async ({ write, run, get }) => {
    await write({
      'job.yaml': `apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  backoffLimit: 0
  template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: "${IMAGE}:crash"}]}}
`,
    });
    expect((await run()).outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed' });
    const first = await get('batch/v1', 'Job', 'migrate');
    expect(first).toBeDefined();
    expect((await run()).outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed', revision: '2' });
    const second = await get('batch/v1', 'Job', 'migrate');
    expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
  });
});
