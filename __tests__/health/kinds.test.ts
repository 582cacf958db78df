import { describe, expect, it } from '@jest/globals';
import { health, isWorkload } from '../../src/health/health.ts';
import type { HealthContext } from '../../src/health/verdict.ts';
import type { KubeObject } from '../../src/kube.ts';

type Given = { spec?: unknown; status?: unknown; metadata?: Partial<KubeObject['metadata']>; context?: HealthContext };
type Row = [given: string, object: Given, verdict: string];

function made(apiVersion: string, kind: string, { spec, status, metadata }: Given): KubeObject {
  return { apiVersion, kind, metadata: { name: 'it', namespace: 'shop', generation: 2, ...metadata }, spec, status };
}

/** Each row reads `status: message`, or `status reason: message`. */
function rows(apiVersion: string, kind: string, table: Row[]): void {
  describe(kind, () => {
    it.each(table)('%s', (_given, given, verdict) => {
      const { status, reason, message } = health(made(apiVersion, kind, given), given.context);
      expect(`${status}${reason ? ` ${reason}` : ''}: ${message}`).toBe(verdict);
    });
  });
}

const condition = (
  type: string,
  status: string,
  reason?: string,
  message?: string,
  observedGeneration?: number,
): object => ({
  type,
  status,
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
  ...(observedGeneration ? { observedGeneration } : {}),
});
const observed = (status: object, ...conditions: object[]): object => ({
  observedGeneration: 2,
  ...status,
  conditions,
});

