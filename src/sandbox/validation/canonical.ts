import type { Json, JsonObject, KubeObject } from '../../kube.ts';
import { resolve } from '../apply/schema.ts';
import { deepFreeze } from '../store/freeze.ts';
import type { Resource, SchemaNode } from '../types.ts';
import { canonicalQuantity } from './quantity.ts';

/**
 * The form in which the API server answers: what a round trip through its Go structs leaves. Empty values of fields
 * with `omitempty` go, those without it appear, quantities and times get one form.
 */
export function canonicalForm(resource: Resource, object: KubeObject): KubeObject {
  const node = resolve(resource.schema);
  if (node.type !== 'object' || !node.fields)
    return roundTrip(object as unknown as JsonObject, resource.schema, '') as unknown as KubeObject;
  return struct(object as unknown as JsonObject, node, resource.schema.ref ?? '', true) as unknown as KubeObject;
}

/**
 * What has been through here, by the schema of its field, and frozen, so that it stays so: specs and statuses are, and
 * most writes bring them back unchanged.
 */
const settled = new WeakMap<object, SchemaNode>();

/** Whether a round trip would leave this value as it is: it has made one, and cannot have changed since. */
function isSettled(value: Json, field: SchemaNode): boolean {
  return typeof value === 'object' && value !== null && settled.get(value) === field && Object.isFrozen(value);
}

/** Whether a field of an object is as a stored one had it: canonical, and with its defaults. */
export function isStoredPart(resource: Resource, object: KubeObject, key: string): boolean {
  const field = resolve(resource.schema).fields?.[key];
  return field !== undefined && isSettled(object[key] as Json, field);
}

/** A value of a built-in type that is not the root of a resource: the schema says which. */
export const canonicalValue = (value: Json, schema: SchemaNode): Json => roundTrip(value, schema, '');

/** Fields whose Go type is a pointer to a string: the empty string is a value there. */
const STRING_POINTERS = [
  'HostPathVolumeSource.type',
  'GRPCAction.service',
  'storageClassName',
  'ingressClassName',
  'appProtocol',
  'loadBalancerClass',
  'runtimeClassName',
  'volumeMode',
  'discovery.v1.EndpointPort.name',
  'discovery.v1.Endpoint.nodeName',
  'discovery.v1.Endpoint.zone',
  'discovery.v1.Endpoint.hostname',
  'LeaseSpec.holderIdentity',
  'LeaseSpec.preferredHolder',
  'localhostProfile',
  'trafficDistribution',
  'StatefulSetSpec.serviceName',
]; // prettier-ignore

/** Fields whose Go type is a plain bool with `omitempty`: false is the same as absent. */
const PLAIN_BOOLEANS = new Set([
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'paused',
  'publishNotReadyAddresses',
  'unschedulable',
  'preserveUnknownFields',
  'uniqueItems',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'nullable',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'deprecated',
]); // prettier-ignore

/** Fields whose Go type is a plain integer with `omitempty`: 0 is the same as absent. */
const PLAIN_INTEGERS = new Set([
  'minReadySeconds',
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
  'hostPort',
  'nodePort',
  'healthCheckNodePort',
  'generation',
  'observedGeneration',
  'count',
]); // prettier-ignore
const STATUS_POINTERS = new Set(['terminatingReplicas', 'collisionCount', 'ready', 'terminating', 'desiredReplicas']);

/** Lists without `omitempty`: null where nothing was given. */
const NULL_LISTS = new Set([
  'HorizontalPodAutoscalerStatus.currentMetrics',
  'Role.rules',
  'ClusterRole.rules',
  'CustomResourceDefinitionStatus.conditions',
  'CustomResourceDefinitionStatus.storedVersions',
  'PolicyRule.verbs',
  'EndpointSlice.endpoints',
  'EndpointSlice.ports',
]); // prettier-ignore

/** Times by value: Go prints a zero time as null, `omitempty` or not. */
const NULL_TIMES =
  /Condition\.last(Probe|Transition|Update|Heartbeat)Time$|^ContainerStateRunning\.startedAt$|^ContainerStateTerminated\.(started|finished)At$|^Event\.(eventTime|firstTimestamp|lastTimestamp)$/;

