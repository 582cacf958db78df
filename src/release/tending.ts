import { settleDrift } from './drift.ts';
import { makeStage, type Stage } from './stage.ts';

/** Corrections further apart are no fight. */
const CALM_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export interface Tending {
  /** Looks whether something is to be done, unless that is being done. */
  look(): void;
  /** Ends it, and waits until nothing of it is left. */
  stop(why: string): Promise<void>;
}

/**
 * Keeps what the release has written as it is while others may change it: each `look` settles drift, and then does `more`. What is
 * corrected along the way never outlives it, and never keeps it from ending. `fail` is told what cannot be, or must not be, corrected.
 */
export function tend(
  stage: Stage,
  weight: number,
  fail: (error: unknown) => void,
  more: (tender: Stage) => Promise<void> = async () => undefined,
): Tending {
  const { deps } = stage;
  const over = new AbortController();
  const signal = AbortSignal.any([deps.signal, over.signal]);
  const tender = makeStage({ ...stage, deps: { ...deps, signal, cluster: deps.cluster.bound(over.signal) } });
  let work: Promise<void> | undefined;
  let corrections = 0;
  let lastAt = 0;
  let cancelPause: (() => void) | undefined;

  const look = (): void => {
    if (!over.signal.aborted && !cancelPause) work ??= once();
  };
  /** Whoever writes against us again and again must not be answered as fast as the API server lets us. */
  const pause = (): void => {
    const now = deps.clock.now();
    corrections = now - lastAt < CALM_MS ? corrections + 1 : 1;
    lastAt = now;
    if (corrections === 1) return;
    const milliseconds = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (corrections - 2));
    cancelPause = deps.clock.after(milliseconds, () => {
      cancelPause = undefined;
      look();
    });
  };
  const once = async (): Promise<void> => {
    try {
      const isCorrected = await settleDrift(tender, weight);
      await more(tender);
      if (isCorrected) pause();
    } catch (error) {
      if (!over.signal.aborted) fail(error);
    } finally {
      work = undefined;
    }
  };
  return {
    look,
    async stop(why) {
      over.abort(new Error(why));
      cancelPause?.();
      await work;
    },
  };
}
