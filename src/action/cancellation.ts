import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';

/**
 * The runner kills a cancelled step 7.5 s after SIGINT, and 2.5 s after the SIGTERM that follows it. What is under way gets
 * the first half of our five seconds to end by itself; noting it and giving the lock back gets the other.
 */
const HALT_MS = 2_000;
const GIVE_UP_MS = 4_500;

export interface Cancellation {
  /** Aborted with the first signal: nothing new is begun. */
  readonly stop: AbortSignal;
  /** Aborted a little later: what the release still has under way is given up. */
  readonly halt: AbortSignal;
  /** Aborted when the grace for notes is over, too. */
  readonly giveUp: AbortSignal;
  /** Nothing is left to be stopped: the process may end. */
  done(): void;
}

/** Listens for the runner's cancel. */
export function onCancel(clock: Clock): Cancellation {
  const [stop, halt, giveUp] = [new AbortController(), new AbortController(), new AbortController()];
  const timers: (() => void)[] = [];
  const cancel = (name: string): void => {
    if (stop.signal.aborted) return;
    const reason = new SluiceError('cancelled', `The run was cancelled (${name}).`, {
      hint: 'What was applied stays as it is. Run the workflow again to go on, or deploy the version that you want.',
    });
    stop.abort(reason);
    timers.push(clock.after(HALT_MS, () => halt.abort(reason)));
    timers.push(clock.after(GIVE_UP_MS, () => giveUp.abort(reason)));
  };
  process.once('SIGINT', () => cancel('SIGINT'));
  process.once('SIGTERM', () => cancel('SIGTERM'));
  return {
    stop: stop.signal,
    halt: halt.signal,
    giveUp: giveUp.signal,
    done: () => {
      for (const clear of timers) clear();
    },
  };
}
