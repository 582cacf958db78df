import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { Client, type Dispatcher, Pool } from 'undici';
import type { Clock } from '../clock.ts';
import { openByteGate } from './byte-gate.ts';
import { type ClientCertificate, ConnectError, dial, type Route } from './dial.ts';

type Protocol = 'h2' | 'http/1.1';

export interface Outgoing {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
  /** An answer without end (a watch): it must not keep a connection from others. */
  endless: boolean;
  certificate: ClientCertificate | undefined;
  signal: AbortSignal;
}

export interface Incoming {
  statusCode: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Readable;
}

/** Connections to one server: one for everything where HTTP/2 is spoken, else a few, and one for each watch. */
export interface Transport {
  send(request: Outgoing): Promise<Incoming>;
  /** Says that a request got no answer in time: if its connection is silent too, it is given up. */
  suspect(): void;
  /** Connections opened so far. */
  readonly opened: number;
  close(): Promise<void>;
}

/** Connections for calls where the server speaks only HTTP/1.1. */
const HTTP1_CONNECTIONS = 8;
/** Above what any API server allows; the server's own limit applies, and what exceeds it waits in the queue. */
const MAX_STREAMS = 1_000;
/** Node's HTTP/2 sessions refuse streams while more than 10 MB wait in them, and an answer is as large as what was sent. */
const MAX_BYTES_UNDER_WAY = 4_000_000;
/** A live HTTP/2 connection says something at least this often, since we ping it. */
const PING_MS = 10_000;
const SILENCE_MS = 3 * PING_MS;

interface Lane {
  protocol: Protocol;
  certificate: ClientCertificate | undefined;
  calls: Dispatcher;
  watches: Dispatcher;
  /** Dialled to learn the protocol; the first connection that is asked for. */
  spare: Socket | undefined;
  sockets: Set<Socket>;
  heard: { bytes: number; at: number };
}

