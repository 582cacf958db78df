import type { KubeObject } from '../../kube.ts';
import { validateCrd, validateCrdName, validateCrdUpdate } from '../crd/crd-validation.ts';
import { validateCustomResource } from '../crd/custom-resource.ts';
import type { FieldError, Resource } from '../types.ts';
import { groupKind } from './defaults/defaults.ts';
import { validateAutoscaler } from './kinds/autoscaler.ts';
import {
  validateConfigMap,
  validateConfigMapUpdate,
  validateSecret,
  validateSecretUpdate,
} from './kinds/config-data.ts';
import { validateCronJob, validateCronJobName } from './kinds/cron-job.ts';
import { validateDaemonSet } from './kinds/daemon-set.ts';
import { validateDeployment, validateReplicaSet, validateSelectorUpdate } from './kinds/deployment.ts';
import { validateDisruptionBudget } from './kinds/disruption-budget.ts';
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassAnnotation,
  validateIngressClassUpdate,
} from './kinds/ingress.ts';
import { validateIndexedNames, validateJob, validateJobUpdate } from './kinds/job.ts';
import { validateLimitRange, validateResourceQuota, validateResourceQuotaUpdate } from './kinds/limits.ts';
import { validateNetworkPolicy } from './kinds/network-policy.ts';
import { validateNewPod, validatePod, validatePodUpdate } from './kinds/pod.ts';
import { validateBinding, validateBindingUpdate, validateRole } from './kinds/rbac.ts';
import { validateService, validateServiceUpdate } from './kinds/service.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate, validateLease } from './kinds/small-kinds.ts';
import { validateStatefulSet, validateStatefulSetUpdate } from './kinds/stateful-set.ts';
import { validateClaim, validateClaimUpdate } from './kinds/volume-claim.ts';
import { validateWorkloadStatus } from './kinds/workload-status.ts';
import { dnsLabel, dnsSubdomain, type NameCheck, pathSegment } from './names.ts';
import { validateFinalizerNames, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';
import type { Service } from './prepare/service-type.ts';

interface Rules {
  /** Form of the name, a DNS subdomain by default. */
  name?: NameCheck;
  /** Holds for new and changed objects. */
  spec?: (object: KubeObject) => FieldError[];
  /** Holds for new objects only, and is told before the spec's problems. */
  before?: (object: KubeObject) => FieldError[];
  /** Holds for new objects only. */
  create?: (object: KubeObject) => FieldError[];
  update?: (object: KubeObject, old: KubeObject) => FieldError[];
  /**
   * How a change is checked, which decides the order and the number of times that a problem of the metadata is told:
   * `whole` runs the rules for new objects too, before the update's own (`first`, or `middle` if the metadata comes first) or after (`last`), `none` knows the spec alone.
   */
  whole?: 'first' | 'middle' | 'last' | 'none' | undefined;
}

const RULES: Record<string, Rules> = {
  Pod: { spec: validatePod, create: validateNewPod, update: validatePodUpdate, whole: 'middle' },
  Service: {
    name: dnsLabel,
    spec: object => validateService(object as Service),
    update: (object, old) => validateServiceUpdate(object as Service, old as Service),
    whole: 'last',
  },
  ConfigMap: { spec: validateConfigMap, update: validateConfigMapUpdate, whole: 'last' },
  Secret: { spec: validateSecret, update: validateSecretUpdate, whole: 'last' },
  Namespace: { name: dnsLabel, whole: 'first' },
  ServiceAccount: { whole: 'last' },
  PersistentVolumeClaim: { spec: validateClaim, update: validateClaimUpdate, whole: 'middle' },
  ResourceQuota: { spec: validateResourceQuota, update: validateResourceQuotaUpdate },
  LimitRange: { spec: validateLimitRange, whole: 'none' },
  'apps/Deployment': { spec: validateDeployment, update: validateSelectorUpdate },
  'apps/ReplicaSet': { spec: validateReplicaSet, update: validateSelectorUpdate },
  'apps/StatefulSet': { name: dnsLabel, spec: validateStatefulSet, update: validateStatefulSetUpdate },
  'apps/DaemonSet': { spec: validateDaemonSet, update: validateSelectorUpdate },
  'batch/Job': { spec: validateJob, create: validateIndexedNames, update: validateJobUpdate },
  'batch/CronJob': { spec: validateCronJob, create: validateCronJobName },
  'autoscaling/HorizontalPodAutoscaler': { spec: validateAutoscaler },
  'policy/PodDisruptionBudget': { spec: validateDisruptionBudget, whole: 'none' },
  'networking.k8s.io/Ingress': { spec: validateIngress, create: validateIngressClassAnnotation, whole: 'last' },
  'networking.k8s.io/IngressClass': {
    spec: validateIngressClass,
    update: validateIngressClassUpdate,
    whole: 'last',
  },
  'networking.k8s.io/NetworkPolicy': { spec: validateNetworkPolicy },
  'coordination.k8s.io/Lease': { spec: validateLease },
  'discovery.k8s.io/EndpointSlice': {
    spec: validateEndpointSlice,
    update: validateEndpointSliceUpdate,
    whole: 'first',
  },
  'rbac.authorization.k8s.io/Role': { name: pathSegment, spec: validateRole, whole: 'first' },
  'rbac.authorization.k8s.io/ClusterRole': { name: pathSegment, spec: validateRole, whole: 'first' },
  'rbac.authorization.k8s.io/RoleBinding': {
    name: pathSegment,
    spec: validateBinding,
    update: validateBindingUpdate,
    whole: 'first',
  },
  'rbac.authorization.k8s.io/ClusterRoleBinding': {
    name: pathSegment,
    spec: validateBinding,
    update: validateBindingUpdate,
    whole: 'first',
  },
  'apiextensions.k8s.io/CustomResourceDefinition': {
    before: validateCrdName,
    spec: validateCrd,
    update: validateCrdUpdate,
  },
};

const none = (): FieldError[] => [];

/** What is wrong with a new object that has its defaults, in the order and the words of the API server. */
export function validateCreate(resource: Resource, object: KubeObject): FieldError[] {
  const { name = dnsSubdomain, before = none, spec = none, create = none } = rulesOf(resource);
  const meta = [...validateObjectMeta(object, resource.namespaced, name), ...finalizerNames(resource, object)];
  if (resource.crd) return [...meta, ...validateCustomResource(resource, object)];
  return [...meta, ...before(object), ...spec(object), ...create(object)];
}

/** What is wrong with a change of `old`. Problems of the metadata are told as often as the API server looks at them. */
export function validateUpdate(
  resource: Resource,
  object: KubeObject,
  old: KubeObject,
  subresource?: string,
): FieldError[] {
  const { name = dnsSubdomain, spec = none, update = none, whole } = rulesOf(resource);
  const common = [
    ...validateObjectMeta(object, resource.namespaced, pathSegment),
    ...validateObjectMetaUpdate(object, old),
  ];
  const again = [...validateObjectMetaUpdate(object, old), ...finalizerNames(resource, object)];
  if (resource.crd) return [...common, ...again, ...validateCustomResource(resource, object, old)];
  if (subresource === 'status') return [...common, ...again, ...validateWorkloadStatus(object, old)];
  const asNew = (): FieldError[] => [
    ...validateObjectMeta(object, resource.namespaced, name),
    ...finalizerNames(resource, object),
    ...spec(object),
  ];
  switch (whole) {
    case 'first':
      return [...common, ...asNew(), ...again, ...update(object, old)];
    case 'middle':
      return [...common, ...again, ...asNew(), ...update(object, old)];
    case 'last':
      return [...common, ...again, ...update(object, old), ...asNew()];
    case 'none':
      return [...common, ...spec(object), ...update(object, old)];
    default:
      return [...common, ...again, ...spec(object), ...update(object, old)];
  }
}

/** The API of custom resources and their definitions is not that strict. */
function finalizerNames(resource: Resource, object: KubeObject): FieldError[] {
  return resource.crd || resource.group === 'apiextensions.k8s.io' ? [] : validateFinalizerNames(object);
}

function rulesOf(resource: Resource): Rules {
  return resource.crd ? {} : (RULES[groupKind(resource)] ?? {});
}
