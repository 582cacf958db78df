/** What one side was asked between two looks. Whole numbers: the tests count requests, they do not weigh rates. */
export interface Counts {
  readonly requests: number;
  /** Those of them that failed, or were slow. */
  readonly bad: number;
}

/** One look at both sides, both of which were asked something. */
export interface Look {
  readonly canary: Counts;
  readonly stable: Counts;
}

export const NOTHING: Counts = { requests: 0, bad: 0 };

export const plus = (one: Counts, other: Counts): Counts => ({
  requests: one.requests + other.requests,
  bad: one.bad + other.bad,
});

export interface Pairing {
  /** Undefined while one of the sides has not been asked anything. */
  pair(canary: Counts, stable: Counts): Look | undefined;
  /** Forgets what waits for the other side. */
  clear(): void;
}

/**
 * A look with requests on one side only says nothing of the difference. Scrapes of the two sides come at different moments, though,
 * so that its counts are kept until the other side has some, too. Such a look holds what it promises if the rate was the same
 * while it was put together.
 */
export function openPairing(): Pairing {
  let canaryWaits = NOTHING;
  let stableWaits = NOTHING;
  return {
    pair(canary, stable) {
      assertCounts('the canary', canary);
      assertCounts('stable', stable);
      canaryWaits = plus(canaryWaits, canary);
      stableWaits = plus(stableWaits, stable);
      if (canaryWaits.requests === 0 || stableWaits.requests === 0) return undefined;
      const look = { canary: canaryWaits, stable: stableWaits };
      canaryWaits = NOTHING;
      stableWaits = NOTHING;
      return look;
    },
    clear() {
      canaryWaits = NOTHING;
      stableWaits = NOTHING;
    },
  };
}

function assertCounts(side: string, { requests, bad }: Counts): void {
  if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(bad) || bad < 0 || bad > requests)
    throw new RangeError(`The counts of ${side} are not counts: ${bad} bad of ${requests} requests`);
}
