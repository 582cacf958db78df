/** A time in seconds since the epoch, and the number as Prometheus writes it. */
export type Point = readonly [time: number, number: string];

export interface Series {
  labels: Readonly<Record<string, string>>;
  points: readonly Point[];
}

export interface Result {
  /** A scalar or a text is one series without labels. */
  type: 'vector' | 'matrix' | 'scalar' | 'string';
  series: readonly Series[];
  /** What Prometheus has to say of its own answer, as that a part of the data was not there. */
  warnings: readonly string[];
}

/** The result in an answer of Prometheus' API; undefined where the JSON is none. */
export function resultIn(json: unknown): Result | undefined {
  const { status, data, warnings, isPartial } = mapping(json);
  const { resultType, result } = mapping(data);
  if (status !== 'success') return undefined;
  const series = seriesIn(resultType, result);
  if (!series) return undefined;
  const said = Array.isArray(warnings) ? warnings.map(String) : [];
  // As VictoriaMetrics says it.
  if (isPartial === true) said.push('the answer is partial');
  return { type: resultType as Result['type'], series, warnings: said };
}

function seriesIn(type: unknown, result: unknown): Series[] | undefined {
  if (type === 'scalar' || type === 'string') {
    const point = pointIn(result);
    return point && [{ labels: {}, points: [point] }];
  }
  if ((type !== 'vector' && type !== 'matrix') || !Array.isArray(result)) return undefined;
  const all = result.map(one => (type === 'vector' ? sampleIn(one) : rowIn(one)));
  return all.every(one => one !== undefined) ? all : undefined;
}

function sampleIn(one: unknown): Series | undefined {
  const { metric, value, histogram } = mapping(one);
  if (histogram !== undefined) throw nativeHistogram();
  const point = pointIn(value);
  return point && { labels: labelsIn(metric), points: [point] };
}

function rowIn(one: unknown): Series | undefined {
  const { metric, values, histograms } = mapping(one);
  if (histograms !== undefined) throw nativeHistogram();
  if (!Array.isArray(values)) return undefined;
  const points = values.map(pointIn);
  return points.every(point => point !== undefined) ? { labels: labelsIn(metric), points } : undefined;
}

function nativeHistogram(): Error {
  return new Error(
    'Prometheus answered with native histograms, which are no numbers; ask for one by histogram_quantile, histogram_fraction or histogram_count',
  );
}

function pointIn(value: unknown): Point | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [time, number] = value as unknown[];
  return typeof time === 'number' && typeof number === 'string' ? [time, number] : undefined;
}

function labelsIn(metric: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(mapping(metric)).map(([name, value]) => [name, String(value)]));
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
