import type { PrometheusConfig } from '../../config/check-config.ts';
import type { Pair } from '../../release/plan.ts';
import type { Check, CheckContext, Sample } from '../check.ts';
import { eachWorkload } from '../each-workload.ts';
import { filled, inQuery } from '../fill-in.ts';
import { heldAgainst } from '../number.ts';
import { beginningOf, measured } from '../said.ts';
import { type PrometheusAnswer, queryInstant, queryRange } from './client.ts';
import { oneNumber } from './one-number.ts';
import { noDataText, warningText } from './words.ts';

/** Asks Prometheus the user's own query and holds its one number against limits. */
export function prometheusCheck(config: PrometheusConfig, context: CheckContext): Check {
  const { query, windowMs, stepMs, url, service } = config;

  const sampleOne = async (pair: Pair | undefined, signal: AbortSignal): Promise<Sample> => {
    const text = filled(query, inQuery, context, pair, windowMs);
    const answer =
      stepMs === undefined
        ? await queryInstant(config, text, context, pair, signal)
        : await queryRange(config, text, { windowMs, stepMs }, context, pair, signal);
    return sampleOf(answer, text, config, context);
  };
  return {
    config,
    sample: signal =>
      measured(context, () => eachWorkload(context, [query, url, service], pair => sampleOne(pair, signal))),
  };
}

function sampleOf(
  answer: PrometheusAnswer,
  query: string,
  config: PrometheusConfig,
  { redact }: Pick<CheckContext, 'redact'>,
): Sample {
  const found = oneNumber(answer, config.reduce);
  const warning = warningText(answer, redact);
  if ('error' in found) return { outcome: 'error', message: `${answer.from}: ${redact(found.error)}${warning}` };
  if ('noData' in found) {
    const why = answer.series.length === 0 ? 'no series' : `${found.noData},`;
    const message = `${noDataText(config)}: ${answer.from} has ${why} for ${beginningOf(query, redact)}${warning}`;
    return { outcome: 'no-data', message };
  }
  const { outcome, message } = heldAgainst(found.value, config);
  const { length } = answer.series;
  const of = length > 1 ? `${config.reduce} of ${length} series: ` : '';
  const by = outcome === 'fail' ? `; the query was ${beginningOf(query, redact)}` : '';
  return { outcome, message: `${of}${message}${by}${warning}`, value: found.value };
}
