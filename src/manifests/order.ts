import { groupOf, type KubeObject } from '../kube.ts';
import type { LoadedObject } from './loaded-object.ts';

/** Objects that may be applied at once. */
export interface OrderGroup {
  name: GroupName;
  objects: LoadedObject[];
  /** What comes after needs these to be ready (established, active), not only written. */
  awaited: boolean;
}

export type GroupName =
  | 'definitions'
  | 'cluster'
  | 'accounts and roles'
  | 'config and storage'
  | 'services'
  | 'workloads'
  | 'routes and scaling'
  | 'admission';

/**
 * Kinds by the group in which they are applied, as kapp and Helm order them. What a pod needs at its start comes before it;
 * what sends traffic or load to it, and what judges later writes, after it.
 */
const KINDS: Readonly<Record<GroupName, readonly string[]>> = {
  definitions: ['apiextensions.k8s.io/CustomResourceDefinition', '/Namespace'],
  cluster: [
    'gateway.networking.k8s.io/GatewayClass',
    'networking.k8s.io/IngressClass',
    'node.k8s.io/RuntimeClass',
    'scheduling.k8s.io/PriorityClass',
    'storage.k8s.io/CSIDriver',
    'storage.k8s.io/StorageClass',
    '/LimitRange',
    '/ResourceQuota',
  ],
  'accounts and roles': ['/ServiceAccount', 'rbac.authorization.k8s.io/ClusterRole', 'rbac.authorization.k8s.io/Role'],
  'config and storage': [
    // Bindings come after the roles that they name: whoever may bind only what exists is refused otherwise.
    'rbac.authorization.k8s.io/ClusterRoleBinding',
    'rbac.authorization.k8s.io/RoleBinding',
    '/ConfigMap',
    '/Secret',
    '/PersistentVolume',
    '/PersistentVolumeClaim',
    'networking.k8s.io/NetworkPolicy',
    'policy/PodDisruptionBudget',
  ],
  // Before the pods, which find services by their environment only if these were there first.
  services: ['/Service', '/Endpoints', 'discovery.k8s.io/EndpointSlice', 'networking.istio.io/DestinationRule'],
  workloads: [],
  'routes and scaling': [
    'autoscaling/HorizontalPodAutoscaler',
    'autoscaling.k8s.io/VerticalPodAutoscaler',
    'keda.sh/ScaledObject',
    'networking.k8s.io/Ingress',
    'networking.istio.io/VirtualService',
    ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(kind => `gateway.networking.k8s.io/${kind}`),
  ],
  admission: [
    'apiregistration.k8s.io/APIService',
    ...['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding', 'MutatingWebhookConfiguration'].map(inAdmission),
    ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration'].map(
      inAdmission,
    ),
  ],
};

const GROUP_NAMES = Object.keys(KINDS) as GroupName[];
const GROUP_OF_KIND = new Map(GROUP_NAMES.flatMap(name => KINDS[name].map(kind => [kind, name] as const)));

/**
 * The objects in the groups in which they are applied, one group after another. Within a group the given order stays; empty
 * groups are left out. Custom resources go with the workloads: after all that they may refer to, and beside the pods of the
 * operator that they are for.
 */
export function orderGroups(objects: readonly LoadedObject[]): OrderGroup[] {
  const groups = GROUP_NAMES.map(name => ({
    name,
    objects: objects.filter(({ object }) => groupNameOf(object) === name),
    awaited: name === 'definitions',
  }));
  return groups.filter(group => group.objects.length > 0);
}

/** The same order for objects that no file is known of any more. */
export function inOrder(objects: readonly KubeObject[]): KubeObject[][] {
  const groups = GROUP_NAMES.map(name => objects.filter(object => groupNameOf(object) === name));
  return groups.filter(group => group.length > 0);
}

export function groupNameOf({ apiVersion, kind }: KubeObject): GroupName {
  return GROUP_OF_KIND.get(`${groupOf(apiVersion)}/${kind}`) ?? 'workloads';
}

function inAdmission(kind: string): string {
  return `admissionregistration.k8s.io/${kind}`;
}
