import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube.ts';
import {
  DONE,
  deployment,
  eventAbout,
  ownedPod,
  podOf,
  ROLLING,
  replicaSet,
  template,
  unschedulablePod,
  waitingContainer,
} from './fixtures.ts';
import { failureOf, waiting } from './waiting.ts';

function updated(object: KubeObject, status: Record<string, unknown>): KubeObject {
  const resourceVersion = String(Number(object.metadata.resourceVersion) + 1);
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion },
    status: { observedGeneration: object.metadata.generation, ...status },
  };
}

const LOOPING = waitingContainer('CrashLoopBackOff', 'back-off', {
  restartCount: 3,
  lastState: { terminated: { exitCode: 137, reason: 'Error' } },
});

describe('requests', () => {
  it('makes none where everything is healthy in the answers to the apply', async () => {
    const state = await waiting([deployment('web', DONE), deployment('api', DONE)]);
    expect(state.outcome).toMatchObject({ healthy: true });
    expect(state.cluster.requests).toEqual([]);
  });

  it('watches a kind and namespace once, and its pods by the key that they share', async () => {
    const web = deployment('web', ROLLING);
    const api = deployment('api', ROLLING);
    const done = deployment('done', DONE);
    const other: KubeObject = { ...deployment('web', ROLLING), metadata: { ...web.metadata, namespace: 'blog' } };
    const state = await waiting([web, api, done, other]);
    expect(state.cluster.requests).toEqual([
      'watch Deployment shop',
      'watch Deployment blog metadata.name=web',
      'watch Pod shop app in (api,web)',
      'watch Pod blog app=web',
    ]);
  });

  it('narrows the watch to the release where all carry its label', async () => {
    const labels = { 'sluice.dev/release': 'shop' };
    const [web, api] = ['web', 'api']
      .map(name => deployment(name, ROLLING))
      .map(one => ({ ...one, metadata: { ...one.metadata, labels } }));
    const state = await waiting([web as KubeObject, api as KubeObject]);
    expect(state.cluster.requests[0]).toBe('watch Deployment shop sluice.dev/release=shop');
  });

  it('takes the key that tells the workloads apart, and none where they share none', async () => {
    const selecting = (name: string, matchLabels: Record<string, string>): KubeObject =>
      deployment(name, ROLLING, { selector: { matchLabels } });
    const apart = await waiting([
      selecting('web', { 'a-team': 'shop', name: 'web' }),
      selecting('api', { 'a-team': 'shop', name: 'api' }),
    ]);
    expect(apart.cluster.requests[1]).toBe('watch Pod shop name in (api,web)');
    const nothing = await waiting([selecting('web', { app: 'web' }), selecting('api', { name: 'api' })]);
    expect(nothing.cluster.requests[1]).toBe('watch Pod shop');
  });

  it('waits only for workloads when told so', async () => {
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' },
    };
    expect((await waiting([service], { waitFor: 'workloads' })).outcome).toEqual({ healthy: true, objects: [] });
    expect((await waiting([service], { waitFor: 'all' })).outcome).toBeUndefined();
  });
});

describe('pods without a readiness probe', () => {
  const rolled = async (spec: Record<string, unknown> = {}) => {
    const web = deployment('web', ROLLING, spec);
    const state = await waiting([web]);
    const done = updated(web, DONE);
    state.cluster.put(done);
    await state.pass(0);
    return { state, done };
  };

  it('count as healthy only when they have stayed up for three seconds', async () => {
    const { state } = await rolled();
    await state.pass(2_900);
    expect(state.outcome).toBeUndefined();
    await state.pass(100);
    expect(state.outcome).toMatchObject({ healthy: true });
  });

  it('begin anew when one goes down meanwhile', async () => {
    const { state, done } = await rolled();
    await state.pass(2_000);
    const down = updated(done, { ...DONE, availableReplicas: 1, readyReplicas: 1 });
    state.cluster.put(down);
    await state.pass(2_000);
    expect(state.outcome).toBeUndefined();
    state.cluster.put(updated(down, DONE));
    await state.pass(2_900);
    expect(state.outcome).toBeUndefined();
    await state.pass(100);
    expect(state.outcome).toMatchObject({ healthy: true });
  });

  it('are given that time at the deadline too, since nothing is wrong', async () => {
    const web = deployment('web', ROLLING);
    const state = await waiting([web], { timeoutMs: 10_000 });
    await state.pass(9_000);
    state.cluster.put(updated(web, DONE));
    await state.pass(2_900);
    expect(state.outcome).toBeUndefined();
    await state.pass(100);
    expect(state.outcome).toMatchObject({ healthy: true });
  });

  it('are taken at their word where minReadySeconds already asks for more', async () => {
    const { state } = await rolled({ minReadySeconds: 4 });
    expect(state.outcome).toMatchObject({ healthy: true });
  });
});

