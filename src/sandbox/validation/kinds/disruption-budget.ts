import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { invalid, notSupported } from '../field-errors.ts';
import { type LabelSelector, shownSelector, validateLabelSelector } from '../label-selector.ts';
import { atMost100Percent, type IntOrString, nonNegativeOrPercent } from '../numbers.ts';

export interface DisruptionBudgetSpec {
  minAvailable?: IntOrString;
  maxUnavailable?: IntOrString;
  selector?: LabelSelector;
  unhealthyPodEvictionPolicy?: string;
}

export function validateDisruptionBudget(object: KubeObject): FieldError[] {
  const {
    minAvailable,
    maxUnavailable,
    selector,
    unhealthyPodEvictionPolicy: policy,
  } = (object.spec ?? {}) as DisruptionBudgetSpec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: shownSelector(selector),
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    errors.push(...nonNegativeOrPercent(value, `spec.${field}`), ...atMost100Percent(value, `spec.${field}`));
  }
  errors.push(...validateLabelSelector(selector, 'spec.selector'));
  if (policy !== undefined && !['AlwaysAllow', 'IfHealthyBudget'].includes(policy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']));
  }
  return errors;
}
