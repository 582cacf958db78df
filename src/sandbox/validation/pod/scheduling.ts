import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../names.ts';
import type { Affinity, NodeRequirement, NodeSelectorTerm, PodAffinityTerm, Toleration } from './pod-spec-view.ts';

const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  const node = affinity.nodeAffinity;
  const nodePath = `${path}.nodeAffinity`;
  const terms = node?.requiredDuringSchedulingIgnoredDuringExecution;
  const termsPath = `${nodePath}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  return [
    ...(terms && !terms.nodeSelectorTerms?.length
      ? [required(termsPath, 'must have at least one node selector term')]
      : []),
    ...(terms?.nodeSelectorTerms ?? []).flatMap((term, index) => validateNodeTerm(term, at(termsPath, index), true)),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((preferred, index) => {
      const here = at(`${nodePath}.preferredDuringSchedulingIgnoredDuringExecution`, index);
      return [
        ...validateWeight(preferred.weight, `${here}.weight`),
        ...validateNodeTerm(preferred.preference ?? {}, `${here}.preference`, false),
      ];
    }),
    ...(['podAffinity', 'podAntiAffinity'] as const).flatMap(kind => {
      const pods = affinity[kind];
      return [
        ...(pods?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, index) =>
          validatePodTerm(term, at(`${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution`, index)),
        ),
        ...(pods?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((preferred, index) => {
          const here = at(`${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution`, index);
          return [
            ...validateWeight(preferred.weight, `${here}.weight`),
            ...validatePodTerm(preferred.podAffinityTerm ?? {}, `${here}.podAffinityTerm`),
          ];
        }),
      ];
    }),
  ];
}

const validateWeight = (weight: number | undefined, path: string): FieldError[] =>
  (weight ?? 0) < 1 || (weight ?? 0) > 100 ? [invalid(path, weight ?? 0, 'must be in the range 1-100')] : [];

/** The values of a preference are not looked at: on a cluster of one node it is met whatever they are. */
function validateNodeTerm(term: NodeSelectorTerm, path: string, strict: boolean): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, index) =>
      validateNodeRequirement(requirement, at(`${path}.matchExpressions`, index), strict),
    ),
    ...(term.matchFields ?? []).flatMap((requirement, index) =>
      validateNodeField(requirement, at(`${path}.matchFields`, index)),
    ),
  ];
}

function validateNodeRequirement({ key = '', operator, values = [] }: NodeRequirement, path: string, strict: boolean) {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1)
      errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  errors.push(...qualifiedName(key).map(text => invalid(`${path}.key`, key, text)));
  if (!strict) return errors;
  values.forEach((value, position) => {
    errors.push(...labelValue(value).map(text => invalid(at(`${path}.values`, position), value, text)));
  });
  return errors;
}

function validateNodeField({ key = '', operator = '', values = [] }: NodeRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${path}.values`, text));
  }
  if (key !== 'metadata.name') return [...errors, invalid(`${path}.key`, key, 'not a valid field selector key')];
  values.forEach((value, position) => {
    errors.push(...dnsSubdomain(value).map(text => invalid(at(`${path}.values`, position), value, text)));
  });
  return errors;
}

function validatePodTerm(term: PodAffinityTerm, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap(name => dnsLabel(name).map(text => invalid(`${path}.namespace`, name, text))),
    ...validateLabelKeys(term, path),
  ];
  if (!term.topologyKey)
    return [...errors, required(`${path}.topologyKey`, 'can not be empty'), ...emptyKey(`${path}.topologyKey`)];
  return [
    ...errors,
    ...qualifiedName(term.topologyKey).map(text => invalid(`${path}.topologyKey`, term.topologyKey, text)),
  ];
}

function validateLabelKeys(term: PodAffinityTerm, path: string): FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const errors = Object.entries({ matchLabelKeys, mismatchLabelKeys }).flatMap(([field, keys]) => {
    const here = `${path}.${field}`;
    if (keys.length > 0 && !labelSelector) {
      return [forbidden(here, 'must not be specified when labelSelector is not set')];
    }
    return keys.flatMap((key, index) => qualifiedName(key).map(text => invalid(at(here, index), key, text)));
  });
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(at(`${path}.matchLabelKeys`, index), key, text));
  });
  return errors;
}

const emptyKey = (path: string): FieldError[] => qualifiedName('').map(text => invalid(path, '', text));

export function validateTolerations(tolerations: Toleration[] | undefined, path: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => {
    const here = at(path, index);
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
    const errors: FieldError[] = [];
    if (key) errors.push(...qualifiedName(key).map(text => invalid(`${here}.key`, key, text)));
    if (!key && operator !== 'Exists') {
      errors.push(
        invalid(
          `${here}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${here}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === 'Equal' || operator === '') {
      const problems = labelValue(value);
      if (problems.length > 0) errors.push(invalid(`${here}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(`${here}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(`${here}.operator`, operator, ['Equal', 'Exists']));
    if (effect && !EFFECTS.includes(effect)) {
      errors.push(notSupported(`${here}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
    }
    return errors;
  });
}
