import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { shownSelector, validateWorkloadSelector } from '../label-selector.ts';
import { atMost100Percent, leadingNumber, nonNegative, nonNegativeOrPercent } from '../numbers.ts';
import { validatePodTemplate } from '../pod/pod-spec.ts';
import type { PodTemplate } from '../pod/pod-spec-view.ts';
import type { Strategy, WorkloadSpec } from './workload-view.ts';

const TEXTS = { empty: 'empty selector is invalid for deployment', unreadable: 'invalid label selector' };

export function validateDeployment(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  return [
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...validateSelectorAndTemplate(spec),
    ...validateStrategy(spec.strategy ?? {}, 'spec.strategy'),
    ...nonNegative(minReadySeconds, 'spec.minReadySeconds'),
    ...nonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...nonNegative(deadline, 'spec.progressDeadlineSeconds'),
    ...(deadline !== undefined && deadline <= minReadySeconds
      ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
  ];
}

export function validateReplicaSet(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  return [
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateSelectorAndTemplate(spec),
  ];
}

/** The selector of a Deployment, ReplicaSet or DaemonSet never changes. */
export function validateSelectorUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [object.spec, old.spec] as (WorkloadSpec | undefined)[];
  if (sameValue(spec?.selector, before?.selector)) return [];
  return [invalid('spec.selector', shownSelector(spec?.selector), 'field is immutable')];
}

function validateSelectorAndTemplate(spec: WorkloadSpec): FieldError[] {
  const template = spec.template ?? {};
  return validateWorkloadSelector(spec.selector, template.metadata?.labels, TEXTS, () => [
    ...validatePodTemplate(template, 'spec.template'),
    ...validateLongRunning(template, 'ReplicaSet'),
  ]);
}

/** Pods that a controller replaces restart always and have no deadline. */
export function validateLongRunning({ spec = {} }: PodTemplate, owner: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.restartPolicy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', spec.restartPolicy ?? '', ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const path = 'spec.template.spec.activeDeadlineSeconds';
    errors.push(forbidden(path, `activeDeadlineSeconds in ${owner} is not Supported`));
  }
  return errors;
}

function validateStrategy({ type = '', rollingUpdate }: Strategy, path: string): FieldError[] {
  const rolling = `${path}.rollingUpdate`;
  if (type === 'Recreate') {
    return rollingUpdate ? [forbidden(rolling, "may not be specified when strategy `type` is 'Recreate'")] : [];
  }
  if (type !== 'RollingUpdate') {
    const shown = { Type: type, RollingUpdate: shownRolling(rollingUpdate) };
    return [notSupported(path, shown, ['Recreate', 'RollingUpdate'])];
  }
  if (!rollingUpdate) return [required(rolling, 'this should be defaulted and never be nil')];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const none = leadingNumber(maxUnavailable) === 0 && leadingNumber(maxSurge) === 0;
  return [
    ...nonNegativeOrPercent(maxUnavailable, `${rolling}.maxUnavailable`),
    ...nonNegativeOrPercent(maxSurge, `${rolling}.maxSurge`),
    ...(none ? [invalid(`${rolling}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...atMost100Percent(maxUnavailable, `${rolling}.maxUnavailable`),
  ];
}

export const shownRolling = (rolling: Strategy['rollingUpdate']): unknown =>
  rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null;
