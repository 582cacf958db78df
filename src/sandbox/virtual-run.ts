import type { VirtualClock } from './virtual-clock.ts';

export interface VirtualRunOptions {
  /** Milliseconds of virtual time that the promise may take; an hour where absent. */
  limitMs?: number;
}

const HOUR_MS = 3_600_000;
/** Rounds of the event loop in which nothing at all happens, after which nothing is expected any more. */
const IDLE_ROUNDS = 20;

/**
 * Drives a virtual clock until the promise is settled, and answers as it does. Between two calls of the clock everything
 * that can go on without it does: promises and ticks, whatever chain they form. What waits for a socket, a file or a real
 * timer is not waited for: such a promise is a deadlock here.
 */
export async function runVirtual<T>(
  clock: VirtualClock,
  promise: Promise<T>,
  { limitMs = HOUR_MS }: VirtualRunOptions = {},
): Promise<T> {
  const limit = clock.now() + limitMs;
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  // The promise's own rejection is told by the return of the promise below.
  promise.then(settle, settle);
  for (;;) {
    await quiet(clock);
    if (settled) return promise;
    const due = clock.nextDue();
    if (due === undefined) {
      await lastChance(clock, () => settled);
      if (settled) return promise;
      if (clock.nextDue() === undefined)
        throw new Error(
          `Deadlock at ${at(clock)}: the promise is pending, and no call of the virtual clock is waiting that could settle it.`,
        );
    } else if (due > limit) {
      throw new Error(
        `The promise is still pending after ${limitMs} ms of virtual time, at ${at(clock)}; the next call of the clock is due at ${new Date(due).toISOString()}.`,
      );
    } else clock.advanceToNext();
  }
}

/** Lets everything happen that needs no time to pass: over when two rounds of the event loop have asked nothing of the clock. */
export async function quiet(clock: VirtualClock): Promise<void> {
  for (let asked = -1; asked !== clock.asked; ) {
    asked = clock.asked;
    await nextRound();
    // What goes on in the next round by itself (setImmediate) comes after our own call in this one.
    await nextRound();
  }
}

async function lastChance(clock: VirtualClock, isOver: () => boolean): Promise<void> {
  for (let round = 0; round < IDLE_ROUNDS && !isOver() && clock.nextDue() === undefined; round += 1) await nextRound();
}

/** Promises and ticks are all through before the event loop turns to what was asked for by setImmediate. */
function nextRound(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

function at(clock: VirtualClock): string {
  return new Date(clock.now()).toISOString();
}
