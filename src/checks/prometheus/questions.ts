import type { MetricSource, QuestionConfig } from '../../config/check-config.ts';
import { formatDuration } from '../../config/values.ts';
import { refText } from '../../kube.ts';
import type { Pair } from '../../release/plan.ts';
import type { Check, CheckContext, Sample } from '../check.ts';
import { formatNumber, heldAgainst } from '../number.ts';
import { measured } from '../said.ts';
import { worstOf } from '../worst.ts';
import { queryInstant } from './client.ts';
import { oneNumber } from './one-number.ts';
import { grown, selectorWith } from './selectors.ts';
import { isCounted, type Metrics, metricsOf, outlivesPods, sourceFault, sourceOf, versionOf } from './sources.ts';
import { noDataText, warningText } from './words.ts';

/** What a question comes to: the number, and that of the requests which it is made of. */
interface Asked {
  number: string;
  requests: string;
  /** What must be there for it to have an answer. */
  needs: string;
}

interface Form {
  ask(metrics: Metrics, window: string): Asked;
  unit: string;
  words(number: string, requests: string): string;
  /** The same of a number that is not good; undefined where that has no other words. */
  ill?(number: string, value: number, requests: number, window: string): string | undefined;
}

const FORMS: Readonly<Record<QuestionConfig['kind'], Form>> = {
  'success-rate': {
    ask: ({ requests, failed }, window) => ({
      // One division of whole numbers: a rate that is just at the limit is not rounded to below it.
      number: `100 * (${sum([requests], window)} - (${sum(failed, window)} or vector(0))) / ${sum([requests], window)}`,
      requests: sum([requests], window),
      needs: requests,
    }),
    unit: ' %',
    words: (number, requests) => `${number} of ${requests} answered well`,
    ill(number, rate, all, window) {
      const failed = Math.round(all * (1 - rate / 100));
      if (failed < 1) return undefined;
      return `${formatNumber(failed)} of ${requestsText(all, window)} failed (${number} answered well)`;
    },
  },
  'latency-p99': {
    ask: ({ buckets, second }, window) => ({
      number: `histogram_quantile(0.99, sum by (le) (${grown([buckets], window)}))${second === 1 ? '' : ` / ${second}`}`,
      requests: sum([selectorWith(buckets, 'le', '+Inf')], window),
      needs: buckets,
    }),
    unit: ' s',
    words: (number, requests) => `99 % of ${requests} took at most ${number}`,
  },
  'error-count': {
    ask: ({ requests, failed }, window) => ({
      number: `(${sum(failed, window)} or vector(0)) and ${sum([requests], window)} > 0`,
      requests: sum([requests], window),
      needs: requests,
    }),
    unit: '',
    words: (number, requests) => `${number} of ${requests} ended in an error`,
  },
};

function sum(selectors: readonly string[], window: string): string {
  return `sum(${grown(selectors, window)})`;
}

/** The queries of a ready-made question about the new version of one pair. */
export function questionQueries(
  config: QuestionConfig,
  pair: Pair,
  context: Pick<CheckContext, 'facts' | 'view' | 'clock'>,
): Asked {
  const { facts, view } = context;
  const metrics = metricsOf(sourceOf(config, facts.router), versionOf(pair, 'canary', view), config);
  return FORMS[config.kind].ask(metrics, formatDuration(windowOf(config, context)));
}

/** Never back to requests that were another release's, whose twin had the same Service. */
function windowOf(config: QuestionConfig, { facts, clock }: Pick<CheckContext, 'facts' | 'clock'>): number {
  if (!outlivesPods(sourceOf(config, facts.router))) return config.windowMs;
  const age = Math.floor((clock.now() - facts.startedAt) / 1000) * 1000;
  return Math.min(config.windowMs, Math.max(1000, age));
}

