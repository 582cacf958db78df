import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask, NoAnswer } from '../../src/checks/ask.ts';
import { selfSigned } from '../../src/sandbox/server/http/certificate.ts';
import { refusal } from '../config/refusal.ts';
import { askingContext, configOf, SECRET, sampled } from './asking.ts';
import { type Answering, saying, type WebServer, webServer } from './web-server.ts';

const open: WebServer[] = [];
const serve = async (answering: Answering): Promise<WebServer> => {
  const server = await webServer(answering);
  open.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

const METRIC = { 'json-path': '$.v', max: 1 };
const KINDS = [
  ['http', {}],
  ['webhook', {}],
  ['metric', METRIC],
] as const;

/** Zeros without an end, for as long as somebody reads; resolves when nobody does. */
function endless(response: ServerResponse, encoding: 'gzip' | 'identity'): Promise<unknown> {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
  const into = encoding === 'gzip' ? createGzip() : response;
  if (into !== response) into.pipe(response);
  const zeros = Buffer.alloc(256 * 1024);
  const more = (): void => {
    while (!response.destroyed && into.write(zeros));
  };
  into.on('drain', more);
  more();
  return once(response, 'close').finally(() => into.destroy());
}

describe.each(KINDS)('a %s check', (kind, keys) => {
  it.each(['gzip', 'identity'] as const)('gives up an endless answer (%s)', async encoding => {
    let given: Promise<unknown> = Promise.resolve();
    const { url } = await serve(response => {
      given = endless(response, encoding);
    });
    const before = process.memoryUsage().arrayBuffers;
    expect(await sampled(kind, { ...keys, url })).toEqual({
      outcome: 'error',
      message: `${url}/ answered with more than 1 MiB`,
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    await given;
  });

  it('waits no longer for an answer that comes byte by byte', async () => {
    const { url } = await serve(response => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' ');
    });
    const sample = await sampled(kind, { ...keys, url, timeout: '100ms' });
    expect(sample.message).toBe(`${url}/ gave no whole answer within 0.1 s`);
    expect(sample.outcome).toBe(kind === 'http' ? 'fail' : 'error');
  });

  it('sends its credentials nowhere else', async () => {
    const elsewhere = await serve(saying('{"v": 1}'));
    const { url, got } = await serve(saying('', { status: 307, headers: { location: elsewhere.url } }));
    await sampled(kind, { ...keys, url, auth: { bearer: 'TOKEN' }, headers: { 'X-Key': { credential: 'TOKEN' } } });
    expect(got[0]?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'x-key': SECRET });
    expect(elsewhere.got).toEqual([]);
  });

  it.each([200, 302, 401, 500])('repeats no credential that an answer of %d repeats', async status => {
    const headers = { location: `https://${SECRET}.example/${SECRET}` };
    const { url } = await serve((response, got) =>
      saying(`you said ${got.headers.authorization}`, { status, headers })(response, got),
    );
    // So that an answer of 200 is quoted, too.
    const quoted = kind === 'http' ? { contains: 'well' } : {};
    const { message } = await sampled(kind, { ...keys, ...quoted, url, auth: { bearer: 'TOKEN' } });
    expect(message).toContain(kind === 'webhook' && status === 200 ? 'answered 200' : '***');
    expect(message).not.toContain(SECRET);
  });

  it('trusts no certificate that nobody vouches for', async () => {
    const { cert, key } = selfSigned(Date.now());
    const server = createServer({ cert, key }, (_request, response) => response.end('{"v": 1}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sample = await sampled(kind, { ...keys, url: `https://127.0.0.1:${port}` });
    server.close();
    expect(sample).toEqual({ outcome: 'error', message: expect.stringMatching(/cannot be reached: .*certificate/) });
  });

  it('does not ask where the password stands in the address', async () => {
    const wrong = { ...keys, url: 'https://ada:hunter2@shop.example' };
    expect((await refusal(() => configOf(kind, wrong))).message).toContain('must not hold a password');
  });

  it.each<[string, Record<string, string>]>([
    ['a line break', { 'X-A': 'a\r\nX-B: b' }],
    ['a null', { 'X-A': 'a\0' }],
    ['a letter that no header has', { 'X-A': 'ä€' }],
    ['a name with a colon', { 'X-A: b\r\nX-B': 'c' }],
    ['a header of the request itself', { Host: 'other.example' }],
    ['its length', { 'Content-Length': '0' }],
    ['another authorization', { authorization: 'Bearer x' }],
  ])('takes no header with %s', async (_what, headers) => {
    const { code } = await refusal(() => configOf(kind, { ...keys, url: 'https://shop.example', headers }));
    expect(code).toBe('invalid-input');
  });
});

describe('JSON that is meant to hurt', () => {
  const deep = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

  it.each([
    ['a value', '$', deep(100_000), 'error', 'a list is no number'],
    ['a value that is searched', '$..v', deep(100_000), 'no-data', '$..v finds nothing'],
    ['names of prototypes', '$.__proto__.v', '{"__proto__": {"v": 7}, "constructor": 1}', 'fail', '7, above max 1'],
    ['names of all objects', '$.constructor', '{}', 'no-data', 'finds nothing'],
    ['100,000 values', '$[*]', `[${'9,'.repeat(100_000)}9]`, 'error', 'finds 100001 values'],
    [
      'a comparison with something deep',
      '$[?@ == $]',
      `[${deep(100_000)}]`,
      'error',
      'is nested too deeply to look for',
    ],
  ])('%s at %s', async (_what, path, text, outcome, message) => {
    const { url } = await serve(saying(text));
    const sample = await sampled('metric', { url, 'json-path': path, max: 1 });
    expect(sample).toMatchObject({ outcome, message: expect.stringContaining(message) });
    expect(sample.message.length).toBeLessThan(500);
  });

  it('reduces 100,000 values', async () => {
    const { url } = await serve(saying(`[${'9,'.repeat(100_000)}10]`));
    expect(await sampled('metric', { url, 'json-path': '$[*]', max: 1, reduce: 'max' })).toMatchObject({ value: 10 });
  });
});

describe('an address with a password', () => {
  const context = askingContext({ redact: text => text });
  const asked = (url: string): Promise<unknown> =>
    ask(
      context,
      { to: { url }, method: 'GET' },
      { auth: undefined, headers: undefined, timeoutMs: 1_000 },
      never,
    ).catch((error: unknown) => error);
  const never = new AbortController().signal;

  it.each([
    [`http://me:${SECRET}@prom.example/base?token=${SECRET}`, 'http://prom.example/base cannot be asked: its address'],
    [`http://${SECRET}@prom.example`, 'http://prom.example/ cannot be asked: its address holds a name or password'],
    [`http://me:${SECRET}@prom.example:port/`, 'http://prom.example:port/ cannot be asked: that is no http(s) address'],
  ])('is not asked, and not quoted: %s', async (url, message) => {
    let fetched = 0;
    context.outside.fetch = async () => {
      fetched += 1;
      throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${url}`);
    };
    const error = (await asked(url)) as NoAnswer;
    expect(error).toBeInstanceOf(NoAnswer);
    expect(error.why).toBe('lost');
    expect(error.message).toContain(message);
    expect([error.message, String(error.cause)].join()).not.toContain(SECRET);
    expect(fetched).toBe(0);
  });

  it.each([
    `https://me:${SECRET}@prom.example`,
    `me:${SECRET}@prom.example`,
    `https://me:${SECRET}@prom.example/${'x'.repeat(3_000)}`,
  ])('is not quoted where a file holds it either: %.60s', async url => {
    const { message } = await refusal(async () => configOf('webhook', { url }));
    expect(message).toMatch(/url: (an address in a file must not hold a password|what is given \(not shown here\))/);
    expect(message).not.toContain(SECRET);
  });
});
