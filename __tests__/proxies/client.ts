import { Agent, get, type IncomingMessage } from 'node:http';
import type { Answer } from './pods.ts';

/** One request in so many goes over a connection of its own; the others over connections that are kept. */
const NEW_CONNECTION_EVERY = 10;
const TIMEOUT_MS = 5_000;
/**
 * The time-out is counted in such parts: where this process itself stands still for seconds (a machine that is short of memory or
 * cores), answers lie in its sockets, and are read before the next part is counted. A timer for the whole would fire first.
 */
const PART_MS = 100;
const TICK_MS = 5;
/** More than that are open only where the machine cannot keep up; what is not sent then is sent later. */
const MOST_OPEN = 100;

/** The requests that were sent in a stretch of time. */
export interface Window {
  /** Answered or failed. */
  requests: number;
  answers: number;
  /** Answers by the pods' track label; `none` for pods without. */
  tracks: Record<string, number>;
  images: Record<string, number>;
  /** Why requests failed, each with their number and the time of the first since the client began. */
  failures(): string[];
  /** Until so many have been answered or have failed. */
  reaches(count: number): Promise<void>;
  /** No request that is sent from now on belongs to it; resolves when the last that does has been answered. */
  close(): Promise<void>;
}

export interface Client {
  /** Of the whole time. */
  all: Window;
  /**
   * Requests sent again, since the proxy closed the kept connection just when they were sent over it, as it does in a
   * reload. HTTP clients do so by themselves (RFC 9112, section 9.3.1); over a new connection it is a failure.
   */
  readonly repeated: number;
  window(): Window;
  stop(): Promise<void>;
}

interface Open extends Window {
  sent(): void;
  done(result: Answer | string): void;
}

/** Sends requests to a host at a constant rate. */
export function startClient({ port, host, rate }: { port: number; host: string; rate: number }): Client {
  const began = Date.now();
  const agent = new Agent({ keepAlive: true });
  const open = new Set<Open>();
  let sent = 0;
  let repeated = 0;

  function window(): Window {
    const made = newWindow(began, () => open.delete(made));
    open.add(made);
    return made;
  }

  function ask(isNew: boolean): Promise<Answer | string> {
    return new Promise(resolve => {
      const options = { port, host: '127.0.0.1', headers: { host } };
      const call = get({ ...options, agent: isNew ? false : agent }, response =>
        read(response).then(resolve, error => resolve(reasonOf(error))),
      );
      let silent = 0;
      const parts = setInterval(() => {
        silent += PART_MS;
        if (silent >= TIMEOUT_MS) call.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`));
      }, PART_MS);
      call.once('close', () => clearInterval(parts));
      call.once('error', error => {
        const reason = reasonOf(error);
        if (!call.reusedSocket || !/ECONNRESET|EPIPE/.test(reason)) return resolve(reason);
        repeated += 1;
        resolve(ask(true));
      });
    });
  }

  function send(): void {
    sent += 1;
    const windows = [...open];
    for (const one of windows) one.sent();
    void ask(sent % NEW_CONNECTION_EVERY === 0).then(result => {
      for (const one of windows) one.done(result);
    });
  }

  const all = window();
  const timer = setInterval(() => {
    for (const due = ((Date.now() - began) / 1000) * rate; sent < due && sent - all.requests < MOST_OPEN; ) send();
  }, TICK_MS);

  return {
    all,
    get repeated() {
      return repeated;
    },
    window,
    stop: async () => {
      clearInterval(timer);
      await Promise.all([...open].map(one => one.close()));
      agent.destroy();
    },
  };
}

function newWindow(began: number, onClose: () => void): Open {
  const failures = new Map<string, { count: number; firstAt: number }>();
  const waiting = new Set<() => void>();
  let pending = 0;
  let isClosed = false;
  /** Resolves once the condition holds. */
  const until = (holds: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const look = (): void => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const made: Open = {
    requests: 0,
    answers: 0,
    tracks: {},
    images: {},
    failures: () =>
      [...failures].map(([reason, { count, firstAt }]) => `${reason} (${count} times, first after ${firstAt} ms)`),
    reaches: count => until(() => made.requests >= count),
    close: () => {
      if (!isClosed) onClose();
      isClosed = true;
      return until(() => pending === 0);
    },
    sent: () => {
      pending += 1;
    },
    done(result) {
      pending -= 1;
      made.requests += 1;
      if (typeof result === 'string') {
        const known = failures.get(result) ?? { count: 0, firstAt: Date.now() - began };
        failures.set(result, { ...known, count: known.count + 1 });
      } else {
        const { track = 'none', image = 'none' } = result;
        made.answers += 1;
        made.tracks[track] = (made.tracks[track] ?? 0) + 1;
        made.images[image] = (made.images[image] ?? 0) + 1;
      }
      for (const look of waiting) look();
    },
  };
  return made;
}

/** The answer of a pod; anything else is a failure with its reason. */
async function read(response: IncomingMessage): Promise<Answer | string> {
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  return response.statusCode === 200
    ? (JSON.parse(text) as Answer)
    : `${response.statusCode} ${response.statusMessage}`;
}

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return [code, message].filter(Boolean).join(' ');
}
