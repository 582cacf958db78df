import type { Clock } from '../../clock.ts';
import { verbOf } from './http/handler.ts';
import type { Reply } from './http/listen.ts';
import type { Answer, Incoming, Stream } from './http/message.ts';
import { json } from './http/message.ts';
import { targetOf } from './http/path.ts';
import { expired, failure } from './statuses.ts';

/** What is done to a request instead of answering it well. */
export type FaultEffect =
  /** 429 with Retry-After. */
  | { kind: 'throttle'; retryAfterSeconds?: number }
  | { kind: 'error'; status?: number; message?: string }
  /** No answer, ever: the client's own deadline ends the request. */
  | { kind: 'hang' }
  /** The connection is cut before the request is executed, or after it (the answer is lost). */
  | { kind: 'reset'; executed?: boolean }
  /** A watch is cut after so many events. */
  | { kind: 'cut-watch'; afterEvents?: number }
  /** A list or watch is told that its resourceVersion is too old. */
  | { kind: 'expired' }
  | { kind: 'slow'; milliseconds: number };

export interface Fault {
  effect: FaultEffect;
  /** Requests that it strikes before it is used up; 1 where absent. */
  times?: number;
  /** Only requests of these verbs (get, list, watch, create, update, patch, delete, …). */
  verbs?: readonly string[];
  /** Only requests about this resource, by plural name. */
  resource?: string;
  /** Only requests whose path this pattern matches. */
  path?: string;
}

/** One request, as it came in. */
export interface RequestLog {
  time: number;
  method: string;
  path: string;
  query: string;
  verb: string;
  /** Plural name; empty for discovery and the like. */
  resource: string;
  userAgent: string;
  contentType: string;
  /** Absent while it is not answered; 0 where the connection was cut. */
  status?: number;
}

export interface Counters {
  requests: number;
  writes: number;
  connections: number;
  /** By `verb resource`. */
  byVerb: Record<string, number>;
}

/** Strikes requests on demand, and counts all of them. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  readonly pending: readonly Fault[];
  readonly requests: readonly RequestLog[];
  counters(): Counters;
  reset(): void;
  connected(): void;
  /** Answers a request through `handle`, unless a fault strikes it. */
  serve(incoming: Incoming, handle: (incoming: Incoming) => Answer): Reply | Promise<Reply>;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const REQUESTS_KEPT = 100_000;

export function createFaults(clock: Clock): Faults {
  let pending: { fault: Fault; left: number }[] = [];
  let requests: RequestLog[] = [];
  let connections = 0;

  function strike(log: RequestLog): FaultEffect | undefined {
    const found = pending.find(({ fault: { verbs, resource, path } }) => {
      if (verbs && !verbs.includes(log.verb)) return false;
      if (resource !== undefined && resource !== log.resource) return false;
      return path === undefined || new RegExp(path).test(log.path);
    });
    if (!found) return undefined;
    found.left -= 1;
    pending = pending.filter(({ left }) => left > 0);
    return found.fault.effect;
  }

  function logOf(incoming: Incoming): RequestLog {
    const target = targetOf(incoming.path);
    const log: RequestLog = {
      time: clock.now(),
      method: incoming.method,
      path: incoming.path,
      query: incoming.query.toString(),
      verb: verbOf(incoming, target),
      resource: target.kind === 'resource' ? target.plural : '',
      userAgent: incoming.headers['user-agent'] ?? '',
      contentType: incoming.headers['content-type'] ?? '',
    };
    requests.push(log);
    if (requests.length > REQUESTS_KEPT) requests = requests.slice(-REQUESTS_KEPT / 2);
    return log;
  }

  return {
    add: fault => {
      pending.push({ fault, left: fault.times ?? 1 });
    },
    clear: () => {
      pending = [];
    },
    get pending() {
      return pending.map(({ fault, left }) => ({ ...fault, times: left }));
    },
    get requests() {
      return requests;
    },
    counters() {
      const byVerb: Record<string, number> = {};
      for (const { verb, resource } of requests) {
        const key = resource ? `${verb} ${resource}` : verb;
        byVerb[key] = (byVerb[key] ?? 0) + 1;
      }
      const writes = requests.filter(({ verb, resource }) => resource !== '' && WRITES.has(verb)).length;
      return { requests: requests.length, writes, connections, byVerb };
    },
    reset() {
      requests = [];
      connections = 0;
    },
    connected() {
      connections += 1;
    },
    serve(incoming, handle) {
      const log = logOf(incoming);
      const done = (reply: Reply): Reply => {
        log.status = 'drop' in reply ? 0 : reply.status;
        return reply;
      };
      const effect = strike(log);
      return effect ? struck(clock, effect, log, () => done(handle(incoming)), done) : done(handle(incoming));
    },
  };
}

function struck(
  clock: Clock,
  effect: FaultEffect,
  log: RequestLog,
  answer: () => Reply,
  done: (reply: Reply) => Reply,
): Reply | Promise<Reply> {
  switch (effect.kind) {
    case 'throttle': {
      const seconds = effect.retryAfterSeconds ?? 1;
      const { status } = failure(
        429,
        'TooManyRequests',
        'the server has received too many requests and has asked us to try again later',
        { retryAfterSeconds: seconds },
      );
      return done({ ...json(429, status), headers: { 'retry-after': String(seconds) } });
    }
    case 'error': {
      const code = effect.status ?? 500;
      return done(
        json(
          code,
          failure(
            code,
            code === 503 ? 'ServiceUnavailable' : 'InternalError',
            effect.message ?? 'Internal error occurred: on demand',
          ).status,
        ),
      );
    }
    case 'hang':
      return new Promise(() => undefined);
    case 'reset':
      if (effect.executed) answer();
      return done({ drop: true });
    case 'expired': {
      const { status } = expired('The resourceVersion for the provided watch is too old.');
      if (log.verb !== 'watch') return done(json(410, status));
      const stream = (to: Stream): void => {
        to.write(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
        to.end();
      };
      return done({ status: 200, stream });
    }
    case 'cut-watch':
      return cutAfter(answer(), effect.afterEvents ?? 0);
    case 'slow':
      return new Promise(resolve => {
        clock.after(effect.milliseconds, () => resolve(answer()));
      });
    default:
      return effect satisfies never;
  }
}

/** A watch that ends without an end after so many events. */
function cutAfter(reply: Reply, events: number): Reply {
  if ('drop' in reply || !reply.stream) return reply;
  const { stream: begin } = reply;
  return {
    ...reply,
    stream: stream => {
      let left = events;
      if (left === 0) return stream.cut();
      begin({
        ...stream,
        closed: stream.closed,
        write: text => {
          if (left <= 0) return;
          stream.write(text);
          left -= 1;
          if (left === 0) stream.cut();
        },
      });
    },
  };
}
