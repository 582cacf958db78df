import { describe, expect, it } from '@jest/globals';
import { condensed, type Finding, PATIENCE, patienceFor } from '../../src/health/finding.ts';
import type { ContainerStatus, Pod } from '../../src/health/pod-view.ts';
import { fatalAt, type Sighting, see } from '../../src/health/sightings.ts';
import { pod, unschedulablePod, waitingContainer } from './fixtures.ts';

const RUNNING: ContainerStatus = { name: 'app', ready: false, restartCount: 0, state: { running: {} }, lastState: {} };
const ended = (exitCode: number, more: object = {}): ContainerStatus['state'] => ({
  terminated: { exitCode, reason: 'Error', ...more },
});

/** What is found after these states of one container, a second apart. */
function found(...states: ContainerStatus[]): Sighting {
  let sighting: Sighting | undefined;
  for (const [second, state] of states.entries()) sighting = see(sighting, pod('web-1', [state]), second * 1_000);
  return sighting as Sighting;
}

function podWith(change: (made: Pod) => void, ...containers: ContainerStatus[]): Sighting {
  const made = pod('web-1', containers.length > 0 ? containers : [RUNNING]);
  change(made);
  return see(undefined, made, 0);
}

describe('what is found', () => {
  const back = 'Back-off pulling image "reg.test/app:v2"';
  const crashed = waitingContainer('CrashLoopBackOff', 'back-off 10s', {
    restartCount: 1,
    lastState: ended(1) as object,
  });
  const table: [given: string, sighting: Sighting, reason: string, message: string][] = [
    [
      'a name that is none',
      found(waitingContainer('InvalidImageName', 'couldn\'t parse image name "A"')),
      'InvalidImageName',
      'has an image that cannot be pulled: couldn\'t parse image name "A"',
    ],
    [
      'a first failed pull',
      found(waitingContainer('ErrImagePull', 'manifest unknown')),
      'ImagePullBackOff',
      'cannot pull image reg.test/app:v2: manifest unknown',
    ],
    [
      'a back-off after a refusal',
      found(waitingContainer('ErrImagePull', 'manifest unknown'), waitingContainer('ImagePullBackOff', back)),
      'ImageRefused',
      'cannot pull image reg.test/app:v2: manifest unknown',
    ],
    [
      'a back-off with the refusal in it',
      found(waitingContainer('ImagePullBackOff', `${back}: ErrImagePull: pull access denied`)),
      'ImageRefused',
      `cannot pull image reg.test/app:v2: ${back}: ErrImagePull: pull access denied`,
    ],
    [
      'a back-off after a time-out',
      found(
        waitingContainer('ErrImagePull', 'dial tcp: lookup reg.test: i/o timeout'),
        waitingContainer('ImagePullBackOff', back),
      ),
      'ImagePullBackOff',
      'cannot pull image reg.test/app:v2: dial tcp: lookup reg.test: i/o timeout',
    ],
    [
      'a back-off after a rate limit',
      found(
        waitingContainer('ErrImagePull', 'pull access denied: 429 Too Many Requests'),
        waitingContainer('ImagePullBackOff', back),
      ),
      'ImagePullBackOff',
      'cannot pull image reg.test/app:v2: pull access denied: 429 Too Many Requests',
    ],
    [
      'a back-off without words',
      found(waitingContainer('ImagePullBackOff', back)),
      'ImagePullBackOff',
      'cannot pull image reg.test/app:v2',
    ],
    [
      'a missing key',
      found(waitingContainer('CreateContainerConfigError', "couldn't find key url in Secret shop/db")),
      'CreateContainerConfigError',
      "lacks its configuration: couldn't find key url in Secret shop/db",
    ],
    [
      'a container that cannot be created',
      found(waitingContainer('CreateContainerError', 'no command specified')),
      'CreateContainerError',
      'cannot be created: no command specified',
    ],
    [
      'a command that is not there',
      found(waitingContainer('RunContainerError', 'exec: "x": not found')),
      'RunContainerError',
      'cannot be started: exec: "x": not found',
    ],
    ['one crash', found(RUNNING, { ...RUNNING, state: ended(2) as object }), 'Crashed', 'ended with exit code 2'],
    [
      'one crash, running again',
      found(RUNNING, { ...RUNNING, restartCount: 1, lastState: ended(2) as object }),
      'Crashed',
      'ended with exit code 2, restarted once',
    ],
    [
      'two crashes',
      found(RUNNING, { ...RUNNING, restartCount: 2, lastState: ended(139) as object }),
      'CrashLoopBackOff',
      'ended with exit code 139 (SIGSEGV), restarted 2 times',
    ],
    ['a loop', found(crashed), 'CrashLoopBackOff', 'ended with exit code 1, restarted once'],
    [
      'a program that simply ends',
      found(
        waitingContainer('CrashLoopBackOff', '', {
          restartCount: 2,
          lastState: ended(0, { reason: 'Completed' }) as object,
        }),
      ),
      'CrashLoopBackOff',
      'ended with exit code 0, though it should keep running, restarted 2 times',
    ],
    [
      'killed for memory once',
      found(RUNNING, { ...RUNNING, state: ended(137, { reason: 'OOMKilled' }) as object }),
      'Crashed',
      'was killed for using more memory than its limit of 128Mi (OOMKilled)',
    ],
    [
      'killed for memory again',
      found(
        waitingContainer('CrashLoopBackOff', '', {
          restartCount: 1,
          lastState: ended(137, { reason: 'OOMKilled' }) as object,
        }),
      ),
      'OOMKilled',
      'was killed for using more memory than its limit of 128Mi (OOMKilled), restarted once',
    ],
    [
      'a termination message',
      found(RUNNING, { ...RUNNING, state: ended(1, { message: 'no config\n' }) as object }),
      'Crashed',
      'ended with exit code 1: no config',
    ],
    ['running, not ready', found(RUNNING), 'Unhealthy', 'runs but is not ready'],
  ];
  it.each(table)('%s', (_given, { findings }, reason, message) => {
    expect(findings).toMatchObject([
      { reason, message: `Pod web-1: container app ${message}`, pod: 'web-1', container: 'app' },
    ]);
  });

  it('restarts from before the wait are not this release’s', () => {
    expect(found({ ...RUNNING, restartCount: 7, lastState: ended(1) as object }).findings[0]?.reason).toBe('Unhealthy');
    expect(
      found({ ...RUNNING, restartCount: 7 }, { ...RUNNING, restartCount: 7, state: ended(1) as object }).findings[0]
        ?.reason,
    ).toBe('Crashed');
  });

  it('an init container is named as one; one that has done its work is no trouble', () => {
    const init = (state: ContainerStatus): Sighting =>
      podWith(made => {
        made.status = {
          ...made.status,
          initContainerStatuses: [state],
          containerStatuses: [waitingContainer('PodInitializing')],
        };
      });
    const loop = waitingContainer('CrashLoopBackOff', '', {
      name: 'migrate',
      restartCount: 2,
      lastState: ended(1) as object,
    });
    expect(init(loop).findings).toMatchObject([
      {
        reason: 'CrashLoopBackOff',
        message: 'Pod web-1: init container migrate ended with exit code 1, restarted 2 times',
      },
    ]);
    const done: ContainerStatus = {
      name: 'migrate',
      ready: true,
      restartCount: 1,
      state: ended(0, { reason: 'Completed' }) as object,
      lastState: ended(1) as object,
    };
    expect(init(done).findings).toEqual([]);
  });

  it('pods that are ready, done or on their way out have no trouble', () => {
    const loop = waitingContainer('CrashLoopBackOff', '', { restartCount: 5, lastState: ended(1) as object });
    expect(see(undefined, pod('web-1', [{ ...RUNNING, ready: true, restartCount: 9 }]), 0).findings).toEqual([]);
    expect(
      podWith(made => {
        made.status = { ...made.status, phase: 'Succeeded' };
      }, loop).findings,
    ).toEqual([]);
    expect(
      podWith(made => {
        made.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
      }, loop).findings,
    ).toEqual([]);
  });

  it('what befalls a pod as a whole', () => {
    const evicted = podWith(made => {
      made.status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' };
    });
    expect(evicted.findings).toMatchObject([
      { reason: 'Evicted', message: 'Pod web-1 was evicted from node node-1: The node was low on resource: memory.' },
    ]);
    const lost = podWith(made => {
      made.status = { ...made.status, conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }] };
    });
    expect(lost.findings[0]).toMatchObject({
      reason: 'NodeLost',
      message: 'Node node-1 of pod web-1 is gone or out of reach',
    });
    const refused = podWith(made => {
      made.status = { phase: 'Failed', reason: 'OutOfcpu', message: 'Pod was rejected' };
    });
    expect(refused.findings).toMatchObject([
      { reason: 'PodFailed', message: 'Pod web-1 failed (OutOfcpu): Pod was rejected' },
    ]);
    const gated = podWith(made => {
      made.status = {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      };
    });
    expect(gated.findings).toEqual([]);
    expect(see(undefined, unschedulablePod('web', 'new', '0/3 nodes'), 0).findings).toMatchObject([
      { reason: 'Unschedulable', message: 'Pod web-new-p cannot be scheduled: 0/3 nodes' },
    ]);
  });
});

