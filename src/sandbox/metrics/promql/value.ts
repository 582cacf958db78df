import { type Labels, labelsKey, NAME, withoutLabels } from '../labels.ts';
import { QueryError } from './query-error.ts';

export interface VectorSample {
  labels: Labels;
  value: number;
}

export type Vector = readonly VectorSample[];

/** Time in milliseconds, and value. */
export type Point = readonly [number, number];

export interface MatrixSeries {
  labels: Labels;
  points: Point[];
}

export type Value =
  | { type: 'scalar'; value: number }
  | { type: 'vector'; samples: Vector }
  | { type: 'matrix'; series: MatrixSeries[] };

/** What is made of numbers no longer has the metric's name; then no two may be the same. */
export function nameless(samples: Vector): Vector {
  return distinct(samples.map(({ labels, value }) => ({ labels: withoutLabels(labels, [NAME]), value })));
}

export function distinct(samples: Vector): Vector {
  const keys = new Set(samples.map(({ labels }) => labelsKey(labels)));
  if (keys.size < samples.length)
    throw new QueryError('execution', 'vector cannot contain metrics with the same labelset');
  return samples;
}
