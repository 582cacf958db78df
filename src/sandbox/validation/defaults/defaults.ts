import type { KubeObject } from '../../../kube.ts';
import { defaultCrd } from '../../crd/crd-defaults.ts';
import { applySchemaDefaults } from '../../crd/defaulting.ts';
import { deepCopy } from '../../deep-copy.ts';
import type { Resource } from '../../types.ts';
import { canonicalForm, isStoredPart } from '../canonical.ts';
import { defaultAutoscaler } from './autoscaling.ts';
import {
  defaultBinding,
  defaultLimitRange,
  defaultNamespace,
  defaultPriorityClass,
  defaultSecret,
  defaultStorageClass,
  defaultVolume,
} from './core.ts';
import type { Loose } from './fill.ts';
import {
  defaultEndpointSlice,
  defaultEndpoints,
  defaultIngressClass,
  defaultNetworkPolicy,
  defaultService,
} from './network.ts';
import { defaultPod, defaultPodSpec } from './pods.ts';
import {
  defaultClaim,
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
} from './workloads.ts';

const DEFAULTS: Record<string, (object: Loose) => void> = {
  Pod: defaultPod,
  PodTemplate: object => defaultPodSpec(((object.template as Loose | undefined)?.spec ?? {}) as Loose),
  Service: defaultService,
  Endpoints: defaultEndpoints,
  Secret: defaultSecret,
  Namespace: defaultNamespace,
  LimitRange: defaultLimitRange,
  PersistentVolumeClaim: defaultClaim,
  PersistentVolume: defaultVolume,
  ReplicationController: defaultReplicationController,
  'apps/Deployment': defaultDeployment,
  'apps/ReplicaSet': defaultReplicaSet,
  'apps/StatefulSet': defaultStatefulSet,
  'apps/DaemonSet': defaultDaemonSet,
  'batch/Job': defaultJob,
  'batch/CronJob': defaultCronJob,
  'autoscaling/HorizontalPodAutoscaler': defaultAutoscaler,
  'networking.k8s.io/NetworkPolicy': defaultNetworkPolicy,
  'networking.k8s.io/IngressClass': defaultIngressClass,
  'discovery.k8s.io/EndpointSlice': defaultEndpointSlice,
  'rbac.authorization.k8s.io/RoleBinding': defaultBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': defaultBinding,
  'storage.k8s.io/StorageClass': defaultStorageClass,
  'scheduling.k8s.io/PriorityClass': defaultPriorityClass,
  'apiextensions.k8s.io/CustomResourceDefinition': defaultCrd,
};

export const groupKind = ({ group, kind }: Pick<Resource, 'group' | 'kind'>): string =>
  group ? `${group}/${kind}` : kind;

/** Their defaults are all in the spec. */
const SPEC_ONLY = new Set(['Pod', 'apps/Deployment', 'apps/ReplicaSet', 'apps/StatefulSet', 'apps/DaemonSet']);

/** The object with everything that the API server fills in when it decodes one of this kind, in the form in which it answers. The argument is not changed. */
export function applyDefaults(resource: Resource, object: KubeObject): KubeObject {
  if (resource.crd) return applySchemaDefaults(resource, object);
  const fill = DEFAULTS[groupKind(resource)];
  if (SPEC_ONLY.has(groupKind(resource))) {
    // A spec that comes back from the store has its defaults.
    if (isStoredPart(resource, object, 'spec')) return canonicalForm(resource, object);
    const copy = { ...object, ...(object.spec === undefined ? {} : { spec: deepCopy(object.spec) }) };
    fill?.(copy as unknown as Loose);
    return canonicalForm(resource, copy);
  }
  const copy = deepCopy(object);
  fill?.(copy as unknown as Loose);
  return canonicalForm(resource, copy);
}