function roundTrip(value: Json, schema: SchemaNode, owner: string): Json {
  const node = resolve(schema);
  const name = schema.ref ?? owner;
  if (value === null) return node.type === 'string' ? '' : null;
  switch (node.type) {
    case 'object':
      return node.fields && isObject(value) ? struct(value, node, name) : value;
    case 'map':
      return isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapItem(item, node.items)]))
        : value;
    case 'list':
      return Array.isArray(value) && node.items
        ? value.map(item => roundTrip(item, node.items as SchemaNode, ''))
        : value;
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : value;
    case 'string':
      return typeof value === 'string' ? timeForm(value, node.format) : value;
    default:
      return value;
  }
}

/** Lists of resources are rounded up to thousandths, other quantities are not. */
function mapItem(item: Json, schema: SchemaNode | undefined): Json {
  if (!schema) return item;
  const quantity = resolve(schema).type === 'quantity' && (typeof item === 'string' || typeof item === 'number');
  return quantity ? canonicalQuantity(item, -3) : roundTrip(item, schema, '');
}

function struct(value: JsonObject, node: SchemaNode, name: string, isRoot = false): JsonObject {
  const out: JsonObject = {};
  for (const { key, field, kept, zero } of membersOf(node, name)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (given === undefined || given === null) {
      if (zero !== undefined) out[key] = isObject(zero) ? roundTrip({}, field, '') : zero;
      continue;
    }
    const item = isRoot && isSettled(given, field) ? given : roundTrip(given, field, '');
    if (!kept && isOmitted(item, resolve(field), key, name)) continue;
    out[key] = item;
    if (isRoot && key !== 'metadata' && typeof item === 'object' && item !== null) settled.set(deepFreeze(item), field);
  }
  return out;
}

interface Member {
  key: string;
  field: SchemaNode;
  /** Without `omitempty`. */
  kept: boolean;
  zero: Json | undefined;
}

const members = new WeakMap<SchemaNode, Map<string, readonly Member[]>>();

/** The fields of a struct, with what is the same for every value. */
function membersOf(node: SchemaNode, name: string): readonly Member[] {
  let byName = members.get(node);
  if (!byName) {
    byName = new Map();
    members.set(node, byName);
  }
  let found = byName.get(name);
  if (!found) {
    const short = name.slice(name.lastIndexOf('.') + 1);
    found = Object.entries(node.fields ?? {}).map(([key, field]) => {
      const required = node.required?.includes(key) ?? false;
      return {
        key,
        field,
        kept: field.default !== undefined || required,
        zero: zeroOf(field, required, `${short}.${key}`),
      };
    });
    byName.set(name, found);
  }
  return found;
}

/** What Go prints for a field without `omitempty` that was not given. */
function zeroOf(field: SchemaNode, required: boolean, name: string): Json | undefined {
  if (NULL_LISTS.has(name) || NULL_TIMES.test(name)) return null;
  const zero = field.default;
  const isZero = zero === '' || zero === 0 || zero === false || (isObject(zero) && Object.keys(zero).length === 0);
  if (isZero && zero !== undefined) return zero;
  const type = resolve(field).type;
  return required && type === 'integer' && name.includes('Status.') ? 0 : undefined;
}

function isOmitted(item: Json, node: SchemaNode, key: string, owner: string): boolean {
  if (item === '') return !STRING_POINTERS.some(field => `${owner}.${key}`.endsWith(`.${field}`));
  if (item === false) return PLAIN_BOOLEANS.has(key);
  if (item === 0 && key === 'timeoutSeconds' && owner.endsWith('ClientIPConfig')) return false;
  if (item === 0) return PLAIN_INTEGERS.has(key) || (/Status$/.test(owner) && !STATUS_POINTERS.has(key));
  if (Array.isArray(item)) return item.length === 0;
  return node.type === 'map' && isObject(item) && Object.keys(item).length === 0;
}

function timeForm(text: string, format: string | undefined): string {
  if (format !== 'date-time' && format !== 'micro-time') return text;
  const time = Date.parse(text);
  if (Number.isNaN(time)) return text;
  const iso = new Date(time).toISOString();
  if (format === 'date-time') return `${iso.slice(0, 19)}Z`;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return `${iso.slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
