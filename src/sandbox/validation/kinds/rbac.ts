import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { at, invalid, notSupported, required } from '../field-errors.ts';
import { type LabelSelector, validateLabelSelector } from '../label-selector.ts';
import { dnsSubdomain, pathSegment } from '../names.ts';

const GROUP = 'rbac.authorization.k8s.io';

interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Role extends KubeObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] };
}

interface Binding extends KubeObject {
  roleRef?: { apiGroup?: string; kind?: string; name?: string };
  subjects?: { apiGroup?: string; kind?: string; name?: string; namespace?: string }[];
}

export function validateRole(object: Role): FieldError[] {
  return [...validateRules(object), ...validateAggregation(object)];
}

function validateRules(object: Role): FieldError[] {
  return (object.rules ?? []).flatMap((rule, index) => {
    const here = at('rules', index);
    const errors: FieldError[] = [];
    if (!rule.verbs?.length) errors.push(required(`${here}.verbs`, 'verbs must contain at least one value'));
    if (rule.nonResourceURLs?.length) {
      const alone = !rule.apiGroups?.length && !rule.resources?.length && !rule.resourceNames?.length;
      if (object.kind === 'Role') {
        errors.push(
          invalid(
            `${here}.nonResourceURLs`,
            rule.nonResourceURLs,
            'namespaced rules cannot apply to non-resource URLs',
          ),
        );
      }
      if (!alone) {
        const text = 'rules cannot apply to both regular resources and non-resource URLs';
        errors.push(invalid(`${here}.nonResourceURLs`, rule.nonResourceURLs, text));
      }
      return errors;
    }
    if (!rule.apiGroups?.length)
      errors.push(required(`${here}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!rule.resources?.length)
      errors.push(required(`${here}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

function validateAggregation({ aggregationRule }: Role): FieldError[] {
  if (!aggregationRule) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const { clusterRoleSelectors: selectors = [] } = aggregationRule;
  if (selectors.length === 0) {
    return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap((selector, index) => validateLabelSelector(selector, at(path, index)));
}

export function validateBinding(object: Binding): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = object.roleRef ?? {};
  const kinds = object.kind === 'RoleBinding' ? ['ClusterRole', 'Role'] : ['ClusterRole'];
  const errors: FieldError[] = [];
  if (apiGroup !== GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(required('roleRef.name'));
  else errors.push(...pathSegment(name).map(text => invalid('roleRef.name', name, text)));
  return [
    ...errors,
    ...(object.subjects ?? []).flatMap((subject, index) => validateSubject(subject, at('subjects', index))),
  ];
}

function validateSubject(subject: NonNullable<Binding['subjects']>[number], path: string): FieldError[] {
  const { apiGroup = '', kind = '', name = '', namespace = '' } = subject;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${path}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') errors.push(...dnsSubdomain(name).map(text => invalid(`${path}.name`, name, text)));
      if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      return namespace === '' ? [...errors, required(`${path}.namespace`)] : errors;
    case 'User':
    case 'Group':
      return apiGroup === GROUP ? errors : [...errors, notSupported(`${path}.apiGroup`, apiGroup, [GROUP])];
    default:
      return [...errors, notSupported(`${path}.kind`, kind, ['Group', 'ServiceAccount', 'User'])];
  }
}

export function validateBindingUpdate(object: Binding, old: Binding): FieldError[] {
  if (sameValue(object.roleRef, old.roleRef)) return [];
  const { apiGroup = '', kind = '', name = '' } = object.roleRef ?? {};
  return [invalid('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef')];
}
