import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Got {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface WebServer {
  url: string;
  /** What was asked, in order. */
  got: Got[];
  close(): Promise<void>;
}

export type Answering = (response: ServerResponse, got: Got) => void;

/** A server on loopback, whose answers the test writes. */
export async function webServer(answering: Answering): Promise<WebServer> {
  const got: Got[] = [];
  const listener: RequestListener = async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers, body: await text(request) };
    got.push(one);
    answering(response, one);
  };
  const server = createServer(listener);
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    got,
    close: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Every answer is this one. */
export function saying(
  body: string | Buffer,
  { status = 200, type = 'application/json', headers = {} }: { status?: number; type?: string; headers?: object } = {},
): Answering {
  return response => {
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(body);
  };
}
