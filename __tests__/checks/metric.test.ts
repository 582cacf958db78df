import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SECRET, sampled } from './asking.ts';
import { type Answering, saying, type WebServer, webServer } from './web-server.ts';

let server: WebServer;
let answering: Answering;
beforeEach(async () => {
  server = await webServer((response, got) => answering(response, got));
});
afterEach(() => server.close());

const json = (value: unknown): Answering => saying(JSON.stringify(value));

describe('the number of a metric', () => {
  it.each<[unknown, string, object, string, string, number?]>([
    [{ rate: 99.9 }, '$.rate', { min: 99.5 }, 'pass', '99.9, within min 99.5', 99.9],
    [{ rate: '98.2' }, '$.rate', { min: 99.5 }, 'fail', 'URL: $.rate is 98.2, below min 99.5', 98.2],
    [7, '$', { max: 5 }, 'fail', 'URL: $ is 7, above max 5', 7],
    [{ v: [1, 9, 2] }, '$.v[-1]', { max: 5 }, 'pass', '2, within max 5', 2],
    [{ v: [1, 9, 2] }, '$.v[*]', { max: 5, reduce: 'mean' }, 'pass', 'mean of 3 values: 4, within max 5', 4],
    [
      { v: [1, null, 'NaN', 9] },
      '$.v[*]',
      { max: 5, reduce: 'max' },
      'fail',
      'URL: max of 2 values of $.v[*] is 9, above max 5',
      9,
    ],
    [{ v: [1, null] }, '$.v[*]', { max: 5, reduce: 'last' }, 'pass', 'last of 1 value: 1, within max 5', 1],
  ])('of %j at %s', async (answer, path, limits, outcome, message, value) => {
    answering = json(answer);
    const sample = await sampled('metric', { url: server.url, 'json-path': path, ...limits });
    expect(sample).toEqual({ outcome, message: message.replace('URL', `${server.url}/`), value });
  });

  it.each<[unknown, string, object, string]>([
    [{}, '$.rate', {}, '$.rate finds nothing in the answer: {}'],
    [{ v: [] }, '$.v', {}, '$.v finds nothing in the answer: {"v":[]}'],
    [{ v: [] }, '$.v[*]', { reduce: 'max' }, '$.v[*] finds nothing in the answer: {"v":[]}'],
    [{ v: null }, '$.v', {}, '$.v finds null'],
    [{ v: 'NaN' }, '$.v', {}, '$.v finds NaN, nothing divided by nothing'],
    [{ v: [null, null] }, '$.v[*]', { reduce: 'sum' }, '$.v[*] finds null'],
  ])('is not there in %j at %s', async (answer, path, more, message) => {
    answering = json(answer);
    const sample = await sampled('metric', { url: server.url, 'json-path': path, max: 1, ...more });
    expect(sample).toEqual({ outcome: 'no-data', message: `${server.url}/: ${message}` });
  });

  it.each<[unknown, string, object, RegExp]>([
    [{ v: [1, 2] }, '$.v[*]', {}, /\$\.v\[\*\] finds 2 values; make it find one, or say by reduce/],
    [{ v: [1, 2] }, '$.v', {}, /finds no number: a list is no number; end the path with \[\*\] or \[-1\]/],
    [{ v: { a: 1 } }, '$.v', {}, /an object is no number/],
    [{ v: true }, '$.v', {}, /the truth value true is no number/],
    [{ v: `token ${SECRET}` }, '$.v', {}, /the text "token \*\*\*" is no number/],
    [{ v: '+Inf' }, '$.v', {}, /\+Inf is infinite: no measurement/],
    [{ v: [1, 'x'] }, '$.v[*]', { reduce: 'max' }, /the text "x" is no number/],
    [{ v: [1e308, 1e308] }, '$.v[*]', { reduce: 'sum' }, /the sum of 2 values is infinite/],
  ])('cannot be taken from %j at %s', async (answer, path, more, message) => {
    answering = json(answer);
    const sample = await sampled('metric', { url: server.url, 'json-path': path, max: 1, ...more });
    expect(sample).toEqual({ outcome: 'error', message: expect.stringMatching(message) });
    expect(sample.message).toContain(server.url);
  });

  it('is not taken from a number that JSON cannot hold', async () => {
    answering = saying('{"v": 1e999}');
    expect(await sampled('metric', { url: server.url, 'json-path': '$.v', max: 1 })).toMatchObject({
      outcome: 'error',
    });
  });
});

