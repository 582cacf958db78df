import { describe, expect, it } from '@jest/globals';
import type { Conditioned } from '../../src/health/conditions.ts';
import { health } from '../../src/health/health.ts';
import type { KubeObject } from '../../src/kube.ts';
import { lifecycle, statesAfter } from './lifecycle.ts';

/** The sequence of verdicts without repetitions: `progressing healthy`. */
function verdicts(states: readonly KubeObject[]): string {
  const all = states.map(state => health(state).status);
  return all.filter((status, index) => status !== all[index - 1]).join(' ');
}

describe('verdicts over recorded lifecycles', () => {
  const rollouts: [file: string, action: string, kind: string, name: string, expected: string][] = [
    ['deployment-create', 'create Deployment', 'Deployment', 'web', 'progressing healthy'],
    [
      'deployment-create',
      'merge-patch deployments/web {"spec":{"replicas":5}}',
      'Deployment',
      'web',
      'progressing healthy',
    ],
    [
      'deployment-create',
      'merge-patch deployments/web {"spec":{"replicas":2}}',
      'Deployment',
      'web',
      'progressing healthy',
    ],
    ['deployment-update-25-25', 'create Deployment', 'Deployment', 'web', 'progressing healthy'],
    ['deployment-update-25-25', 'merge-patch', 'Deployment', 'web', 'progressing healthy'],
    ['deployment-update-surge-1', 'merge-patch', 'Deployment', 'web', 'progressing healthy'],
    [
      'deployment-paused',
      'merge-patch deployments/web {"spec":{"paused":false}}',
      'Deployment',
      'web',
      'progressing healthy',
    ],
    [
      'deployment-never-ready',
      'merge-patch deployments/web {"spec":{"template":{"metadata":{"annotations":{"sim',
      'Deployment',
      'web',
      'progressing failed',
    ],
    [
      'deployment-never-ready',
      'merge-patch deployments/web {"spec":{"template":{"metadata":{"annotations":null',
      'Deployment',
      'web',
      'progressing healthy',
    ],
    ['deployment-crash-loop', 'merge-patch', 'Deployment', 'web', 'progressing'],
    ['deployment-image-pull', 'merge-patch', 'Deployment', 'web', 'progressing'],
    ['deployment-foreground-delete', 'delete', 'Deployment', 'web', 'failed'],
    ['pod-unschedulable', 'create', 'Deployment', 'big', 'progressing'],
    ['statefulset-partition', 'create', 'StatefulSet', 'db', 'progressing healthy'],
    [
      'statefulset-partition',
      'merge-patch statefulsets/db {"spec":{"template"',
      'StatefulSet',
      'db',
      'progressing healthy',
    ],
    [
      'statefulset-partition',
      'merge-patch statefulsets/db {"spec":{"updateStrategy"',
      'StatefulSet',
      'db',
      'progressing healthy',
    ],
    ['daemonset-update', 'create', 'DaemonSet', 'agent', 'progressing healthy'],
    ['daemonset-update', 'merge-patch', 'DaemonSet', 'agent', 'progressing healthy'],
    ['job-success', 'create', 'Job', 'ok', 'progressing healthy'],
    ['job-failure', 'create', 'Job', 'no', 'progressing failed'],
  ];

  it.each(rollouts)('%s after %s', (file, action, kind, name, expected) => {
    const states = statesAfter(lifecycle(file), action, kind, name);
    expect(states.length).toBeGreaterThan(1);
    expect(verdicts(states)).toBe(expected);
  });

  it('is healthy in the very state in which the controller says that the new ReplicaSet is available', () => {
    for (const file of ['deployment-update-25-25', 'deployment-update-surge-1']) {
      const states = statesAfter(lifecycle(file), 'merge-patch', 'Deployment', 'web');
      const first = states.findIndex(state => health(state).status === 'healthy');
      const said = states.findIndex(state => progressReason(state) === 'NewReplicaSetAvailable' && isObserved(state));
      expect(first).toBe(said);
    }
  });

  it('is never healthy before the generation is observed', () => {
    for (const [file, , kind] of rollouts) {
      const states = lifecycle(file).flatMap(({ object }) => (object?.kind === kind && kind !== 'Job' ? [object] : []));
      for (const state of states.filter(one => !isObserved(one))) expect(health(state).status).not.toBe('healthy');
    }
  });

  it('judges recorded pods ready exactly when their Ready condition says so', () => {
    const pods = lifecycle('pods-unready-and-terminating').flatMap(({ object, type }) =>
      object?.kind === 'Pod' && type !== 'DELETED' && !object.metadata.deletionTimestamp ? [object] : [],
    );
    expect(pods.length).toBeGreaterThan(10);
    for (const pod of pods) {
      const { conditions } = pod.status as Conditioned;
      const ready = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
      expect(health(pod).status).toBe(ready ? 'healthy' : 'progressing');
    }
  });
});

function isObserved(object: KubeObject): boolean {
  return (object.status as Conditioned).observedGeneration === object.metadata.generation;
}

function progressReason(object: KubeObject): string | undefined {
  return (object.status as Conditioned).conditions?.find(({ type }) => type === 'Progressing')?.reason;
}
