import { afterEach, describe, expect, it } from '@jest/globals';
import type { Pair } from '../../src/release/plan.ts';
import { ref } from '../traffic/hand-view.ts';
import { sampled } from './asking.ts';
import { FACTS } from './context.ts';
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

describe('an address that answers', () => {
  it.each<[string, Answering, object, 'pass' | 'fail', RegExp]>([
    ['200', saying('ok'), {}, 'pass', /^http:\/\/127\.0\.0\.1:\d+\/healthz answered 200 in \d+ ms$/],
    ['204 without a text', saying('', { status: 204 }), {}, 'pass', /answered 204/],
    [
      '500',
      saying('{"error": "no\n database"}', { status: 500 }),
      {},
      'fail',
      /answered 500, not 200-299: \{"error": "no database"\}$/,
    ],
    ['500 without a text', saying('', { status: 500 }), {}, 'fail', /answered 500, not 200-299$/],
    ['a long text', saying('x'.repeat(999), { status: 500 }), {}, 'fail', /: x{200}…$/],
    ['150 long characters', saying('🚢'.repeat(150), { status: 500 }), {}, 'fail', /: 🚢{150}$/u],
    ['201 long characters', saying('🚢'.repeat(201), { status: 500 }), {}, 'fail', /: 🚢{200}…$/u],
    ['404 that is wanted', saying('', { status: 404 }), { status: [404, '200-204'] }, 'pass', /answered 404/],
    [
      '403 where others are wanted',
      saying('', { status: 403 }),
      { status: [404, '200-204'] },
      'fail',
      /not 404 or 200-204/,
    ],
    ['a text that is looked for', saying('all is well'), { contains: 'is well' }, 'pass', /answered 200/],
    [
      'another text',
      saying('all is lost'),
      { contains: 'is well' },
      'fail',
      /answered 200 without the text "is well": all is lost$/,
    ],
    ['a pattern, which is only a text', saying('all is well'), { contains: 'a.l' }, 'fail', /without the text "a\.l"/],
    [
      'a web page',
      saying('<!DOCTYPE html><h1>Sorry', { status: 502, type: 'text/html' }),
      {},
      'fail',
      /answered 502, not 200-299, with a web page$/,
    ],
  ])('%s', async (_what, answering, keys, outcome, message) => {
    const { url } = await serve(answering);
    const sample = await sampled('http', { url: `${url}/healthz?key=1`, ...keys });
    expect(sample).toMatchObject({ outcome, message: expect.stringMatching(message), value: expect.any(Number) });
  });

  it('is not followed elsewhere: the place is named, without its query', async () => {
    const elsewhere = await serve(saying('ok'));
    const location = `${elsewhere.url}/login?next=1`;
    const { url } = await serve(saying('', { status: 302, headers: { location } }));
    expect(await sampled('http', { url })).toMatchObject({
      outcome: 'fail',
      message: `${url}/ answered 302, not 200-299; it leads to ${elsewhere.url}/login, where nobody is asked`,
    });
    expect(await sampled('http', { url, status: [302] })).toMatchObject({ outcome: 'pass' });
    expect(elsewhere.got).toEqual([]);
  });

  it('too slowly fails', async () => {
    const { url } = await serve(saying('ok'));
    let now = 0;
    const clock = { now: () => now, after: () => () => undefined };
    const slow: typeof fetch = async (input, init) => {
      now += 501;
      return fetch(input, init);
    };
    const outside = { fetch: slow, credential: () => undefined, env: {} };
    expect(await sampled('http', { url, 'max-latency': '500ms' }, { clock, outside })).toEqual({
      outcome: 'fail',
      message: `${url}/ answered 200 in 501 ms, slower than max-latency 500 ms`,
      value: 501,
    });
    expect(await sampled('http', { url, 'max-latency': '501ms' }, { clock, outside })).toMatchObject({
      outcome: 'pass',
    });
  });

  it('is sent what the config says', async () => {
    const server = await serve(saying('ok'));
    await sampled('http', {
      url: `${server.url}/{{release}}?at={{now}}`,
      method: 'POST',
      body: '{"canary": "{{canary}}", "weight": {{weight}}}',
      headers: { 'X-Plain': 'a', 'X-Secret': { credential: 'TOKEN' } },
      auth: { basic: 'LOGIN' },
    });
    const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: '' }] = server.got;
    expect({ method, path, body: JSON.parse(body) }).toEqual({
      method: 'POST',
      path: expect.stringMatching(/^\/shop\?at=\d{10}$/),
      body: { canary: 'web-canary', weight: 10 },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-plain': 'a',
      'x-secret': 'hunter2-and-more',
      authorization: `Basic ${Buffer.from('ada:hunter2-and-more').toString('base64')}`,
    });
  });
});

describe('an address that does not answer', () => {
  it('fails where nobody listens', async () => {
    const server = await webServer(saying('ok'));
    await server.close();
    expect(await sampled('http', { url: server.url })).toEqual({
      outcome: 'fail',
      message: `${server.url}/ cannot be reached: it refuses connections`,
    });
  });

  it('fails where the connection is closed', async () => {
    const { url } = await serve(response => response.destroy());
    expect(await sampled('http', { url })).toEqual({
      outcome: 'fail',
      message: `${url}/ cannot be reached: it closed the connection`,
    });
  });

  it('fails where the answer is cut', async () => {
    const { url } = await serve(response => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      response.destroy();
    });
    expect(await sampled('http', { url })).toMatchObject({ outcome: 'fail' });
  });

  it('fails where it takes too long', async () => {
    const { url } = await serve(() => undefined);
    expect(await sampled('http', { url, timeout: '100ms' })).toEqual({
      outcome: 'fail',
      message: `${url}/ gave no whole answer within 0.1 s`,
    });
  });

  it('is an error where its name is not known', async () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND shop.example'), { code: 'ENOTFOUND' });
    const outside = {
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause })),
      credential: () => undefined,
      env: {},
    };
    expect(await sampled('http', { url: 'https://shop.example' }, { outside })).toEqual({
      outcome: 'error',
      message: 'https://shop.example/ cannot be reached: its name is not known to DNS',
    });
  });

  it('is an error when the hold has ended', async () => {
    const { url } = await serve(() => undefined);
    const ended = AbortSignal.abort(new Error('the hold has ended'));
    expect(await sampled('http', { url }, {}, ended)).toEqual({ outcome: 'error', message: 'the hold has ended' });
  });
});

describe('several workloads', () => {
  const pairs: Pair[] = ['web', 'api'].map(name => ({
    stable: ref('Deployment', name),
    twin: ref('Deployment', `${name}-canary`),
    size: 1,
    surge: 1,
  }));

  it('are asked about one by one where the address names one, and the worst counts', async () => {
    const server = await serve((response, { path }) => {
      response.statusCode = path.includes('api') ? 500 : 200;
      response.end();
    });
    const sample = await sampled('http', { url: `${server.url}/{{canary}}` }, { pairs });
    expect(server.got.map(({ path }) => path).sort()).toEqual(['/api-canary', '/web-canary']);
    expect(sample).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(/^Deployment shop\/api: .* answered 500/),
    });
    expect(sample.message).not.toContain('web');
  });

  it('are one question where it names none', async () => {
    const server = await serve(saying('ok'));
    expect(await sampled('http', { url: `${server.url}/{{release}}` }, { pairs, facts: FACTS })).toMatchObject({
      outcome: 'pass',
    });
    expect(server.got).toHaveLength(1);
  });
});
