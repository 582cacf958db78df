import { kubelet } from '../kubelet/kubelet.ts';
import { createPodLogStore, type PodLogStore } from '../kubelet/pod-logs.ts';
import { type Api, StatusError } from '../types.ts';
import { type Controller, controllerHost } from './context.ts';
import { cronJobController } from './cron-job/cron-job.ts';
import { daemonSetController } from './daemon-set/daemon-set.ts';
import { deploymentController } from './deployment/deployment.ts';
import { serviceEndpointsController } from './endpoints/service-endpoints.ts';
import { eventRecorder } from './event-recorder.ts';
import { garbageCollector } from './garbage/garbage-collector.ts';
import { jobController } from './job/job.ts';
import { addressController } from './network/addresses.ts';
import { gatewayController } from './network/gateway.ts';
import { autoscaler } from './policy/autoscaler.ts';
import { claimProtectionController } from './policy/claim-protection.ts';
import { disruptionBudgetController } from './policy/disruption-budget.ts';
import { volumeClaimController } from './policy/volume-claim.ts';
import { replicaSetController } from './replica-set/replica-set.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { statefulSetController } from './stateful-set/stateful-set.ts';

/** What a cluster tidies up with: without it nothing that is deleted under a finalizer of Kubernetes' own would ever go. */
const CLEANUP = { garbageCollector, claimProtection: claimProtectionController } as const satisfies Record<
  string,
  Controller
>;

const CONTROLLERS = {
  deployment: deploymentController,
  replicaSet: replicaSetController,
  statefulSet: statefulSetController,
  daemonSet: daemonSetController,
  job: jobController,
  cronJob: cronJobController,
  disruptionBudget: disruptionBudgetController,
  autoscaler,
  volumeClaim: volumeClaimController,
  addresses: addressController,
  gateway: gatewayController,
  serviceEndpoints: serviceEndpointsController,
  scheduler,
} as const satisfies Record<string, Controller>;

export interface ControllerOptions {
  /** Where the kubelet writes what containers say. */
  logs?: PodLogStore;
  /** Milliseconds from an event to the reconcile that it causes. */
  latency?: number;
  /** Told of failures that are no mere conflicts; each is retried all the same. */
  report?: (controller: string, key: string, error: unknown) => void;
}

const LATENCY = 4;
const CONFLICT = 409;

/** Starts the controllers of workloads, the scheduler and the kubelets of the nodes that are registered; what it returns stops them. */
export function startControllers(api: Api, options: ControllerOptions = {}): () => void {
  const { context, stop } = hostOf(api, options);
  for (const start of Object.values(CONTROLLERS)) start(context);
  kubelet(options.logs ?? createPodLogStore(api.clock))(context);
  return stop;
}

/** Starts garbage collection and the protection of claims in use; what it returns stops them. */
export function startCleanup(api: Api): () => void {
  const { context, stop } = hostOf(api, {});
  for (const start of Object.values(CLEANUP)) start(context);
  return stop;
}

function hostOf(api: Api, options: ControllerOptions): ReturnType<typeof controllerHost> {
  return controllerHost({
    api,
    record: eventRecorder(api),
    latency: options.latency ?? LATENCY,
    report: (controller, key, error) => {
      const conflict = error instanceof StatusError && error.status.code === CONFLICT;
      if (!conflict) (options.report ?? reportUnexpected)(controller, key, error);
    },
  });
}

/** A refusal by the API (a quota, a namespace that ends) is a part of life; anything else is a defect of a controller. */
function reportUnexpected(controller: string, key: string, error: unknown): void {
  if (!(error instanceof StatusError)) console.error(`sandbox: ${controller} ${key}:`, error);
}
