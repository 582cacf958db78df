import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { bodyText, warningsOf } from './body-text.ts';
import type { Answer, Incoming, Stream } from './message.ts';

type NodeRequest = http.IncomingMessage | http2.Http2ServerRequest;
type NodeResponse = http.ServerResponse | http2.Http2ServerResponse;

/** What a handler answers: now, later (a slow answer), or never (`drop`: the connection is cut without an answer). */
export type Reply = Answer | { drop: true };
export type Handler = (incoming: Incoming) => Reply | Promise<Reply>;

export interface Listener {
  port: number;
  close(): Promise<void>;
}

async function read(request: NodeRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function headersOf(request: NodeRequest): Record<string, string | undefined> {
  const entries = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  );
  return Object.fromEntries(entries);
}

async function incomingOf(request: NodeRequest, response: NodeResponse): Promise<Incoming> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const url = new URL(`http://sandbox${request.url ?? '/'}`);
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: headersOf(request),
    body: await read(request),
    closed: gone.signal,
  };
}

function send(answer: Answer, incoming: Incoming, response: NodeResponse): void {
  if (response.destroyed) return;
  const warnings = warningsOf(answer);
  if (warnings.length > 0) response.setHeader('Warning', warnings);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.setHeader('Content-Type', answer.contentType ?? 'application/json');
  response.setHeader('Cache-Control', 'no-cache, private');
  response.statusCode = answer.status;
  if (answer.stream) {
    stream(answer.stream, incoming, response);
    return;
  }
  const body = bodyText(answer);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(incoming.method === 'HEAD' ? '' : body);
}

function stream(begin: (stream: Stream) => void, incoming: Incoming, response: NodeResponse): void {
  if ('flushHeaders' in response) response.flushHeaders();
  begin({
    write: text => {
      if (!response.destroyed && !response.writableEnded) writeTo(response, text);
    },
    end: () => {
      response.end();
    },
    cut: () => cut(response),
    closed: incoming.closed,
  });
}

/** The two kinds of response overload `write` differently. */
function writeTo(response: NodeResponse, text: string): void {
  if (response instanceof http.ServerResponse) response.write(text);
  else response.write(text);
}

function cut(response: NodeResponse): void {
  if (response instanceof http.ServerResponse) response.socket?.destroy();
  else response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
}

/** Serves one request; a handler that fails is a fault of the sandbox and answered as such. */
async function serve(handler: Handler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const incoming = await incomingOf(request, response);
  const reply = await handler(incoming);
  if ('drop' in reply) cut(response);
  else send(reply, incoming, response);
}

export interface ListenOptions {
  port: number;
  host?: string;
  /** With a certificate the server speaks TLS: HTTP/2, or HTTP/1.1 where the client wants it. Without, HTTP/1.1. */
  tls?: { key: string; cert: string };
  handler: Handler;
  onConnection?: () => void;
}

/** Listens on a port; 0 is any free one. */
export async function listen({
  port,
  host = '127.0.0.1',
  tls,
  handler,
  onConnection,
}: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const answer = (request: NodeRequest, response: NodeResponse): void => {
    serve(handler, request, response).catch(error => {
      if (!response.destroyed) response.destroy(error instanceof Error ? error : undefined);
    });
  };
  const server = tls
    ? http2.createSecureServer({ ...tls, allowHTTP1: true }, answer)
    : http.createServer({ keepAliveTimeout: 60_000 }, answer);
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    onConnection?.();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
