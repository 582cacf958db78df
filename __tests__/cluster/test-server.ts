import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../../src/clock.ts';
import { systemClock } from '../../src/clock.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { type ConnectOptions, connect } from '../../src/cluster/connect.ts';
import type { RequestFact } from '../../src/cluster/request.ts';
import { type Certificate, selfSigned } from '../../src/sandbox/server/http/certificate.ts';

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** Counts from 1, of the requests to this path by this method. */
  time: number;
  version: string;
  socket: Socket;
  /** Undefined over HTTP/1.1. */
  stream: http2.ServerHttp2Stream | undefined;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The parts of a response that both HTTP versions have. */
export interface Sink {
  writeHead(status: number, headers?: Record<string, string>): unknown;
  write(chunk: string | Buffer): boolean;
  end(chunk?: string | Buffer): unknown;
  destroy(error?: Error): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** Undefined: the handler writes the answer itself, or never does. */
export type Handler = (request: Received, response: Sink) => Answer | undefined;

export interface TestServer {
  port: number;
  pair: Certificate;
  received: Received[];
  /** TCP connections accepted so far. */
  connections(): number;
  /** Paths asked for but for discovery. */
  calls(): Received[];
  close(): void;
}

let pair: Certificate | undefined;
export const sharedPair = (): Certificate => {
  pair ??= selfSigned(systemClock.now());
  return pair;
};

const resource = (kind: string, plural: string, namespaced = true): object => ({
  resource: plural,
  responseKind: { kind },
  scope: namespaced ? 'Namespaced' : 'Cluster',
  verbs: ['get', 'list', 'watch'],
  subresources: kind === 'Pod' ? [{ subresource: 'log' }] : [],
});

const DISCOVERY: Record<string, unknown> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      {
        metadata: {},
        versions: [
          {
            version: 'v1',
            resources: [
              resource('Pod', 'pods'),
              resource('ConfigMap', 'configmaps'),
              resource('Secret', 'secrets'),
              resource('Namespace', 'namespaces', false),
            ],
          },
        ],
      },
    ],
  },
  '/apis': {
    kind: 'APIGroupDiscoveryList',
    items: [
      { metadata: { name: 'apps' }, versions: [{ version: 'v1', resources: [resource('Deployment', 'deployments')] }] },
    ],
  },
};

export async function startServer(
  handler: Handler,
  options: {
    protocol?: 'h2' | 'http/1.1';
    pair?: Certificate;
    requestCert?: boolean;
    settings?: http2.Settings;
    discovery?: boolean;
  } = {},
): Promise<TestServer> {
  const own = options.pair ?? sharedPair();
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const tls = { ...own, ...(options.requestCert ? { requestCert: true, rejectUnauthorized: false } : {}) };
  const server =
    options.protocol === 'http/1.1'
      ? https.createServer(tls)
      : http2.createSecureServer({ ...tls, allowHTTP1: true, settings: options.settings ?? {} });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('request', (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url, 'https://test');
      const time = received.filter(one => one.path === url.pathname && one.method === request.method).length + 1;
      const one: Received = {
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        time,
        version: request.httpVersion,
        stream: request.stream,
        socket: request.stream?.session ? (request.stream.session.socket as Socket) : request.socket,
      };
      received.push(one);
      const found = options.discovery === false ? undefined : DISCOVERY[url.pathname];
      const answer = found ? { body: found } : handler(one, response as unknown as Sink);
      if (!answer) return;
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(text);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pair: own,
    received,
    connections: () => connections,
    calls: () => received.filter(one => !(one.path in DISCOVERY)),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

export function statusBody(code: number, more: Record<string, unknown> = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...more };
}

export function kubeconfig(
  server: TestServer | string,
  user: object | undefined = { token: 'token-of-the-test' },
  cluster: object = {},
): string {
  const ca = typeof server === 'string' ? sharedPair().cert : server.pair.cert;
  const url = typeof server === 'string' ? server : `https://127.0.0.1:${server.port}`;
  return JSON.stringify({
    kind: 'Config',
    'current-context': 'main',
    clusters: [
      {
        name: 'c',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64'), ...cluster },
      },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
  });
}

export interface Connected {
  cluster: Cluster;
  facts: RequestFact[];
  masked: string[];
  warnings: string[];
  abort: AbortController;
}

export async function connected(kubeconfigText: string, more: Partial<ConnectOptions> = {}): Promise<Connected> {
  const facts: RequestFact[] = [];
  const masked: string[] = [];
  const warnings: string[] = [];
  const abort = new AbortController();
  const cluster = await connect({
    kubeconfig: kubeconfigText,
    env: { PATH: process.env['PATH'] },
    clock: systemClock,
    log: { debug: () => {}, warning: text => warnings.push(text) },
    mask: secret => masked.push(secret),
    signal: abort.signal,
    random: () => 0,
    onRequest: fact => facts.push(fact),
    ...more,
  });
  return { cluster, facts, masked, warnings, abort };
}

/** Waits shorter than the threshold end at once and are noted; longer ones (deadlines) never end. */
export function hastyClock(threshold = 5_000): Clock & { waits: number[] } {
  const waits: number[] = [];
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    waits,
    now: () => now,
    after(milliseconds, call) {
      if (milliseconds >= threshold) return () => {};
      waits.push(milliseconds);
      const handle = setImmediate(() => {
        now += milliseconds;
        call();
      });
      return () => clearImmediate(handle);
    },
  };
}
