import { Readable } from 'node:stream';
import { ConnectError } from '../cluster/dial.ts';
import { type Incoming as Answered, type Outgoing, orAborted, type Transport } from '../cluster/transport.ts';
import type { ProcessLife } from './process-life.ts';
import type { Sandbox } from './sandbox.ts';
import { present } from './server/core.ts';
import { bodyText, warningsOf } from './server/http/body-text.ts';
import { handle } from './server/http/handler.ts';
import type { Reply } from './server/http/listen.ts';
import type { Answer, Incoming } from './server/http/message.ts';

/** What becomes of a request: it is executed and answered, or the process dies before it is executed or before it is answered. */
export type Fate = 'execute' | 'die-before' | 'die-after';

export interface LocalTransportOptions {
  sandbox: Sandbox;
  /** Dead, nothing that it sends is executed or answered any more, and its watches fall silent. */
  life: ProcessLife;
  /** Asked before each request is executed; they are counted from 1. */
  fateOf: (n: number, incoming: Incoming) => Fate;
  /** Told of each request that was executed; 0 where the connection was cut. */
  executed: (n: number, incoming: Incoming, status: number) => void;
}

/** Hands requests to a sandbox in the same process. No socket and no thread is between, so that only promises and ticks pass. */
export function localTransport({ sandbox, life, fateOf, executed }: LocalTransportOptions): Transport {
  const { core, faults } = sandbox;
  const { death } = life;
  const closing = new AbortController();
  let calls = 0;

  const execute = (incoming: Incoming): Reply | Promise<Reply> =>
    faults.serve(incoming, request => handle(core, request));

  return {
    async send(request) {
      await awake(life);
      closing.signal.throwIfAborted();
      request.signal.throwIfAborted();
      const sent = present(core);
      // As over a wire, the sender goes on before the server looks at the request.
      await undefined;
      if (death.aborted) return never();
      const gone = new AbortController();
      const incoming = { ...incomingOf(request, gone.signal), sent };
      calls += 1;
      const n = calls;
      const fate = fateOf(n, incoming);
      if (fate === 'die-before') life.kill();
      if (death.aborted) return never();
      const reply = await orAborted(Promise.resolve(execute(incoming)), request.signal);
      executed(n, incoming, 'drop' in reply ? 0 : reply.status);
      if (fate === 'die-after') life.kill();
      if (death.aborted) return never();
      await awake(life);
      if ('drop' in reply) throw connectionCut();
      const ends = [closing.signal, request.signal];
      return { statusCode: reply.status, headers: headersOf(reply), body: bodyOf(reply, gone, life, ends) };
    },
    suspect: () => undefined,
    opened: 1,
    async close() {
      closing.abort(new ConnectError('the client was closed', 'ECLOSED'));
    },
  };
}

function awake(life: ProcessLife): Promise<void> {
  return new Promise(resolve => life.whenAwake(resolve));
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function connectionCut(): Error {
  return Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
}

function incomingOf({ method, path, headers, body }: Outgoing, closed: AbortSignal): Incoming {
  const url = new URL(`http://sandbox${path}`);
  return {
    method,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers,
    body: body ?? Buffer.alloc(0),
    closed,
  };
}

function headersOf(answer: Answer): Answered['headers'] {
  const warnings = warningsOf(answer);
  return {
    'content-type': answer.contentType ?? 'application/json',
    ...(warnings.length > 0 ? { warning: warnings } : {}),
    ...answer.headers,
  };
}

/** The body, which a reader may leave, and which breaks off with the client, or falls silent with its process. */
function bodyOf(answer: Answer, gone: AbortController, life: ProcessLife, ends: readonly AbortSignal[]): Readable {
  const body = new Readable({ read: () => undefined });
  if (!answer.stream) {
    body.push(Buffer.from(bodyText(answer)));
    body.push(null);
    return body;
  }
  const breakOff = (event: Event): void => {
    body.destroy((event.target as AbortSignal).reason);
  };
  const leave = (): void => {
    for (const signal of ends) signal.removeEventListener('abort', breakOff);
    life.death.removeEventListener('abort', leave);
    gone.abort();
  };
  for (const signal of ends) signal.addEventListener('abort', breakOff, { once: true });
  life.death.addEventListener('abort', leave, { once: true });
  body.once('close', leave);
  const arrive = (call: () => void): void =>
    life.whenAwake(() => {
      if (!gone.signal.aborted && !body.readableEnded && !body.destroyed) call();
    });
  answer.stream({
    write: text => arrive(() => body.push(Buffer.from(text))),
    end: () => arrive(() => body.push(null)),
    cut: () => arrive(() => body.destroy(connectionCut())),
    closed: gone.signal,
  });
  return body;
}
