import type { CompareConfig } from '../../config/check-config.ts';
import { numberOf } from '../number.ts';
import type { Series } from '../prometheus/result.ts';
import type { Metrics } from '../prometheus/sources.ts';
import type { Snapshot } from './counters.ts';
import { ALL, BAD, GOOD } from './study.ts';

/**
 * Labels of scrapes, and not of what was counted: two monitors of one pod, or two replicas of Prometheus, must not count each
 * request twice, since the test would be twice as certain as it may be.
 */
const OF_SCRAPES = ['job', 'endpoint', 'prometheus', 'prometheus_replica', 'replica', 'monitor'];

/** The query for the cumulative counters of one version: by process, and by what tells bad requests from good ones. */
export function countsQuery(of: CompareConfig['of'], { requests, buckets, process, ends }: Metrics): string {
  const [metric, by] = of === 'errors' ? [requests, ends] : [buckets, ['le']];
  const kept = [...process, ...by];
  const dropped = OF_SCRAPES.filter(label => !kept.includes(label));
  return `sum by (${kept.join(', ')}) (max without (${dropped.join(', ')}) (${metric}))`;
}

/** The answer to such a query. A number that is none is left out: its process is looked at again with its next scrape. */
export function snapshotOf(of: CompareConfig['of'], series: readonly Series[], metrics: Metrics): Snapshot {
  const processes = new Map<string, Map<string, number>>();
  for (const { labels, points } of series) {
    const found = numberOf(points.at(-1)?.[1]);
    if (!('value' in found)) continue;
    const name = metrics.process.map(label => labels[label] ?? '').join(' ');
    const counts = processes.get(name) ?? new Map<string, number>();
    processes.set(name, counts);
    const key = of === 'errors' ? endKey(labels, metrics) : boundKey(labels, metrics);
    counts.set(key, found.value);
  }
  return processes;
}

function endKey(labels: Series['labels'], { isFailed, ends }: Metrics): string {
  return [isFailed(labels) ? BAD : GOOD, ...ends.map(label => labels[label] ?? '')].join(' ');
}

/** The upper bound in seconds. */
function boundKey({ le = '' }: Series['labels'], { second }: Metrics): string {
  return le === '+Inf' ? ALL : String(Number(le) / second);
}