rows('apps/v1', 'Deployment', [
  [
    'no status yet',
    { spec: { replicas: 2 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'an old generation',
    { spec: {}, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'none updated',
    { spec: { replicas: 5 }, status: observed({ replicas: 5, availableReplicas: 5 }) },
    'progressing: Waiting for 5 of 5 replicas to be updated',
  ],
  [
    'old ones left',
    { spec: { replicas: 5 }, status: observed({ replicas: 6, updatedReplicas: 5, availableReplicas: 5 }) },
    'progressing: Waiting for 1 old replica to terminate',
  ],
  [
    'surplus ones left',
    { spec: { replicas: 2 }, status: observed({ replicas: 5, updatedReplicas: 5, availableReplicas: 5 }) },
    'progressing: Waiting for 3 surplus replicas to terminate',
  ],
  [
    'ready for less than minReadySeconds',
    {
      spec: { replicas: 5, minReadySeconds: 10 },
      status: observed({ replicas: 5, updatedReplicas: 5, readyReplicas: 5, availableReplicas: 3 }),
    },
    'progressing: Waiting for 2 of 5 replicas to become available',
  ],
  [
    'all available',
    { spec: { replicas: 5 }, status: observed({ replicas: 5, updatedReplicas: 5, availableReplicas: 5 }) },
    'healthy: 5 of 5 replicas available',
  ],
  ['no replicas wanted', { spec: { replicas: 0 }, status: observed({}) }, 'healthy: Scaled to 0 replicas'],
  [
    'no replicas wanted, one left',
    { spec: { replicas: 0 }, status: observed({ replicas: 1, updatedReplicas: 1 }) },
    'progressing: Waiting for 1 surplus replica to terminate',
  ],
  [
    'replicas not given',
    { spec: {}, status: observed({ replicas: 1, updatedReplicas: 1 }) },
    'progressing: Waiting for 1 of 1 replica to become available',
  ],
  [
    'paused',
    { spec: { replicas: 2, paused: true }, status: observed({ replicas: 2, availableReplicas: 2 }) },
    'healthy Paused: Paused: changes of its pod template are not rolled out until it is resumed',
  ],
  [
    'paused, not observed',
    { spec: { paused: true }, status: { observedGeneration: 1 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'out of time',
    {
      spec: { replicas: 2 },
      status: observed(
        { replicas: 3, updatedReplicas: 1, availableReplicas: 1 },
        condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "it-1" has timed out progressing.'),
      ),
    },
    'failed ProgressDeadlineExceeded: Exceeded its progress deadline with 1 of 2 replicas available: ReplicaSet "it-1" has timed out progressing.',
  ],
  [
    'out of time in the last rollout',
    {
      spec: {},
      status: { observedGeneration: 1, conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
    },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'refused by a quota',
    { spec: {}, status: observed({}, condition('ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota: small')) },
    'progressing QuotaExceeded: Cannot create pods: exceeded quota: small',
  ],
  [
    'refused by a policy',
    {
      spec: {},
      status: observed(
        {},
        condition('ReplicaFailure', 'True', 'FailedCreate', 'admission webhook "p" denied the request: no'),
      ),
    },
    'failed AdmissionDenied: Cannot create pods: admission webhook "p" denied the request: no',
  ],
  [
    'a webhook that does not answer',
    {
      spec: {},
      status: observed({}, condition('ReplicaFailure', 'True', 'FailedCreate', 'failed calling webhook "p"')),
    },
    'progressing FailedCreate: Cannot create pods: failed calling webhook "p"',
  ],
  [
    'being deleted',
    { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: observed({}) },
    'failed Deleting: The Deployment is being deleted',
  ],
]);

const set = (status: object): object => ({
  observedGeneration: 2,
  currentRevision: 'a',
  updateRevision: 'b',
  ...status,
});
rows('apps/v1', 'StatefulSet', [
  [
    'not observed',
    { spec: { replicas: 3 }, status: { observedGeneration: 1 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'some updated',
    { spec: { replicas: 3 }, status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 1 }) },
    'progressing: Waiting for 2 of 3 replicas to be updated',
  ],
  [
    'some ready',
    { spec: { replicas: 3 }, status: set({ replicas: 3, readyReplicas: 2, updatedReplicas: 3 }) },
    'progressing: Waiting for 1 of 3 replicas to become ready',
  ],
  [
    'revision not yet current',
    { spec: { replicas: 3 }, status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 }) },
    'progressing: Waiting for revision b to become the current one',
  ],
  [
    'done',
    { spec: { replicas: 3 }, status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 3, currentRevision: 'b' }) },
    'healthy: 3 of 3 replicas ready',
  ],
  [
    'partition not reached',
    {
      spec: { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } },
      status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 1 }),
    },
    'progressing: Waiting for 1 of 2 replicas to be updated',
  ],
  [
    'partition reached',
    {
      spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 1 }),
    },
    'healthy: 3 of 3 replicas ready; 2 of them keep the old version (partition 2)',
  ],
  [
    'partition beyond all',
    {
      spec: { replicas: 1, updateStrategy: { rollingUpdate: { partition: 5 } } },
      status: set({ replicas: 1, readyReplicas: 1 }),
    },
    'healthy: 1 of 1 replica ready; 1 of them keeps the old version (partition 5)',
  ],
  [
    'OnDelete',
    {
      spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } },
      status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 1 }),
    },
    'healthy: 3 of 3 replicas ready; 2 of them keep the old version until deleted (OnDelete)',
  ],
  [
    'OnDelete, one not ready',
    { spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } }, status: set({ replicas: 3, readyReplicas: 2 }) },
    'progressing: Waiting for 1 of 3 replicas to become ready',
  ],
  [
    'ready for less than minReadySeconds',
    {
      spec: { replicas: 2, minReadySeconds: 9 },
      status: set({ replicas: 2, readyReplicas: 2, availableReplicas: 1, updatedReplicas: 2, currentRevision: 'b' }),
    },
    'progressing: Waiting for 1 of 2 replicas to become ready',
  ],
  [
    'scaled down',
    { spec: { replicas: 1 }, status: set({ replicas: 3, readyReplicas: 3, updatedReplicas: 3, currentRevision: 'b' }) },
    'progressing: Waiting for 2 surplus replicas to terminate',
  ],
  [
    'no replicas wanted',
    { spec: { replicas: 0 }, status: set({ currentRevision: 'b' }) },
    'healthy: Scaled to 0 replicas',
  ],
]);

