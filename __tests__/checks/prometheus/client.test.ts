import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckContext } from '../../../src/checks/check.ts';
import type { Json } from '../../../src/kube.ts';
import { SECRET } from '../asking.ts';
import { type Answering, saying, type WebServer, webServer } from '../web-server.ts';
import { asked, refusal, success, vector } from './asked.ts';

const open: WebServer[] = [];
const serve = async (answering: Answering): Promise<WebServer> => {
  const server = await webServer(answering);
  open.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

const QUESTION = { query: 'queue', max: 5 };
const ask = (url: string, keys: { readonly [key: string]: Json } = {}, given: Partial<CheckContext> = {}) =>
  asked('prometheus', { url, ...QUESTION, ...keys }, given);

describe('what is sent', () => {
  it('is the query, with its variables, below the path of the address', async () => {
    const server = await serve(saying(vector([{}, '1'])));
    for (const path of ['', '/', '/prom', '/prom/', '/prom?tenant=a', '/{{release}}#graph'])
      await ask(`${server.url}${path}`, { query: 'q{a="{{canary}}"}' });
    const query = 'query=q%7Ba%3D%22web-canary%22%7D';
    expect(server.got.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /api/v1/query?${query}`,
      `GET /api/v1/query?${query}`,
      `GET /prom/api/v1/query?${query}`,
      `GET /prom/api/v1/query?${query}`,
      `GET /prom/api/v1/query?tenant=a&${query}`,
      `GET /shop/api/v1/query?${query}`,
    ]);
    expect(server.got[0]?.headers).toMatchObject({ accept: 'application/json' });
  });

  it('is a range that ends now', async () => {
    const server = await serve(saying(success('matrix', [{ metric: {}, values: [[1, '1']] }])));
    const clock = { now: () => 1_700_000_060_500, after: () => () => undefined };
    await ask(server.url, { window: '1m', step: '5s', reduce: 'max', query: 'q[{{window}}]' }, { clock });
    const [{ path } = { path: '' }] = server.got;
    expect(path.split('?')[0]).toBe('/api/v1/query_range');
    expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toEqual({
      query: 'q[1m]',
      start: '1700000000.5',
      end: '1700000060.5',
      step: '5',
    });
  });

  it('is a form where it is long', async () => {
    const server = await serve(saying(vector([{}, '1'])));
    const query = `q{a="${'x'.repeat(4_100)}"}`;
    await ask(`${server.url}/prom?tenant=a`, { query });
    const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: '' }] = server.got;
    expect([method, path, headers['content-type']]).toEqual([
      'POST',
      '/prom/api/v1/query?tenant=a',
      'application/x-www-form-urlencoded',
    ]);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ query });
  });
});

describe('what is no answer', () => {
  const PAGE = '<!DOCTYPE html><title>Sign in</title>';
  const GIVE = 'give the address below which its API is, so that /api/v1/query follows';

  it.each<[string, Answering, string | RegExp]>([
    [
      'a query that is wrong',
      saying(refusal('bad_data', `1:7: parse error: ${SECRET}`), { status: 400 }),
      'Prometheus at URL refused the query (400, bad_data): 1:7: parse error: ***; mend the query',
    ],
    [
      'a query that took too long',
      saying(refusal('timeout', 'query timed out in expression evaluation'), { status: 503 }),
      'Prometheus at URL refused the query (503, timeout): query timed out in expression evaluation; make the query smaller, or its window shorter',
    ],
    [
      'a Prometheus that starts',
      saying('Service Unavailable', { status: 503, type: 'text/plain' }),
      'URL answered 503: Service Unavailable',
    ],
    [
      'an error of a sort that nobody knows',
      saying(refusal('too_much', ''), { status: 500 }),
      'Prometheus at URL refused the query (500, too_much)',
    ],
    [
      'a Prometheus that starts, and says so as JSON',
      saying(refusal('unavailable', `not ready: ${SECRET}`), { status: 503 }),
      'Prometheus at URL could not answer (503, unavailable: not ready: ***); it may be starting',
    ],
    [
      'an error within Prometheus',
      saying(refusal('internal', ''), { status: 500 }),
      'Prometheus at URL could not answer (500, internal); it may be starting',
    ],
    [
      'an error that calls itself 200',
      saying(refusal('internal', 'lost')),
      'Prometheus at URL refused the query (200, internal): lost',
    ],
    ['401', saying('', { status: 401 }), 'URL answered 401; say by auth or headers what lets requests in'],
    [
      '403 with a page',
      saying(PAGE, { status: 403, type: 'text/html' }),
      'URL answered 403 with a web page; say by auth or headers what lets requests in',
    ],
    [
      '404',
      saying('404 page not found\n', { status: 404, type: 'text/plain' }),
      `URL answered 404: 404 page not found; there is no /api/v1/query here: ${GIVE}`,
    ],
    [
      'a page',
      saying(PAGE, { type: 'text/html' }),
      `URL answered 200 with a web page, which is no answer of Prometheus; ${GIVE}`,
    ],
    ['nothing', saying(''), `URL answered 200 with nothing, which is no answer of Prometheus; ${GIVE}`],
    [
      'text',
      saying('pong', { type: 'text/plain' }),
      `URL answered 200 with something else than JSON: pong, which is no answer of Prometheus; ${GIVE}`,
    ],
    [
      'other JSON',
      saying('[{"up": 1}]'),
      `URL answered 200 with other JSON: [{"up": 1}], which is no answer of Prometheus; ${GIVE}`,
    ],
    ['JSON that is null', saying('null'), /answered 200 with other JSON: null/],
    ['a result of a sort that nobody knows', saying(success('table', [])), /with other JSON/],
    ['a vector that is none', saying(success('vector', { a: 1 })), /with other JSON/],
    ['a point that is none', saying(success('vector', [{ metric: {}, value: [1] }])), /with other JSON/],
    ['a number that is not written as one', saying(success('scalar', [1, 5])), /with other JSON/],
    ['points that are none', saying(success('matrix', [{ metric: {}, values: [['1', 1]] }])), /with other JSON/],
    ['a series without points', saying(success('matrix', [{ metric: {} }])), /with other JSON/],
    [
      'a native histogram',
      saying(success('vector', [{ metric: {}, histogram: [1, { count: '1' }] }])),
      /^Prometheus answered with native histograms, which are no numbers; ask for one by histogram_quantile/,
    ],
    [
      'native histograms over a range',
      saying(success('matrix', [{ metric: {}, histograms: [] }])),
      /with native histograms/,
    ],
    [
      'a redirect',
      saying('', { status: 302, headers: { location: '/login?next=%2F' } }),
      /^URL answered 302 and leads to http:\/\/127\.0\.0\.1:\d+\/login, where nobody is asked: credentials would go with the question\. If that is where Prometheus is, give that address; if it is a page to sign in, say by auth or headers/,
    ],
    ['a redirect to nowhere', saying('', { status: 304 }), /^URL answered 304 and leads elsewhere/],
    [
      'a redirect to what is no address',
      saying('', { status: 301, headers: { location: 'http://' } }),
      /^URL answered 301 and leads to http:\/\//,
    ],
    [
      'more than can be read',
      saying(`"${'x'.repeat(1024 * 1024)}"`),
      'Prometheus at URL answered with more than 1 MiB; let the query give fewer series, as by sum or topk',
    ],
    [
      'little that becomes more than can be read',
      saying(gzipSync(Buffer.alloc(5 * 1024 * 1024)), { headers: { 'content-encoding': 'gzip' } }),
      'Prometheus at URL answered with more than 1 MiB; let the query give fewer series, as by sum or topk',
    ],
    [
      'half an answer',
      response => response.destroy(),
      /^Prometheus at URL cannot be reached: it closed the connection; is the address right/,
    ],
  ])('%s', async (_what, answering, message) => {
    const server = await serve(answering);
    const sample = await ask(`${server.url}/prom`);
    const told = sample.message.replace(`${server.url}/prom/api/v1/query`, 'URL');
    expect({ ...sample, message: told }).toEqual({
      outcome: 'error',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(server.got).toHaveLength(1);
  });

  it('unreachable-prometheus: the message names the address and the cause', async () => {
    const server = await webServer(saying(''));
    await server.close();
    const advice =
      'is the address right, and can it be reached from where this runs? What is within the cluster is asked by service: namespace/name';
    expect(await ask(server.url)).toEqual({
      outcome: 'error',
      message: `Prometheus at ${server.url}/api/v1/query cannot be reached: it refuses connections; ${advice}`,
    });
    const failing = async (): Promise<never> => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ENOTFOUND' }) });
    };
    const outside = { fetch: failing, credential: () => undefined, env: {} };
    expect(await ask('http://prometheus.monitoring:9090', {}, { outside })).toEqual({
      outcome: 'error',
      message: `Prometheus at http://prometheus.monitoring:9090/api/v1/query cannot be reached: its name is not known to DNS; ${advice}`,
    });
  });

  it('a credential that is not there', async () => {
    const server = await serve(saying(vector([{}, '1'])));
    expect(await ask(server.url, { auth: { bearer: 'MISSING' } })).toEqual({
      outcome: 'error',
      message: `Prometheus at ${server.url}/api/v1/query cannot be asked: the credential MISSING is not among the lines of the input credentials`,
    });
    expect(server.got).toEqual([]);
  });

  it('anything after the time that is given', async () => {
    const server = await serve(() => undefined);
    const late: (() => void)[] = [];
    const after = (_ms: number, then: () => void) => {
      late.push(then);
      return () => undefined;
    };
    const clock = { now: () => 0, after };
    const sample = ask(server.url, { timeout: '2s' }, { clock });
    for (const then of late) then();
    expect((await sample).message).toMatch(/api\/v1\/query gave no whole answer within 2 s; is the address right/);
  });
});
