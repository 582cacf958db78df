import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { at, duplicate, forbidden, invalid, required } from '../field-errors.ts';
import { qualifiedName } from '../names.ts';
import {
  isOvercommitted,
  validateContainerResourceName,
  validateQuantity,
  validateResourceName,
} from '../pod/resources.ts';
import { canonicalQuantity, nanoOf } from '../quantity.ts';

/** LimitRanges and ResourceQuotas. */

type Quantities = Record<string, string>;

interface LimitItem {
  type?: string;
  max?: Quantities;
  min?: Quantities;
  default?: Quantities;
  defaultRequest?: Quantities;
  maxLimitRequestRatio?: Quantities;
}

interface QuotaSpec {
  hard?: Quantities;
  scopes?: string[];
}

const LIMIT_TYPES = ['Container', 'PersistentVolumeClaim', 'Pod'];
const SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]; // prettier-ignore
const CONFLICTING_SCOPES = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]; // prettier-ignore
const NANO = 10n ** 9n;

export function validateLimitRange(object: KubeObject): FieldError[] {
  const { limits = [] } = (object.spec ?? {}) as { limits?: LimitItem[] };
  return limits.flatMap((item, index) => {
    const here = at('spec.limits', index);
    const { type = '' } = item;
    const first = limits.findIndex(other => (other.type ?? '') === type);
    return [
      ...validateType(type, `${here}.type`),
      ...(first < index ? [duplicate(`${here}.type`, type)] : []),
      ...validateNames(item, here),
      ...validateAmounts(item, here),
    ];
  });
}

function validateType(type: string, path: string): FieldError[] {
  const malformed = qualifiedName(type).map(text => invalid(path, type, text));
  if (malformed.length > 0 || type.includes('/') || LIMIT_TYPES.includes(type)) return malformed;
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function validateNames(item: LimitItem, path: string): FieldError[] {
  const { type } = item;
  const check = type === 'Pod' || type === 'Container' ? validateContainerResourceName : validateResourceName;
  const names = (field: Exclude<keyof LimitItem, 'type'>): FieldError[] =>
    Object.keys(item[field] ?? {}).flatMap(name => check(name, at(`${path}.${field}`, name)));
  const errors = [...names('max'), ...names('min')];
  for (const field of ['default', 'defaultRequest'] as const) {
    if (type !== 'Pod') errors.push(...names(field));
    else if (Object.keys(item[field] ?? {}).length > 0) {
      errors.push(forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) {
    const text = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${path}.limits`, text));
  }
  return [...errors, ...names('maxLimitRequestRatio')];
}

/** Minimum ≤ default request ≤ default limit ≤ maximum, for each resource that has them. */
function validateAmounts(item: LimitItem, path: string): FieldError[] {
  const names = new Set(
    [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio].flatMap(of =>
      Object.keys(of ?? {}),
    ),
  );
  const pod = item.type === 'Pod';
  return [...names].flatMap(name => {
    const [min, max, ratio] = [item.min?.[name], item.max?.[name], item.maxLimitRequestRatio?.[name]];
    const limit = pod ? undefined : item.default?.[name];
    const request = pod ? undefined : item.defaultRequest?.[name];
    const over = (low: string | undefined, high: string | undefined): boolean =>
      low !== undefined && high !== undefined && (nanoOf(low) ?? 0n) > (nanoOf(high) ?? 0n);
    const [MIN, MAX, LIMIT, REQUEST, RATIO] = [min, max, limit, request, ratio].map(value =>
      value === undefined ? '' : canonicalQuantity(value),
    ) as [string, string, string, string, string];
    const told = (field: string, shown: string, text: string): FieldError =>
      invalid(at(`${path}.${field}`, name), shown, text);
    const errors: FieldError[] = [];
    if (over(min, max)) errors.push(told('min', MIN, `min value ${MIN} is greater than max value ${MAX}`));
    if (over(min, request)) {
      errors.push(told('defaultRequest', REQUEST, `min value ${MIN} is greater than default request value ${REQUEST}`));
    }
    if (over(request, max)) {
      errors.push(told('defaultRequest', REQUEST, `default request value ${REQUEST} is greater than max value ${MAX}`));
    }
    if (over(request, limit)) {
      const text = `default request value ${REQUEST} is greater than default limit value ${LIMIT}`;
      errors.push(told('defaultRequest', REQUEST, text));
    }
    if (over(min, limit)) errors.push(told('default', MIN, `min value ${MIN} is greater than default value ${LIMIT}`));
    if (over(limit, max)) errors.push(told('default', MAX, `default value ${LIMIT} is greater than max value ${MAX}`));
    if (ratio !== undefined && (nanoOf(ratio) ?? 0n) < NANO) {
      errors.push(told('maxLimitRequestRatio', RATIO, `ratio ${RATIO} is less than 1`));
    }
    if (ratio !== undefined && min !== undefined && max !== undefined) {
      const most = Number(nanoOf(max) ?? 0n) / Number(nanoOf(min) ?? 0n);
      if (Number(nanoOf(ratio) ?? 0n) / Number(NANO) > most) {
        const text = `ratio ${RATIO} is greater than max/min = ${most.toFixed(6)}`;
        errors.push(told('maxLimitRequestRatio', RATIO, text));
      }
    }
    if (!isOvercommitted(name) && limit !== undefined && request !== undefined && LIMIT !== REQUEST) {
      const text = `default value ${LIMIT} must equal to defaultRequest value ${REQUEST} in ${name}`;
      errors.push(told('defaultRequest', REQUEST, text));
    }
    return errors;
  });
}

export function validateResourceQuota(object: KubeObject): FieldError[] {
  const { hard = {}, scopes = [] } = (object.spec ?? {}) as QuotaSpec;
  const errors = Object.entries(hard).flatMap(([name, quantity]) => {
    const path = at('spec.hard', name);
    return [
      ...validateResourceName(name, path),
      ...validateQuotaName(name, path),
      ...validateQuantity(name, quantity, path),
    ];
  });
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) errors.push(invalid('spec.scopes', scopes, 'unsupported scope'));
  }
  for (const pair of CONFLICTING_SCOPES) {
    if (pair.every(scope => scopes.includes(scope))) errors.push(invalid('spec.scopes', scopes, 'conflicting scopes'));
  }
  return errors;
}

/** Quotas count more than containers use, but not everything that has a name. */
function validateQuotaName(name: string, path: string): FieldError[] {
  const counted = /^(requests\.hugepages-|hugepages-)/.test(name);
  const known =
    /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^(requests\.)?storage$|^(pods|resourcequotas|services|replicationcontrollers|secrets|configmaps|persistentvolumeclaims)$|^services\.(nodeports|loadbalancers)$/;
  if (name.includes('/') || counted || (known.test(name) && name !== 'storage')) return [];
  return [invalid(path, name, 'must be a standard resource for quota')];
}

export function validateResourceQuotaUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [scopes, before] = [object, old].map(of => ((of.spec ?? {}) as QuotaSpec).scopes ?? []) as [string[], string[]];
  const same = sameValue([...new Set(scopes)].sort(), [...new Set(before)].sort());
  return same ? [] : [invalid('spec.scopes', scopes, 'field is immutable')];
}
