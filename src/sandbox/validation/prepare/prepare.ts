import type { KubeObject, ObjectMeta } from '../../../kube.ts';
import { initialCrdStatus } from '../../crd/crd-defaults.ts';
import type { Resource } from '../../types.ts';
import { groupKind } from '../defaults/defaults.ts';
import { sameValue } from '../equality.ts';
import { withInitialGeneration, withNextGeneration } from './generation.ts';
import { withJobSelector } from './job-selector.ts';
import { qosClass } from './qos-class.ts';
import { carryAllocations, type Service } from './service-type.ts';

export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Kinds with a status that only its own subresource writes, though discovery names it for more. */
const hasStatus = (resource: Resource): boolean => resource.subresources.includes('status');

/** What a kind does to an object before it is first stored. */
export function prepareForCreate(resource: Resource, object: KubeObject): KubeObject {
  const { status: _given, ...rest } = object;
  const bare: KubeObject = hasStatus(resource) ? (rest as KubeObject) : object;
  const status = hasStatus(resource) ? initialStatus(resource, object) : undefined;
  const prepared = withInitialGeneration(resource, status === undefined ? bare : { ...bare, status });
  switch (groupKind(resource)) {
    case 'Namespace':
      return withFinalizer(prepared);
    case 'PersistentVolumeClaim':
      return protectedBy(prepared, CLAIM_PROTECTION);
    case 'PersistentVolume':
      return protectedBy(prepared, VOLUME_PROTECTION);
    case 'apps/DaemonSet':
      return annotated(prepared, '1');
    case 'batch/Job':
      return withJobSelector(prepared);
    case 'Service':
      return withFirstAddress(prepared as Service);
    default:
      return prepared;
  }
}

/** A custom resource loses the status it came with; what its schema defaults comes back when it is read. */
function initialStatus(resource: Resource, object: KubeObject): unknown {
  if (resource.crd) return undefined;
  switch (groupKind(resource)) {
    case 'Pod':
      return { phase: 'Pending', qosClass: qosClass(object) };
    case 'Namespace':
      return { phase: 'Active' };
    case 'PersistentVolumeClaim':
      return { phase: 'Pending' };
    case 'PersistentVolume':
      return { phase: 'Pending', lastPhaseTransitionTime: object.metadata.creationTimestamp };
    case 'Node':
      return object.status ?? {};
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return initialCrdStatus(object);
    default:
      return {};
  }
}

function withFinalizer(namespace: KubeObject): KubeObject {
  const spec = (namespace.spec ?? {}) as { finalizers?: string[] };
  return { ...namespace, spec: { ...spec, finalizers: [...new Set([...(spec.finalizers ?? []), 'kubernetes'])] } };
}

function protectedBy(object: KubeObject, finalizer: string): KubeObject {
  const finalizers = [...new Set([...(object.metadata.finalizers ?? []), finalizer])];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function withFirstAddress(service: Service): Service {
  const spec = service.spec ?? {};
  if (spec.clusterIP && !spec.clusterIPs?.length)
    return { ...service, spec: { ...spec, clusterIPs: [spec.clusterIP] } };
  return service;
}

function annotated(object: KubeObject, generation: string): KubeObject {
  const annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: generation };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** What a kind does to a changed object: a write of the spec keeps the status, a write of the status all else. */
export function prepareForUpdate(
  resource: Resource,
  object: KubeObject,
  old: KubeObject,
  subresource?: string,
): KubeObject {
  if (subresource === 'status') return withNextGeneration(resource, statusOnly(resource, object, old), old);
  if (subresource !== undefined && subresource !== 'scale') return withNextGeneration(resource, object, old);
  const kept = hasStatus(resource) ? keepStatus(object, old) : object;
  return withNextGeneration(resource, perKind(resource, kept, old), old);
}

function perKind(resource: Resource, object: KubeObject, old: KubeObject): KubeObject {
  switch (groupKind(resource)) {
    case 'Namespace':
      return { ...object, ...(old.spec === undefined ? {} : { spec: old.spec }) };
    case 'Service':
      return { ...object, spec: carryAllocations((object as Service).spec ?? {}, (old as Service).spec ?? {}) };
    case 'Secret':
      // The type may be left out of an update, though not changed.
      return object.type === '' ? { ...object, type: old.type } : object;
    case 'apps/DaemonSet': {
      const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
      const template = (of: KubeObject): unknown => (of.spec as { template?: unknown } | undefined)?.template;
      return annotated(object, String(before + (sameValue(template(object), template(old)) ? 0 : 1)));
    }
    default:
      return object;
  }
}

function keepStatus(object: KubeObject, old: KubeObject): KubeObject {
  const { status: _given, ...rest } = object;
  return { ...rest, ...(old.status === undefined ? {} : { status: old.status }) } as KubeObject;
}

/** Only the status changes; a custom resource and a Deployment keep their labels too. */
function statusOnly(resource: Resource, object: KubeObject, old: KubeObject): KubeObject {
  const { status: _before, ...kept } = old;
  const status = object.status === undefined ? {} : { status: object.status };
  return { ...kept, metadata: metadataOfStatus(resource, object.metadata, old.metadata), ...status } as KubeObject;
}

function metadataOfStatus(resource: Resource, meta: ObjectMeta, before: ObjectMeta): ObjectMeta {
  if (resource.crd) {
    const { managedFields, resourceVersion } = meta;
    return {
      ...before,
      ...(managedFields && { managedFields }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
  }
  if (groupKind(resource) !== 'apps/Deployment') return meta;
  const { labels: _given, ...rest } = meta;
  return before.labels ? { ...rest, labels: before.labels } : rest;
}