export function openTransport(route: Route, connectTimeoutMs: number, clock: Clock): Transport {
  const closing = new AbortController();
  const gate = openByteGate(MAX_BYTES_UNDER_WAY);
  let current: Promise<Lane> | undefined;
  let lanes: Lane[] = [];
  let opened = 0;
  let under = 0;
  let stopWatching: (() => void) | undefined;

  const socket = async (certificate: ClientCertificate | undefined): Promise<Socket> => {
    const late = new AbortController();
    const stop = clock.after(connectTimeoutMs, () =>
      late.abort(new ConnectError(`no connection within ${connectTimeoutMs / 1_000} s`, 'ETIMEDOUT')),
    );
    try {
      const made = await dial(route, certificate, AbortSignal.any([late.signal, closing.signal]));
      opened += 1;
      return made;
    } finally {
      stop();
    }
  };

  const open = async (certificate: ClientCertificate | undefined): Promise<Lane> => {
    const spare = await socket(certificate);
    // It is handed over a moment later; until then an error of it has no other listener.
    spare.on('error', () => {});
    const lane = makeLane(spare, certificate);
    lanes.push(lane);
    return lane;
  };

  const makeLane = (spare: Socket, certificate: ClientCertificate | undefined): Lane => {
    const protocol = protocolOf(spare);
    const adopt = (made: Socket): Socket => {
      lane.sockets.add(made);
      made.once('close', () => lane.sockets.delete(made));
      return made;
    };
    const connect: NonNullable<Client.Options['connect']> = (_options, callback) => {
      const ready = lane.spare && !lane.spare.destroyed ? Promise.resolve(lane.spare) : socket(certificate);
      lane.spare = undefined;
      ready.then(
        made => {
          if (protocolOf(made) === protocol) return callback(null, adopt(made));
          made.destroy();
          retire(lane, false);
          callback(new ConnectError('the server changed its protocol', 'EALPN'), null);
        },
        (error: Error) => callback(error, null),
      );
    };
    const options = { connect, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 };
    const h2Options = { maxConcurrentStreams: MAX_STREAMS, pingInterval: PING_MS };
    const single = (): Dispatcher => new Client(route.server.origin, { ...options, h2Options });
    const pool = (connections: number | null): Dispatcher =>
      new Pool(route.server.origin, { ...options, connections, allowH2: false });
    const calls = protocol === 'h2' ? single() : pool(HTTP1_CONNECTIONS);
    const watches = protocol === 'h2' ? calls : pool(null);
    const lane: Lane = {
      protocol,
      certificate,
      calls,
      watches,
      spare,
      sockets: new Set(),
      heard: { bytes: 0, at: clock.now() },
    };
    return lane;
  };

  /** New requests take another lane; those under way end by themselves, or at once where the lane is dead. */
  const retire = (lane: Lane, dead: boolean): void => {
    lanes = lanes.filter(other => other !== lane);
    current = undefined;
    lane.spare?.destroy();
    for (const side of new Set([lane.calls, lane.watches])) {
      const ended = dead ? side.destroy(new Error('the connection fell silent')) : side.close();
      // Requests cut by this report it themselves; a second close of the same client has nothing more to tell.
      ended.catch(() => {});
    }
  };

  const laneFor = async (certificate: ClientCertificate | undefined): Promise<Lane> => {
    current ??= open(certificate);
    const opening = current;
    try {
      const lane = await opening;
      if (sameCertificate(lane.certificate, certificate)) return lane;
      if (current === opening) retire(lane, false);
    } catch (error) {
      if (current === opening) current = undefined;
      throw error;
    }
    return laneFor(certificate);
  };

  const bytesOf = (lane: Lane): number => [...lane.sockets].reduce((sum, one) => sum + one.bytesRead, 0);

  const listen = (): void => {
    stopWatching = clock.after(PING_MS, () => {
      for (const lane of lanes) {
        const bytes = bytesOf(lane);
        if (bytes !== lane.heard.bytes) lane.heard = { bytes, at: clock.now() };
        // HTTP/1.1 has no ping: a quiet watch says nothing for minutes, and that is all right.
        else if (lane.protocol === 'h2' && clock.now() - lane.heard.at >= SILENCE_MS) retire(lane, true);
      }
      listen();
    });
  };
  const begin = (): void => {
    under += 1;
    if (under > 1) return;
    for (const lane of lanes) lane.heard = { bytes: bytesOf(lane), at: clock.now() };
    listen();
  };
  const end = (): void => {
    under -= 1;
    if (under === 0) stopWatching?.();
  };

  return {
    async send({ certificate, endless, body, signal, ...request }) {
      closing.signal.throwIfAborted();
      begin();
      let held = true;
      let leave = (): void => {};
      const release = (): void => {
        if (held) end();
        if (held) leave();
        held = false;
      };
      try {
        leave = await gate.enter(body?.length ?? 0, signal);
        const lane = await orAborted(laneFor(certificate), signal);
        const side = endless ? lane.watches : lane.calls;
        const answer = await side.request({ ...request, body: body ?? null, signal, highWaterMark: 1 << 20 });
        answer.body.once('close', release);
        return answer;
      } catch (error) {
        release();
        throw signal.aborted ? signal.reason : error;
      }
    },
    suspect() {
      for (const lane of lanes) {
        const silent = bytesOf(lane) === lane.heard.bytes && clock.now() - lane.heard.at >= PING_MS;
        if (silent) retire(lane, true);
      }
    },
    get opened() {
      return opened;
    },
    async close() {
      closing.abort(new ConnectError('the client was closed', 'ECLOSED'));
      stopWatching?.();
      const all = lanes.flatMap(lane => {
        lane.spare?.destroy();
        return [...new Set([lane.calls, lane.watches])];
      });
      await Promise.all(all.map(side => side.destroy()));
    },
  };
}

function protocolOf(socket: Socket): Protocol {
  return socket instanceof TLSSocket && socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
}

function sameCertificate(one: ClientCertificate | undefined, other: ClientCertificate | undefined): boolean {
  return one?.cert === other?.cert && one?.key === other?.key;
}

/** The value, or the signal's reason as soon as it is aborted, whatever becomes of the promise. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
