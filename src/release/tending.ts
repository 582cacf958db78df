import { settleDrift } from './drift.ts';
import { makeStage, type Stage } from './stage.ts';

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

  const once = async (): Promise<void> => {
    try {
      await settleDrift(tender, weight);
      await more(tender);
    } catch (error) {
      if (!over.signal.aborted) fail(error);
    } finally {
      work = undefined;
    }
  };
  return {
    look() {
      if (!over.signal.aborted) work ??= once();
    },
    async stop(why) {
      over.abort(new Error(why));
      await work;
    },
  };
}
