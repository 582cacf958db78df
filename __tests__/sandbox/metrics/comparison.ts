import { expect } from '@jest/globals';
import { createHistory, type History } from '../../../src/sandbox/metrics/history.ts';
import { type Labels, labelsKey } from '../../../src/sandbox/metrics/labels.ts';
import type { PrometheusAnswer } from './prometheus.ts';

export interface Found {
  metric: Labels;
  value?: [number, string];
  values?: [number, string][];
}

export async function found(answer: Promise<PrometheusAnswer>): Promise<Found[]> {
  return (await answer).data.result as Found[];
}

/** In milliseconds, each once, in order. */
export function timesOf(raw: readonly Found[]): number[] {
  const times = raw.flatMap(({ values = [] }) => values.map(([time]) => Math.round(time * 1000)));
  return [...new Set(times)].sort((a, b) => a - b);
}

/** The very samples that Prometheus has: each time is one scrape, and what it lacks ended with it. */
export function loaded(raw: readonly Found[]): History {
  const byTime = new Map<number, { labels: Labels; value: number }[]>(timesOf(raw).map(time => [time, []]));
  for (const { metric, values = [] } of raw)
    for (const [time, value] of values)
      byTime.get(Math.round(time * 1000))?.push({ labels: metric, value: Number(value) });
  const history = createHistory(3_600_000);
  for (const [time, samples] of byTime) history.append(time, samples);
  return history;
}

export function expectSame(ours: PrometheusAnswer, theirs: PrometheusAnswer, given: object): void {
  expect({ given, status: ours.status, type: ours.data.resultType }).toEqual({
    given,
    status: theirs.status,
    type: theirs.data.resultType,
  });
  const [own, real] = [numbersOf(ours), numbersOf(theirs)];
  expect({ given, series: [...own.keys()].sort() }).toEqual({ given, series: [...real.keys()].sort() });
  for (const [key, numbers] of real) {
    const other = own.get(key) ?? [];
    const differing = numbers.filter((number, index) => !isNear(number, other[index]));
    expect({ given, key, differing, count: other.length }).toEqual({
      given,
      key,
      differing: [],
      count: numbers.length,
    });
  }
}

/** Of each series times and values, one after another. */
function numbersOf({ data }: PrometheusAnswer): Map<string, number[]> {
  if (data.resultType === 'scalar') return new Map([['', (data.result as string[]).map(numberOf)]]);
  return new Map(
    (data.result as Found[]).map(({ metric, value, values = [] }) => [
      labelsKey(metric),
      [...(value ? [value] : []), ...values].flat().map(numberOf),
    ]),
  );
}

function numberOf(text: number | string): number {
  return Number(String(text).replace('Inf', 'Infinity'));
}

function isNear(one: number, other: number | undefined): boolean {
  if (other === undefined) return false;
  return Object.is(one, other) || Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one));
}
