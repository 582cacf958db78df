/** Cumulative counters of the processes that count, by name of the process and then by that of the counter. */
export type Snapshot = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What was counted since the last look, by name of the counter. */
export type Growth = ReadonlyMap<string, number>;

export interface Counters {
  grow(now: Snapshot): Growth;
}

/**
 * Follows cumulative counters from look to look. A process that is seen for the first time is only noted: what it counted before
 * belongs to another time. One that is missing (its scrape failed) is remembered, and so is a counter that is: what was counted
 * meanwhile comes with its return. Where a counter is lower than before, its process has started anew, and all that it says it has
 * counted since. A counter that a known process did not have begins at zero: those of errors often come with the first error.
 */
export function followCounters(): Counters {
  const known = new Map<string, Map<string, number>>();
  return {
    grow(now) {
      const growth = new Map<string, number>();
      for (const [process, counts] of now) {
        const before = known.get(process);
        if (!before) {
          known.set(process, new Map(counts));
          continue;
        }
        const isAnew = [...counts].some(([key, count]) => count < (before.get(key) ?? 0));
        if (isAnew) before.clear();
        for (const [key, count] of counts) {
          growth.set(key, (growth.get(key) ?? 0) + count - (before.get(key) ?? 0));
          before.set(key, count);
        }
      }
      return growth;
    },
  };
}
