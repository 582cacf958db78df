/** Requests by what became of them. */
export interface Count {
  answered: number;
  /** Of the answered ones: those with an error. */
  errors: number;
}

export interface ServiceCounts extends Count {
  sent: number;
  lost: number;
  /** By the track label of the pod that answered; the empty text stands for pods without it. */
  byTrack: Record<string, Count>;
  /** By the image of the container that answered. */
  byImage: Record<string, Count>;
}

export function emptyCounts(): ServiceCounts {
  return { sent: 0, lost: 0, answered: 0, errors: 0, byTrack: {}, byImage: {} };
}

/** Adds one answer. */
export function countAnswer(counts: ServiceCounts, track: string, image: string, isError: boolean): void {
  counts.byTrack[track] ??= { answered: 0, errors: 0 };
  counts.byImage[image] ??= { answered: 0, errors: 0 };
  for (const count of [counts, counts.byTrack[track], counts.byImage[image]]) {
    count.answered += 1;
    if (isError) count.errors += 1;
  }
}

/** The sum over all Services. */
export function sumOf(all: Iterable<ServiceCounts>): ServiceCounts {
  const sum = emptyCounts();
  for (const one of all) {
    for (const key of ['sent', 'lost', 'answered', 'errors'] as const) sum[key] += one[key];
    for (const key of ['byTrack', 'byImage'] as const)
      for (const [name, { answered, errors }] of Object.entries(one[key])) {
        sum[key][name] ??= { answered: 0, errors: 0 };
        sum[key][name].answered += answered;
        sum[key][name].errors += errors;
      }
  }
  return sum;
}
