import type { KubeObject, ObjectMeta, OwnerReference } from '../../kube.ts';
import type { FieldError } from '../types.ts';
import { at, forbidden, invalid, required, show } from './field-errors.ts';
import { dnsLabel, generateNameCheck, labelValue, type NameCheck, qualifiedName } from './names.ts';

const ANNOTATIONS_LIMIT = 256 * 1024;
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Rules that hold for the metadata of every object, new or changed. */
export function validateObjectMeta(object: KubeObject, namespaced: boolean, name: NameCheck): FieldError[] {
  const meta = object.metadata;
  const errors: FieldError[] = [];
  if (meta.generateName) {
    errors.push(
      ...generateNameCheck(name)(meta.generateName).map(text =>
        invalid('metadata.generateName', meta.generateName, text),
      ),
    );
  }
  if (!meta.name) errors.push(required('metadata.name', 'name or generateName is required'));
  else errors.push(...name(meta.name).map(text => invalid('metadata.name', meta.name, text)));
  if (namespaced) {
    if (!meta.namespace) errors.push(required('metadata.namespace'));
    else errors.push(...dnsLabel(meta.namespace).map(text => invalid('metadata.namespace', meta.namespace, text)));
  } else if (meta.namespace) errors.push(forbidden('metadata.namespace', 'not allowed on this type'));
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0'));
  }
  errors.push(
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...validateOwnerReferences(meta.ownerReferences, 'metadata.ownerReferences'),
    ...validateFinalizers(meta.finalizers, 'metadata.finalizers'),
  );
  return errors;
}

/** Rules for a change of metadata, whatever the kind. */
export function validateObjectMetaUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [meta, before] = [object.metadata, old.metadata];
  const errors: FieldError[] = [];
  if (before.deletionTimestamp) errors.push(...validateNoNewFinalizers(meta, before));
  if ((meta.generation ?? 0) < (before.generation ?? 0)) {
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if (meta[field] !== before[field]) {
      errors.push(
        invalid(`metadata.${field}`, meta[field] ?? (field.startsWith('deletion') ? null : ''), 'field is immutable'),
      );
    }
  }
  errors.push(
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...validateOwnerReferences(meta.ownerReferences, 'metadata.ownerReferences'),
  );
  return errors;
}

function validateNoNewFinalizers(meta: ObjectMeta, before: ObjectMeta): FieldError[] {
  const added = (meta.finalizers ?? []).filter(finalizer => !before.finalizers?.includes(finalizer)).sort();
  if (added.length === 0) return [];
  const shown = `[]string{${added.map(show).join(', ')}}`;
  return [
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
    ),
  ];
}

export function validateLabels(labels: Record<string, string> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedName(key).map(text => invalid(path, key, text)),
    ...labelValue(value).map(text => invalid(path, value, text)),
  ]);
}

export function validateAnnotations(annotations: Record<string, string> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    // Upper case was let in once, and stays so.
    errors.push(...qualifiedName(key.toLowerCase()).map(text => invalid(path, key, text)));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_LIMIT) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: path,
      message: `Too long: may not be more than ${ANNOTATIONS_LIMIT} bytes`,
    });
  }
  return errors;
}

function validateOwnerReferences(references: OwnerReference[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  for (const reference of references ?? []) {
    const version = (reference.apiVersion ?? '').split('/').pop();
    if (!version) errors.push(invalid(`${path}.apiVersion`, reference.apiVersion ?? '', 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid'] as const) {
      if (!reference[field]) errors.push(invalid(`${path}.${field}`, reference[field] ?? '', 'must not be empty'));
    }
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') {
      errors.push(invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (!reference.controller) continue;
    if (controller) {
      const both = `"controller" set to true in both ${controller.kind} ${controller.name} and ${reference.kind} ${reference.name}`;
      errors.push(
        invalid(path, shownOwners(references), `Only one reference can have Controller set to true. Found ${both}`),
      );
    } else controller = reference;
  }
  return errors;
}

function validateFinalizers(finalizers: string[] | undefined, path: string): FieldError[] {
  const errors = (finalizers ?? []).flatMap(finalizer =>
    qualifiedName(finalizer).map(text => invalid(path, finalizer, text)),
  );
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** Whether a finalizer is neither one of Kubernetes' own nor in someone's domain. */
export const isLooseFinalizer = (finalizer: string): boolean =>
  !finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer);

/** Built-in kinds take no loose finalizers; custom resources are only warned of them. */
export function validateFinalizerNames({ metadata: { finalizers = [] } }: KubeObject): FieldError[] {
  const text = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((finalizer, index) =>
    isLooseFinalizer(finalizer) ? [invalid(at('metadata.finalizers', index), finalizer, text)] : [],
  );
}

/** In the order of the Go struct's fields. */
const shownOwners = (references: OwnerReference[] | undefined): unknown =>
  references?.map(({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }) => ({
    apiVersion,
    kind,
    name,
    uid,
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  }));
