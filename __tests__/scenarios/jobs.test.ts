import { describe, expect } from '@jest/globals';
import { deployment, documents } from './objects.ts';
import { IMAGE, onSandbox } from './world.ts';

const job = (tag: string, more = ''): string => `apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  backoffLimit: 0
${more}  template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: "${IMAGE}:${tag}"}]}}
`;

describe('a Job in the manifests', () => {
  onSandbox(
    'is awaited, and made anew for a new version, since its template can never change',
    async ({ write, run, get }) => {
      await write({ 'job.yaml': job('1') });
      expect((await run()).outputs).toMatchObject({ phase: 'succeeded' });
      const first = await get('batch/v1', 'Job', 'migrate');
      expect(first).toMatchObject({ status: { succeeded: 1 } });
      await write({ 'job.yaml': job('2') });
      expect((await run()).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      const second = await get('batch/v1', 'Job', 'migrate');
      expect(second).toMatchObject({
        status: { succeeded: 1 },
        spec: { template: { spec: { containers: [{ image: `${IMAGE}:2` }] } } },
      });
      expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
    },
  );

  onSandbox('that fails fails the release; a rollback does not run the old one again', async ({ write, run, get }) => {
    await write({ 'all.yaml': documents(job('1'), deployment()) });
    await run();
    await write({ 'all.yaml': documents(job('crash'), deployment()) });
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ phase: 'rolled-back', reason: 'workload-failed' });
    expect(log).toContain('migrate');
    expect(await get('batch/v1', 'Job', 'migrate')).toMatchObject({
      spec: { template: { spec: { containers: [{ image: `${IMAGE}:crash` }] } } },
    });
  });

  onSandbox(
    'that has taken itself away is not run again by the same release',
    async ({ write, run, get, writes, cluster, namespace }) => {
      await write({ 'job.yaml': job('1', '  ttlSecondsAfterFinished: 600\n') });
      expect((await run()).outputs).toMatchObject({ phase: 'succeeded' });
      // What the Job controller does when the time is over.
      await cluster.remove({ apiVersion: 'batch/v1', kind: 'Job', name: 'migrate', namespace });
      writes();
      expect(await get('batch/v1', 'Job', 'migrate')).toBeUndefined();
      expect((await run()).outputs).toMatchObject({ phase: 'unchanged', revision: '1' });
      expect(writes()).toEqual([]);
    },
  );
});
