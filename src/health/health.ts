import { groupOf, type KubeObject } from '../kube.ts';
import { anyHealth } from './kinds/any.ts';
import { cronJobHealth } from './kinds/cron-job.ts';
import { definitionHealth } from './kinds/custom-resource-definition.ts';
import { daemonSetHealth } from './kinds/daemon-set.ts';
import { deploymentHealth } from './kinds/deployment.ts';
import { gatewayHealth } from './kinds/gateway.ts';
import { autoscalerHealth } from './kinds/horizontal-pod-autoscaler.ts';
import { ingressHealth } from './kinds/ingress.ts';
import { jobHealth } from './kinds/job.ts';
import { namespaceHealth } from './kinds/namespace.ts';
import { claimHealth } from './kinds/persistent-volume-claim.ts';
import { podHealth } from './kinds/pod.ts';
import { budgetHealth } from './kinds/pod-disruption-budget.ts';
import { replicaSetHealth } from './kinds/replica-set.ts';
import { routeHealth } from './kinds/route.ts';
import { serviceHealth } from './kinds/service.ts';
import { statefulSetHealth } from './kinds/stateful-set.ts';
import { failed, type Health, type HealthContext } from './verdict.ts';

type Judge = (object: KubeObject, context: HealthContext) => Health;

/** Each reads its own view of spec and status, which is why they are kept as taking `never`. */
const JUDGES: Readonly<Record<string, (object: never, context: HealthContext) => Health>> = {
  'apps/Deployment': deploymentHealth,
  'apps/StatefulSet': statefulSetHealth,
  'apps/DaemonSet': daemonSetHealth,
  'apps/ReplicaSet': replicaSetHealth,
  'batch/Job': jobHealth,
  'batch/CronJob': cronJobHealth,
  '/Pod': podHealth,
  '/Service': serviceHealth,
  '/PersistentVolumeClaim': claimHealth,
  '/Namespace': namespaceHealth,
  'networking.k8s.io/Ingress': ingressHealth,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionHealth,
  'autoscaling/HorizontalPodAutoscaler': autoscalerHealth,
  'policy/PodDisruptionBudget': budgetHealth,
  'gateway.networking.k8s.io/Gateway': gatewayHealth,
  'gateway.networking.k8s.io/HTTPRoute': routeHealth,
  'gateway.networking.k8s.io/GRPCRoute': routeHealth,
};

/** Whether the object is done, on its way, or broken, by what it says of itself. */
export function health(object: KubeObject, context: HealthContext = {}): Health {
  if (object.metadata.deletionTimestamp) return failed('Deleting', `The ${object.kind} is being deleted`);
  const judge = JUDGES[`${groupOf(object.apiVersion)}/${object.kind}`] ?? anyHealth;
  return (judge as Judge)(object, context);
}

const WORKLOADS = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  '/Pod',
]);

/** Whether an object of this kind runs pods: what `wait-for: workloads` waits for. */
export function isWorkload(object: { apiVersion: string; kind: string }): boolean {
  return WORKLOADS.has(`${groupOf(object.apiVersion)}/${object.kind}`);
}
