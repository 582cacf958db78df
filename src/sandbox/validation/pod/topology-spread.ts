import type { FieldError } from '../../types.ts';
import { at, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { qualifiedName } from '../names.ts';
import type { TopologySpreadConstraint } from './pod-spec-view.ts';

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const NODE_POLICIES = ['Honor', 'Ignore'];

export function validateTopologySpread(constraints: TopologySpreadConstraint[] = [], path: string): FieldError[] {
  return constraints.flatMap((constraint, index) => {
    const here = at(path, index);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action = '', labelSelector, minDomains } = constraint;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${here}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (!topologyKey) errors.push(required(`${here}.topologyKey`, 'can not be empty'));
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${here}.whenUnsatisfiable`, action, ACTIONS));
    // A pair that comes again is told at its first place.
    const again = constraints
      .slice(index + 1)
      .some(later => later.topologyKey === topologyKey && later.whenUnsatisfiable === action);
    if (again) errors.push(duplicate(`${here}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`));
    errors.push(...validateMinDomains(minDomains, action, `${here}.minDomains`));
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[field];
      if (policy !== undefined && !NODE_POLICIES.includes(policy)) {
        errors.push(notSupported(`${here}.${field}`, policy, NODE_POLICIES));
      }
    }
    return [
      ...errors,
      ...validateMatchLabelKeys(constraint, `${here}.matchLabelKeys`),
      ...validateLabelSelector(labelSelector, `${here}.labelSelector`),
    ];
  });
}

function validateMinDomains(count: number | undefined, action: string, path: string): FieldError[] {
  if (count === undefined) return [];
  const errors = count <= 0 ? [invalid(path, count, 'must be greater than zero')] : [];
  if (action === 'DoNotSchedule') return errors;
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
  return [...errors, invalid(path, count, text)];
}

function validateMatchLabelKeys(
  { matchLabelKeys = [], labelSelector }: TopologySpreadConstraint,
  path: string,
): FieldError[] {
  if (matchLabelKeys.length === 0) return [];
  const selected = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  const errors = labelSelector ? [] : [forbidden(path, 'must not be specified when labelSelector is not set')];
  matchLabelKeys.forEach((key, index) => {
    const here = at(path, index);
    errors.push(...qualifiedName(key).map(text => invalid(here, key, text)));
    if (selected.has(key)) errors.push(invalid(here, key, 'exists in both matchLabelKeys and labelSelector'));
  });
  return errors;
}
