import { groupOf, type KubeObject } from '../kube.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';

/**
 * How long pods without a readiness probe must stay up before they count: the kubelet calls them ready as soon as their
 * processes exist, so a program that ends at once is "available" for a moment, again and again.
 */
export const STEADY_MS = 3_000;

const LASTING = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']);

/** Whether availability says little yet: a container without a readiness probe, and no minReadySeconds that makes up for it. */
export function isUnproven(object: KubeObject): boolean {
  if (groupOf(object.apiVersion) !== 'apps' || !LASTING.has(object.kind)) return false;
  const { minReadySeconds = 0, replicas } = (object.spec ?? {}) as { minReadySeconds?: number; replicas?: number };
  if (replicas === 0) return false;
  // Controllers count from a time without fractions of a second, so that one second may be almost none.
  if ((minReadySeconds - 1) * 1000 >= STEADY_MS) return false;
  const containers = podTemplatesOf(object).flatMap(({ template }) => template.spec.containers ?? []);
  return containers.some(container => container['readinessProbe'] === undefined);
}
