import { describe, expect } from '@jest/globals';
import { configMap, deployment, documents, service } from './objects.ts';
import { IMAGE, OLD_TAG, onAnyCluster, onSandbox } from './world.ts';

const broken: {
  name: string;
  image?: string;
  annotations?: Record<string, string>;
  container?: string;
  probe?: boolean;
  says: RegExp;
}[] = [
  {
    name: 'an image that cannot be pulled',
    image: 'registry.k8s.io/pause:bad',
    says: /cannot pull image registry\.k8s\.io\/pause:bad/,
  },
  {
    name: 'a crash loop',
    annotations: {
      'sandbox.sluice.dev/crash': 'true',
      'sandbox.sluice.dev/exit-code': '3',
      'sandbox.sluice.dev/log': 'no database at db:5432',
    },
    says: /exit code 3/,
  },
  {
    name: 'a crash loop of pods that count as ready as soon as they run',
    annotations: { 'sandbox.sluice.dev/crash': 'true', 'sandbox.sluice.dev/exit-code': '3' },
    probe: false,
    says: /exit code 3/,
  },
  {
    name: 'a container that runs out of memory',
    annotations: { 'sandbox.sluice.dev/oom': 'true' },
    says: /OOM|out of memory|memory limit/i,
  },
  {
    name: 'a missing ConfigMap',
    container: '          envFrom: [{configMapRef: {name: absent}}]\n',
    says: /configmap "absent" not found/,
  },
];

describe('a release that fails', () => {
  for (const { name, says, ...version } of broken)
    onSandbox(`rolls back to the last good revision: ${name}`, async ({ write, run, get }) => {
      await write({ 'web.yaml': documents(deployment(), service()) });
      await run();
      await write({
        'web.yaml': documents(deployment(version), service()),
        'new.yaml': configMap('only-in-the-new', {}),
      });
      const { exitCode, outputs, log, summary } = await run();
      expect({ exitCode, ...outputs }).toMatchObject({
        exitCode: 1,
        phase: 'rolled-back',
        reason: 'workload-failed',
        revision: '2',
      });
      expect(log).toMatch(says);
      expect(summary).toMatch(says);
      const live = await get('apps/v1', 'Deployment', 'web');
      expect(live).toMatchObject({
        metadata: { labels: { 'sluice.dev/revision': '1' } },
        spec: { template: { spec: { containers: [{ image: `${IMAGE}:${OLD_TAG}` }] } } },
        status: { availableReplicas: 2, updatedReplicas: 2 },
      });
      expect(await get('v1', 'ConfigMap', 'only-in-the-new')).toBeUndefined();
    });

  onSandbox('shows the end of the log of what crashed', async ({ write, run }) => {
    const annotations = {
      'sandbox.sluice.dev/crash': 'true',
      'sandbox.sluice.dev/exit-code': '3',
      'sandbox.sluice.dev/log': 'no database at db:5432',
    };
    await write({ 'web.yaml': deployment({ annotations }) });
    const { summary, outputs } = await run();
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed' });
    expect(summary).toContain('no database at db:5432');
  });

  onSandbox(
    'leaves what was created, and says so, when there is nothing to go back to',
    async ({ write, run, get }) => {
      await write({ 'web.yaml': deployment({ image: 'registry.k8s.io/pause:bad' }) });
      const { outputs, summary } = await run();
      expect(outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed', revision: '1' });
      expect(summary).toContain('there is no earlier revision to go back to');
      expect(await get('apps/v1', 'Deployment', 'web')).toBeDefined();
    },
  );

  onSandbox('stays as it is with on-failure: leave', async ({ write, run, get }) => {
    await write({ 'web.yaml': deployment() });
    await run();
    await write({ 'web.yaml': deployment({ image: 'registry.k8s.io/pause:bad' }) });
    const { outputs } = await run({ 'on-failure': 'leave' });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed' });
    expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({
      spec: { template: { spec: { containers: [{ image: 'registry.k8s.io/pause:bad' }] } } },
    });
  });

  onSandbox(
    'goes on after a failed revision as if it had never been: the next one serves, and prunes what the failed one left',
    async ({ write, run, get }) => {
      await write({ 'web.yaml': deployment() });
      await run();
      await write({
        'web.yaml': deployment({ image: 'registry.k8s.io/pause:bad' }),
        'left.yaml': configMap('left', {}),
      });
      await run({ 'on-failure': 'leave' });
      expect(await get('v1', 'ConfigMap', 'left')).toBeDefined();
      await write({ 'web.yaml': deployment({ image: 'registry.k8s.io/pause:3.10' }), 'left.yaml': '' });
      const { outputs } = await run();
      expect(outputs).toMatchObject({ phase: 'succeeded', revision: '3' });
      expect(await get('v1', 'ConfigMap', 'left')).toBeUndefined();
    },
  );

  onSandbox(
    'unschedulable: a pod that no node takes fails before the deadline, with the words of the scheduler',
    async ({ write, run }) => {
      const container = '          resources: {requests: {cpu: "1000"}}\n';
      await write({ 'web.yaml': deployment({ container }) });
      const { outputs, log } = await run({ timeout: '50s' });
      expect(outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed' });
      expect(log).toContain('Insufficient cpu');
    },
  );

  onSandbox(
    'ready-before-anything: a pod that never becomes ready fails at the deadline, and the message says what was waited for',
    async ({ write, run }) => {
      await write({ 'web.yaml': deployment({ annotations: { 'sandbox.sluice.dev/never-ready': 'true' } }) });
      const { outputs, log } = await run({ timeout: '4s' });
      expect(outputs).toMatchObject({ phase: 'failed', reason: 'deadline-exceeded' });
      expect(log).toMatch(/Waiting for 2 of 2 replicas/);
    },
  );

  onAnyCluster('finds an image that does not exist long before the deadline', async ({ write, run }) => {
    await write({ 'web.yaml': deployment({ image: `${IMAGE}:no-such-tag-bad` }) });
    const { outputs, log } = await run({ timeout: '100s' });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'workload-failed' });
    expect(log).toContain('no-such-tag-bad');
  });
});
