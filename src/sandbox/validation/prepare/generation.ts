import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import type { Resource } from '../../types.ts';
import { groupKind } from '../defaults/defaults.ts';

/** Built-in kinds whose generation counts changes of the spec. */
const COUNTED = new Set([
  'Pod',
  'ReplicationController',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'batch/Job',
  'batch/CronJob',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/NetworkPolicy',
  'networking.k8s.io/ServiceCIDR',
  'networking.k8s.io/IPAddress',
  'policy/PodDisruptionBudget',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'discovery.k8s.io/EndpointSlice',
  'scheduling.k8s.io/PriorityClass',
]); // prettier-ignore

export function withInitialGeneration(resource: Resource, object: KubeObject): KubeObject {
  if (!resource.crd && !COUNTED.has(groupKind(resource))) return object;
  return { ...object, metadata: { ...object.metadata, generation: 1 } };
}

/** Whatever the client says, the generation is the old one, or one more where what the kind counts has changed. */
export function withNextGeneration(resource: Resource, object: KubeObject, old: KubeObject): KubeObject {
  const { generation: _given, ...metadata } = object.metadata;
  const before = old.metadata.generation;
  const bump =
    (resource.crd || COUNTED.has(groupKind(resource))) && !sameJson(counted(resource, object), counted(resource, old));
  if (before === undefined && !bump) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, generation: (before ?? 0) + (bump ? 1 : 0) } };
}

/** The part of an object whose change counts. */
function counted(resource: Resource, object: KubeObject): unknown {
  const { metadata, apiVersion: _version, kind: _kind, status, ...rest } = object;
  if (resource.crd) return resource.subresources.includes('status') ? rest : { ...rest, status };
  switch (groupKind(resource)) {
    case 'apps/Deployment':
      return [object.spec, metadata.annotations ?? {}];
    case 'discovery.k8s.io/EndpointSlice':
      return [rest, metadata.labels ?? {}];
    default:
      return object.spec;
  }
}
