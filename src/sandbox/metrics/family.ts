import { addTally, cumulative, newTally, type Tally } from './buckets.ts';
import { type Labels, labelsKey, NAME } from './labels.ts';

export interface Sample {
  /** With the metric's name among them. */
  labels: Labels;
  value: number;
}

/** One metric with all its series. */
export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'histogram';
  samples: Sample[];
}

/** What was counted, under the labels that a program gives it. */
export interface Counted {
  labels: Labels;
  tally: Tally;
}

/** Gives each count its labels, once for as long as it is counted; those without a value are left out, as by Prometheus. */
export function labelled<Count extends { tally: Tally }>(
  labelsOf: (count: Count) => Labels,
): (counts: readonly Count[]) => Counted[] {
  const known = new WeakMap<Count, Labels>();
  return counts =>
    counts.map(count => {
      const labels =
        known.get(count) ?? Object.fromEntries(Object.entries(labelsOf(count)).filter(([, value]) => value !== ''));
      known.set(count, labels);
      return { labels, tally: count.tally };
    });
}

/** Adds up what has the same labels. */
function merged(counted: readonly Counted[]): Counted[] {
  const sums = new Map<string, Counted>();
  for (const { labels, tally } of counted) {
    const key = labelsKey(labels);
    const sum = sums.get(key) ?? { labels, tally: newTally() };
    addTally(sum.tally, tally);
    sums.set(key, sum);
  }
  return [...sums.values()];
}

/** Labels of the series of a metric, in their order, by the labels of what was counted. */
const series = new WeakMap<Labels, Map<string, readonly Labels[]>>();

function seriesOf(labels: Labels, metric: string, make: () => readonly Labels[]): readonly Labels[] {
  const ofMetrics = series.get(labels) ?? new Map<string, readonly Labels[]>();
  series.set(labels, ofMetrics);
  const all = ofMetrics.get(metric) ?? make();
  ofMetrics.set(metric, all);
  return all;
}

export function counterFamily(name: string, help: string, counted: readonly Counted[]): Family {
  const samples = merged(counted).flatMap(({ labels, tally }) =>
    seriesOf(labels, name, () => [{ [NAME]: name, ...labels }]).map(one => ({ labels: one, value: tally.total })),
  );
  return { name, help, type: 'counter', samples };
}

/** `perUnit`: milliseconds in the unit that the metric is in. */
export function histogramFamily(
  name: string,
  help: string,
  { bounds, perUnit }: { bounds: readonly number[]; perUnit: number },
  counted: readonly Counted[],
): Family {
  const les = [...bounds.map(bound => String(bound / perUnit)), '+Inf'];
  const make = (labels: Labels) => (): Labels[] => [
    ...les.map(le => ({ [NAME]: `${name}_bucket`, ...labels, le })),
    { [NAME]: `${name}_sum`, ...labels },
    { [NAME]: `${name}_count`, ...labels },
  ];
  const samples = merged(counted).flatMap(({ labels, tally }) => {
    const values = [...cumulative(tally, bounds), tally.total, tally.sumMs / perUnit, tally.total];
    return seriesOf(labels, name, make(labels)).map((one, index) => ({ labels: one, value: values[index] ?? 0 }));
  });
  return { name, help, type: 'histogram', samples };
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The text that Prometheus scrapes. */
export function expositionText(families: readonly Family[]): string {
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(lineOf),
    ]);
  return lines.map(line => `${line}\n`).join('');
}

function lineOf({ labels, value }: Sample): string {
  const { [NAME]: name, ...rest } = labels;
  const inner = Object.entries(rest).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name ?? ''}${inner.length > 0 ? `{${inner.join(',')}}` : ''} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
