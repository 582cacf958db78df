import { describe, expect, it } from '@jest/globals';
import { creationFinding, mountFinding, withEventWords } from '../../src/health/event-findings.ts';
import type { Finding } from '../../src/health/finding.ts';
import type { KubeObject } from '../../src/kube.ts';
import { deployment, eventAbout, podOf, waitingContainer } from './fixtures.ts';

const pod = podOf('web', 'new', 'a', waitingContainer('ContainerCreating'));
const finding = (reason: Finding['reason'], more: Partial<Finding> = {}): Finding => ({
  reason,
  message: 'It',
  ...more,
});

describe('mounts', () => {
  it.each([
    ['FailedMount', 'MountVolume.SetUp failed for volume "c" : configmap "c" not found', 'MissingVolumeSource'],
    [
      'FailedMount',
      'MountVolume.SetUp failed for volume "c" : references non-existent config key: a.yml',
      'MissingVolumeSource',
    ],
    ['FailedMount', 'Unable to attach or mount volumes: timed out', 'FailedMount'],
    ['FailedAttachVolume', 'Multi-Attach error for volume "pvc-1"', 'FailedMount'],
    ['FailedCreatePodSandBox', 'failed to setup network', 'FailedMount'],
    ['Pulling', 'Pulling image', undefined],
  ])('%s: %s', (reason, words, expected) => {
    expect(mountFinding(pod, [eventAbout(pod, reason, words)])?.reason).toBe(expected);
  });

  it('an event about another pod says nothing', () => {
    expect(
      mountFinding(pod, [eventAbout(podOf('web', 'new', 'b'), 'FailedMount', 'secret "x" not found')]),
    ).toBeUndefined();
  });
});

describe('refused pods', () => {
  const set: KubeObject = { ...deployment('db'), kind: 'StatefulSet' };
  const applied = (seconds: number): KubeObject => ({
    ...set,
    metadata: {
      ...set.metadata,
      managedFields: [
        {
          manager: 'sluice',
          operation: 'Apply',
          apiVersion: 'apps/v1',
          fieldsType: 'FieldsV1',
          fieldsV1: {},
          time: new Date(1_000_000 + seconds * 1_000).toISOString(),
        },
      ],
    },
  });
  const refusal = eventAbout(set, 'FailedCreate', 'forbidden: exceeded quota', 5_000);

  it('count from the apply on, and only while nothing succeeds', () => {
    expect(creationFinding(applied(0), [refusal])?.reason).toBe('QuotaExceeded');
    expect(creationFinding(applied(6), [refusal])).toBeUndefined();
    expect(
      creationFinding(applied(0), [refusal, eventAbout(set, 'SuccessfulCreate', 'created', 6_000, 'Normal')]),
    ).toBeUndefined();
  });
});

describe('the words of events', () => {
  it('are taken where the status has none', () => {
    const events = [eventAbout(pod, 'Failed', 'Failed to pull image "x": manifest unknown')];
    expect(withEventWords(finding('ImagePullBackOff'), pod, events).message).toBe(
      'It: Failed to pull image "x": manifest unknown',
    );
    expect(withEventWords(finding('ImagePullBackOff', { quoted: true }), pod, events).message).toBe('It');
  });

  it('the latest probe that failed explains a pod that is not ready', () => {
    const events = [
      eventAbout(pod, 'Unhealthy', 'Readiness probe failed: 500', 1),
      eventAbout(pod, 'Unhealthy', 'Readiness probe failed: 503', 2),
    ];
    expect(withEventWords(finding('Unhealthy'), pod, events).message).toBe('It: Readiness probe failed: 503');
  });

  it('the liveness probe explains a crash only where the kubelet killed the container', () => {
    const events = [eventAbout(pod, 'Unhealthy', 'Liveness probe failed: timeout')];
    expect(withEventWords(finding('CrashLoopBackOff', { signal: 'SIGKILL' }), pod, events).message).toBe(
      'It: Liveness probe failed: timeout',
    );
    expect(withEventWords(finding('CrashLoopBackOff', { exitCode: 1 }), pod, events).message).toBe('It');
  });
});
