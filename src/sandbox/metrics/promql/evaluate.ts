import type { Series } from '../history.ts';
import { type Labels, labelsKey, NAME, onlyLabels, withoutLabels } from '../labels.ts';
import { applyBinary } from './binary.ts';
import { histogramQuantile } from './quantile.ts';
import { increaseOf } from './rate.ts';
import type { Aggregation, Aggregator, Call, Expression, Matcher, Selector } from './syntax.ts';
import { type MatrixSeries, nameless, type Point, type Value, type Vector, type VectorSample } from './value.ts';

/** An instant sees the newest sample that is no older than this. */
const LOOKBACK = 5 * 60_000;

export interface Source {
  select(matchers: readonly Matcher[]): readonly Series[];
}

/** The answer at one moment, as Prometheus 2 gives it: both edges of a range belong to it (Prometheus 3 leaves the first out). */
export function evaluate(expression: Expression, at: number, source: Source): Value {
  const inner = (one: Expression): Value => evaluate(one, at, source);
  switch (expression.type) {
    case 'number':
      return { type: 'scalar', value: expression.value };
    case 'selector':
      if (expression.range !== undefined) return { type: 'matrix', series: rangeOf(expression, at, source) };
      return { type: 'vector', samples: instantOf(expression, at, source) };
    case 'negation': {
      const of = inner(expression.of);
      if (of.type === 'scalar') return { type: 'scalar', value: -of.value };
      const samples = vectorOf(of).map(({ labels, value }) => ({ labels, value: -value }));
      return { type: 'vector', samples: nameless(samples) };
    }
    case 'aggregation':
      return { type: 'vector', samples: aggregate(expression, vectorOf(inner(expression.of))) };
    case 'call':
      return { type: 'vector', samples: call(expression, at, source) };
    case 'binary':
      return applyBinary(expression, inner(expression.left), inner(expression.right));
  }
}

/** Where the samples begin that are later. */
function placeAfter(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function instantOf({ matchers, offset }: Selector, at: number, source: Source): VectorSample[] {
  const moment = at - offset;
  return source.select(matchers).flatMap(({ labels, times, values }) => {
    const place = placeAfter(times, moment) - 1;
    const [time, value] = [times[place], values[place]];
    return time === undefined || value === undefined || time < moment - LOOKBACK ? [] : [{ labels, value }];
  });
}

function rangeOf({ matchers, offset, range = 0 }: Selector, at: number, source: Source): MatrixSeries[] {
  const end = at - offset;
  return source.select(matchers).flatMap(({ labels, times, values }) => {
    const points: Point[] = [];
    for (let place = placeAfter(times, end) - 1; place >= 0; place -= 1) {
      const [time = 0, value] = [times[place], values[place]];
      if (time < end - range) break;
      if (value !== undefined) points.push([time, value]);
    }
    return points.length > 0 ? [{ labels, points: points.reverse() }] : [];
  });
}

function call({ name, given }: Call, at: number, source: Source): Vector {
  const [first, second] = given as [Expression, Expression];
  const value = (of: Expression): Value => evaluate(of, at, source);
  switch (name) {
    case 'rate':
    case 'increase':
      return growth(first as Selector, name === 'rate', at, source);
    case 'vector':
      return [{ labels: {}, value: scalarOf(value(first)) }];
    case 'histogram_quantile':
      return histogramQuantile(scalarOf(value(first)), vectorOf(value(second)));
    case 'clamp_min':
    case 'clamp_max': {
      const limit = scalarOf(value(second));
      const clamp = name === 'clamp_min' ? Math.max : Math.min;
      return nameless(vectorOf(value(first)).map(sample => ({ ...sample, value: clamp(limit, sample.value) })));
    }
  }
}

function growth(selector: Selector, perSecond: boolean, at: number, source: Source): Vector {
  const { range = 0, offset } = selector;
  const end = at - offset;
  const samples = rangeOf(selector, at, source).flatMap(({ labels, points }) => {
    const increase = increaseOf(points, end - range, end);
    return increase === undefined ? [] : [{ labels, value: perSecond ? increase / (range / 1000) : increase }];
  });
  return nameless(samples);
}

function aggregate({ operator, keeps, labels: names }: Aggregation, samples: Vector): Vector {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of samples) {
    const own = keeps ? onlyLabels(labels, names) : withoutLabels(labels, [NAME, ...names]);
    const key = labelsKey(own);
    const group = groups.get(key) ?? { labels: own, values: [] };
    groups.set(key, group);
    group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: together(operator, values) }));
}

function together(operator: Aggregator, values: readonly number[]): number {
  // What is not a number is least and greatest only where there is nothing else.
  const numbers = values.filter(value => !Number.isNaN(value));
  const sum = values.reduce((total, value) => total + value, 0);
  switch (operator) {
    case 'sum':
      return sum;
    case 'count':
      return values.length;
    case 'avg':
      return sum / values.length;
    case 'max':
      return numbers.length > 0 ? Math.max(...numbers) : Number.NaN;
    case 'min':
      return numbers.length > 0 ? Math.min(...numbers) : Number.NaN;
  }
}

function vectorOf(value: Value): Vector {
  if (value.type === 'vector') return value.samples;
  throw new Error(`The parser lets no ${value.type} in here`);
}

function scalarOf(value: Value): number {
  if (value.type === 'scalar') return value.value;
  throw new Error(`The parser lets no ${value.type} in here`);
}
