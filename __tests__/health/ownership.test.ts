import { describe, expect, it } from '@jest/globals';
import { ownershipOf } from '../../src/health/ownership.ts';
import type { KubeObject } from '../../src/kube.ts';
import { deployment, ownedPod, podOf, replicaSet } from './fixtures.ts';

const none = (): undefined => undefined;

describe('whose a pod is', () => {
  it('a Deployment’s: by the ReplicaSet with its template', () => {
    const web = deployment('web');
    const mine = podOf('web', 'new', 'a');
    expect(ownershipOf(mine, web, none)).toEqual({
      unknown: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-new', namespace: 'shop' },
    });
    expect(ownershipOf(mine, web, () => replicaSet('web', 'new', 2))).toBe('current');
    expect(ownershipOf(mine, web, () => replicaSet('web', 'new', 1))).toBe('earlier');
    expect(ownershipOf(mine, web, () => null)).toBe('earlier');
    expect(ownershipOf(mine, web, () => replicaSet('other', 'new', 2))).toBe('foreign');
  });

  it('a StatefulSet’s: by updateRevision, once it is observed', () => {
    const set = (observedGeneration: number): KubeObject => ({
      ...deployment('db'),
      kind: 'StatefulSet',
      status: { observedGeneration, updateRevision: 'db-2' },
    });
    const mine = (hash: string): ReturnType<typeof ownedPod> =>
      ownedPod({ kind: 'StatefulSet', name: 'db' }, '0', { 'controller-revision-hash': hash });
    expect(ownershipOf(mine('db-2'), set(2), none)).toBe('current');
    expect(ownershipOf(mine('db-1'), set(2), none)).toBe('earlier');
    expect(ownershipOf(mine('db-2'), set(1), none)).toBe('earlier');
  });

  it('a DaemonSet’s: by the generation of its template', () => {
    const daemons = deployment('agent');
    const set: KubeObject = {
      ...daemons,
      kind: 'DaemonSet',
      metadata: { ...daemons.metadata, annotations: { 'deprecated.daemonset.template.generation': '7' } },
    };
    const mine = (generation: string): ReturnType<typeof ownedPod> =>
      ownedPod({ kind: 'DaemonSet', name: 'agent' }, 'x', { 'pod-template-generation': generation });
    expect(ownershipOf(mine('7'), set, none)).toBe('current');
    expect(ownershipOf(mine('6'), set, none)).toBe('earlier');
  });

  it('a Job’s: by uid, so that pods of a Job of the same name before it do not count', () => {
    const job: KubeObject = { ...deployment('migrate'), apiVersion: 'batch/v1', kind: 'Job' };
    const mine = ownedPod({ kind: 'Job', name: 'migrate' }, 'x', {});
    expect(ownershipOf(mine, job, none)).toBe('current');
    expect(ownershipOf(mine, { ...job, metadata: { ...job.metadata, uid: 'another' } }, none)).toBe('foreign');
  });
});
