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

type Side = 'canary' | 'stable';

interface Samples extends Record<Side, number[]> {
  /** How often the query gave no series at all. */
  nothing: Record<Side, number>;
}

/** Collects samples of a query for both versions, and judges them once: when the hold is over. */
export function mannWhitneyCheck(config: MannWhitneyConfig, context: CheckContext): Check {
  const collected = new Map<Pair | undefined, Samples>();

  const sampleOne = async (pair: Pair | undefined, signal: AbortSignal, isLast: boolean): Promise<Sample> => {
    const samples = collected.get(pair) ?? { canary: [], stable: [], nothing: { canary: 0, stable: 0 } };
    collected.set(pair, samples);
    const ask = async (side: Side, query: string): Promise<() => void> => {
      const text = filled(query, inQuery, context, pair, config.windowMs);
      const answer = await queryInstant(config, text, context, pair, signal);
      const found = oneNumber(answer, undefined);
      if ('error' in found) throw new Error(`${answer.from}: ${found.error}`);
      return () => {
        if ('value' in found) samples[side].push(found.value);
        else if (answer.series.length === 0) samples.nothing[side] += 1;
      };
    };
    // Both sides or none: an error on one of them leaves no sample of the other.
    const taken = await Promise.all([ask('canary', config.query), ask('stable', ofStable(config.query))]);
    for (const take of taken) take();
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
    return {
      outcome: 'no-data',
      message: `${countText(samples)}, of the ${minSamples} each that the test needs${nothingText(samples, minSamples)}`,
    };
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
  return `${canary.length} ${canary.length === 1 ? 'sample' : 'samples'} of the new version and ${stable.length} of stable`;
}

const SIDE_NAMES: Readonly<Record<Side, string>> = { canary: 'the new version', stable: 'stable' };

/** Why there are too few, where the query has given no series: often of what is counted only once it has happened. */
function nothingText(samples: Samples, minSamples: number): string {
  const silent = (['canary', 'stable'] as const)
    .filter(side => samples[side].length < minSamples && samples.nothing[side] > 0)
    .map(side => `for ${SIDE_NAMES[side]} ${samples.nothing[side] === 1 ? 'once' : `${samples.nothing[side]} times`}`);
  if (silent.length === 0) return '';
  return `; the query gave nothing ${silent.join(' and ')}; add "or vector(0)" if nothing means 0`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? high) + high) / 2 : high;
}
