import type { Operation, Sample } from './contenders.ts';

/** Medians of the rounds of one size and operation. */
export interface Result {
  /** Deployments, each with its Service. */
  pairs: number;
  operation: Operation;
  sluice: Sample;
  kubectl?: Sample;
}

const FIGURES = [
  'wallMs',
  'applyMs',
  'connections',
  'requests',
  'writes',
  'memoryMiB',
  'cpuMs',
  'startUpMs',
] as const satisfies readonly (keyof Sample)[];

/** Figure by figure the median; peak memory is the highest of all rounds. */
export function medianOf(samples: readonly Sample[]): Sample {
  const median: Partial<Sample> = {};
  for (const figure of FIGURES) {
    const values = samples.flatMap(sample => sample[figure] ?? []).sort((a, b) => a - b);
    const value = figure === 'memoryMiB' ? values.at(-1) : values[values.length >> 1];
    if (value !== undefined) median[figure] = value;
  }
  return { wallMs: 0, connections: 0, ...median };
}
