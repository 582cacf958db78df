import type { Clock } from '../clock.ts';
import type { Json, JsonObject, KubeObject } from '../kube.ts';

/**
 * One node of a schema, from the recorded OpenAPI or from a CRD: what server-side apply, strategic merge, decoding,
 * defaulting and validation need to know of a field. Generated nodes refer to named ones by `ref`.
 */
export interface SchemaNode {
  /** Name of a node in `Schemas.nodes`; everything else is then absent but for what the referring field adds (default, list and patch facts). */
  ref?: string;
  /** `any` is data of no known shape (RawExtension, preserve-unknown-fields without properties). */
  type?: 'object' | 'map' | 'list' | 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity' | 'any';
  /** OpenAPI format: int32, int64, date-time, byte, micro-time, ... */
  format?: string;
  fields?: Record<string, SchemaNode>;
  /** Element of a list, value of a map. */
  items?: SchemaNode;
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: string[];
  mapType?: 'atomic' | 'granular';
  patchStrategy?: string[];
  patchMergeKey?: string;
  unions?: Json[];
  required?: string[];
  default?: Json;
  enum?: Json[];
  /** A scalar whose zero value (false, 0, '') is kept where it was given; other optional scalars lose it when decoded. */
  pointer?: true;
  /** CRDs only, as in the structural schema. */
  nullable?: boolean;
  preserveUnknown?: boolean;
  embeddedResource?: boolean;
  /** CRDs only: the JSON schema of this node, for value validation and CEL. */
  source?: JsonObject;
}

/** A resource that is served, of a built-in group or of a CRD. */
export interface Resource {
  group: string;
  version: string;
  kind: string;
  listKind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  /** Names of subresources served ('status', 'scale', 'log', ...). */
  subresources: readonly string[];
  /** Root of the object's schema. */
  schema: SchemaNode;
  /** Set where a CRD defines the resource: its object, as stored. */
  crd?: KubeObject;
}

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface StoreEvent {
  type: EventType;
  /** The object after the change; for DELETED its last state with the resourceVersion of the deletion. Frozen: never changed in place. */
  object: KubeObject;
  /** The object before the change, for watches whose selector it left. */
  previous?: KubeObject;
  resourceVersion: number;
}

/** A Status as the API server answers it when it refuses. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: JsonObject;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: JsonObject;
  code?: number;
}

export interface FieldCause {
  reason: string;
  message: string;
  field: string;
}

export class StatusError extends Error {
  readonly status: Status;
  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

/** One problem of an object, as `field.Error` of Kubernetes words it: `spec.replicas: Invalid value: -1: must be ...`. */
export interface FieldError {
  /** Reason of the cause: FieldValueInvalid, FieldValueRequired, FieldValueNotSupported, FieldValueDuplicate, FieldValueForbidden, FieldValueTooLong, FieldValueTooMany, FieldValueTypeInvalid, FieldValueNotFound. */
  reason: string;
  field: string;
  /** Without the field in front: `Invalid value: -1: must be greater than or equal to 0`. */
  message: string;
}

/** `Pod`, `apps/Deployment`, `gateway.networking.k8s.io/HTTPRoute`: group and kind; the core group has no slash. */
export type GroupKind = string;

export interface WriteOptions {
  /** Field manager of the write; controllers say `kube-controller-manager`, the kubelet `kubelet`. */
  manager: string;
  /** `binding`: the scheduler gives a Pod its node. */
  subresource?: 'status' | 'scale' | 'binding';
  dryRun?: boolean;
}

export interface DeleteOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

/**
 * The API server inside the process: the one pipeline (admission, defaulting, validation, managed fields, storage) through
 * which HTTP requests and the controllers write. Everything is synchronous, and every refusal is a StatusError.
 * Objects that it hands out are shared and frozen: clone before changing.
 */
export interface Api {
  readonly clock: Clock;
  get<T extends KubeObject>(kind: GroupKind, namespace: string | undefined, name: string): T | undefined;
  list<T extends KubeObject>(kind: GroupKind, namespace?: string): readonly T[];
  create<T extends KubeObject>(object: T, options: WriteOptions): T;
  /** A PUT: optimistic where the object carries a resourceVersion; a write that changes nothing makes no event. */
  update<T extends KubeObject>(object: T, options: WriteOptions): T;
  /** Undefined where the object was already gone. */
  delete(kind: GroupKind, namespace: string | undefined, name: string, options: DeleteOptions): KubeObject | undefined;
  /** Called after each change of any object, in order; what it returns ends the subscription. */
  subscribe(listener: (resource: Resource, event: StoreEvent) => void): () => void;
}
