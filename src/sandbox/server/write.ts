import type { KubeObject, ObjectMeta } from '../../kube.ts';
import { sameJson } from '../store/freeze.ts';
import type { FieldError, Resource } from '../types.ts';
import { admit, checkQuota } from './admission.ts';
import { type Core, nameSuffix, newUid, type ResourceRequest, timestamp } from './core.ts';
import { shouldDeleteDuringUpdate } from './delete.ts';
import { checkLimits } from './limit-range.ts';
import { collectionOf } from './registry.ts';
import { alreadyExists, conflict, internal, invalid, modified, notFound } from './statuses.ts';
import { prepareCreate, prepareUpdate, trackFields } from './strategy.ts';
import { tell } from './tell.ts';

/** Kinds whose PUT makes a missing object. */
const CREATED_BY_PUT = new Set([
  'Lease',
  'Event',
  'Endpoints',
  'PodTemplate',
  'Service',
  'LimitRange',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
]);

/** Kinds that may only be updated under a resourceVersion. */
const CONDITIONAL = new Set(['Lease', 'PodDisruptionBudget', 'CustomResourceDefinition', 'RuntimeClass']);

/** The longest name to which a random end is added. */
const GENERATED_NAME_BASE = 58;

export function createsOnUpdate(resource: Resource): boolean {
  return resource.crd === undefined && CREATED_BY_PUT.has(resource.kind);
}

function unconditional(resource: Resource): boolean {
  return resource.crd === undefined && !CONDITIONAL.has(resource.kind);
}

function refuse(resource: Resource, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(resource, name, errors);
}

function metadataOfNew(core: Core, request: ResourceRequest, object: KubeObject): ObjectMeta {
  const { resource, namespace } = request;
  const {
    uid: _uid,
    resourceVersion: _version,
    deletionTimestamp: _at,
    deletionGracePeriodSeconds: _grace,
    ...meta
  } = withoutEmpty(object.metadata);
  // Names are made, and checked, before anything else looks at the object.
  const name =
    meta.name || (meta.generateName ? meta.generateName.slice(0, GENERATED_NAME_BASE) + nameSuffix(core.random) : '');
  return {
    ...meta,
    name,
    ...(resource.namespaced && namespace !== undefined ? { namespace } : {}),
    uid: newUid(core.random),
    creationTimestamp: timestamp(core.clock.now()),
  };
}

/** Runs a decoded and defaulted object, in its storage version, through admission, strategy, validation and storage. `tracked`: its managed fields are set already (server-side apply). */
export function createObject(core: Core, request: ResourceRequest, decoded: KubeObject, tracked = false): KubeObject {
  const { resource } = request;
  if (decoded.metadata.resourceVersion) throw internal('resourceVersion should not be set on objects to be created');
  const owned = tracked ? decoded : trackFields(core, request, undefined, decoded);
  const admitted = admit(core, request, owned);
  const named = { ...admitted, metadata: metadataOfNew(core, request, admitted) };
  const { object, errors } = prepareCreate(core, request, named);
  // A custom resource is called by the kind that it says it is.
  refuse({ ...core.registry.storage(resource), kind: object.kind }, object.metadata.name, errors);
  checkLimits(core, request, object);
  checkQuota(core, request, object, undefined);
  const collection = collectionOf(resource);
  if (core.store.get(collection, object.metadata.namespace, object.metadata.name)) {
    throw alreadyExists(resource, object.metadata.name);
  }
  if (request.dryRun) return object;
  const stored = core.store.put(collection, object);
  tell(core, request, { after: stored });
  return stored;
}

export interface UpdateOptions {
  /** Objects in a group of kinds may be made by PUT; the object to create is what `change` answers for undefined. */
  mayCreate?: boolean;
  /** Managed fields are set already. */
  tracked?: boolean;
  /** The write carries no opinion about the version where the object names none (patches start from the live object). */
  patch?: boolean;
}

/** Changes one object: `change` gets the live one and answers what it shall be. A change that changes nothing is no write. */
export function updateObject(
  core: Core,
  request: ResourceRequest,
  name: string,
  change: (live: KubeObject) => KubeObject,
  options: UpdateOptions = {},
): KubeObject {
  const { resource, namespace } = request;
  const collection = collectionOf(resource);
  const live = core.store.get(collection, resource.namespaced ? namespace : undefined, name);
  if (!live) throw notFound(resource, name);
  const wanted = change(live);
  checkVersion(request, live, wanted, options);
  const kept: KubeObject = { ...wanted, metadata: metadataOfUpdated(live, wanted) };
  const owned = options.tracked ? kept : trackFields(core, request, live, kept);
  const admitted = admit(core, request, owned, live);
  const { object, errors } = prepareUpdate(core, request, admitted, live);
  refuse(core.registry.storage(resource), name, errors);
  checkQuota(core, request, object, live);
  // A write of the status is no new generation, whatever else it brings along.
  const generation = request.subresource === 'status' ? live.metadata.generation : object.metadata.generation;
  const settled: KubeObject = {
    ...object,
    metadata: {
      ...object.metadata,
      resourceVersion: live.metadata.resourceVersion ?? '',
      ...(generation === undefined ? {} : { generation }),
    },
  };
  if (sameButForTimes(settled, live)) return live;
  if (request.dryRun) return settled;
  if (shouldDeleteDuringUpdate(resource, settled, live)) {
    core.store.remove(collection, live.metadata.namespace, name);
    tell(core, request, { before: live });
    return settled;
  }
  const stored = core.store.put(collection, settled);
  tell(core, request, { before: live, after: stored });
  return stored;
}

function checkVersion(request: ResourceRequest, live: KubeObject, wanted: KubeObject, options: UpdateOptions): void {
  const { resource } = request;
  const { name, uid } = wanted.metadata;
  const given = wanted.metadata.resourceVersion ?? '';
  if (!/^\d*$/.test(given)) throw internal(`strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`);
  // Version 0 is no version.
  const resourceVersion = Number(given) === 0 ? '' : given;
  // A patch that changes the uid is a matter of validation.
  if (uid && !options.patch && uid !== live.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  }
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) throw modified(resource, name);
  if (!resourceVersion && !options.patch && !unconditional(resource)) {
    throw invalid({ group: resource.group, kind: resource.plural }, name, [
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
}

/** What the server keeps whatever the client says: creation and deletion; and the uid where it is not said. */
function metadataOfUpdated(live: KubeObject, wanted: KubeObject): ObjectMeta {
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, namespace, uid } = live.metadata;
  const { creationTimestamp: _, ...meta } = withoutEmpty(wanted.metadata);
  return {
    ...meta,
    ...(namespace === undefined ? {} : { namespace: meta.namespace || namespace }),
    ...(uid === undefined ? {} : { uid: meta.uid || uid }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

/** Metadata is stored without empty maps and lists, and without the selfLink of former times. */
function withoutEmpty(metadata: ObjectMeta): ObjectMeta {
  const isEmpty = (value: unknown): boolean =>
    value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(
    Object.entries(metadata).filter(([key, value]) => key !== 'selfLink' && !isEmpty(value)),
  ) as unknown as ObjectMeta;
}

/** Equal but for the times of managed fields, which alone are no reason for a write. */
function sameButForTimes(object: KubeObject, live: KubeObject): boolean {
  const timeless = ({ metadata, ...rest }: KubeObject): unknown => ({
    ...rest,
    metadata: { ...metadata, managedFields: metadata.managedFields?.map(({ time: _, ...entry }) => entry) },
  });
  return sameJson(timeless(object), timeless(live));
}