describe('progress', () => {
  it('is told once for each change, with numbers', async () => {
    const web = deployment('web', ROLLING);
    const state = await waiting([web]);
    state.cluster.put(updated(web, ROLLING));
    state.cluster.put(updated(web, { ...ROLLING, updatedReplicas: 2 }));
    state.cluster.put(updated(web, DONE));
    await state.pass(3_000);
    expect(state.progress.map(({ message, replicas }) => `${message} ${replicas?.ready}/${replicas?.desired}`)).toEqual(
      [
        'Waiting for 1 of 2 replicas to be updated 1/2',
        'Waiting for 1 old replica to terminate 2/2',
        '2 of 2 replicas available 2/2',
      ],
    );
    expect(state.outcome).toMatchObject({ healthy: true });
  });

  it('names a trouble of the new pods that is no failure yet', async () => {
    const web = deployment('web', ROLLING);
    const state = await waiting([web], {
      also: [
        replicaSet('web', 'new', 2),
        podOf('web', 'new', 'a', waitingContainer('ErrImagePull', 'i/o timeout for user:hunter2')),
      ],
      redact: text => text.replaceAll('hunter2', '***'),
    });
    expect(state.progress.at(-1)?.concern).toBe(
      'Pod web-new-a: container app cannot pull image reg.test/app:v2: i/o timeout for user:***',
    );
    expect(state.outcome).toBeUndefined();
  });
});

describe('answers from the past', () => {
  it('believes no state that is older than the answer to the apply', async () => {
    const applied = deployment('web', { ...DONE, observedGeneration: 1 });
    const before: KubeObject = {
      ...applied,
      metadata: { ...applied.metadata, generation: 1, resourceVersion: '90' },
      status: { ...DONE, observedGeneration: 1 },
    };
    const state = await waiting([applied]);
    state.cluster.tell({ type: 'modified', object: before });
    await state.pass(0);
    expect(state.outcome).toBeUndefined();
  });

  it('believes no older version of a kind without a generation either', async () => {
    const claim = (resourceVersion: string, phase: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop', uid: 'u', resourceVersion },
      status: { phase },
    });
    const state = await waiting([claim('100', 'Pending')]);
    state.cluster.tell({ type: 'modified', object: claim('99', 'Bound') });
    await state.pass(0);
    expect(state.outcome).toBeUndefined();
    state.cluster.tell({ type: 'modified', object: claim('101', 'Bound') });
    await state.pass(0);
    expect(state.outcome).toMatchObject({ healthy: true });
  });
});

describe('answers from the past, with versions that are no numbers', () => {
  it('are told by their generation', async () => {
    const applied = deployment('web', { ...DONE, observedGeneration: 1 });
    applied.metadata.resourceVersion = 'x';
    const state = await waiting([applied]);
    const before: KubeObject = { ...applied, metadata: { ...applied.metadata, generation: 1, resourceVersion: 'w' } };
    state.cluster.tell({ type: 'modified', object: before });
    await state.pass(0);
    expect(state.outcome).toBeUndefined();
  });
});

