import { writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { filled, inQuery } from '../../../src/checks/fill-in.ts';
import { queryInstant } from '../../../src/checks/prometheus/client.ts';
import type { Json } from '../../../src/kube.ts';
import { CREDENTIALS, missingPrometheus, type Prometheus, startPrometheus } from '../../sandbox/metrics/prometheus.ts';
import { askingContext, configOf } from '../asking.ts';
import { FACTS } from '../context.ts';
import { saying, type WebServer, webServer } from '../web-server.ts';
import { asked, pairOf } from './asked.ts';

const why = missingPrometheus();
// Jest shows no console of a file whose tests are all skipped.
if (why) writeSync(2, `Skipped are queries to a real Prometheus: ${why}.\n`);

const BASIC = `${CREDENTIALS.name}:${CREDENTIALS.password}`;
const OUTSIDE = {
  ...askingContext().outside,
  credential: (name: string) => ({ PROM: BASIC, TOKEN: 'let-me-in', WRONG: 'ada:wrong' })[name],
};
const METRICS = `queue{app="web-canary"} 12
queue{app="web"} 3
queue{app="api-canary"} 40
queue{app="api"} 3
idle{app="web-canary"} 0
`;

(why ? describe.skip : describe)('a real Prometheus that asks who is there', () => {
  let target: WebServer;
  let prometheus: Prometheus;
  let gate: WebServer;

  beforeAll(async () => {
    target = await webServer(saying(METRICS, { type: 'text/plain' }));
    prometheus = await startPrometheus({ scrape: `${target.url}/metrics`, intervalMs: 500, auth: true });
    const authorization = `Basic ${Buffer.from(BASIC).toString('base64')}`;
    /** What stands before a Prometheus in many a company: a path of its own, a token, a tenant. */
    gate = await webServer((response, { method, path, headers, body }) => {
      const isLetIn = headers.authorization === 'Bearer let-me-in' && headers['x-scope-orgid'] === 'shop';
      if (!isLetIn) return saying('no', { status: 403, type: 'text/plain' })(response, { method, path, headers, body });
      const type = headers['content-type'];
      void fetch(`${prometheus.url}${path.replace(/^\/metrics\/prom/, '')}`, {
        method,
        headers: { authorization, ...(type ? { 'content-type': type } : {}) },
        ...(body ? { body } : {}),
      }).then(async answer => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        response.end(await answer.text());
      });
    });
    await prometheus.scraped();
  }, 20_000);
  afterAll(async () => {
    await gate?.close();
    await prometheus?.stop();
    await target?.close();
  });

  const ask = (keys: { readonly [key: string]: Json }, given = {}) =>
    asked('prometheus', { url: prometheus.url, auth: { basic: 'PROM' }, ...keys }, { outside: OUTSIDE, ...given });

  it.each<[string, { readonly [key: string]: Json }, string, number | undefined, RegExp]>([
    ['passes', { query: 'queue{app="{{canary}}"}', max: 12 }, 'pass', 12, /^12, within max 12$/],
    [
      'fails above',
      { query: 'queue{app="{{canary}}"}', max: 11.5 },
      'fail',
      12,
      /^12, above max 11\.5; the query was queue\{app="web-canary"\}$/,
    ],
    ['fails below', { query: 'queue{app=~"{{stable}}"}', min: 4 }, 'fail', 3, /^3, below min 4; the query was queue/],
    ['takes a scalar', { query: '{{weight}} * 2', min: 20, max: 20 }, 'pass', 20, /^20, within min 20 and max 20$/],
    ['takes arithmetic', { query: '2 > bool 1', min: 1 }, 'pass', 1, /^1, within/],
    [
      'adds several series up',
      { query: 'queue', reduce: 'sum', max: 50 },
      'fail',
      58,
      /^sum of 4 series: 58, above max 50; the query was queue$/,
    ],
    ['takes their mean', { query: 'queue', reduce: 'mean', max: 50 }, 'pass', 14.5, /^mean of 4 series: 14\.5, within/],
    [
      'refuses several',
      { query: 'queue', max: 50 },
      'error',
      undefined,
      /the answer has 4 series, queue\{app="api",instance="\S+",job="sandbox"\}, .* and 1 more; let the query give one .* or say by reduce/,
    ],
    [
      'refuses a range of points',
      { query: 'queue{app="web"}[10m]', max: 50 },
      'error',
      undefined,
      /the answer is a range of points, not one/,
    ],
    [
      'has no data where nothing is selected',
      { query: 'nothing', max: 1 },
      'no-data',
      undefined,
      /has no series for nothing$/,
    ],
    [
      'has no data in NaN',
      { query: '0 / idle', max: 1 },
      'no-data',
      undefined,
      /has NaN, nothing divided by nothing, for 0 \/ idle$/,
    ],
    ['refuses Inf', { query: '1 / idle', max: 1 }, 'error', undefined, /\+Inf is infinite: no measurement$/],
    ['refuses a text', { query: '"high"', max: 1 }, 'error', undefined, /the answer is the text "high", no number$/],
    [
      'refuses what it cannot parse',
      { query: 'sum(queue', max: 1 },
      'error',
      undefined,
      /^Prometheus at http:\S+\/api\/v1\/query refused the query \(400, bad_data\): .*unclosed left parenthesis; mend the query$/,
    ],
    [
      'refuses what cannot be evaluated',
      { query: 'queue / on() queue', max: 1 },
      'error',
      undefined,
      /refused the query \(422, execution\): found duplicate series .*; the query cannot be evaluated: mend it$/,
    ],
    [
      'takes the highest of a range',
      { query: 'queue{app="web"} + 0 * time()', step: '1s', window: '10s', reduce: 'max', max: 2 },
      'fail',
      3,
      /^3, above max 2; the query was queue/,
    ],
    [
      'takes the last of a range',
      { query: 'time() - {{start}}', step: '10s', window: '1m', reduce: 'last', min: 59, max: 61 },
      'pass',
      undefined,
      /^\d/,
    ],
    [
      'refuses the last of several',
      { query: 'queue', step: '1s', window: '10s', reduce: 'last', max: 2 },
      'error',
      undefined,
      /4 series.*min, max, mean or sum, as last is of one series/,
    ],
    [
      'refuses a range of ranges',
      { query: 'queue[1m]', step: '1s', window: '10s', reduce: 'last', max: 2 },
      'error',
      undefined,
      /query_range refused the query \(400, bad_data\): .*invalid expression type "range vector"/,
    ],
  ])('%s', async (_what, keys, outcome, value, message) => {
    const sample = await ask(keys);
    expect(sample).toMatchObject({ outcome, message: expect.stringMatching(message) });
    if (value !== undefined) expect(sample.value).toBe(value);
  });

  it('is asked for each workload, and the worst answer counts', async () => {
    const pairs = [pairOf('shop', 'web'), pairOf('shop', 'api')];
    expect(await ask({ query: 'queue{app="{{canary}}"}', max: 30 }, { pairs })).toMatchObject({
      outcome: 'fail',
      message: 'Deployment shop/api: 40, above max 30; the query was queue{app="api-canary"}',
    });
    expect(await ask({ query: 'idle{app="{{canary}}"}', max: 30 }, { pairs })).toMatchObject({
      outcome: 'no-data',
      message: expect.stringMatching(
        /^Deployment shop\/api: no data \(.*\): .* has no series for idle\{app="api-canary"\}$/,
      ),
    });
    expect(await ask({ query: 'sum(queue)', max: 60 }, { pairs })).toMatchObject({ message: '58, within max 60' });
  });

  it('lets nobody in without the right credentials', async () => {
    const keys = { query: 'queue{app="web"}', max: 5 };
    for (const auth of [undefined, { basic: 'WRONG' }])
      expect(
        await asked('prometheus', { url: prometheus.url, ...keys, ...(auth ? { auth } : {}) }, { outside: OUTSIDE }),
      ).toMatchObject({
        outcome: 'error',
        message: expect.stringMatching(/answered 401: Unauthorized; say by auth or headers what lets requests in$/),
      });
  });

  it('is found below a path, by a token and a header', async () => {
    const keys = { query: 'queue{app="web"}', max: 5, headers: { 'X-Scope-OrgID': 'shop' }, auth: { bearer: 'TOKEN' } };
    for (const url of [`${gate.url}/metrics/prom`, `${gate.url}/metrics/prom/`])
      expect(await ask({ ...keys, url })).toMatchObject({ outcome: 'pass', value: 3 });
    expect(await ask({ ...keys, url: `${gate.url}/metrics/prom`, headers: {} })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/answered 403: no; say by auth or headers/),
    });
    // Its API is not there, and it says so.
    expect(await ask({ ...keys, url: `${gate.url}/elsewhere` })).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(
        /answered 404: 404 page not found; there is no \/api\/v1\/query here: give the address/,
      ),
    });
  });

  it('is asked a long query, which is no part of the address', async () => {
    const query = `queue{app=~"web|${'x'.repeat(5_000)}"}`;
    const headers = { 'X-Scope-OrgID': 'shop' };
    const before = gate.got.length;
    const keys = { url: `${gate.url}/metrics/prom`, auth: { bearer: 'TOKEN' }, headers, query, max: 5 };
    expect(await ask(keys)).toMatchObject({ outcome: 'pass', value: 3 });
    expect(gate.got.slice(before)).toMatchObject([{ method: 'POST', path: '/metrics/prom/api/v1/query' }]);
  });

  it('reads any value within quotes as it is', async () => {
    const config = configOf('prometheus', { url: prometheus.url, auth: { basic: 'PROM' }, query: '1', max: 1 });
    if (config.kind !== 'prometheus') throw new Error('another check');
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[\\"'`\n\r\t{}[\]() a-z]{0,20}$/));
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom('"', "'"), async (commit, quote) => {
        const context = askingContext({ facts: { ...FACTS, commit }, outside: OUTSIDE });
        const query = filled(`${quote}{{commit}}${quote}`, inQuery, context, undefined);
        const { type, series } = await queryInstant(config, query, context, undefined, new AbortController().signal);
        expect([type, series[0]?.points[0]?.[1]]).toEqual(['string', commit]);
      }),
      { numRuns: 60 },
    );
  });
});
