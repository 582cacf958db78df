import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { at, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { goDiff } from '../go-struct.ts';
import { nonNegative, positive } from '../numbers.ts';
import { PROTOCOLS } from '../pod/containers.ts';
import { validateQuantity, validateResourceName } from '../pod/resources.ts';
import { nanoOf } from '../quantity.ts';

/** Kinds with only a handful of rules. */

interface LeaseSpec {
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
}

export function validateLease(object: KubeObject): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = (object.spec ?? {}) as LeaseSpec;
  return [
    ...positive(leaseDurationSeconds, 'spec.leaseDurationSeconds'),
    ...nonNegative(leaseTransitions, 'spec.leaseTransitions'),
  ];
}

interface ClaimSpec {
  accessModes?: string[];
  resources?: { requests?: Record<string, string> };
  volumeMode?: string;
  volumeName?: string;
  volumeAttributesClassName?: string;
}

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateClaim(object: KubeObject): FieldError[] {
  const { accessModes = [], resources, volumeMode } = (object.spec ?? {}) as ClaimSpec;
  const errors: FieldError[] = [];
  if (accessModes.length === 0) errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  accessModes.forEach((mode, index) => {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(at('spec.accessModes', index), mode, ACCESS_MODES));
  });
  const storage = resources?.requests?.storage;
  if (storage === undefined) errors.push(required('spec.resources[storage]'));
  else if ((nanoOf(storage) ?? 0n) <= 0n)
    errors.push(invalid('spec.resources[storage]', storage, 'must be greater than zero'));
  if (volumeMode !== undefined && !['Block', 'Filesystem'].includes(volumeMode)) {
    errors.push(notSupported('spec.volumeMode', volumeMode, ['Block', 'Filesystem']));
  }
  return errors;
}

/** Once made, a claim may only be bound, or grow. */
export function validateClaimUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [object.spec ?? {}, old.spec ?? {}] as [ClaimSpec, ClaimSpec];
  const bound = (object.status as { phase?: string } | undefined)?.phase === 'Bound';
  const allowed: ClaimSpec = { ...spec };
  if (!before.volumeName && before.volumeName !== spec.volumeName) delete allowed.volumeName;
  if (bound && before.resources) allowed.resources = before.resources;
  const errors = sameValue(allowed, before)
    ? []
    : [
        forbidden(
          'spec',
          `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${goDiff('PersistentVolumeClaimSpec', before, allowed)}`,
        ),
      ];
  const [size, was] = [
    nanoOf(spec.resources?.requests?.storage) ?? 0n,
    nanoOf(before.resources?.requests?.storage) ?? 0n,
  ];
  if (bound && size < was)
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than previous value'));
  return errors;
}

interface EndpointSlice extends KubeObject {
  addressType?: string;
  endpoints?: { addresses?: string[] }[] | null;
  ports?: { name?: string; protocol?: string }[] | null;
}

export function validateEndpointSlice(object: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  const types = ['FQDN', 'IPv4', 'IPv6'];
  if (!object.addressType) errors.push(required('addressType'));
  else if (!types.includes(object.addressType)) errors.push(notSupported('addressType', object.addressType, types));
  object.endpoints?.forEach(({ addresses }, index) => {
    if (!addresses?.length)
      errors.push(required(`${at('endpoints', index)}.addresses`, 'must contain at least 1 address'));
  });
  const names = new Set<string>();
  object.ports?.forEach(({ name = '', protocol = 'TCP' }, index) => {
    const here = at('ports', index);
    if (names.has(name))
      errors.push({
        reason: 'FieldValueDuplicate',
        field: `${here}.name`,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    names.add(name);
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${here}.protocol`, protocol, PROTOCOLS));
  });
  return errors;
}

export function validateEndpointSliceUpdate(object: EndpointSlice, old: EndpointSlice): FieldError[] {
  return object.addressType === old.addressType
    ? []
    : [invalid('addressType', object.addressType ?? '', 'field is immutable')];
}

export function validateResourceQuota(object: KubeObject): FieldError[] {
  const { hard = {} } = (object.spec ?? {}) as { hard?: Record<string, string> };
  return Object.entries(hard).flatMap(([name, quantity]) => {
    const path = at('spec.hard', name);
    const counted = /^(count\/|requests\.|limits\.)/.test(name) || name.includes('storageclass');
    return [...(counted ? [] : validateResourceName(name, path)), ...validateQuantity(name, quantity, path)];
  });
}

export function validateLimitRange(object: KubeObject): FieldError[] {
  const { limits = [] } = (object.spec ?? {}) as {
    limits?: {
      type?: string;
      default?: Record<string, string>;
      max?: Record<string, string>;
      min?: Record<string, string>;
    }[];
  };
  return limits.flatMap((item, index) => {
    const here = at('spec.limits', index);
    const errors = item.type ? [] : [required(`${here}.type`)];
    for (const [name, most] of Object.entries(item.max ?? {})) {
      const least = item.min?.[name];
      if (least !== undefined && (nanoOf(least) ?? 0n) > (nanoOf(most) ?? 0n)) {
        errors.push(invalid(at(`${here}.min`, name), least, `min value ${least} is greater than max value ${most}`));
      }
    }
    return errors;
  });
}
