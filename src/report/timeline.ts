import type { Step } from '../release/plan.ts';
import type { TimelineStep } from './model.ts';

/** One way through the steps, forth or back. A run that takes one revision back and brings another has several. */
export interface Way {
  revision: number | undefined;
  rollback: boolean;
  steps: TimelineStep[];
}

/** A way of which the steps before `cursor` are done already. */
export function wayFrom(
  revision: number | undefined,
  names: readonly string[],
  { cursor = 0, at, rollback = false }: { cursor?: number; at?: TimelineStep['outcome']; rollback?: boolean } = {},
): Way {
  const steps = names.map((name, index): TimelineStep => {
    const back = rollback ? { rollback: true } : {};
    if (index < cursor) return { name, outcome: 'done', earlier: true, ...back };
    if (index === cursor && at) return { name, outcome: at, earlier: true, ...back };
    return { name, outcome: 'pending', ...back };
  });
  return { revision, rollback, steps };
}

export function namesOf(steps: readonly Step[]): string[] {
  return steps.map(({ name }) => name);
}

/** What a step of this run has come to. */
export function change({ steps }: Way, index: number, more: Partial<TimelineStep>): void {
  const known = steps[index];
  if (!known) return;
  const { earlier: _before, ...step } = known;
  steps[index] = { ...step, ...more };
}

/** All ways one after another. Of another revision only what this run has driven is of interest. */
export function timelineOf(ways: readonly Way[], revision: number | undefined): TimelineStep[] {
  return ways.flatMap(way => {
    const isOther = way.revision !== undefined && revision !== undefined && way.revision !== revision;
    if (!isOther) return way.steps;
    const isDriven = way.steps.some(({ startedAt }) => startedAt !== undefined);
    return isDriven ? way.steps.map(step => ({ ...step, revision: way.revision as number })) : [];
  });
}
