import type { ConfigStep, StrategyName } from './release-config.ts';

/** After a weight that has no hold of its own. */
export const DEFAULT_HOLD_MS = 120_000;
/** Time for the preview to be looked at without traffic. */
const PREVIEW_HOLD_MS = 30_000;

/** Holds are added to the weights as to those of any other plan. */
const DEFAULT_STEPS: Record<'canary' | 'blue-green', readonly ConfigStep[]> = {
  canary: [10, 25, 50].map(weight => ({ kind: 'weight', weight })),
  'blue-green': [{ kind: 'hold', ms: PREVIEW_HOLD_MS }],
};

/**
 * The steps as they will be taken: the strategy's own where none were asked for, and a hold after each weight that has neither
 * hold nor approval before the next one, so that nothing is promoted unchecked. Where a canary gets no traffic at all, the same
 * holds of each size of the twin. The steps are those that `stepFaults` finds nothing wrong with.
 */
export function settledSteps(
  strategy: 'canary' | 'blue-green',
  steps: readonly ConfigStep[] | undefined,
  holdMs: number | undefined,
): ConfigStep[] {
  const asked = steps?.length ? steps : DEFAULT_STEPS[strategy];
  const weighted = asked.some(({ kind }) => kind === 'weight');
  const whole: readonly ConfigStep[] =
    strategy === 'blue-green' && !weighted ? [...asked, { kind: 'weight', weight: 100 }] : asked;
  const looked = weighted || strategy === 'blue-green' ? 'weight' : 'replicas';
  return whole.flatMap((step, index): ConfigStep[] => {
    const isShown = step.kind === looked || step.kind === 'match';
    if (!isShown || isLookedAt(whole.slice(index + 1), looked)) return [step];
    return [step, { kind: 'hold', ms: holdMs ?? DEFAULT_HOLD_MS }];
  });
}

function isLookedAt(rest: readonly ConfigStep[], looked: ConfigStep['kind']): boolean {
  const next = rest.find(({ kind }) => kind === looked || ['match', 'hold', 'approve'].includes(kind));
  return next?.kind === 'hold' || next?.kind === 'approve';
}

/** Something wrong with steps as a whole, and the step where it shows; no index: it is about all of them. */
export interface StepFault {
  text: string;
  index?: number;
}

/** What keeps steps, each right by itself, from being a plan; without a strategy, what would in any. */
export function stepFaults(strategy: StrategyName | undefined, steps: readonly ConfigStep[]): StepFault[] {
  if (strategy === 'rolling')
    return [{ text: 'the strategy rolling has no steps; leave them out, or take canary or blue-green' }];
  const faults: StepFault[] = [];
  let highest = 0;
  let isMatched = false;
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'match') {
      if (isMatched) faults.push({ index, text: 'a release has one step with match; leave out the second' });
      else if (highest === 100)
        faults.push({ index, text: 'match comes after the weight 100, which has sent everybody; put it before' });
      isMatched = true;
    }
    if (step.kind !== 'weight') continue;
    if (strategy === 'blue-green' && step.weight !== 100)
      faults.push({
        index,
        text: `blue-green moves all the traffic at once; give the weight 100 or none, not ${step.weight}`,
      });
    else if (step.weight <= highest)
      faults.push({ index, text: `the weight ${step.weight} comes after ${highest}; weights rise from step to step` });
    highest = Math.max(highest, step.weight);
  }
  if (strategy === 'canary' && steps.every(({ kind }) => kind === 'hold' || kind === 'approve'))
    faults.push({ text: 'a canary needs a step with a weight, replicas or match, or there is nothing to check' });
  return faults;
}

/** The same as texts, for steps and a strategy that come from different places. */
export function stepProblems(strategy: StrategyName | undefined, steps: readonly ConfigStep[]): string[] {
  return stepFaults(strategy, steps).map(({ text }) => text);
}
