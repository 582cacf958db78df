import type { FieldError } from '../../types.ts';
import { at, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { dnsLabel, labelValue, qualifiedName } from '../names.ts';
import type {
  Affinity,
  NodeSelectorTerm,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from './pod-spec-view.ts';

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
    ...(terms?.nodeSelectorTerms ?? []).flatMap((term, index) => validateNodeTerm(term, at(termsPath, index))),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((preferred, index) => {
      const here = at(`${nodePath}.preferredDuringSchedulingIgnoredDuringExecution`, index);
      return [
        ...validateWeight(preferred.weight, `${here}.weight`),
        ...validateNodeTerm(preferred.preference ?? {}, `${here}.preference`),
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

function validateNodeTerm(term: NodeSelectorTerm, path: string): FieldError[] {
  return (term.matchExpressions ?? []).flatMap(({ key, operator, values = [] }, index) => {
    const here = at(`${path}.matchExpressions`, index);
    const errors: FieldError[] = [];
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(required(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.push(forbidden(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
    } else if (operator === 'Gt' || operator === 'Lt') {
      if (values.length !== 1)
        errors.push(required(`${here}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    } else errors.push(invalid(`${here}.operator`, operator ?? '', 'not a valid selector operator'));
    errors.push(...qualifiedName(key ?? '').map(text => invalid(`${here}.key`, key ?? '', text)));
    values.forEach((value, position) => {
      errors.push(...labelValue(value).map(text => invalid(at(`${here}.values`, position), value, text)));
    });
    return errors;
  });
}

function validatePodTerm(term: PodAffinityTerm, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap(name => dnsLabel(name).map(text => invalid(`${path}.namespace`, name, text))),
  ];
  if (!term.topologyKey)
    return [...errors, required(`${path}.topologyKey`, 'can not be empty'), ...emptyKey(`${path}.topologyKey`)];
  return [
    ...errors,
    ...qualifiedName(term.topologyKey).map(text => invalid(`${path}.topologyKey`, term.topologyKey, text)),
  ];
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
      errors.push(...labelValue(value).map(text => invalid(`${here}.operator`, value, text)));
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(`${here}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(`${here}.operator`, operator, ['Equal', 'Exists']));
    if (effect && !EFFECTS.includes(effect)) {
      errors.push(notSupported(`${here}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
    }
    return errors;
  });
}

export function validateTopologySpread(
  constraints: TopologySpreadConstraint[] | undefined,
  path: string,
): FieldError[] {
  const pairs = new Set<string>();
  return (constraints ?? []).flatMap((constraint, index) => {
    const here = at(path, index);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector, minDomains } = constraint;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${here}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (!topologyKey) errors.push(required(`${here}.topologyKey`, 'can not be empty'));
    else errors.push(...qualifiedName(topologyKey).map(text => invalid(`${here}.topologyKey`, topologyKey, text)));
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(whenUnsatisfiable)) {
      errors.push(notSupported(`${here}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
    }
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (pairs.has(pair)) errors.push(duplicate(`${here}.{topologyKey, whenUnsatisfiable}`, pair));
    pairs.add(pair);
    if (minDomains !== undefined && minDomains <= 0)
      errors.push(invalid(`${here}.minDomains`, minDomains, 'must be greater than zero'));
    return [...errors, ...validateLabelSelector(labelSelector, `${here}.labelSelector`)];
  });
}
