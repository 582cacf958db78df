import type { Condition } from './pods.ts';
import { timestamp } from './timestamp.ts';

/**
 * The list with the condition in it, as the workload controllers set one: nothing changes where status and reason are the
 * same; else it moves to the end of the list, and keeps its transition time where the status is the same.
 */
export function withCondition(conditions: readonly Condition[] = [], condition: Condition): Condition[] {
  const current = conditions.find(({ type }) => type === condition.type);
  if (current && current.status === condition.status && current.reason === condition.reason) return [...conditions];
  const added = { ...condition };
  if (current && current.status === condition.status && current.lastTransitionTime !== undefined)
    added.lastTransitionTime = current.lastTransitionTime;
  return [...withoutCondition(conditions, condition.type), added];
}

export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter(condition => condition.type !== type);
}

export function newCondition(
  now: number,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Condition {
  return { type, status, reason, message, lastTransitionTime: timestamp(now) };
}
