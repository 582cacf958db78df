import type { Sample } from './family.ts';
import { type Labels, labelsKey } from './labels.ts';
import type { Matcher } from './promql/syntax.ts';

/** One series with its samples, oldest first. */
export interface Series {
  labels: Labels;
  /** Milliseconds of the clock. */
  times: readonly number[];
  /** Undefined marks that the series has gone: nothing before it counts for an instant. */
  values: readonly (number | undefined)[];
}

/** What scrapes found, for a while. */
export interface History {
  /** Takes in one scrape: a series of the last one that it lacks is stale from now on. */
  append(at: number, samples: Iterable<Sample>): void;
  /** In the order in which they were first seen. */
  select(matchers: readonly Matcher[]): Series[];
}

interface KeptSeries extends Series {
  times: number[];
  values: (number | undefined)[];
}

/** What is older than `keptMs` is forgotten. */
export function createHistory(keptMs: number): History {
  const all = new Map<string, KeptSeries>();

  function forget(before: number): void {
    for (const [key, { times, values }] of all) {
      const first = times.findIndex(time => time >= before);
      if (first < 0) all.delete(key);
      else if (first > 0) {
        times.splice(0, first);
        values.splice(0, first);
      }
    }
  }

  return {
    append(at, samples) {
      forget(at - keptMs);
      for (const { labels, value } of samples) {
        const key = labelsKey(labels);
        const series = all.get(key) ?? { labels, times: [], values: [] };
        all.set(key, series);
        series.times.push(at);
        series.values.push(value);
      }
      for (const { times, values } of all.values()) {
        if (times.at(-1) === at || values.at(-1) === undefined) continue;
        times.push(at);
        values.push(undefined);
      }
    },
    select: matchers =>
      [...all.values()].filter(({ labels }) => matchers.every(({ label, fits }) => fits(labels[label] ?? ''))),
  };
}
