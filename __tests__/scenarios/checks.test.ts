import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { records, release, standing } from './releases.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

/** A Prometheus that answers each query with this number, or with nothing. */
let value: number | undefined = 0;
const requests: IncomingMessage[] = [];
let url = '';

const server = createServer((request, response) => {
  requests.push(request);
  response.setHeader('content-type', 'application/json');
  const result = value === undefined ? [] : [{ metric: {}, value: [Date.now() / 1000, String(value)] }];
  response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
});

beforeAll(async () => {
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const config = (more: string): string => `
steps: [{weight: 50, hold: 2s}, {hold: 1s}]
checks:
  - prometheus: {name: errors, query: "sum(errors{pod=~'{{canary-pods}}'})", max: 1, interval: 300ms${more}}
`;

/** All that a run shows where people look, and what the cluster keeps of it. */
async function everything({ cluster, namespace }: SandboxWorld, ...shown: string[]): Promise<string> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace });
  const stored = items.flatMap(secret => Object.values((secret as { data?: Record<string, string> }).data ?? {}));
  return [...shown, ...stored.map(text => Buffer.from(text, 'base64').toString('latin1'))].join('\n');
}

const visible = (log: string): string =>
  log
    .split('\n')
    .filter(line => !line.startsWith('::add-mask::'))
    .join('\n');

describe('checks', () => {
  onSandbox('ask with credentials that are shown nowhere, and that whoever promotes must give again', async world => {
    const token = 't0ken-of-prometheus';
    await release(world, 1);
    value = undefined;
    requests.length = 0;
    const inputs = { config: config(', auth: {bearer: TOKEN}'), credentials: `TOKEN=${token}`, prometheus: url };
    const waiting = await release(world, 2, inputs);
    expect(waiting.outputs).toMatchObject({ phase: 'paused', reason: 'check-inconclusive' });
    expect(waiting.summary).toContain('no data');
    expect(requests.map(({ headers }) => headers.authorization)).toContain(`Bearer ${token}`);
    const refused = await world.command('promote');
    expect(refused.outputs).toMatchObject({ phase: 'failed', reason: 'invalid-input' });
    expect(refused.log).toContain('the credential TOKEN is not among the lines of the input credentials');
    expect(await standing(world)).toBe('version 1, 1 pods');
    value = 0;
    const promoted = await world.command('promote', { credentials: `TOKEN=${token}` });
    expect(promoted.outputs).toMatchObject({ phase: 'succeeded' });
    const all = await everything(
      world,
      ...[waiting, refused, promoted].map(({ log, summary, outputs }) =>
        [visible(log), summary, JSON.stringify(outputs)].join('\n'),
      ),
    );
    expect(all).not.toContain(token);
    expect(all).not.toContain(Buffer.from(token).toString('base64'));
  });

  onSandbox('unreachable-prometheus: the message names the address and the cause', async world => {
    await release(world, 1);
    const gone = createServer();
    await new Promise<void>(resolve => void gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise(resolve => void gone.close(resolve));
    const inputs = { config: config(', error-limit: 1'), prometheus: `http://127.0.0.1:${port}` };
    const { outputs, summary, log } = await release(world, 2, inputs);
    expect(outputs).toMatchObject({ phase: 'rolled-back', reason: 'check-error' });
    for (const text of [summary, log])
      expect(text).toMatch(new RegExp(`http://127\\.0\\.0\\.1:${port}/.*refuses connections`));
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
  });

  onSandbox(
    'are refused with line and key where they are wrong, all at once and before anything is written',
    async world => {
      await release(world, 1);
      world.writes();
      const wrong = `
checks:
  - success-rate: {min: 999}
  - prometheus: {query: "sum(errors{pod='{{canry}}'})", max: 1}
  - http: {url: "ftp://example.com"}
  - pign
`;
      const { outputs, log } = await release(world, 2, { config: wrong, credentials: 'no credential' });
      expect(outputs).toMatchObject({ phase: 'failed', reason: 'invalid-input' });
      expect(log).toContain('credentials: line 1 is not NAME=value');
      expect(log).not.toContain('no credential');
      const { log: second } = await release(world, 2, { config: wrong });
      expect(second).toContain('line 2: checks: item 1: success-rate: 999 is no percentage');
      expect(second).toContain('there is no variable {{canry}}');
      expect(second).toMatch(/line 4: checks: item 3: http: url: "ftp:\/\/example.com" is not allowed/);
      expect(second).toMatch(/line 5: checks: item 4: "pign" is no check/);
      expect(world.writes()).toEqual([]);
    },
  );
});
