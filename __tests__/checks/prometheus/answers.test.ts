import { afterEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../src/kube.ts';
import { SECRET } from '../asking.ts';
import { saying, type WebServer, webServer } from '../web-server.ts';
import { asked, success, vector } from './asked.ts';

const open: WebServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

describe('an answer', () => {
  it.each<[string, string, { readonly [key: string]: Json }, object]>([
    ['one series', vector([{ a: 'b' }, '5']), {}, { outcome: 'pass', value: 5, message: '5, within max 5' }],
    [
      'a scalar',
      success('scalar', [1, '5.5']),
      {},
      { outcome: 'fail', value: 5.5, message: '5.5, above max 5; the query was queue' },
    ],
    [
      'no series',
      vector(),
      { 'no-data': 'fail' },
      {
        outcome: 'no-data',
        message: expect.stringMatching(/^no data \(no-data: fail\): Prometheus at \S+ has no series for queue$/),
      },
    ],
    [
      'NaN',
      vector([{}, 'NaN']),
      { 'no-data': 'ignore' },
      {
        outcome: 'no-data',
        message: expect.stringMatching(
          /^no data \(no-data: ignore\): .* has NaN, nothing divided by nothing, for queue$/,
        ),
      },
    ],
    ['-Inf', vector([{}, '-Inf']), {}, { outcome: 'error', message: expect.stringContaining('-Inf is infinite') }],
    [
      'no number',
      vector([{}, 'high']),
      {},
      { outcome: 'error', message: expect.stringContaining('"high" is no number') },
    ],
    [
      'several of which one has no data',
      vector([{ a: '1' }, '4'], [{ a: '2' }, 'NaN'], [{ a: '3' }, '6']),
      { reduce: 'mean' },
      { outcome: 'pass', value: 5, message: 'mean of 3 series: 5, within max 5' },
    ],
    [
      'several of which one is infinite',
      vector([{ a: '1' }, '4'], [{ a: '2' }, '+Inf']),
      { reduce: 'min' },
      { outcome: 'error', message: expect.stringContaining('+Inf is infinite') },
    ],
    [
      'several without data',
      vector([{ a: '1' }, 'NaN'], [{ a: '2' }, 'NaN']),
      { reduce: 'min' },
      { outcome: 'no-data', message: expect.stringContaining('has NaN') },
    ],
    [
      'a sum that is infinite',
      vector([{ a: '1' }, '1e308'], [{ a: '2' }, '1e308']),
      { reduce: 'sum' },
      { outcome: 'error', message: expect.stringContaining('the sum of 2 numbers is infinite') },
    ],
    [
      'ranges of which the highest counts',
      success('matrix', [
        {
          metric: { a: '1' },
          values: [
            [1, '1'],
            [2, '9'],
            [3, 'NaN'],
          ],
        },
        { metric: { a: '2' }, values: [[1, '2']] },
      ]),
      { reduce: 'max', step: '1s' },
      { outcome: 'fail', value: 9, message: 'max of 2 series: 9, above max 5; the query was queue' },
    ],
    [
      'an empty range',
      success('matrix', [{ metric: {}, values: [] }]),
      { reduce: 'max', step: '1s' },
      { outcome: 'no-data', message: expect.stringContaining('has no points') },
    ],
    [
      'a warning',
      success('vector', [{ metric: {}, value: [1, '5'] }], { warnings: [`${SECRET}: a store is down`, 'more'] }),
      {},
      { outcome: 'pass', value: 5, message: '5, within max 5 (Prometheus warns: ***: a store is down)' },
    ],
    [
      'a label that is a secret',
      vector([{ a: SECRET }, '1'], [{ a: '2' }, '2']),
      {},
      { outcome: 'error', message: expect.stringContaining('{a="***"}, {a="2"}') },
    ],
  ])('with %s', async (_what, body, keys, sample) => {
    const server = await webServer(saying(body));
    open.push(server);
    expect(await asked('prometheus', { url: server.url, query: 'queue', max: 5, ...keys })).toEqual(sample);
  });

  it.each([
    [vector([{}, '9']), /^9, above max 5; the query was (.*)$/],
    [vector(), / has no series for (.*)$/],
    [vector([{}, 'NaN']), / has NaN, nothing divided by nothing, for (.*)$/],
  ])('with %s names the query as it was asked, on one line and not at length', async (body, message) => {
    const server = await webServer(saying(body));
    open.push(server);
    const query = `sum(\n  q{a="{{canary}}", b="${SECRET}"}\n)`;
    const of = async (text: string) =>
      message.exec((await asked('prometheus', { url: server.url, query: text, max: 5 })).message);
    expect((await of(query))?.[1]).toBe('sum( q{a="web-canary", b="***"} )');
    expect((await of(`${query} + ${'1 + '.repeat(100)}1`))?.[1]).toMatch(/^sum\(.{190,196}…$/);
  });
});
