import { fill, inside, type Loose, listOf, objectOf } from './fill.ts';
import { defaultPodSpec } from './pods.ts';

function defaultTemplate(spec: Loose): void {
  const template = objectOf(spec.template);
  if (template) defaultPodSpec(inside(template, 'spec'));
  else spec.template = { spec: templateSpec() };
}

function templateSpec(): Loose {
  const spec: Loose = {};
  defaultPodSpec(spec);
  return spec;
}

export function defaultDeployment(object: Loose): void {
  const spec = inside(object, 'spec');
  defaultTemplate(spec);
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = inside(spec, 'strategy');
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate')
    fill(inside(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
}

export function defaultReplicaSet(object: Loose): void {
  const spec = inside(object, 'spec');
  if (spec.template) defaultTemplate(spec);
  fill(spec, { replicas: 1 });
}

/** The oldest controller takes its selector and its labels from its template. */
export function defaultReplicationController(object: Loose): void {
  const spec = inside(object, 'spec');
  const labels = objectOf(objectOf(objectOf(spec.template)?.metadata)?.labels);
  if (labels && Object.keys(objectOf(spec.selector) ?? {}).length === 0) spec.selector = { ...labels };
  const metadata = inside(object, 'metadata');
  if (labels && Object.keys(objectOf(metadata.labels) ?? {}).length === 0) metadata.labels = { ...labels };
  defaultReplicaSet(object);
}

export function defaultStatefulSet(object: Loose): void {
  const spec = inside(object, 'spec');
  defaultTemplate(spec);
  for (const claim of listOf(spec.volumeClaimTemplates)) {
    Object.assign(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' });
    defaultClaim(claim);
  }
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = inside(spec, 'updateStrategy');
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') fill(inside(strategy, 'rollingUpdate'), { partition: 0 });
  fill(inside(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  fill(spec, { replicas: 1, revisionHistoryLimit: 10 });
}

export function defaultClaim(claim: Loose): void {
  fill(inside(claim, 'spec'), { volumeMode: 'Filesystem' });
  fill(inside(claim, 'status'), { phase: 'Pending' });
}

export function defaultDaemonSet(object: Loose): void {
  const spec = inside(object, 'spec');
  defaultTemplate(spec);
  const strategy = inside(spec, 'updateStrategy');
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') fill(inside(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  fill(spec, { revisionHistoryLimit: 10 });
}

export function defaultJob(object: Loose): void {
  const spec = inside(object, 'spec');
  defaultTemplate(spec);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
  });
  for (const rule of listOf(objectOf(spec.podFailurePolicy)?.rules)) {
    for (const pattern of listOf(rule.onPodConditions)) pattern.status ||= 'True';
  }
  labelJob(object);
}

/** A Job without labels of its own gets those of its pods. */
export function labelJob(object: Loose): void {
  const metadata = inside(object, 'metadata');
  const labels = objectOf(objectOf(objectOf(objectOf(object.spec)?.template)?.metadata)?.labels);
  const own = Object.keys(objectOf(metadata.labels) ?? {});
  if (labels && Object.keys(labels).length > 0 && own.length === 0) metadata.labels = { ...labels };
}

export function defaultCronJob(object: Loose): void {
  const spec = inside(object, 'spec');
  defaultTemplate(inside(inside(spec, 'jobTemplate'), 'spec'));
  spec.concurrencyPolicy ||= 'Allow';
  fill(spec, { suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
}
