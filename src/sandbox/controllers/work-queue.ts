import type { Clock } from '../../clock.ts';

/** Delays of a failed key, as client-go's default rate limiter: doubled from 5 ms. */
const FIRST_RETRY = 5;
const LAST_RETRY = 60_000;

/** Thrown by a reconcile that did a part of its work and wants to go on with what that changed: no failure, only a later turn. */
export class TryAgain extends Error {}

export interface WorkQueue {
  add(key: string): void;
  /** Adds the key later; of several times that wait for one key the earliest holds. */
  addAfter(key: string, milliseconds: number): void;
  stop(): void;
}

export interface WorkQueueOptions {
  clock: Clock;
  /** Milliseconds from an event to the reconcile: what an informer and its queue take. Keys that come meanwhile are merged. */
  latency: number;
  /** Level-triggered: reads what is, writes what is missing. What it throws makes the key come back later. */
  reconcile: (key: string) => void;
  /** Told of every failure that is not an ordinary conflict of writers. */
  failed: (key: string, error: unknown) => void;
}

export function createWorkQueue({ clock, latency, reconcile, failed }: WorkQueueOptions): WorkQueue {
  const waiting = new Map<string, { due: number; cancel: () => void }>();
  const failures = new Map<string, number>();
  let stopped = false;

  function addAfter(key: string, milliseconds: number): void {
    if (stopped) return;
    const due = clock.now() + milliseconds;
    const earlier = waiting.get(key);
    if (earlier && earlier.due <= due) return;
    earlier?.cancel();
    waiting.set(key, { due, cancel: clock.after(milliseconds, () => run(key)) });
  }

  function run(key: string): void {
    waiting.delete(key);
    try {
      reconcile(key);
      failures.delete(key);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      if (!(error instanceof TryAgain)) failed(key, error);
      addAfter(key, Math.min(FIRST_RETRY * 2 ** (count - 1), LAST_RETRY));
    }
  }

  return {
    add: key => addAfter(key, latency),
    addAfter,
    stop: () => {
      stopped = true;
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