describe('patience', () => {
  it('counts from the first sight, over the kubelet’s attempts, until the container runs', () => {
    const failing = [
      waitingContainer('ErrImagePull', 'timeout'),
      waitingContainer('ContainerCreating'),
      waitingContainer('ImagePullBackOff'),
    ];
    const sighting = found(...failing);
    const [finding] = sighting.findings;
    expect(finding && fatalAt(sighting, finding, 'Deployment')).toBe(PATIENCE.ImagePullBackOff.afterMs);
    const again = found(...failing, RUNNING, waitingContainer('ErrImagePull', 'timeout'));
    expect(again.findings[0] && fatalAt(again, again.findings[0], 'Deployment')).toBe(
      4_000 + PATIENCE.ImagePullBackOff.afterMs,
    );
  });

  it('a Job’s crashes are left to its backoffLimit, its missing image is not', () => {
    expect(patienceFor('CrashLoopBackOff', 'Job')).toBe(Number.POSITIVE_INFINITY);
    expect(patienceFor('CrashLoopBackOff', 'Deployment')).toBe(0);
    expect(patienceFor('ImageRefused', 'Job')).toBe(0);
  });
});

describe('condensed', () => {
  it('tells the same of many pods once, and what ends the wait soonest first', () => {
    const unready = (pod: string): Finding => ({
      reason: 'Unhealthy',
      message: `${pod} is not ready`,
      pod,
      container: 'app',
    });
    const looping: Finding = { reason: 'CrashLoopBackOff', message: 'c loops', pod: 'c', container: 'app' };
    expect(condensed([unready('a'), unready('b'), unready('a'), looping, looping])).toEqual([
      looping,
      { ...unready('a'), alike: 1 },
    ]);
  });
});
