import { afterEach, describe, expect, it } from '@jest/globals';
import { mannWhitneyCheck } from '../../src/checks/mann-whitney.ts';
import { askingContext, configOf } from './asking.ts';
import { pairOf, vector } from './prometheus/asked.ts';
import { saying, type WebServer, webServer } from './web-server.ts';

const open: WebServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

/** The message of the last of so many samples. */
async function lastOf(samples: number, answerOf: (side: 'canary' | 'stable', at: number) => string): Promise<string> {
  const asked = { canary: 0, stable: 0 };
  const server = await webServer((response, got) => {
    const side = decodeURIComponent(got.path).includes('web-canary') ? 'canary' : 'stable';
    asked[side] += 1;
    saying(answerOf(side, asked[side]))(response, got);
  });
  open.push(server);
  const config = configOf('mann-whitney', { url: server.url, query: 'q{a="{{canary}}"}' });
  if (config.kind !== 'mann-whitney') throw new Error('another check');
  const check = mannWhitneyCheck(config, askingContext({ pairs: [pairOf('shop', 'web')] }));
  const { signal } = new AbortController();
  for (let taken = 1; taken < samples; taken += 1) await check.sample(signal, false);
  const { outcome, message } = await check.sample(signal, true);
  return `${outcome}: ${message}`;
}

describe('too few samples', () => {
  const ONE = vector([{}, '1']);

  it('of a side that has no series are told with what to do', async () => {
    expect(await lastOf(3, side => (side === 'canary' ? vector() : ONE))).toBe(
      'no-data: 0 samples of the new version and 3 of stable, of the 10 each that the test needs; the query gave nothing for the new version 3 times; add "or vector(0)" if nothing means 0',
    );
    expect(await lastOf(2, (side, at) => (side === 'stable' && at === 1 ? vector() : ONE))).toBe(
      'no-data: 2 samples of the new version and 1 of stable, of the 10 each that the test needs; the query gave nothing for stable once; add "or vector(0)" if nothing means 0',
    );
    expect(await lastOf(2, () => vector())).toContain(
      'the query gave nothing for the new version 2 times and for stable 2 times; add',
    );
  });

  it('are told without, where there was always something', async () => {
    expect(await lastOf(1, side => (side === 'canary' ? ONE : vector([{}, 'NaN'])))).toBe(
      'no-data: 1 sample of the new version and 0 of stable, of the 10 each that the test needs',
    );
  });
});
