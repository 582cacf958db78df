import type { CompareConfig } from '../../config/check-config.ts';
import type { Pair } from '../../release/plan.ts';
import type { Check, CheckContext, Sample } from '../check.ts';
import { queryInstant } from '../prometheus/client.ts';
import { metricsOf, type Side, sourceFault, sourceOf, versionOf } from '../prometheus/sources.ts';
import { measured } from '../said.ts';
import { worstOf } from '../worst.ts';
import type { Snapshot } from './counters.ts';
import { countsQuery, snapshotOf } from './counts.ts';
import { openStudy, type Study } from './study.ts';

/** Compares the new version's requests with stable's by a sequential test, which goes on from hold to hold. */
export function compareCheck(config: CompareConfig, context: CheckContext): Check {
  const { facts, memory } = context;
  // Without a Service there are no requests.
  const pairs = context.pairs.filter(({ service }) => service !== undefined);
  const fault =
    pairs.length === 0
      ? 'no Service selects a workload of the release'
      : sourceFault(config, facts.router, { baseline: config.baseline });
  const key = `compare ${config.name}`;
  const known = memory.get(key) as readonly Study[] | undefined;
  // Each workload may raise an alarm: all together at most with the chance that was asked for.
  const studies = known ?? pairs.map(pair => openStudy(config, config.alpha / pairs.length, namesOf(pair)));
  memory.set(key, studies);
  for (const study of studies) study.newHold();

  const sampleOne = async (pair: Pair, study: Study, signal: AbortSignal, isLast: boolean): Promise<Sample> => {
    const [canary, stable] = await Promise.all([
      countsOf(config, pair, 'canary', context, signal),
      countsOf(config, pair, config.baseline ? 'baseline' : 'stable', context, signal),
    ]);
    return study.look(canary, stable, context.clock.now(), isLast);
  };
  return {
    config,
    sample: (signal, isLast) =>
      measured(context, async () => {
        if (fault !== undefined) throw new Error(fault);
        const samples = pairs.map((pair, index) => sampleOne(pair, studies[index] as Study, signal, isLast));
        return worstOf(await Promise.all(samples));
      }),
  };
}

async function countsOf(
  config: CompareConfig,
  pair: Pair,
  side: Side,
  context: CheckContext,
  signal: AbortSignal,
): Promise<Snapshot> {
  const version = versionOf(pair, side, context.view);
  const metrics = metricsOf(sourceOf(config, context.facts.router), version, config);
  const { series, warnings, from } = await queryInstant(config, countsQuery(config.of, metrics), context, pair, signal);
  // What is left out of one answer and comes with the next looks like requests of a moment.
  if (warnings.length > 0) throw new Error(`${from} warns that its answer may not be whole: ${warnings[0]}`);
  return snapshotOf(config.of, series, metrics);
}

function namesOf({ twin, stable, baseline }: Pair): { canary: string; stable: string } {
  // A StatefulSet has both versions.
  return twin.name === stable.name
    ? { canary: `the new version of ${stable.name}`, stable: 'the old one' }
    : { canary: twin.name, stable: (baseline ?? stable).name };
}
