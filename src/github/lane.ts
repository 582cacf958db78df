import type { Clock } from '../clock.ts';
import { GitHubError, type Patience } from './github.ts';

/** How long one question may take while the release goes on: nobody waits for it, but what comes after it does. */
const PATIENCE_MS = 30_000;

/** How long the next question may take; throws where what asks has been given up meanwhile. */
export type NextPatience = () => Patience;

/** What a follower asks of GitHub, one after another, and beside the release. */
export interface Lane {
  /** Begins when all that was asked for before is over, never at once; resolves when it is over, or is not to begin any more. `work` must not reject. */
  run(work: (patience: NextPatience) => Promise<void>): Promise<void>;
  /**
   * Waits for the last words (which ask in this lane), at most so many milliseconds; true where they have come to an end. What
   * was under way before gets half of the time, so that the last words have the rest. Nothing is under way afterwards.
   */
  end(lastWords: () => Promise<unknown>, forMs: number): Promise<boolean>;
}

export function openLane(clock: Clock): Lane {
  let tail: Promise<void> = Promise.resolve();
  let current: AbortController | undefined;
  let closesAt = Number.POSITIVE_INFINITY;
  let isClosed = false;

  async function begin(work: (patience: NextPatience) => Promise<void>): Promise<void> {
    if (isClosed) return;
    const own = new AbortController();
    current = own;
    await work(() => {
      own.signal.throwIfAborted();
      return { forMs: Math.min(PATIENCE_MS, closesAt - clock.now()), signal: own.signal };
    });
    current = undefined;
  }

  function run(work: (patience: NextPatience) => Promise<void>): Promise<void> {
    tail = tail.then(() => begin(work));
    return tail;
  }

  return {
    run,
    async end(lastWords, forMs) {
      closesAt = clock.now() + forMs;
      const earlier = current;
      const stopWaiting = clock.after(forMs / 2, () => earlier?.abort(noAnswer()));
      const late = Promise.withResolvers<boolean>();
      const stopCounting = clock.after(forMs, () => late.resolve(false));
      try {
        return await Promise.race([lastWords().then(() => true), late.promise]);
      } finally {
        stopWaiting();
        stopCounting();
        isClosed = true;
        current?.abort(noAnswer());
      }
    },
  };
}

export function noAnswer(): GitHubError {
  return new GitHubError('unreachable', 'GitHub gave no answer before the run had to end.');
}
