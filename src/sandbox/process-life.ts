import type { Clock } from '../clock.ts';

/** The life of one simulated process: it may be stopped for a while, and it may die at any moment. */
export interface ProcessLife {
  /** The clock as the process sees it: silent once it is dead, and late while it is stopped. */
  readonly clock: Clock;
  /** Aborted when it is dead. */
  readonly death: AbortSignal;
  kill(): void;
  /** As by SIGSTOP: nothing that it waits for reaches it any more, until it goes on. */
  freeze(): void;
  /** As by SIGCONT: first comes what it was sent meanwhile, then the calls of the clock that have fallen due. */
  thaw(): void;
  /** Calls at once, or when the process goes on. */
  whenAwake(call: () => void): void;
}

export function beginLife(clock: Clock): ProcessLife {
  const death = new AbortController();
  const waiting = new Set<() => void>();
  let isFrozen = false;
  let deferred: (() => void)[] = [];
  /** Sets again the timers that have fallen due while it was stopped. */
  const late = new Set<(milliseconds: number) => void>();

  death.signal.addEventListener('abort', () => {
    for (const cancel of waiting) cancel();
    deferred = [];
    late.clear();
  });

  function after(milliseconds: number, call: () => void): () => void {
    if (death.signal.aborted) return () => undefined;
    let cancelInner = (): void => undefined;
    const arm = (wait: number): void => {
      cancelInner = clock.after(wait, due);
    };
    const cancel = (): void => {
      waiting.delete(cancel);
      late.delete(arm);
      cancelInner();
    };
    const due = (): void => {
      if (isFrozen) {
        late.add(arm);
        return;
      }
      waiting.delete(cancel);
      call();
    };
    waiting.add(cancel);
    arm(milliseconds);
    return cancel;
  }

  return {
    clock: { now: () => clock.now(), after },
    death: death.signal,
    kill: () => death.abort(),
    freeze: () => {
      isFrozen = true;
    },
    thaw: () => {
      isFrozen = false;
      const calls = deferred;
      deferred = [];
      for (const call of calls) call();
      for (const arm of late) arm(0);
      late.clear();
    },
    whenAwake: call => {
      if (isFrozen) deferred.push(call);
      else call();
    },
  };
}
