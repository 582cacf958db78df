import { describe, expect, it } from '@jest/globals';
import type { ContainerStatus, Pod } from '../../../src/sandbox/controllers/pods.ts';
import { type Cluster, condition, startCluster, template, type WorkloadOptions } from '../controllers/cluster.ts';

function run(options: WorkloadOptions, nodes?: Parameters<typeof startCluster>[0]): Cluster {
  const cluster = startCluster(nodes);
  cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    ...template('p', options),
    metadata: { name: 'p', ...template('p', options).metadata },
  });
  return cluster;
}

const pod = (cluster: Cluster): Pod | undefined => cluster.get<Pod>('Pod', 'p');
const container = (cluster: Cluster): ContainerStatus | undefined => pod(cluster)?.status?.containerStatuses?.[0];

describe('a pod', () => {
  it('that runs out of memory says so, restarts after a doubling back-off, and keeps the log of the run before', () => {
    const cluster = run({
      annotations: { 'sandbox.sluice.dev/oom-after': '2s', 'sandbox.sluice.dev/log': 'hello\nworld' },
    });
    cluster.clock.advance(2500);
    expect(container(cluster)).toMatchObject({
      restartCount: 0,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    });
    cluster.clock.advance(1500);
    expect(container(cluster)).toMatchObject({ restartCount: 1, state: { running: {} } });
    const read = (previous: boolean): string[] => {
      const running = pod(cluster);
      const lines = running ? cluster.sandbox.core.logs.read(running, 'web', previous) : [];
      return lines.map(({ text }) => text);
    };
    expect(read(true)).toEqual(['hello', 'world', 'web exits with code 137 (OOMKilled)']);
    expect(read(false)).toEqual(['hello', 'world']);
    cluster.clock.advance(2000);
    expect(container(cluster)?.state.waiting?.message).toMatch(
      /^back-off 2s restarting failed container=web pod=p_default\(/,
    );
  });

  it('without its ConfigMap waits, and starts when it comes', () => {
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }];
    const cluster = run({ container: { env } });
    cluster.clock.advance(2000);
    const waiting = { reason: 'CreateContainerConfigError', message: 'configmap "settings" not found' };
    expect(container(cluster)?.state.waiting).toEqual(waiting);
    expect(cluster.events()).toContain('Warning Failed: Error: configmap "settings" not found');
    cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { b: '1' } });
    cluster.clock.advance(100);
    expect(container(cluster)?.state.waiting?.message).toBe("couldn't find key a in ConfigMap default/settings");
    cluster.change('ConfigMap', 'settings', object => {
      object['data'] = { a: '1' };
    });
    cluster.clock.advance(2000);
    expect(container(cluster)).toMatchObject({ ready: true });
  });

  it('without its Secret volume stays in ContainerCreating', () => {
    const cluster = run({ pod: { volumes: [{ name: 'tls', secret: { secretName: 'cert' } }] } });
    cluster.clock.advance(2000);
    expect(container(cluster)?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(cluster.events()).toContain(
      'Warning FailedMount: MountVolume.SetUp failed for volume "tls" : secret "cert" not found',
    );
  });

  it('runs its init containers first, one after the other', () => {
    const initContainers = [
      { name: 'one', image: 'tool:1' },
      { name: 'two', image: 'tool:1' },
    ];
    const cluster = run({ pod: { initContainers } });
    cluster.clock.advance(100);
    expect(condition(pod(cluster), 'Initialized')).toMatchObject({
      status: 'False',
      message: 'containers with incomplete status: [one two]',
    });
    expect(container(cluster)?.state.waiting?.reason).toBe('PodInitializing');
    cluster.clock.advance(450);
    expect(condition(pod(cluster), 'Initialized')?.message).toBe('containers with incomplete status: [two]');
    cluster.clock.advance(3000);
    expect(pod(cluster)?.status?.phase).toBe('Running');
    expect(condition(pod(cluster), 'Ready')?.status).toBe('True');
  });

  it('whose init container crashes never comes to its main one', () => {
    const cluster = run({ pod: { initContainers: [{ name: 'one', image: 'tool:crash' }] } });
    cluster.clock.advance(2000);
    expect(pod(cluster)?.status?.phase).toBe('Pending');
    expect(pod(cluster)?.status?.initContainerStatuses?.[0]?.lastState.terminated?.exitCode).toBe(1);
  });

  it('is not ready before its readiness gate is open', () => {
    const cluster = run({ pod: { readinessGates: [{ conditionType: 'example.com/lb' }] } });
    cluster.clock.advance(2000);
    expect(condition(pod(cluster), 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
    const open = structuredClone(pod(cluster));
    open?.status?.conditions?.push({ type: 'example.com/lb', status: 'True' });
    if (open) cluster.api.update(open, { manager: 'lb', subresource: 'status' });
    cluster.clock.advance(100);
    expect(condition(pod(cluster), 'Ready')?.status).toBe('True');
  });

  it('that fails its liveness probe is killed and started again', () => {
    const livenessProbe = { httpGet: { path: '/', port: 80 } };
    const annotations = { 'sandbox.sluice.dev/liveness-fails-after': '1s' };
    const cluster = run({ annotations, container: { livenessProbe } });
    cluster.clock.advance(1500);
    expect(container(cluster)?.lastState.terminated).toMatchObject({ exitCode: 137 });
    expect(cluster.events()).toContain('Normal Killing: Container web failed liveness probe, will be restarted');
  });

  it('flaps between ready and unready', () => {
    const cluster = run({ annotations: { 'sandbox.sluice.dev/flap-every': '1s' } });
    const seen: boolean[] = [];
    cluster.clock.advance(1500);
    for (let second = 0; second < 4; second++) {
      seen.push(container(cluster)?.ready ?? false);
      cluster.clock.advance(1000);
    }
    expect(seen).toEqual([true, false, true, false]);
  });

  it('whose image comes late is pulled in the end', () => {
    const cluster = run({ annotations: { 'sandbox.sluice.dev/image-pull-failure': '5s' } });
    cluster.clock.advance(2000);
    expect(container(cluster)?.state.waiting).toEqual({
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "web:1"',
    });
    cluster.clock.advance(5000);
    expect(container(cluster)?.ready).toBe(true);
  });

  it('that is too large for every node is refused with the reasons, and bound when room is made', () => {
    const nodes = [
      { name: 'n1', cpu: '2' },
      { name: 'n2', cpu: '1', memory: '1Gi' },
    ];
    const cluster = run({ container: { resources: { requests: { cpu: '1500m', memory: '2Gi' } } } }, nodes);
    cluster.clock.advance(100);
    expect(pod(cluster)?.spec?.nodeName).toBe('n1');
    const second = template('q', { container: { resources: { requests: { cpu: '1500m' } } } });
    cluster.create({ apiVersion: 'v1', kind: 'Pod', ...second, metadata: { name: 'q', ...second.metadata } });
    cluster.clock.advance(100);
    expect(condition(cluster.get('Pod', 'q'), 'PodScheduled')?.message).toBe(
      '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    );
    cluster.api.delete('Pod', 'default', 'p', {});
    cluster.clock.advance(1000);
    expect(cluster.get<Pod>('Pod', 'q')?.spec?.nodeName).toBe('n1');
  });

  it('keeps serving while its preStop hook sleeps', () => {
    const cluster = run({ container: { lifecycle: { preStop: { sleep: { seconds: 3 } } } } });
    cluster.clock.advance(2000);
    cluster.api.delete('Pod', 'default', 'p', {});
    cluster.clock.advance(3400);
    expect(condition(pod(cluster), 'Ready')?.status).toBe('True');
    cluster.clock.advance(200);
    expect(pod(cluster)).toBeUndefined();
  });
});
