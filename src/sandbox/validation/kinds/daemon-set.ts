import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { invalid, notSupported, required } from '../field-errors.ts';
import { isEmptySelector, labelMismatch, selects, shownSelector, validateLabelSelector } from '../label-selector.ts';
import { atMost100Percent, leadingNumber, nonNegative, nonNegativeOrPercent } from '../numbers.ts';
import { validatePodTemplate } from '../pod/pod-spec.ts';
import { shownRolling, validateLongRunning } from './deployment.ts';
import type { Strategy, WorkloadSpec } from './workload-view.ts';

export function validateDaemonSet(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  const { selector, template = {} } = spec;
  const selectorErrors = validateLabelSelector(selector, 'spec.selector');
  const labels = template.metadata?.labels;
  return [
    ...selectorErrors,
    ...(selectorErrors.length === 0 && !selects(selector, labels) ? [labelMismatch(labels)] : []),
    ...(selector && isEmptySelector(selector)
      ? [invalid('spec.selector', shownSelector(selector), 'empty selector is invalid for daemonset')]
      : []),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateLongRunning(template, 'DaemonSet'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...nonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function validateUpdateStrategy({ type = '', rollingUpdate }: Strategy, path: string): FieldError[] {
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    return [
      notSupported(path, { Type: type, RollingUpdate: shownRolling(rollingUpdate) }, ['RollingUpdate', 'OnDelete']),
    ];
  }
  const rolling = `${path}.rollingUpdate`;
  if (!rollingUpdate) return [required(rolling)];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const [unavailable, surge] = [leadingNumber(maxUnavailable), leadingNumber(maxSurge)];
  return [
    ...nonNegativeOrPercent(maxUnavailable, `${rolling}.maxUnavailable`),
    ...nonNegativeOrPercent(maxSurge, `${rolling}.maxSurge`),
    ...atMost100Percent(maxUnavailable, `${rolling}.maxUnavailable`),
    ...atMost100Percent(maxSurge, `${rolling}.maxSurge`),
    ...(unavailable !== 0 && surge !== 0
      ? [invalid(`${rolling}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
      : []),
    ...(unavailable === 0 && surge === 0
      ? [required(`${rolling}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
      : []),
  ];
}