describe('pods of an earlier version', () => {
  it('never fail the new one, whatever they do', async () => {
    const old = podOf('web', 'old', 'a', LOOPING);
    const state = await waiting([deployment('web', ROLLING)], { also: [replicaSet('web', 'old', 1), old] });
    await state.pass(30_000);
    state.cluster.put(podOf('web', 'old', 'b', LOOPING));
    await state.pass(0);
    expect(state.outcome).toBeUndefined();
    expect(state.progress.at(-1)?.concern).toBeUndefined();
    expect(state.cluster.requests.filter(request => request.startsWith('get'))).toEqual(['get ReplicaSet web-old']);
  });

  it('nor does the broken pod of the last release, when the controller has observed the change and not yet made the new ReplicaSet', async () => {
    const applied = deployment('web', { replicas: 2, updatedReplicas: 0, availableReplicas: 1 });
    const state = await waiting([applied], {
      also: [replicaSet('web', 'old', 1), podOf('web', 'old', 'a', LOOPING)],
    });
    await state.pass(30_000);
    expect(state.outcome).toBeUndefined();
  });

  it('a ReplicaSet is asked for once, however often its pods change before the answer', async () => {
    let asked = 0;
    const state = await waiting([deployment('web', ROLLING)], {
      setUp: cluster => {
        cluster.get = () => {
          asked += 1;
          return new Promise(() => undefined);
        };
      },
    });
    for (const suffix of ['a', 'b', 'a']) state.cluster.put(podOf('web', 'old', suffix, LOOPING));
    await state.pass(0);
    expect(asked).toBe(1);
  });

  it('a ReplicaSet that is rolled back to is the new one again', async () => {
    const applied = deployment('web', ROLLING);
    const state = await waiting([applied], {
      also: [replicaSet('web', 'old', 1), podOf('web', 'old', 'a', LOOPING)],
    });
    expect(state.outcome).toBeUndefined();
    const back = updated(applied, ROLLING);
    state.cluster.put({ ...back, spec: { ...(back.spec as object), template: template('web', 1) } });
    await state.pass(0);
    expect(failureOf(state).failures[0]?.reason).toBe('CrashLoopBackOff');
  });

  it('another Deployment with the same selector has nothing to do with it', async () => {
    const twin = podOf('web-canary', 'new', 'a', LOOPING);
    twin.metadata.labels = { app: 'web', 'pod-template-hash': 'new' };
    const state = await waiting([deployment('web', ROLLING)], { also: [replicaSet('web-canary', 'new', 2), twin] });
    await state.pass(30_000);
    expect(state.outcome).toBeUndefined();
  });

  it('a StatefulSet’s is told by its updateRevision, and named when it blocks the rollout for ever', async () => {
    const set: KubeObject = {
      ...deployment('db'),
      kind: 'StatefulSet',
      status: { observedGeneration: 2, replicas: 2, readyReplicas: 1, currentRevision: 'db-1', updateRevision: 'db-2' },
    };
    const labels = { app: 'db', 'controller-revision-hash': 'db-1' };
    const state = await waiting([set], { also: [ownedPod({ kind: 'StatefulSet', name: 'db' }, '1', labels, LOOPING)] });
    await state.pass(60_000);
    const { error, failures } = failureOf(state);
    expect(error.code).toBe('deadline-exceeded');
    expect(failures[0]?.findings[0]?.reason).toBe('EarlierRevision');
    expect(error.message).toContain('the StatefulSet does not replace it by itself: delete it');
  });
});

