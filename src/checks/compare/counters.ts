/** Cumulative counters of the processes that count, by name of the process and then by what is counted. */
export type Snapshot = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What was counted since the last look, by what is counted. */
export type Growth = ReadonlyMap<string, number>;

export interface Counters {
  grow(now: Snapshot): Growth;
}

/**
 * Follows cumulative counters from look to look. A process that is seen for the first time is only noted: what it counted before
 * belongs to another time. One that is missing (its scrape failed) is remembered, and what it counted meanwhile comes with its
 * return. One whose `size` (the counter of all requests) is lower than before has started anew: all that it says it has counted since.
 * A counter that the process did not have before begins at zero: those of errors often come with the first error.
 */
export function followCounters(size: string): Counters {
  const known = new Map<string, ReadonlyMap<string, number>>();
  return {
    grow(now) {
      const growth = new Map<string, number>();
      for (const [process, counts] of now) {
        const before = known.get(process);
        known.set(process, counts);
        if (!before) continue;
        const isNew = (counts.get(size) ?? 0) < (before.get(size) ?? 0);
        for (const [key, count] of counts) {
          // A counter that fell while its process went on is one of several processes behind one name: nothing is known of it.
          const grown = Math.max(0, count - (isNew ? 0 : (before.get(key) ?? 0)));
          growth.set(key, (growth.get(key) ?? 0) + grown);
        }
      }
      return growth;
    },
  };
}
