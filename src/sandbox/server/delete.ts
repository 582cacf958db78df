import type { KubeObject, ObjectMeta } from '../../kube.ts';
import type { DeleteOptions, Resource } from '../types.ts';
import { type Core, type ResourceRequest, timestamp } from './core.ts';
import { collectionOf } from './registry.ts';
import { conflict, forbidden, notFound } from './statuses.ts';
import { tell } from './tell.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const CRD_CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

/** Kinds that DELETE answers with, where others answer with a Status. */
const RETURNED = new Set([
  'Pod',
  'PodTemplate',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ResourceQuota',
  'Service',
  'ServiceAccount',
]);

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export interface Deletion {
  /** The object as it is after the request, or as it last was. */
  object: KubeObject;
  /** The object is gone; otherwise it waits for finalizers or its grace period. */
  gone: boolean;
}

export function returnsDeleted(resource: Resource, deletion: Deletion): boolean {
  return !deletion.gone || (resource.crd === undefined && RETURNED.has(resource.kind));
}

/** A change that leaves a deleted object with no finalizer and no grace period removes it. */
export function shouldDeleteDuringUpdate(resource: Resource, object: KubeObject, live: KubeObject): boolean {
  if (live.metadata.deletionTimestamp === undefined || (object.metadata.finalizers ?? []).length > 0) return false;
  if (resource.kind === 'Namespace' && resource.group === '') return namespaceFinalizers(object).length === 0;
  return (live.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

function namespaceFinalizers(namespace: KubeObject): readonly string[] {
  return (namespace.spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
}

function checkPreconditions(resource: Resource, object: KubeObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  // Failed preconditions name the kind where other conflicts name the resource: `Lease.coordination.k8s.io "lock"`.
  const kind = { group: resource.group, plural: resource.kind };
  const wanted = options.preconditions;
  if (wanted?.uid !== undefined && wanted.uid !== uid) {
    const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(kind, name, why);
  }
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(kind, name, why);
  }
}

/** The finalizers that the propagation policy asks for; undefined where nothing changes. */
function finalizersFor(resource: Resource, meta: ObjectMeta, options: DeleteOptions): string[] | undefined {
  if (resource.kind === 'Event') return undefined;
  const present = meta.finalizers ?? [];
  const { propagation } = options;
  const orphan = propagation === undefined ? present.includes(ORPHAN) : propagation === 'Orphan';
  const foreground = propagation === undefined ? present.includes(FOREGROUND) : propagation === 'Foreground';
  const others = present.filter(finalizer => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const wanted = [...others, ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
  return wanted.length === present.length && wanted.every(finalizer => present.includes(finalizer))
    ? undefined
    : wanted;
}

/** Seconds that the object is given to end; undefined for kinds that go at once. */
function graceOf(resource: Resource, object: KubeObject, options: DeleteOptions): number | undefined {
  if (resource.kind !== 'Pod' || resource.group !== '') return undefined;
  const spec = object.spec as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = (object.status as { phase?: string } | undefined)?.phase;
  const asked = options.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  if (!spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
  return asked < 0 ? 1 : asked;
}

type Plan = { pending: true } | { pending: false; meta: ObjectMeta; now: boolean; status?: unknown };

/** What the request makes of the object's metadata, and whether the object goes at once. */
function planOf(core: Core, resource: Resource, object: KubeObject, options: DeleteOptions): Plan {
  const meta = object.metadata;
  const at = core.clock.now();
  let deleting: ObjectMeta = meta;
  let graceful = false;
  const grace = graceOf(resource, object, options);
  if (meta.deletionTimestamp !== undefined && grace !== undefined && meta.deletionGracePeriodSeconds !== undefined) {
    const asked = options.gracePeriodSeconds;
    if (asked === undefined || asked >= meta.deletionGracePeriodSeconds) return { pending: true };
    const requested = Date.parse(meta.deletionTimestamp) - meta.deletionGracePeriodSeconds * 1000;
    deleting = { ...meta, deletionTimestamp: timestamp(requested + asked * 1000), deletionGracePeriodSeconds: asked };
    graceful = true;
  } else if (meta.deletionTimestamp === undefined && grace !== undefined) {
    deleting = marked(meta, at + grace * 1000, grace);
    graceful = true;
  }
  const finalizers = finalizersFor(resource, deleting, options);
  if (finalizers) deleting = withFinalizers(deleting, finalizers);
  const waits = (deleting.finalizers ?? []).length > 0;
  if (waits && !graceful && deleting.deletionTimestamp === undefined) deleting = marked(deleting, at, 0);
  return { pending: false, meta: deleting, now: !waits && (deleting.deletionGracePeriodSeconds ?? 0) === 0 };
}

function marked(meta: ObjectMeta, at: number, grace: number): ObjectMeta {
  const generation = meta.generation ? { generation: meta.generation + 1 } : {};
  return { ...meta, ...generation, deletionTimestamp: timestamp(at), deletionGracePeriodSeconds: grace };
}

function withFinalizers({ finalizers: _, ...meta }: ObjectMeta, finalizers: string[]): ObjectMeta {
  return finalizers.length > 0 ? { ...meta, finalizers } : meta;
}

/** Deletes as the generic registry does: at once, or by marking the object and waiting for finalizers and grace. */
export function deleteObject(core: Core, request: ResourceRequest, name: string, options: DeleteOptions): Deletion {
  const { resource } = request;
  const collection = collectionOf(resource);
  const object = core.store.get(collection, resource.namespaced ? request.namespace : undefined, name);
  if (!object) throw notFound(resource, name);
  checkPreconditions(resource, object, options);
  const dryRun = request.dryRun || options.dryRun === true;
  if (resource.group === '' && resource.kind === 'Namespace') return terminate(core, request, object, options, dryRun);
  const plan =
    resource.kind === 'CustomResourceDefinition' ? crdPlan(core, object) : planOf(core, resource, object, options);
  if (plan.pending) return { object, gone: false };
  if (dryRun) return { object, gone: plan.now };
  let current = object;
  if (plan.meta !== object.metadata) {
    current = core.store.put(collection, {
      ...object,
      metadata: plan.meta,
      ...(plan.status === undefined ? {} : { status: plan.status }),
    });
    if (!plan.now) tell(core, asDeletion(request), { before: object, after: current });
  }
  if (!plan.now) return { object: current, gone: false };
  const last = core.store.remove(collection, object.metadata.namespace, name) ?? current;
  tell(core, asDeletion(request), { before: object });
  return { object: last, gone: true };
}

/** A CRD waits until its objects are gone. */
function crdPlan(core: Core, crd: KubeObject): Plan {
  if (crd.metadata.deletionTimestamp !== undefined) return { pending: true };
  const finalizers = [...new Set([...(crd.metadata.finalizers ?? []), CRD_CLEANUP])];
  const time = timestamp(core.clock.now());
  const status = crd.status as { conditions?: { type: string }[] | null } | undefined;
  const terminating = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: time,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return {
    pending: false,
    now: false,
    meta: { ...crd.metadata, deletionTimestamp: time, finalizers },
    status: { ...status, conditions: [...(status?.conditions ?? []), terminating] },
  };
}

/** A Namespace ends in two steps: marked as Terminating here, removed by the namespace controller when it is empty. */
function terminate(
  core: Core,
  request: ResourceRequest,
  namespace: KubeObject,
  options: DeleteOptions,
  dryRun: boolean,
): Deletion {
  const { resource } = request;
  if (IMMORTAL.has(namespace.metadata.name))
    throw forbidden(resource, namespace.metadata.name, 'this namespace may not be deleted');
  if (namespace.metadata.deletionTimestamp !== undefined || dryRun) return { object: namespace, gone: false };
  const status = { ...(namespace.status as object | undefined), phase: 'Terminating' };
  const finalizers = finalizersFor(resource, namespace.metadata, options);
  const meta = finalizers ? withFinalizers(namespace.metadata, finalizers) : namespace.metadata;
  const marking = { ...namespace, metadata: { ...meta, deletionTimestamp: timestamp(core.clock.now()) }, status };
  const object = core.store.put(collectionOf(resource), marking);
  tell(core, asDeletion(request), { before: namespace, after: object });
  return { object, gone: false };
}

/** Whatever the request was (an eviction, say), this is a deletion of the whole object. */
function asDeletion({ subresource: _, ...request }: ResourceRequest): ResourceRequest {
  return { ...request, verb: 'delete' };
}