describe('failures', () => {
  it('end the wait at once, with everything else that is in trouble and how all stand', async () => {
    const state = await waiting([deployment('web', ROLLING), deployment('api', ROLLING), deployment('ok', DONE)], {
      also: [
        replicaSet('web', 'new', 2),
        replicaSet('api', 'new', 2),
        podOf('api', 'new', 'a', waitingContainer('CreateContainerConfigError', 'secret "db" not found')),
        podOf('web', 'new', 'a', LOOPING),
      ],
    });
    await state.pass(0);
    const { error, failures, objects } = failureOf(state);
    expect(state.endedAt).toBe(0);
    expect(failures.map(({ ref, status, findings }) => [ref.name, status, findings[0]?.reason])).toEqual([
      ['web', 'failed', 'CrashLoopBackOff'],
      ['api', 'progressing', 'CreateContainerConfigError'],
    ]);
    expect(error.problems).toHaveLength(2);
    expect(objects.map(({ ref, status }) => [ref.name, status])).toEqual([
      ['web', 'failed'],
      ['api', 'progressing'],
      ['ok', 'healthy'],
    ]);
    expect(state.cluster.openWatches()).toBe(0);
  });

  it('that stand in the answers to the apply already end it before any watch, and all are judged', async () => {
    const broken = deployment('web', {
      ...ROLLING,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    });
    const state = await waiting([broken, deployment('api', ROLLING), deployment('ok', DONE)], {
      also: [replicaSet('web', 'new', 2), podOf('web', 'new', 'a', LOOPING)],
    });
    expect(failureOf(state).objects.map(({ message }) => message)).toEqual([
      'Exceeded its progress deadline with 2 of 2 replicas available: ProgressDeadlineExceeded',
      'Waiting for 1 of 2 replicas to be updated',
      '2 of 2 replicas available',
    ]);
    expect(state.cluster.requests.filter(request => request.startsWith('watch'))).toEqual([]);
    expect(failureOf(state).failures[0]?.findings[0]?.reason).toBe('CrashLoopBackOff');
  });

  it('show the present log of a container that has no previous one any more', async () => {
    const state = await waiting([deployment('web', ROLLING)], {
      also: [replicaSet('web', 'new', 2), podOf('web', 'new', 'a', LOOPING)],
      setUp: cluster => {
        cluster.logs['web-new-a/app'] = 'bye';
      },
    });
    await state.pass(0);
    expect(failureOf(state).failures[0]?.findings[0]?.log).toBe('bye');
  });

  it('a missing Secret is given 15 s', async () => {
    const state = await waiting([deployment('web', ROLLING)], {
      also: [
        replicaSet('web', 'new', 2),
        podOf('web', 'new', 'a', waitingContainer('CreateContainerConfigError', 'secret "db" not found')),
      ],
    });
    await state.pass(14_999);
    expect(state.outcome).toBeUndefined();
    await state.pass(1);
    expect(failureOf(state).error.message).toBe(
      'Deployment shop/web failed: Pod web-new-a: container app lacks its configuration: secret "db" not found',
    );
  });

  it('unschedulable: waits for a node that an autoscaler has ordered', async () => {
    const pending = unschedulablePod('web', 'new', '0/3 nodes are available');
    const state = await waiting([deployment('web', ROLLING)], {
      also: [
        replicaSet('web', 'new', 2),
        pending,
        eventAbout(pending, 'TriggeredScaleUp', 'pod triggered scale-up', 0, 'Normal'),
      ],
    });
    await state.pass(15_000);
    await state.pass(40_000);
    expect(state.outcome).toBeUndefined();
    await state.pass(5_000);
    expect(failureOf(state).error).toMatchObject({
      code: 'deadline-exceeded',
      hint: expect.stringContaining('add nodes'),
    });
  });

  it('a missing ConfigMap behind a volume is found in the events when the pod stands still', async () => {
    const stuck = podOf('web', 'new', 'a', waitingContainer('ContainerCreating'));
    const state = await waiting([deployment('web', ROLLING)], {
      also: [
        replicaSet('web', 'new', 2),
        stuck,
        eventAbout(stuck, 'Scheduled', 'assigned', 0, 'Normal'),
        eventAbout(stuck, 'FailedMount', 'MountVolume.SetUp failed for volume "conf" : configmap "conf" not found', 10),
      ],
    });
    await state.pass(15_000);
    const { failures, error } = failureOf(state);
    expect(failures[0]?.findings[0]?.reason).toBe('MissingVolumeSource');
    expect(error.message).toContain('configmap "conf" not found');
  });

  it('a mount that has succeeded since is no failure', async () => {
    const slow = podOf('web', 'new', 'a', waitingContainer('ContainerCreating'));
    const state = await waiting([deployment('web', ROLLING)], {
      also: [
        replicaSet('web', 'new', 2),
        slow,
        eventAbout(slow, 'FailedMount', 'configmap "conf" not found', 10),
        eventAbout(slow, 'Pulling', 'pulling', 20, 'Normal'),
      ],
    });
    await state.pass(15_000);
    await state.pass(30_000);
    expect(state.outcome).toBeUndefined();
  });

  it.each([
    ['and observed', { observedGeneration: 2, replicas: 0 }],
    ['and not even observed', {}],
  ])('a StatefulSet whose pods are refused %s is found in its events', async (_how, status) => {
    const set: KubeObject = { ...deployment('db'), kind: 'StatefulSet', status };
    const refusal = 'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: exceeded quota: small';
    const state = await waiting([set], { also: [eventAbout(set, 'FailedCreate', refusal)] });
    await state.pass(15_000);
    expect(failureOf(state).failures[0]).toMatchObject({ reason: 'QuotaExceeded', findings: [{ quoted: true }] });
  });

  it('a quota that is refused in the status is given 15 s, an admission policy nothing', async () => {
    const refused = (message: string): KubeObject =>
      deployment('web', {
        ...ROLLING,
        conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }],
      });
    const quota = await waiting([refused('pods "web-x" is forbidden: exceeded quota: small, requested: pods=1')]);
    await quota.pass(14_999);
    expect(quota.outcome).toBeUndefined();
    await quota.pass(1);
    expect(failureOf(quota).failures[0]?.reason).toBe('QuotaExceeded');
    const policy = await waiting([refused('pods "web-x" is forbidden: violates PodSecurity "restricted:latest"')]);
    expect(failureOf(policy).failures[0]?.reason).toBe('AdmissionDenied');
  });

  it('an object that was gone before its watch began, or that is another by now, is a failure', async () => {
    const gone = await waiting([deployment('web', ROLLING)], { setUp: cluster => cluster.delete(deployment('web')) });
    await gone.pass(0);
    expect(failureOf(gone).failures[0]?.reason).toBe('Deleted');
    const web = deployment('web', ROLLING);
    const replaced = await waiting([web]);
    replaced.cluster.put({ ...web, metadata: { ...web.metadata, uid: 'other' } });
    await replaced.pass(0);
    expect(failureOf(replaced).failures[0]?.reason).toBe('Replaced');
  });
});