const daemons = (desired: number, current: number, updated: number, available: number): object => ({
  observedGeneration: 2,
  desiredNumberScheduled: desired,
  currentNumberScheduled: current,
  updatedNumberScheduled: updated,
  numberAvailable: available,
});
rows('apps/v1', 'DaemonSet', [
  [
    'not observed',
    { status: { desiredNumberScheduled: 0 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  ['pods missing', { status: daemons(3, 2, 2, 2) }, 'progressing: Waiting for 1 of 3 pods to be created'],
  ['some updated', { status: daemons(3, 3, 1, 3) }, 'progressing: Waiting for 2 of 3 pods to be updated'],
  ['some available', { status: daemons(3, 3, 3, 2) }, 'progressing: Waiting for 1 of 3 pods to become available'],
  ['done', { status: daemons(3, 3, 3, 3) }, 'healthy: 3 of 3 pods available'],
  [
    'OnDelete',
    { spec: { updateStrategy: { type: 'OnDelete' } }, status: daemons(3, 3, 0, 3) },
    'healthy: 3 of 3 pods available; 3 pods of the old version until deleted (OnDelete)',
  ],
  ['no node', { status: daemons(0, 0, 0, 0) }, 'healthy: No node is to run it'],
]);

rows('apps/v1', 'ReplicaSet', [
  [
    'not observed',
    { spec: {}, status: { replicas: 0 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'pods missing',
    { spec: { replicas: 2 }, status: observed({ replicas: 1, fullyLabeledReplicas: 1 }) },
    'progressing: Waiting for 1 of 2 replicas to be created',
  ],
  [
    'some available',
    { spec: { replicas: 2 }, status: observed({ replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 1 }) },
    'progressing: Waiting for 1 of 2 replicas to become available',
  ],
  [
    'done',
    { spec: { replicas: 2 }, status: observed({ replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2 }) },
    'healthy: 2 of 2 replicas available',
  ],
  [
    'refused',
    {
      spec: {},
      status: observed({}, condition('ReplicaFailure', 'True', 'FailedCreate', 'violates PodSecurity "restricted"')),
    },
    'failed AdmissionDenied: Cannot create pods: violates PodSecurity "restricted"',
  ],
]);

rows('batch/v1', 'Job', [
  ['new', { spec: {}, status: {} }, 'progressing: Waiting for a pod to be started'],
  [
    'running',
    { spec: { completions: 3 }, status: { active: 1, succeeded: 1, failed: 2 } },
    'progressing: Waiting for completion: 1 of 3 pods succeeded, 2 pods failed',
  ],
  [
    'decided, not yet complete',
    { spec: {}, status: { succeeded: 1, conditions: [condition('SuccessCriteriaMet', 'True')] } },
    'progressing: Waiting for completion: 1 of 1 pod succeeded',
  ],
  [
    'complete',
    { spec: {}, status: { succeeded: 1, failed: 1, conditions: [condition('Complete', 'True')] } },
    'healthy: Completed: 1 pod succeeded, 1 pod failed',
  ],
  [
    'failed',
    {
      spec: {},
      status: {
        failed: 1,
        conditions: [condition('Failed', 'True', 'DeadlineExceeded', 'Job was active longer than specified deadline')],
      },
    },
    'failed DeadlineExceeded: The Job failed: Job was active longer than specified deadline',
  ],
  [
    'about to fail',
    {
      spec: {},
      status: { active: 1, conditions: [condition('FailureTarget', 'True', 'PodFailurePolicy', 'exit code 42')] },
    },
    'failed PodFailurePolicy: The Job failed: exit code 42',
  ],
  [
    'suspended',
    { spec: { suspend: true }, status: {} },
    'healthy Suspended: Suspended: it does not run until it is resumed',
  ],
]);

rows('batch/v1', 'CronJob', [
  ['scheduled', { spec: { schedule: '*/5 * * * *' } }, 'healthy: Scheduled at */5 * * * *'],
  ['suspended', { spec: { schedule: '* * * * *', suspend: true } }, 'healthy Suspended: Suspended'],
]);

rows('v1', 'Pod', [
  ['no phase', { status: {} }, 'progressing: Waiting for the pod to be scheduled'],
  [
    'unschedulable',
    { status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes')] } },
    'progressing: Waiting for the pod to be scheduled: 0/3 nodes',
  ],
  [
    'starting',
    { status: { phase: 'Pending', conditions: [condition('PodScheduled', 'True')] } },
    'progressing: Waiting for the containers to start',
  ],
  [
    'unready',
    {
      status: {
        phase: 'Running',
        conditions: [condition('Ready', 'False', 'ContainersNotReady', 'containers with unready status: [web]')],
      },
    },
    'progressing: Waiting for the pod to become ready: containers with unready status: [web]',
  ],
  ['ready', { status: { phase: 'Running', conditions: [condition('Ready', 'True')] } }, 'healthy: Ready'],
  ['done', { status: { phase: 'Succeeded' } }, 'healthy: Completed'],
  [
    'evicted',
    { status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } },
    'failed Evicted: The pod failed: low on memory',
  ],
]);

const address = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.test' }] } };
rows('v1', 'Service', [
  ['a cluster IP', { spec: { type: 'ClusterIP', clusterIP: '10.0.0.1' } }, 'healthy: Has a cluster IP'],
  ['headless', { spec: { clusterIP: 'None' } }, 'healthy: Headless'],
  ['no cluster IP', { spec: { type: 'NodePort' } }, 'progressing: Waiting for a cluster IP'],
  [
    'an external name',
    { spec: { type: 'ExternalName', externalName: 'x.test' } },
    'healthy: A name outside the cluster',
  ],
  [
    'a load balancer without address',
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, status: { loadBalancer: {} } },
    'progressing NoAddress: Waiting for an address from a load balancer: has this cluster a controller that gives one?',
  ],
  [
    'a load balancer with addresses',
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, status: address },
    'healthy: Reachable at 192.0.2.1, lb.test',
  ],
  [
    'a load balancer with the user’s own IPs',
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', externalIPs: ['192.0.2.9'] } },
    'healthy: Has a cluster IP',
  ],
]);

rows('networking.k8s.io/v1', 'Ingress', [
  [
    'a class, no address',
    { spec: { ingressClassName: 'nginx' }, status: { loadBalancer: {} } },
    'progressing NoAddress: Waiting for an address from the controller of ingress class nginx',
  ],
  [
    'the old annotation',
    { metadata: { annotations: { 'kubernetes.io/ingress.class': 'gce' } } },
    'progressing NoAddress: Waiting for an address from the controller of ingress class gce',
  ],
  ['no class', { spec: {} }, 'healthy: No ingress class, so no controller is expected to give it an address'],
  ['an address', { spec: { ingressClassName: 'nginx' }, status: address }, 'healthy: Reachable at 192.0.2.1, lb.test'],
]);

rows('v1', 'PersistentVolumeClaim', [
  ['bound', { status: { phase: 'Bound' } }, 'healthy: Bound'],
  [
    'pending',
    { spec: { storageClassName: 'fast' }, status: { phase: 'Pending' } },
    'progressing: Waiting for a volume of storage class fast',
  ],
  [
    'pending until a pod uses it',
    {
      spec: { storageClassName: 'fast' },
      status: { phase: 'Pending' },
      context: { bindingMode: () => 'WaitForFirstConsumer' },
    },
    'healthy WaitForFirstConsumer: Will be bound when the first pod uses it',
  ],
  [
    'pending, bound at once',
    { spec: { storageClassName: 'fast' }, status: { phase: 'Pending' }, context: { bindingMode: () => 'Immediate' } },
    'progressing: Waiting for a volume of storage class fast',
  ],
  ['lost', { status: { phase: 'Lost' } }, 'failed Lost: The volume that it was bound to is gone'],
]);

rows('apiextensions.k8s.io/v1', 'CustomResourceDefinition', [
  ['new', { status: { conditions: [] } }, 'progressing: Waiting for the API server to establish it'],
  [
    'installing',
    {
      status: {
        conditions: [
          condition('NamesAccepted', 'True'),
          condition('Established', 'False', 'Installing', 'the initial names have been accepted'),
        ],
      },
    },
    'progressing: Waiting for the API server to establish it',
  ],
  [
    'established',
    { status: { conditions: [condition('NamesAccepted', 'True'), condition('Established', 'True')] } },
    'healthy: Established',
  ],
  [
    'names taken',
    { status: { conditions: [condition('NamesAccepted', 'False', 'PluralConflict', '"widgets" is already in use')] } },
    'failed PluralConflict: Its names are taken: "widgets" is already in use',
  ],
]);

rows('v1', 'Namespace', [
  ['active', { status: { phase: 'Active' } }, 'healthy: Active'],
  ['new', {}, 'progressing: Waiting for the namespace to become active'],
  ['terminating', { status: { phase: 'Terminating' } }, 'failed Terminating: The namespace is being deleted'],
]);

rows('autoscaling/v2', 'HorizontalPodAutoscaler', [
  ['new', {}, 'progressing: Waiting for the autoscaler to look at its target'],
  [
    'able',
    { status: { conditions: [condition('AbleToScale', 'True'), condition('ScalingActive', 'True')] } },
    'healthy: Able to scale its target',
  ],
  [
    'no target',
    {
      status: { conditions: [condition('AbleToScale', 'False', 'FailedGetScale', 'deployments.apps "web" not found')] },
    },
    'progressing FailedGetScale: It cannot scale its target: deployments.apps "web" not found',
  ],
  [
    'no metrics yet',
    {
      status: {
        conditions: [
          condition('AbleToScale', 'True'),
          condition('ScalingActive', 'False', 'FailedGetResourceMetric', 'no metrics'),
        ],
      },
    },
    'healthy FailedGetResourceMetric: Holds the replica count: no metrics',
  ],
  [
    'a selector that is wrong',
    {
      status: {
        conditions: [
          condition('AbleToScale', 'True'),
          condition('ScalingActive', 'False', 'InvalidSelector', 'no selector'),
        ],
      },
    },
    'failed InvalidSelector: no selector',
  ],
]);

rows('policy/v1', 'PodDisruptionBudget', [
  [
    'not observed',
    { status: { currentHealthy: 1 } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  ['computed', { status: observed({ currentHealthy: 1, desiredHealthy: 2 }) }, 'healthy: 1 healthy pods, 2 needed'],
  [
    'cannot be computed',
    { status: observed({}, condition('DisruptionAllowed', 'False', 'SyncFailed', 'no controllers found')) },
    'progressing SyncFailed: It cannot be computed: no controllers found',
  ],
]);

rows('gateway.networking.k8s.io/v1', 'Gateway', [
  [
    'pending',
    { status: { conditions: [condition('Accepted', 'Unknown', 'Pending', 'Waiting for controller', 2)] } },
    'progressing: Waiting for the Gateway to be accepted: Waiting for controller',
  ],
  [
    'of an old generation',
    {
      status: {
        conditions: [
          condition('Accepted', 'True', 'Accepted', '', 1),
          condition('Programmed', 'True', 'Programmed', '', 1),
        ],
      },
    },
    'progressing: Waiting for the Gateway to be accepted',
  ],
  [
    'accepted only',
    {
      status: {
        conditions: [
          condition('Accepted', 'True', 'Accepted', '', 2),
          condition('Programmed', 'False', 'Pending', 'no address', 2),
        ],
      },
    },
    'progressing: Waiting for the Gateway to be programmed: no address',
  ],
  [
    'programmed',
    {
      status: {
        conditions: [
          condition('Accepted', 'True', 'Accepted', '', 2),
          condition('Programmed', 'True', 'Programmed', '', 2),
        ],
      },
    },
    'healthy: Accepted and programmed',
  ],
  [
    'invalid',
    { status: { conditions: [condition('Accepted', 'False', 'Invalid', 'bad listener', 2)] } },
    'progressing Invalid: Not accepted (the Gateway): bad listener',
  ],
]);

const parent = (name: string, ...conditions: object[]): object => ({
  parentRef: { name },
  controllerName: 'x.test/gateway',
  conditions,
});
const taken = [
  condition('Accepted', 'True', 'Accepted', '', 2),
  condition('ResolvedRefs', 'True', 'ResolvedRefs', '', 2),
];
const twoParents = { parentRefs: [{ name: 'a' }, { name: 'b' }] };
for (const kind of ['HTTPRoute', 'GRPCRoute']) {
  rows('gateway.networking.k8s.io/v1', kind, [
    [
      'no answer',
      { spec: twoParents, status: { parents: [] } },
      'progressing: Waiting for the controller of Gateway a to take the route',
    ],
    [
      'one parent answers',
      { spec: twoParents, status: { parents: [parent('a', ...taken)] } },
      'progressing: Waiting for the controller of Gateway b to take the route',
    ],
    [
      'all accept',
      { spec: twoParents, status: { parents: [parent('a', ...taken), parent('b', ...taken)] } },
      'healthy: Accepted by 2 parents',
    ],
    [
      'one accepted the old generation',
      {
        spec: twoParents,
        status: { parents: [parent('a', ...taken), parent('b', condition('Accepted', 'True', 'Accepted', '', 1))] },
      },
      'progressing: Waiting for Gateway b to be accepted',
    ],
    [
      'a backend that is not there',
      {
        spec: { parentRefs: [{ name: 'a' }] },
        status: {
          parents: [
            parent('a', taken[0] as object, condition('ResolvedRefs', 'False', 'BackendNotFound', 'Service "x"', 2)),
          ],
        },
      },
      'progressing BackendNotFound: Not resolved (Gateway a): Service "x"',
    ],
    [
      'two controllers, one refuses',
      {
        spec: { parentRefs: [{ name: 'a' }] },
        status: {
          parents: [
            parent('a', ...taken),
            parent('a', condition('Accepted', 'False', 'NotAllowedByListeners', 'no', 2)),
          ],
        },
      },
      'progressing NotAllowedByListeners: Not accepted (Gateway a): no',
    ],
    [
      'another section of the same Gateway',
      { spec: { parentRefs: [{ name: 'a', sectionName: 'https' }] }, status: { parents: [parent('a', ...taken)] } },
      'progressing: Waiting for the controller of Gateway a, https to take the route',
    ],
    ['no parent', { spec: {} }, 'healthy: It names no parent'],
  ]);
}

rows('example.test/v1', 'Widget', [
  ['no status', {}, 'healthy: Applied'],
  [
    'an old generation',
    { status: { observedGeneration: 1, conditions: [condition('Ready', 'True')] } },
    'progressing NotObserved: Waiting for the controller to observe generation 2',
  ],
  [
    'an old condition',
    { status: { conditions: [condition('Ready', 'True', '', '', 1)] } },
    'progressing NotObserved: Waiting for its controller to look at this generation',
  ],
  ['ready', { status: { conditions: [condition('Ready', 'True')] } }, 'healthy: Ready'],
  [
    'not ready',
    { status: { conditions: [condition('Ready', 'False', 'Creating', 'creating the database')] } },
    'progressing Creating: Waiting until Ready: creating the database',
  ],
  ['available', { status: { conditions: [condition('Available', 'True')] } }, 'healthy: Available'],
  [
    'stalled',
    { status: observed({}, condition('Stalled', 'True', 'BadSpec', 'no such size'), condition('Ready', 'True')) },
    'failed BadSpec: no such size',
  ],
  [
    'reconciling',
    { status: observed({}, condition('Reconciling', 'True', 'Busy'), condition('Ready', 'True')) },
    'progressing: Waiting for its controller: Busy',
  ],
]);

describe('isWorkload', () => {
  it('holds for what runs pods, by group and kind', () => {
    const kinds = [
      ['apps/v1', 'Deployment'],
      ['batch/v1', 'Job'],
      ['v1', 'Pod'],
      ['v1', 'Service'],
      ['example.test/v1', 'Deployment'],
    ] as const;
    expect(kinds.map(([apiVersion, kind]) => isWorkload({ apiVersion, kind }))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
