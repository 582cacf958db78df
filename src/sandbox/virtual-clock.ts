import type { Clock } from '../clock.ts';

interface Timer {
  due: number;
  /** Breaks ties: what was asked for first is called first. */
  order: number;
  call: () => void;
}

/** A clock that moves only when told: a rehearsal of an hour takes as long as its work. */
export interface VirtualClock extends Clock {
  /** Moves on by so many milliseconds, calling back all that falls due on the way, in order. */
  advance(milliseconds: number): void;
  /** Moves from call to call until nothing is waiting, or until so many milliseconds have passed; true where nothing waits. */
  runUntilIdle(limit?: number): boolean;
}

export function virtualClock(start = 0): VirtualClock {
  let now = start;
  let order = 0;
  let timers: Timer[] = [];

  function earliest(until: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of timers) {
      if (timer.due > until) continue;
      if (!found || timer.due < found.due || (timer.due === found.due && timer.order < found.order)) found = timer;
    }
    return found;
  }

  function fire(timer: Timer): void {
    timers = timers.filter(other => other !== timer);
    now = Math.max(now, timer.due);
    timer.call();
  }

  return {
    now: () => now,
    after: (milliseconds, call) => {
      const timer: Timer = { due: now + Math.max(0, milliseconds), order: order++, call };
      timers.push(timer);
      return () => {
        timers = timers.filter(other => other !== timer);
      };
    },
    advance: milliseconds => {
      const until = now + milliseconds;
      for (let timer = earliest(until); timer; timer = earliest(until)) fire(timer);
      now = until;
    },
    runUntilIdle: (limit = Number.POSITIVE_INFINITY) => {
      const until = now + limit;
      for (let timer = earliest(until); timer; timer = earliest(until)) fire(timer);
      return timers.length === 0;
    },
  };
}
