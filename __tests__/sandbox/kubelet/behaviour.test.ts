import { describe, expect, it } from '@jest/globals';
import type { Pod } from '../../../src/sandbox/controllers/pods.ts';
import { behaviourOf, durationOf, tagOf, terminationTime } from '../../../src/sandbox/kubelet/behaviour.ts';

function pod(annotations: Record<string, string>, more: Partial<Pod['spec']> = {}, image = 'web:1'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations },
    spec: { containers: [{ name: 'web', image }], ...more },
  };
}

const behave = (annotations: Record<string, string>, more: Partial<Pod['spec']> = {}, image = 'web:1') =>
  behaviourOf(pod(annotations, more, image), { name: 'web', image });

describe('the behaviour of a container', () => {
  it.each([
    ['registry:5000/team/web:v2-bad@sha256:abc', 'v2-bad'],
    ['registry:5000/web', 'latest'],
    ['web:crash', 'crash'],
  ])('reads the tag of %s', (image, tag) => {
    expect(tagOf(image)).toBe(tag);
  });

  it.each([
    ['300ms', 300],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['250', 250],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %s as %s milliseconds', (text, expected) => {
    expect(durationOf(text)).toBe(expected);
  });

  it('runs for ever unless told otherwise', () => {
    expect(behave({})).toMatchObject({ startAfter: 300, readyAfter: 700, neverReady: false, pullFailsFor: 0 });
    expect(behave({}).exit).toBeUndefined();
  });

  it('ends well after a second where the pod is meant to end', () => {
    expect(behave({}, { restartPolicy: 'Never' }).exit).toEqual({ after: 1000, code: 0, reason: 'Completed' });
  });

  it('takes the tag of the image as a hint', () => {
    expect(behave({}, {}, 'web:bad').pullFailsFor).toBe(Number.POSITIVE_INFINITY);
    expect(behave({}, {}, 'web:crash').exit).toMatchObject({ code: 1, reason: 'Error' });
    expect(behave({}, {}, 'web:v2-unready').neverReady).toBe(true);
    expect(behave({}, {}, 'bad:badge-3').pullFailsFor).toBe(0);
  });

  it('obeys our annotations and the recorded ones', () => {
    expect(behave({ 'sandbox.sluice.dev/oom-after': '2s' }).exit).toEqual({
      after: 2000,
      code: 137,
      reason: 'OOMKilled',
    });
    expect(behave({ 'sim/exit-code': '3', 'sim/run-ms': '300' }).exit).toEqual({
      after: 300,
      code: 3,
      reason: 'Error',
    });
    expect(behave({ 'sim/ready': 'false' }).neverReady).toBe(true);
    expect(behave({ 'sim/unready-after-ms': '3000' }).unreadyAfter).toBe(3000);
    expect(behave({ 'sandbox.sluice.dev/ready-after': '5s' }).readyAfter).toBe(5000);
  });

  it('may be meant for another container', () => {
    expect(
      behave({ 'sandbox.sluice.dev/container': 'proxy', 'sandbox.sluice.dev/never-ready': 'true' }).neverReady,
    ).toBe(false);
  });
});

describe('termination', () => {
  const dying = (annotations: Record<string, string>, grace: number, more: Partial<Pod['spec']> = {}): number => {
    const terminating = pod(annotations, more);
    terminating.metadata.deletionGracePeriodSeconds = grace;
    return terminationTime(terminating);
  };

  it('takes half a second, the hooks besides, and never longer than the grace period', () => {
    const lifecycle = { preStop: { sleep: { seconds: 5 } } };
    const containers = [{ name: 'web', image: 'web:1', lifecycle }];
    expect(dying({}, 30)).toBe(500);
    expect(dying({}, 0)).toBe(0);
    expect(dying({}, 30, { containers })).toBe(5500);
    expect(dying({}, 3, { containers })).toBe(3000);
    expect(dying({ 'sim/hang-delete': 'true' }, 30)).toBe(30_000);
    const slept = { preStop: { exec: { command: ['sh', '-c', 'sleep 2'] } } };
    expect(dying({}, 30, { containers: [{ name: 'web', image: 'web:1', lifecycle: slept }] })).toBe(2500);
  });
});
