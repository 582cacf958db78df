import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { lifecycle, type Recorded } from './lifecycle.ts';
import { failureOf, play, type Waiting, waiting } from './waiting.ts';

/** Waits for what the action did, as the API answered it, with all that was there before. */
async function waitAfter(
  file: string,
  action: string,
  kind: string,
  options: Parameters<typeof waiting>[1] = {},
): Promise<[Waiting, Recorded[]]> {
  const records = lifecycle(file);
  const begin = records.findIndex(record => record.action?.startsWith(action));
  const rest = records.slice(begin + 1);
  const first = rest.findIndex(({ object }) => object?.kind === kind);
  const before = new Map<string, KubeObject>();
  for (const { object, type } of records.slice(0, begin)) {
    if (!object) continue;
    const key = `${object.kind}/${object.metadata.name}`;
    if (type === 'DELETED') before.delete(key);
    else before.set(key, object);
  }
  const applied = rest[first]?.object as KubeObject;
  before.delete(`${applied.kind}/${applied.metadata.name}`);
  const state = await waiting([applied], { timeoutMs: 600_000, ...options, also: [...before.values()] });
  return [state, rest];
}

describe('a wait over a recorded lifecycle', () => {
  it.each([
    ['deployment-create', 'create Deployment', 'Deployment'],
    ['deployment-update-25-25', 'merge-patch', 'Deployment'],
    ['deployment-update-surge-1', 'merge-patch', 'Deployment'],
    ['statefulset-partition', 'create', 'StatefulSet'],
    ['statefulset-partition', 'merge-patch', 'StatefulSet'],
    ['daemonset-update', 'merge-patch', 'DaemonSet'],
    ['job-success', 'create', 'Job'],
  ])('%s, %s: ends healthy with two watches and no other request', async (file, action, kind) => {
    const [state, rest] = await waitAfter(file, action, kind);
    expect(state.outcome).toBeUndefined();
    await play(state, rest);
    expect(state.outcome).toMatchObject({ healthy: true });
    expect(state.cluster.requests.map(request => request.split(' ')[0])).toEqual(['watch', 'watch']);
    expect(state.cluster.openWatches()).toBe(0);
  });

  it('image pull: fails when the kubelet backs off, in the registry’s words', async () => {
    const [state, rest] = await waitAfter('deployment-image-pull', 'merge-patch', 'Deployment');
    await play(state, rest);
    const { error, failures } = failureOf(state);
    expect(state.endedAt).toBe(3940 - 2620);
    expect(error.code).toBe('workload-failed');
    expect(error.message).toMatch(
      /^Deployment shop\/web failed: Pod web-\S+: container web cannot pull image reg\.local\/web:bad: failed to pull and unpack .*not found$/,
    );
    expect(error.hint).toContain('imagePullSecrets');
    expect(failures[0]?.findings).toMatchObject([{ reason: 'ImageRefused', container: 'web' }]);
  });

  it('crash loop: fails at the second crash, with exit code and the end of the previous log', async () => {
    const pod = 'web-<hash:13>-<hash:15>';
    const [state, rest] = await waitAfter('deployment-crash-loop', 'merge-patch', 'Deployment', {
      redact: text => text.replaceAll('hunter2', '***'),
      setUp: cluster => {
        cluster.logs[`${pod}/web/previous`] = 'cannot connect with password hunter2';
      },
    });
    await play(state, rest);
    const { failures } = failureOf(state);
    expect(state.endedAt).toBe(4750 - 2620);
    expect(failures[0]?.findings[0]).toMatchObject({
      reason: 'CrashLoopBackOff',
      exitCode: 1,
      restarts: 1,
      pod,
      message: `Pod ${pod}: container web ended with exit code 1, restarted once`,
      log: 'cannot connect with password ***',
    });
    expect(state.cluster.requests.filter(request => request.startsWith('list'))).toEqual([
      'list Event shop type=Warning',
    ]);
    expect(state.cluster.requests).toContain(`log ${pod} web 20 previous`);
  });

  it('never ready: fails with the progress deadline, and says that the container runs but is not ready', async () => {
    const [state, rest] = await waitAfter('deployment-never-ready', 'merge-patch', 'Deployment');
    await play(state, rest);
    const { error, failures } = failureOf(state);
    expect(failures).toMatchObject([{ reason: 'ProgressDeadlineExceeded', replicas: { desired: 3, updated: 1 } }]);
    expect(error.message).toMatch(/Exceeded its progress deadline .* runs but is not ready/);
  });

  it('unschedulable: fails after 15 s, before any deadline, in the scheduler’s words', async () => {
    const [state, rest] = await waitAfter('pod-unschedulable', 'create', 'Deployment');
    await play(state, rest);
    await state.pass(14_900);
    expect(state.outcome).toBeUndefined();
    await state.pass(200);
    expect(failureOf(state).error.message).toMatch(
      /^Deployment shop\/big failed: Pod big-\S+ cannot be scheduled: 0\/1 nodes are available: 1 node\(s\) didn't match/,
    );
  });

  it('a failing Job: its backoffLimit decides, its pod explains', async () => {
    const [state, rest] = await waitAfter('job-failure', 'create', 'Job', {
      setUp: cluster => {
        cluster.logs['no-<hash:1>/job'] = 'migration 7 failed';
      },
    });
    await play(state, rest);
    const { error, failures } = failureOf(state);
    expect(state.endedAt).toBe(11390 - 30 - 10);
    expect(error.message).toContain('Job has reached the specified backoff limit');
    expect(failures[0]?.findings[0]).toMatchObject({
      reason: 'Crashed',
      exitCode: 3,
      alike: 1,
      log: 'migration 7 failed',
    });
  });

  it('a deletion from outside is a failure', async () => {
    const [state, rest] = await waitAfter('deployment-create', 'create Deployment', 'Deployment');
    await play(state, rest.slice(0, 6));
    state.cluster.delete(rest.find(({ object }) => object?.kind === 'Deployment')?.object as KubeObject);
    await state.pass(0);
    expect(failureOf(state).failures).toMatchObject([{ reason: 'Deleted', status: 'failed' }]);
  });
});
