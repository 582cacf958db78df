import { sameTemplate } from '../template-hash.ts';
import { fenceposts } from './rollout-arithmetic.ts';
import {
  DESIRED_REPLICAS,
  type Deployment,
  MAX_REPLICAS,
  REVISION,
  REVISION_HISTORY,
  type ReplicaSet,
} from './types.ts';

/** The ReplicaSets of a Deployment, told apart. */
export interface Owned {
  /** The one with the Deployment's template; undefined until it is created. */
  current: ReplicaSet | undefined;
  old: ReplicaSet[];
  all: ReplicaSet[];
}

export const total = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, { spec }) => sum + spec.replicas, 0);
export const available = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
export const active = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter(({ spec }) => spec.replicas > 0);

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type !== 'Recreate';
}

export function maxSurge(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0;
  return limits(deployment).surge;
}

export function maxUnavailable(deployment: Deployment): number {
  const { replicas } = deployment.spec;
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(limits(deployment).unavailable, replicas);
}

function limits(deployment: Deployment): ReturnType<typeof fenceposts> {
  const { rollingUpdate } = deployment.spec.strategy ?? {};
  return fenceposts(rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable, deployment.spec.replicas);
}

export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return revisionOf(a) - revisionOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

export function revisionOf(object: { metadata: { annotations?: Record<string, string> } }): number {
  return Number(object.metadata.annotations?.[REVISION] ?? 0) || 0;
}

/** The oldest with the template, so that after a collision of templates the choice stays the same. */
export function findCurrent(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...sets].sort(byAge).find(set => sameTemplate(set.spec.template, deployment.spec.template));
}

const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

/**
 * The annotations that the current ReplicaSet should carry: the Deployment's own, the revision, and, where it served
 * before under a lower one, that too in the history which `kubectl rollout history` reads.
 */
export function annotationsFor(
  deployment: Deployment,
  existing: Record<string, string>,
  revision: number,
): Record<string, string> {
  const annotations = { ...existing };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  const before = existing[REVISION];
  if (Number(before ?? 0) < revision) {
    annotations[REVISION] = String(revision);
    if (before !== undefined) {
      const history = existing[REVISION_HISTORY];
      annotations[REVISION_HISTORY] = history ? `${history},${before}` : before;
    }
  }
  return annotations;
}

export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const { replicas } = deployment.spec;
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + maxSurge(deployment)) };
}
