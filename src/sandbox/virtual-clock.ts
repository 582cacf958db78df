import type { Clock } from '../clock.ts';
import { createTimerHeap, type Timer } from './timer-heap.ts';

/** A clock that moves only when told: a rehearsal of an hour takes as long as its work. */
export interface VirtualClock extends Clock {
  /** Moves on by so many milliseconds, calling back all that falls due on the way, in order. */
  advance(milliseconds: number): void;
  /** Moves from call to call until nothing is waiting, or until so many milliseconds have passed; true where nothing waits. */
  runUntilIdle(limit?: number): boolean;
  /** When the next call falls due; undefined where nothing waits. */
  nextDue(): number | undefined;
  /** Moves on to the next call and makes this one call; false where nothing waits. */
  advanceToNext(): boolean;
  /** Calls that were asked for so far: a number that moves as long as anything goes on. */
  readonly asked: number;
}

export function virtualClock(start = 0): VirtualClock {
  let now = start;
  let asked = 0;
  const timers = createTimerHeap();

  function fireUntil(until: number): void {
    for (let timer = timers.first(); timer && timer.due <= until; timer = timers.first()) fire(timer);
  }

  function fire(timer: Timer): void {
    timers.remove(timer);
    now = Math.max(now, timer.due);
    timer.call();
  }

  return {
    now: () => now,
    after: (milliseconds, call) => {
      const timer: Timer = { due: now + Math.max(0, milliseconds), order: asked++, call, place: 0 };
      timers.add(timer);
      return () => timers.remove(timer);
    },
    advance: milliseconds => {
      const until = now + milliseconds;
      fireUntil(until);
      now = until;
    },
    runUntilIdle: (limit = Number.POSITIVE_INFINITY) => {
      fireUntil(now + limit);
      return timers.size === 0;
    },
    nextDue: () => timers.first()?.due,
    advanceToNext: () => {
      const timer = timers.first();
      if (timer) fire(timer);
      return timer !== undefined;
    },
    get asked() {
      return asked;
    },
  };
}
