import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';

/** The runner kills a cancelled step 7.5 s after SIGINT and at once 2.5 s after the SIGTERM that follows: what must be noted is noted before. */
const GRACE_MS = 4_000;

export interface Cancellation {
  /** Aborted with the first signal: nothing new is begun. */
  readonly stop: AbortSignal;
  /** Aborted when the grace for notes is over, too: requests still under way are given up. */
  readonly giveUp: AbortSignal;
}

/** Listens for the runner's cancel. */
export function onCancel(clock: Clock): Cancellation {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const cancel = (name: string): void => {
    if (stop.signal.aborted) return;
    const reason = new SluiceError('cancelled', `The run was cancelled (${name}).`, {
      hint: 'What was applied stays as it is. Run the workflow again to go on, or deploy the version that you want.',
    });
    stop.abort(reason);
    clock.after(GRACE_MS, () => giveUp.abort(reason));
  };
  process.once('SIGINT', () => cancel('SIGINT'));
  process.once('SIGTERM', () => cancel('SIGTERM'));
  return { stop: stop.signal, giveUp: giveUp.signal };
}
