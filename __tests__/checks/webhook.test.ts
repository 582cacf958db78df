import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SECRET, sampled } from './asking.ts';
import { FACTS } from './context.ts';
import { type Answering, saying, type WebServer, webServer } from './web-server.ts';

const AT = Date.parse('2026-11-23T12:00:00Z');
const clock = { now: () => AT, after: () => () => undefined };
let server: WebServer;
let answering: Answering;
beforeEach(async () => {
  server = await webServer((response, got) => answering(response, got));
});
afterEach(() => server.close());

describe('a webhook', () => {
  it('is told the facts of the release, and passes by 2xx', async () => {
    answering = saying('', { status: 202 });
    const facts = { ...FACTS, runUrl: 'https://github.example/runs/1', pullRequest: 7 };
    const keys = { name: 'ask-ops', url: `${server.url}/{{release}}`, auth: { bearer: 'TOKEN' } };
    expect(await sampled('webhook', keys, { clock, facts })).toEqual({
      outcome: 'pass',
      message: `${server.url}/shop answered 202`,
    });
    const [got] = server.got;
    expect(got).toMatchObject({ method: 'POST', path: '/shop' });
    expect(got?.headers).toMatchObject({ 'content-type': 'application/json', authorization: `Bearer ${SECRET}` });
    expect(JSON.parse(got?.body ?? '')).toEqual({
      version: 1,
      release: 'shop',
      namespace: 'shop',
      revision: 7,
      weight: 10,
      commit: '1111111111111111111111111111111111111111',
      runUrl: 'https://github.example/runs/1',
      pullRequest: 7,
      check: 'ask-ops',
      workloads: [{ kind: 'Deployment', namespace: 'shop', name: 'web', canary: 'web-canary' }],
      at: '2026-11-23T12:00:00.000Z',
    });
  });

  it('is told null of what is not known', async () => {
    answering = saying('');
    const { commit: _, ...facts } = FACTS;
    await sampled('webhook', { url: server.url }, { facts });
    expect(JSON.parse(server.got[0]?.body ?? '')).toMatchObject({ commit: null, runUrl: null, pullRequest: null });
  });

  it.each<[string, Answering, string]>([
    ['400 with its reason', saying('not\n  now', { status: 400 }), 'answered 400: not now'],
    ['500 without one', saying('', { status: 500 }), 'answered 500'],
    [
      'a redirect',
      saying('moved', { status: 307, headers: { location: 'https://other.example/hook?key=1' } }),
      'answered 307; it leads to https://other.example/hook, where nothing is posted',
    ],
    ['a secret that it repeats', saying(`no such token ${SECRET}`, { status: 401 }), 'answered 401: no such token ***'],
  ])('fails by %s', async (_what, given, text) => {
    answering = given;
    expect(await sampled('webhook', { url: server.url })).toEqual({
      outcome: 'fail',
      message: `${server.url}/ ${text}`,
    });
  });

  it('is an error without an answer', async () => {
    answering = response => response.destroy();
    expect(await sampled('webhook', { url: server.url })).toMatchObject({ outcome: 'error' });
    answering = () => undefined;
    expect(await sampled('webhook', { url: server.url, timeout: '100ms' })).toEqual({
      outcome: 'error',
      message: `${server.url}/ gave no whole answer within 0.1 s`,
    });
  });
});
