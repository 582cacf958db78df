import { type Answer, type Incoming, json } from '../server/http/message.ts';
import { type Labels, labelsKey, NAME } from './labels.ts';
import { evaluate, type Source } from './promql/evaluate.ts';
import { numberText, plainNumberText } from './promql/number-text.ts';
import { parseQuery } from './promql/parser.ts';
import { QueryError } from './promql/query-error.ts';
import { durationOf } from './promql/selector.ts';
import { typeOf } from './promql/syntax.ts';
import type { MatrixSeries, Point, Value } from './promql/value.ts';

/** As many points of one series a range query may have. */
const MOST_POINTS = 11_000;

/** `/api/v1/query` and `/api/v1/query_range`, as Prometheus answers them; undefined for any other path. */
export function queryAnswer(source: Source, now: number, incoming: Incoming, path: string): Answer | undefined {
  const ask = { '/api/v1/query': instantQuery, '/api/v1/query_range': rangeQuery }[path];
  if (!ask || !['GET', 'POST'].includes(incoming.method)) return undefined;
  try {
    return json(200, { status: 'success', data: ask(source, parametersOf(incoming), now) });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const body = { status: 'error', errorType: error.type, error: error.message };
    return json(error.type === 'bad_data' ? 400 : 422, body);
  }
}

type Parameters = (name: string) => string | undefined;

function parametersOf({ query, headers, body }: Incoming): Parameters {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const form = new URLSearchParams(isForm ? body.toString() : '');
  return name => form.get(name) ?? query.get(name) ?? undefined;
}

function instantQuery(source: Source, given: Parameters, now: number): unknown {
  const at = timeIn(given, 'time') ?? now;
  const value = evaluate(parseQuery(given('query') ?? ''), at, source);
  return { resultType: value.type, result: resultOf(value, at) };
}

function resultOf(value: Value, at: number): unknown {
  switch (value.type) {
    case 'scalar':
      return [at / 1000, plainNumberText(value.value)];
    case 'vector':
      return value.samples.map(sample => ({ metric: shown(sample.labels), value: pointOf([at, sample.value]) }));
    case 'matrix':
      return value.series.map(seriesOf);
  }
}

function rangeQuery(source: Source, given: Parameters): unknown {
  const start = required(timeIn(given, 'start'), 'start');
  const end = required(timeIn(given, 'end'), 'end');
  if (end < start) throw badParameter('end', 'end timestamp must not be before start time');
  const step = stepIn(given);
  if (step <= 0)
    throw badParameter(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  if ((end - start) / step > MOST_POINTS)
    throw new QueryError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  const expression = parseQuery(given('query') ?? '');
  if (typeOf(expression) === 'range vector')
    throw new QueryError(
      'bad_data',
      'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    );
  const all = new Map<string, MatrixSeries>();
  for (let at = start; at <= end; at += step) {
    const value = evaluate(expression, at, source);
    const samples = value.type === 'scalar' ? [{ labels: {}, value: value.value }] : [];
    for (const sample of value.type === 'vector' ? value.samples : samples) {
      const key = labelsKey(sample.labels);
      const series: MatrixSeries = all.get(key) ?? { labels: sample.labels, points: [] };
      all.set(key, series);
      series.points.push([at, sample.value]);
    }
  }
  const keys = [...all.keys()].sort();
  return { resultType: 'matrix', result: keys.map(key => seriesOf(all.get(key) as MatrixSeries)) };
}

function seriesOf({ labels, points }: MatrixSeries): unknown {
  return { metric: shown(labels), values: points.map(pointOf) };
}

function pointOf([at, value]: Point): [number, string] {
  return [at / 1000, numberText(value)];
}

/** The name comes first, then the labels by theirs. */
function shown(labels: Labels): Labels {
  const names = Object.keys(labels).sort((a, b) => (a === NAME || (a < b && b !== NAME) ? -1 : 1));
  return Object.fromEntries(names.map(name => [name, labels[name] ?? '']));
}

function badParameter(name: string, what: string): QueryError {
  return new QueryError('bad_data', `invalid parameter ${JSON.stringify(name)}: ${what}`);
}

function required(value: number | undefined, name: string): number {
  if (value === undefined) throw badParameter(name, 'cannot parse "" to a valid timestamp');
  return value;
}

/** Seconds since the epoch, or a time of RFC 3339. */
function timeIn(given: Parameters, name: string): number | undefined {
  const text = given(name);
  if (text === undefined || text === '') return undefined;
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isDate ? Date.parse(text) : Math.round(Number(text) * 1000);
  if (!Number.isFinite(time)) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return time;
}

/** Seconds, or a duration such as `15s`. */
function stepIn(given: Parameters): number {
  const text = given('step') ?? '';
  const milliseconds = /^(\d+(ms|[smhdwy]))+$/.test(text)
    ? durationOf(text)
    : Math.round(Number(text || 'none') * 1000);
  if (milliseconds === undefined || !Number.isFinite(milliseconds))
    throw badParameter('step', `cannot parse ${JSON.stringify(text)} to a valid duration`);
  return milliseconds;
}
