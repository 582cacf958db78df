import type { Clock } from '../clock.ts';
import type { Lane, NextPatience } from './lane.ts';

/** The least time from the end of one send to the beginning of the next, in milliseconds. */
const LEAST_MS = 5_000;

/** What is sent; `text` is all that a reader sees of it, so that nobody is sent the same twice. */
export interface Message {
  text: string;
}

/** One thing at GitHub that always shows the newest state, at a pace that GitHub allows. */
export interface Paced<M extends Message> {
  /** There is something newer. It is read when it is sent, if nothing newer has come by then; `undefined`: nothing to send after all. */
  offer(read: () => M | undefined): void;
  /** The last word: sent at once after what is under way, and nothing afterwards. Resolves when it is sent or has failed. */
  finish(last: M): Promise<void>;
  /** Nothing is sent any more. */
  stop(): void;
}

export interface PacedOptions<M extends Message> {
  clock: Clock;
  lane: Lane;
  send: (message: M, patience: NextPatience) => Promise<void>;
  /** Why a message was not sent, or could not be read. What is newest then goes out with the next one. */
  failed: (error: unknown) => void;
  leastMs?: number;
}

/**
 * The first message is sent at once, every further one when `leastMs` have passed since the one before was over, the last one at
 * once; only the newest, never two at once, and never what was sent last.
 */
export function paced<M extends Message>({ clock, lane, send, failed, leastMs = LEAST_MS }: PacedOptions<M>): Paced<M> {
  let newest: (() => M | undefined) | undefined;
  let sent: string | undefined;
  let overAt = Number.NEGATIVE_INFINITY;
  let isQueued = false;
  let isOver = false;
  let stopTimer: (() => void) | undefined;

  function schedule(): void {
    if (isQueued || isOver || stopTimer || !newest) return;
    const wait = overAt + leastMs - clock.now();
    if (wait <= 0) void queue();
    else
      stopTimer = clock.after(wait, () => {
        stopTimer = undefined;
        void queue();
      });
  }

  async function queue(): Promise<void> {
    isQueued = true;
    await lane.run(sendNewest);
    isQueued = false;
    schedule();
  }

  async function sendNewest(patience: NextPatience): Promise<void> {
    const read = newest;
    newest = undefined;
    try {
      const message = read?.();
      if (!message || message.text === sent) return;
      // A send that fails may have arrived all the same: then it is not known what is shown.
      sent = undefined;
      try {
        await send(message, patience);
        sent = message.text;
      } finally {
        // Not from its beginning: a send may ask several questions before it writes.
        overAt = clock.now();
      }
    } catch (error) {
      failed(error);
    }
  }

  function stop(): void {
    isOver = true;
    newest = undefined;
    stopTimer?.();
    stopTimer = undefined;
  }

  return {
    offer(read) {
      if (isOver) return;
      newest = read;
      schedule();
    },
    finish(last) {
      if (isOver) return Promise.resolve();
      stop();
      // What waits in the lane already sends this one.
      newest = () => last;
      return lane.run(sendNewest);
    },
    stop,
  };
}
