import { type Variable, variablesIn } from '../config/variables.ts';
import { refText } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import type { CheckContext, Sample } from './check.ts';
import { worstOf } from './worst.ts';

const OF_WORKLOADS: ReadonlySet<Variable> = new Set([
  'canary',
  'stable',
  'canary-pods',
  'stable-pods',
  'service',
  'canary-service',
  'stable-service',
]);

/** One question for each workload of the release where the question names one, else one for all; the worst answer counts. */
export async function eachWorkload(
  { pairs }: Pick<CheckContext, 'pairs'>,
  templates: readonly (string | undefined)[],
  sample: (pair: Pair | undefined) => Promise<Sample>,
): Promise<Sample> {
  const isPerWorkload = templates.some(one => variablesIn(one ?? '').some(name => OF_WORKLOADS.has(name)));
  if (!isPerWorkload || pairs.length < 2) return sample(pairs[0]);
  return worstOf(
    await Promise.all(
      pairs.map(async pair => {
        const one = await sample(pair);
        return { ...one, message: `${refText(pair.stable)}: ${one.message}` };
      }),
    ),
  );
}