describe('an answer that is none', () => {
  it.each<[string, Answering, string]>([
    [
      'a page to sign in',
      saying('<html><title>Sign in', { type: 'text/html' }),
      'answered with a web page, perhaps to sign in, not with JSON',
    ],
    [
      'a page without a type',
      saying('  <!doctype HTML>', { type: 'text/plain' }),
      'answered with a web page, perhaps to sign in, not with JSON',
    ],
    [
      'a page with an error',
      saying('<html>', { status: 502, type: 'text/html' }),
      'answered 502 with a web page, perhaps to sign in',
    ],
    ['an error', saying('{"errors":["Forbidden"]}', { status: 403 }), 'answered 403: {"errors":["Forbidden"]}'],
    ['an error that repeats the secret', saying(`{"key":"${SECRET}"}`, { status: 401 }), 'answered 401: {"key":"***"}'],
    ['half of JSON', saying('{"v": 1'), 'answered with something else than JSON: {"v": 1'],
    ['a word', saying('pong'), 'answered with something else than JSON: pong'],
    ['nothing', saying(''), 'answered with nothing'],
    [
      'a redirect',
      saying('', { status: 302, headers: { location: 'https://sso.example/?key=1' } }),
      'leads to https://sso.example/, where nobody is asked; give that address if it is right',
    ],
    ['a redirect to nowhere', saying('', { status: 304 }), 'answered 304'],
    ['JSON with 204', response => response.writeHead(204).end(), 'answered with nothing'],
  ])('%s is an error', async (_what, given, message) => {
    answering = given;
    expect(await sampled('metric', { url: `${server.url}/api?q=1`, 'json-path': '$.v', max: 1 })).toEqual({
      outcome: 'error',
      message: `${server.url}/api ${message}`,
    });
  });

  it('that does not come is an error', async () => {
    answering = response => response.destroy();
    expect(await sampled('metric', { url: server.url, 'json-path': '$.v', max: 1 })).toEqual({
      outcome: 'error',
      message: `${server.url}/ cannot be reached: it closed the connection`,
    });
  });

  it('is not asked for without its credential', async () => {
    answering = json({ v: 1 });
    for (const [name, why] of [
      ['NOTHING', 'is not among the lines of the input credentials'],
      ['BROKEN', 'holds a line break, or another character that no header may have'],
    ] as const)
      expect(await sampled('metric', { url: server.url, 'json-path': '$.v', max: 1, auth: { bearer: name } })).toEqual({
        outcome: 'error',
        message: `${server.url}/ cannot be asked: the credential ${name} ${why}`,
      });
    expect(server.got).toEqual([]);
  });
});

describe('what is asked', () => {
  const clock = { now: () => Date.parse('2026-11-23T12:00:00Z'), after: () => () => undefined };

  it('is put together from the variables and the window', async () => {
    answering = json({ v: 1 });
    const keys = {
      url: `${server.url}/{{namespace}}?from={{start}}&to={{now}}&q=name:"{{canary-pods}}"`,
      'json-path': '$.v',
      max: 1,
      window: '5m',
      auth: { bearer: 'TOKEN', scheme: 'Api-Token' },
    };
    expect(await sampled('metric', keys, { clock })).toMatchObject({ outcome: 'pass' });
    const [got] = server.got;
    const url = new URL(got?.path ?? '', server.url);
    expect(url.pathname).toBe('/shop');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      from: '1795434900',
      to: '1795435200',
      q: 'name:"web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}"',
    });
    expect(got?.headers).toMatchObject({ authorization: `Api-Token ${SECRET}`, accept: 'application/json' });
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      '{"q": "up{pod=~\\"{{canary-pods}}\\"}"}',
      {},
      'application/json',
      '{"q": "up{pod=~\\"web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}\\"}"}',
    ],
    [
      'q=a&pods={{canary-pods}}',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'application/x-www-form-urlencoded',
      'q=a&pods=web-canary-%5Bb-df-hj-np-tv-xz24-9%5D%7B4%2C10%7D-%5Bb-df-hj-np-tv-xz24-9%5D%7B5%7D',
    ],
    [
      'up {{canary-pods}}',
      {},
      'text/plain; charset=utf-8',
      'up web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}',
    ],
    ['{"a": 1}', { 'content-type': 'application/x-amz-json-1.0' }, 'application/x-amz-json-1.0', '{"a": 1}'],
  ])('%s with %j is sent as %s', async (body, headers, type, sent) => {
    answering = json({ v: 1 });
    await sampled('metric', { url: server.url, method: 'POST', body, headers, 'json-path': '$.v', max: 1 }, { clock });
    expect(server.got[0]).toMatchObject({ body: sent, headers: { 'content-type': type } });
  });
});
