import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { goDiff } from '../go-struct.ts';
import { type LabelSelector, validateLabelSelector } from '../label-selector.ts';
import { dnsLabel, dnsSubdomain } from '../names.ts';
import { canonicalQuantity, nanoOf } from '../quantity.ts';

interface DataSource {
  apiGroup?: string;
  kind?: string;
  name?: string;
  namespace?: string;
}

export interface ClaimSpec {
  accessModes?: string[];
  selector?: LabelSelector;
  resources?: { requests?: Record<string, string> };
  storageClassName?: string;
  volumeMode?: string;
  volumeName?: string;
  volumeAttributesClassName?: string;
  dataSource?: DataSource;
  dataSourceRef?: DataSource;
}

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];

export const validateClaim = (object: KubeObject): FieldError[] =>
  validateClaimSpec((object.spec ?? {}) as ClaimSpec, 'spec');

/** The rules for a claim, of its own or in a pod's ephemeral volume. */
export function validateClaimSpec(spec: ClaimSpec, path: string): FieldError[] {
  const { accessModes = [], storageClassName, volumeMode, dataSource, dataSourceRef } = spec;
  const errors: FieldError[] = [];
  const modes = `${path}.accessModes`;
  if (accessModes.length === 0) errors.push(required(modes, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(spec.selector, `${path}.selector`));
  for (const mode of accessModes) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(modes, mode, ACCESS_MODES));
  }
  const others = accessModes.some(mode => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  if (accessModes.includes('ReadWriteOncePod') && others) {
    errors.push(forbidden(modes, 'may not use ReadWriteOncePod with other access modes'));
  }
  errors.push(...validateStorage(spec.resources?.requests?.storage, `${path}.resources[storage]`));
  if (storageClassName) {
    const problems = dnsSubdomain(storageClassName);
    errors.push(...problems.map(text => invalid(`${path}.storageClassName`, storageClassName, text)));
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES));
  }
  if (dataSource) errors.push(...validateDataSource(dataSource, `${path}.dataSource`));
  if (dataSourceRef) errors.push(...validateDataSource(dataSourceRef, `${path}.dataSourceRef`));
  return errors;
}

function validateStorage(storage: string | undefined, path: string): FieldError[] {
  if (storage === undefined) return [required(path)];
  return (nanoOf(storage) ?? 0n) > 0n ? [] : [invalid(path, canonicalQuantity(storage), 'must be greater than zero')];
}

function validateDataSource({ apiGroup = '', kind, name, namespace }: DataSource, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (!kind) errors.push(required(`${path}.kind`));
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(path, kind ?? '', text));
  }
  if (apiGroup !== '') errors.push(...dnsSubdomain(apiGroup).map(text => invalid(`${path}.apiGroup`, apiGroup, text)));
  if (namespace) errors.push(...dnsLabel(namespace).map(text => invalid(`${path}.namespace`, namespace, text)));
  return errors;
}

/** Once made, a claim may only be bound, get its class, or - bound - grow and change its attributes. */
export function validateClaimUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [object.spec ?? {}, old.spec ?? {}] as [ClaimSpec, ClaimSpec];
  const bound = (object.status as { phase?: string } | undefined)?.phase === 'Bound';
  const errors: FieldError[] = [];
  const [was, now] = [{ ...before }, { ...spec }];
  if (!was.volumeName && now.volumeName) was.volumeName = now.volumeName;
  if (was.storageClassName === undefined) delete now.storageClassName;
  if (bound && was.resources) now.resources = was.resources;
  if (bound && now.volumeAttributesClassName !== undefined) {
    delete now.volumeAttributesClassName;
    Object.assign(now, was.volumeAttributesClassName && { volumeAttributesClassName: was.volumeAttributesClassName });
  }
  if (!sameValue(now, was)) {
    const text =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', `${text}\n${goDiff('PersistentVolumeClaimSpec', was, now)}`));
  }
  const asked = nanoOf(spec.resources?.requests?.storage) ?? 0n;
  const capacity = (old.status as { capacity?: Record<string, string> } | undefined)?.capacity?.storage;
  if (asked < (nanoOf(before.resources?.requests?.storage) ?? 0n) && asked <= (nanoOf(capacity) ?? 0n)) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  if (spec.volumeMode !== before.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, 'field is immutable'));
  }
  return errors;
}
