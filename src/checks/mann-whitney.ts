import type { MannWhitneyConfig } from '../config/check-config.ts';
import { SIDES } from '../config/checks/compare.ts';
import type { Pair } from '../release/plan.ts';
import type { Check, CheckContext, Sample } from './check.ts';
import { eachWorkload } from './each-workload.ts';
import { filled, inQuery } from './fill-in.ts';
import { formatNumber } from './number.ts';
import { queryInstant } from './prometheus/client.ts';
import { oneNumber } from './prometheus/one-number.ts';
import { measured } from './said.ts';
import { mannWhitney } from './statistics/mann-whitney.ts';

interface Samples {
  canary: number[];
  stable: number[];
}

/** Collects samples of a query for both versions, and judges them once: when the hold is over. */
export function mannWhitneyCheck(config: MannWhitneyConfig, context: CheckContext): Check {
  const collected = new Map<Pair | undefined, Samples>();

  const sampleOne = async (pair: Pair | undefined, signal: AbortSignal, isLast: boolean): Promise<Sample> => {
    const samples = collected.get(pair) ?? { canary: [], stable: [] };
    collected.set(pair, samples);
    const ask = async (query: string): Promise<number | undefined> => {
      const text = filled(query, inQuery, context, pair, config.windowMs);
      const answer = await queryInstant(config, text, context, pair, signal);
      const found = oneNumber(answer, undefined);
      if ('error' in found) throw new Error(`${answer.from}: ${found.error}`);
      return 'value' in found ? found.value : undefined;
    };
    const [canary, stable] = await Promise.all([ask(config.query), ask(ofStable(config.query))]);
    if (canary !== undefined) samples.canary.push(canary);
    if (stable !== undefined) samples.stable.push(stable);
    return isLast ? judged(config, samples) : { outcome: 'too-early', message: `${countText(samples)} so far` };
  };
  return {
    config,
    sample: (signal, isLast) =>
      measured(context, () => eachWorkload(context, [config.query], pair => sampleOne(pair, signal, isLast))),
  };
}

/** The same query for the old version. */
function ofStable(query: string): string {
  return Object.entries(SIDES).reduce(
    (text, [canary, stable]) => text.replace(new RegExp(`\\{\\{\\s*${canary}\\s*\\}\\}`, 'g'), `{{${stable}}}`),
    query,
  );
}

function judged({ alpha, worse, minSamples }: MannWhitneyConfig, samples: Samples): Sample {
  const { canary, stable } = samples;
  if (Math.min(canary.length, stable.length) < minSamples)
    return { outcome: 'no-data', message: `${countText(samples)}, of the ${minSamples} each that the test needs` };
  const { p } = mannWhitney(canary, stable, worse === 'higher' ? 'greater' : 'less');
  const isWorse = p < alpha;
  const sides = `median ${formatNumber(median(canary))} against ${formatNumber(median(stable))} on stable`;
  const verdict = isWorse ? `${worse} beyond α = ${alpha}` : `not ${worse} beyond α = ${alpha}`;
  return {
    outcome: isWorse ? 'fail' : 'pass',
    message: `${sides}: ${verdict} (Mann-Whitney p = ${formatNumber(p, 2)}, ${countText(samples)})`,
    value: median(canary),
  };
}

function countText({ canary, stable }: Samples): string {
  return `${canary.length} samples of the new version and ${stable.length} of stable`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? high) + high) / 2 : high;
}
