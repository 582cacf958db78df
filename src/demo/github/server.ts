import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '../../clock.ts';
import type { Call } from './calls.ts';
import type { Exchange } from './exchange.ts';
import { type Fault, type Faults, primaryLimitBody } from './faults.ts';
import { fakeSha } from './names.ts';
import { Problem } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import { acceptedBy, answer, findRoute } from './routes/dispatch.ts';
import { answerGraphql } from './routes/graphql.ts';
import type { Answer } from './routes/route.ts';
import type { Token, World } from './world.ts';

const DOCS = 'https://docs.github.com/rest';

export interface Serving {
  world: World;
  faults: Faults;
  limits: RateLimits;
  isEnterprise: boolean;
  calls: Call[];
  onExchange: (exchange: Exchange) => void;
}

export interface Listening {
  origin: string;
  close(): Promise<void>;
}

export async function listen(serving: Serving): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.sendDate = false;
    serve(serving, request, response).catch(() => response.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { world, faults, calls } = serving;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const path = plainPath(serving, request.url ?? '/');
  const method = request.method ?? 'GET';
  const body = parsed(Buffer.concat(chunks).toString('utf8'));
  const text = /^(?:token|bearer)\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const call: Call = { method, path, body, token: text, status: undefined, at: world.clock.now() };
  calls.push(call);
  const fault = faults.meet(method, path);
  if (fault?.delayMs) await sleep(world.clock, fault.delayMs);
  if (fault?.hangUp === 'before') return hangUp(request);
  const given = (fault && faulty(fault)) ?? respond(serving, request, { method, path, body, text });
  const isFault = fault?.status !== undefined;
  if (fault?.hangUp === 'after') return hangUp(request);
  call.status = given.status;
  const headers = { ...commonHeaders(serving, text, path, calls.length), ...given.headers };
  const content =
    given.body === undefined ? '' : typeof given.body === 'string' ? given.body : JSON.stringify(given.body);
  if (!isFault) {
    serving.onExchange({
      method,
      path,
      requestHeaders: request.headers,
      requestBody: body,
      status: given.status,
      headers,
      body: given.body,
    });
  }
  response.writeHead(given.status, headers);
  response.end(content);
}

const faulty = ({ status, headers, body }: Fault): Answer | undefined =>
  status === undefined ? undefined : { status, body: body ?? { message: 'Server Error' }, headers: { ...headers } };

/** An RST rather than a polite end, as from a host that is gone. */
function hangUp(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

function respond(
  { world, limits }: Serving,
  request: IncomingMessage,
  asked: { method: string; path: string; body: unknown; text: string | undefined },
): Answer {
  const { method, path, body, text } = asked;
  const url = new URL(path, DOCS);
  const isGraphql = url.pathname === '/graphql' && method === 'POST';
  const found = isGraphql ? undefined : findRoute(method, url.pathname);
  const caller: Token | undefined = text === undefined ? undefined : world.tokens.get(text);
  const accepted: Record<string, string> =
    found && caller?.app ? { 'x-accepted-github-permissions': acceptedBy(found.route) } : {};
  try {
    if (!request.headers['user-agent']) {
      throw new Problem(
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
      );
    }
    if (text !== undefined && !caller) {
      throw new Problem(401, 'Bad credentials', { documentation_url: DOCS });
    }
    if (!limits.take(text)) return { status: 403, body: primaryLimitBody() };
    if (isGraphql) return answerGraphql(caller, body);
    if (!found) throw new Problem(404, 'Not Found');
    const given = answer(world, caller, found, { path: url.pathname, query: url.searchParams, body });
    return { ...given, headers: { ...accepted, ...given.headers } };
  } catch (error) {
    const problem = error instanceof Problem ? error : undefined;
    const status = problem?.status ?? 500;
    const documentation = found ? `${DOCS}/${found.route.docs}` : isGraphql ? `${DOCS}/graphql` : DOCS;
    return {
      status,
      // What is no answer of GitHub's is a defect of this fake, and has to be seen.
      body: {
        message: problem?.message ?? String(error instanceof Error ? error.stack : error),
        documentation_url: documentation,
        status: String(status),
        ...problem?.more,
      },
      headers: accepted,
    };
  }
}

function commonHeaders({ world, limits }: Serving, token: string | undefined, path: string, count: number) {
  const id = fakeSha(`request ${count}`).toUpperCase();
  return {
    server: 'github.com',
    date: new Date(world.clock.now()).toUTCString(),
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private, max-age=60, s-maxage=60',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-github-request-id': `${id.slice(0, 4)}:${id.slice(4, 10)}:${id.slice(10, 17)}:${id.slice(17, 24)}:${id.slice(24, 32)}`,
    ...limits.headers(token),
    'x-ratelimit-resource': path.startsWith('/graphql') ? 'graphql' : 'core',
  };
}

/** Without what Enterprise Server puts before it, and by the repository's name where a link named its number. */
function plainPath({ world, isEnterprise }: Serving, url: string): string {
  const path = isEnterprise ? url.replace(/^\/api\/(v3(?=\/)|(?=graphql))/, '').replace(/^(?!\/)/, '/') : url;
  return path.replace(/^\/repositories\/(\d+)(?=[/?]|$)/, (whole, id) => {
    const repository = world.repositoryById(Number(id));
    return repository ? `/repos/${repository.fullName}` : whole;
  });
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