/** Asks about the new version's requests, by what the source of the metrics calls them. */
export function questionCheck(config: QuestionConfig, context: CheckContext): Check {
  const { facts, pairs } = context;
  const source = sourceOf(config, facts.router);
  const fault = sourceFault(config, facts.router);
  const asked = askedPairs(pairs);

  const sample = async (signal: AbortSignal, isLast: boolean): Promise<Sample> => {
    if (fault !== undefined) throw new Error(fault);
    const samples = asked.map(async pair => {
      const one = await sampleOne(config, source, pair, context, signal, isLast);
      return asked.length > 1 ? { ...one, message: `${refText(pair.stable)}: ${one.message}` } : one;
    });
    return worstOf(await Promise.all(samples));
  };
  return { config, sample: (signal, isLast) => measured(context, () => sample(signal, isLast)) };
}

/** A workload that no Service selects gets no requests, unless there is no other. */
function askedPairs(pairs: readonly Pair[]): readonly Pair[] {
  const served = pairs.filter(({ service }) => service !== undefined);
  return served.length > 0 ? served : pairs;
}

async function sampleOne(
  config: QuestionConfig,
  source: MetricSource,
  pair: Pair,
  context: CheckContext,
  signal: AbortSignal,
  isLast: boolean,
): Promise<Sample> {
  const { redact, view } = context;
  if (!isCounted(source, versionOf(pair, 'canary', view)))
    throw new Error(
      `${source} counts requests by Service, and no Service selects ${refText(pair.stable)}; choose the source plain`,
    );
  const { number, requests, needs } = questionQueries(config, pair, context);
  const [answer, countAnswer] = await Promise.all([
    queryInstant(config, number, context, pair, signal),
    queryInstant(config, requests, context, pair, signal),
  ]);
  const found = oneNumber(answer, undefined);
  const count = oneNumber(countAnswer, undefined);
  const window = formatDuration(windowOf(config, context));
  const warning = warningText(answer, redact);
  if ('error' in found) throw new Error(`${answer.from}: ${found.error}${warning}`);
  const tooFew = (why: string): Sample =>
    isLast
      ? { outcome: 'no-data', message: `${noDataText(config)}: ${why}${warning}` }
      : { outcome: 'too-early', message: `${why}${warning}` };
  if ('noData' in found) {
    if ('value' in count) return tooFew(`no request to the new version of ${refText(pair.stable)} within ${window}`);
    const why = `${answer.from} has no series ${needs}; is it scraped, and do source, labels and metrics say what it is called there`;
    return { outcome: 'no-data', message: `${noDataText(config)}: ${why}${warning}` };
  }
  const requestCount = 'value' in count ? Math.round(count.value) : undefined;
  const { value } = found;
  const { said, verdict, outcome } = judged(config, value, requestCount, window);
  if (requestCount !== undefined && requestCount < config.minRequests && !isBeyondMending(config, value))
    return { ...tooFew(`${said}: too few to judge, ${config.minRequests} are needed (min-requests)`), value };
  return { outcome, message: `${said}, ${verdict}${warning}`, value };
}

/** More requests do not make errors fewer. */
function isBeyondMending({ kind, max }: QuestionConfig, value: number): boolean {
  return kind === 'error-count' && max !== undefined && value > max;
}

function judged(
  config: QuestionConfig,
  value: number,
  requests: number | undefined,
  window: string,
): { outcome: 'pass' | 'fail'; said: string; verdict: string } {
  const { unit, words, ill } = FORMS[config.kind];
  const { outcome, message } = heldAgainst(value, config, unit);
  const [number = '', verdict = ''] = message.split(', ');
  const own = outcome === 'fail' && requests !== undefined ? ill?.(number, value, requests, window) : undefined;
  return { outcome, verdict, said: own ?? words(number, requestsText(requests, window)) };
}

/** `1,480 requests in 1m`. */
function requestsText(count: number | undefined, window: string): string {
  const many = count === undefined ? 'the' : formatNumber(count);
  return `${many} ${count === 1 ? 'request' : 'requests'} in ${window}`;
}
