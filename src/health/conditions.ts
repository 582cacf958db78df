import type { KubeObject } from '../kube.ts';
import { type Health, progressing } from './verdict.ts';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

export interface Conditioned {
  conditions?: Condition[];
  observedGeneration?: number;
}

export function conditionOf(status: Conditioned | undefined, type: string): Condition | undefined {
  return status?.conditions?.find(condition => condition.type === type);
}

/** The condition's message, or its reason where it has none. */
export function wordsOf(condition: Condition): string {
  return condition.message?.trim() || condition.reason || `${condition.type} is ${condition.status}`;
}

/**
 * Progressing while the status speaks of an older generation. `always` is for kinds whose controller reports the
 * generation every time: there, silence means that it has not looked yet.
 */
export function notObserved(object: KubeObject<unknown, Conditioned>, reports: 'always' | 'maybe'): Health | undefined {
  const { generation } = object.metadata;
  const observed = object.status?.observedGeneration;
  if (generation === undefined || (observed === undefined && reports === 'maybe')) return undefined;
  if (observed !== undefined && observed >= generation) return undefined;
  return progressing(`Waiting for the controller to observe generation ${generation}`, { reason: 'NotObserved' });
}

/** Whether a condition that names its generation speaks of an older one. */
export function isStale(condition: Condition, object: KubeObject): boolean {
  const { generation } = object.metadata;
  return (
    generation !== undefined && condition.observedGeneration !== undefined && condition.observedGeneration < generation
  );
}
