/** A call that waits for its time. */
export interface Timer {
  due: number;
  /** Breaks ties: what was asked for first is called first. */
  order: number;
  call: () => void;
  /** Where it stands in the heap; below zero once it is out of it. */
  place: number;
}

/** Timers by their time. Thousands wait at once in a rehearsal and most are taken back, so both cost a few steps only. */
export interface TimerHeap {
  readonly size: number;
  first(): Timer | undefined;
  add(timer: Timer): void;
  /** Nothing happens where the timer is out already. */
  remove(timer: Timer): void;
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}

export function createTimerHeap(): TimerHeap {
  const heap: Timer[] = [];

  function put(timer: Timer, place: number): void {
    heap[place] = timer;
    timer.place = place;
  }

  function rise(timer: Timer, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      put(parent, place);
      place = above;
    }
    put(timer, place);
  }

  function sink(timer: Timer, from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      if (left >= heap.length) break;
      const least = right < heap.length && isBefore(heap[right] as Timer, heap[left] as Timer) ? right : left;
      const child = heap[least] as Timer;
      if (!isBefore(child, timer)) break;
      put(child, place);
      place = least;
    }
    put(timer, place);
  }

  return {
    get size() {
      return heap.length;
    },
    first: () => heap[0],
    add: timer => rise(timer, heap.length),
    remove(timer) {
      const { place } = timer;
      if (place < 0) return;
      timer.place = -1;
      const last = heap.pop() as Timer;
      if (last === timer) return;
      sink(last, place);
      rise(last, last.place);
    },
  };
}