describe('the deadline', () => {
  it('says of each object what it waited for, with the probe’s words and the log', async () => {
    const unready = podOf('web', 'new', 'a', { name: 'app', ready: false, restartCount: 0, state: { running: {} } });
    const state = await waiting([deployment('web', ROLLING), deployment('api', DONE)], {
      also: [
        replicaSet('web', 'new', 2),
        unready,
        eventAbout(unready, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
      ],
      setUp: cluster => {
        cluster.logs['web-new-a/app'] = 'waiting for token s3cret';
      },
      redact: text => text.replaceAll('s3cret', '***').replaceAll('503', '5xx'),
    });
    await state.pass(60_000);
    const { error, failures } = failureOf(state);
    expect(state.endedAt).toBe(60_000);
    expect(error).toMatchObject({
      code: 'deadline-exceeded',
      message:
        '1 of 2 objects were not healthy after 1 min. Deployment shop/web is not healthy: Waiting for 1 of 2 replicas to be updated. ' +
        'Pod web-new-a: container app runs but is not ready: Readiness probe failed: HTTP probe failed with statuscode: 5xx',
    });
    expect(failures[0]?.findings[0]?.log).toBe('waiting for token ***');
  });

  it('is not explained by a pod that is on its way out', async () => {
    const leaving = podOf('web', 'new', 'a', waitingContainer('ContainerCreating'));
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const state = await waiting([deployment('web', ROLLING)], {
      also: [replicaSet('web', 'new', 2), leaving, eventAbout(leaving, 'FailedMount', 'secret "x" not found')],
    });
    await state.pass(60_000);
    expect(failureOf(state).failures[0]?.findings).toEqual([]);
  });

  it('explains without what it may not read, and says what that was', async () => {
    const forbidden = (what: string): SluiceError => new SluiceError('forbidden', `Cannot ${what} in namespace shop`);
    const state = await waiting([deployment('web', ROLLING)], {
      setUp: cluster => {
        cluster.errors['watch Pod'] = forbidden('watch pods');
        cluster.errors['list Event'] = forbidden('list events');
      },
    });
    await state.pass(60_000);
    expect(failureOf(state).error.hint).toBe(
      'Pods could not be read: Cannot watch pods in namespace shop\nEvents of namespace shop could not be read: Cannot list events in namespace shop',
    );
  });

  it('does not wait longer than 5 s for an explanation', async () => {
    const state = await waiting([deployment('web', ROLLING)], {
      setUp: cluster => {
        cluster.list = () => new Promise(() => undefined);
      },
    });
    await state.pass(60_000);
    expect(state.outcome).toBeUndefined();
    expect(state.cluster.openWatches()).toBe(0);
    await state.pass(5_000);
    expect(failureOf(state).error.hint).toContain('no answer within 5 s');
  });
});

describe('errors', () => {
  it('an abort ends the wait with its reason and closes the watches', async () => {
    const state = await waiting([deployment('web', ROLLING)]);
    const reason = new SluiceError('cancelled', 'stop');
    state.abort.abort(reason);
    await state.pass(0);
    expect(state.error).toBe(reason);
    expect(state.cluster.openWatches()).toBe(0);
  });

  it('of who listens end the wait, also from a timer', async () => {
    const listening = new Error('listener');
    const state = await waiting([deployment('web', ROLLING)], {
      also: [
        replicaSet('web', 'new', 2),
        podOf('web', 'new', 'a', waitingContainer('CreateContainerConfigError', 'no key')),
      ],
      onProgress: ({ status }) => {
        if (status === 'failed') throw listening;
      },
    });
    await state.pass(15_000);
    expect(state.error).toBe(listening);
  });

  it('a watch of the objects themselves that is refused ends the wait', async () => {
    const refused = new SluiceError('forbidden', 'Cannot watch deployments');
    const state = await waiting([deployment('web', ROLLING)], {
      setUp: cluster => {
        cluster.errors['watch Deployment'] = refused;
      },
    });
    expect(state.error).toBe(refused);
  });
});
