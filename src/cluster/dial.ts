import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** How to reach the server: all of it known before the first byte is sent. */
export interface Route {
  server: URL;
  /** `http:` or `https:`; its user and password are sent to it as basic authentication. */
  proxy: URL | undefined;
  /** PEM; absent: the system's authorities. */
  ca: string | undefined;
  /** Name that the certificate must have, where it is not that of the URL. */
  serverName: string | undefined;
  insecure: boolean;
}

export interface ClientCertificate {
  cert: string;
  key: string;
}

/** No connection was made, so that no request can have been sent. */
export class ConnectError extends Error {
  readonly code: string;
  readonly proxy: string | undefined;

  constructor(message: string, code: string, more: { proxy?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = 'ConnectError';
    this.code = code;
    this.proxy = more.proxy;
  }
}

/** Opens one connection, through the proxy where there is one, with TLS where the server speaks it; offers HTTP/2 first. */
export async function dial(
  route: Route,
  certificate: ClientCertificate | undefined,
  signal: AbortSignal,
): Promise<net.Socket> {
  const secure = route.server.protocol === 'https:';
  const raw = route.proxy
    ? await tunnel(route, route.proxy, signal)
    : await connected(net.connect(address(route.server)), 'connect', signal);
  raw.setNoDelay(true);
  raw.setKeepAlive(true, 30_000);
  if (!secure) return raw;
  const { host } = address(route.server);
  const name = route.serverName ?? (net.isIP(host) === 0 ? host : '');
  const socket = tls.connect({
    socket: raw,
    host,
    ...(name === '' ? {} : { servername: name }),
    ALPNProtocols: ['h2', 'http/1.1'],
    rejectUnauthorized: !route.insecure,
    ...(route.ca === undefined ? {} : { ca: route.ca }),
    ...(certificate ?? {}),
  });
  return connected(socket, 'secureConnect', signal);
}

function address(url: URL): { host: string; port: number } {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** Resolves with the socket once it is ready; destroys it when the signal ends the wait. */
function connected<T extends net.Socket>(
  socket: T,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', abort);
      socket.off('error', failed).off('close', closed).off(event, ready);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      // A socket that is given up may still report errors; nobody is waiting for them.
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const ready = (): void => settle();
    const failed = (cause: Error & { code?: string }): void =>
      settle(new ConnectError(cause.message || 'no address could be reached', cause.code ?? 'ECONNECT', { cause }));
    const closed = (): void => settle(new ConnectError('the connection was closed before it was ready', 'ECONNRESET'));
    const abort = (): void => settle(signal.reason);
    socket.on('error', failed).on('close', closed).on(event, ready);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Asks the proxy for a tunnel to the server. */
function tunnel(route: Route, proxy: URL, signal: AbortSignal): Promise<net.Socket> {
  const { host, port } = address(route.server);
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const shown = `${proxy.protocol}//${proxy.host}`;
  return new Promise((resolve, reject) => {
    const fail = (message: string, code: string, cause?: unknown): void =>
      reject(new ConnectError(message, code, { proxy: shown, cause }));
    const request = (proxy.protocol === 'https:' ? https : http).request({
      ...address(proxy),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyAuthorization(proxy) },
      agent: false,
      signal,
    });
    request.on('connect', (response, socket: Duplex) => {
      if (response.statusCode === 200 && socket instanceof net.Socket) return resolve(socket);
      socket.destroy();
      fail(`the proxy answered ${response.statusCode} ${response.statusMessage ?? ''}`.trim(), 'EPROXY');
    });
    request.on('response', response => {
      response.destroy();
      fail(`the proxy answered ${response.statusCode} ${response.statusMessage ?? ''}`.trim(), 'EPROXY');
    });
    request.on('error', (cause: Error & { code?: string }) => {
      if (signal.aborted) reject(signal.reason);
      else fail(cause.message, cause.code ?? 'EPROXY', cause);
    });
    request.end();
  });
}

function proxyAuthorization(proxy: URL): { 'proxy-authorization'?: string } {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
