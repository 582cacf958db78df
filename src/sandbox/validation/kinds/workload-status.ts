import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { invalid } from '../field-errors.ts';
import { nonNegative } from '../numbers.ts';

/** What a client may not write into the status of a workload: counts below zero, and parts above their whole. */
interface Counts {
  /** In the order in which the API server looks at them. */
  counted: readonly string[];
  /** Each may not exceed `replicas`. */
  parts: readonly string[];
  /** How the error names `readyReplicas`, which the available ones may not exceed. */
  ready?: string;
}

const COUNTS: Record<string, Counts> = {
  Deployment: {
    counted: [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    parts: ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    ready: 'readyReplicas',
  },
  ReplicaSet: {
    counted: [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'terminatingReplicas',
      'observedGeneration',
    ],
    parts: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    ready: 'readyReplicas',
  },
  StatefulSet: {
    counted: [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ],
    parts: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    ready: 'status.readyReplicas',
  },
  DaemonSet: {
    counted: [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ],
    parts: [],
  },
  HorizontalPodAutoscaler: { counted: ['currentReplicas', 'desiredReplicas'], parts: [] },
};

export function validateWorkloadStatus(object: KubeObject, old: KubeObject): FieldError[] {
  const rules = COUNTS[object.kind];
  if (!rules) return [];
  const status = (object.status ?? {}) as Record<string, number | undefined>;
  const before = (old.status ?? {}) as Record<string, number | undefined>;
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0, collisionCount } = status;
  const errors = rules.counted.flatMap(field => nonNegative(status[field], `status.${field}`));
  for (const field of rules.parts) {
    const value = status[field] ?? 0;
    if (value > replicas) errors.push(invalid(`status.${field}`, value, 'cannot be greater than status.replicas'));
  }
  if (rules.ready && availableReplicas > readyReplicas) {
    errors.push(invalid('status.availableReplicas', availableReplicas, `cannot be greater than ${rules.ready}`));
  }
  if (before.collisionCount !== undefined && (collisionCount ?? -1) < before.collisionCount) {
    errors.push(invalid('status.collisionCount', collisionCount ?? 0, 'cannot be decremented'));
  }
  return errors;
}
