import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { ADMIN_TOKEN } from '../../src/sandbox/server/authentication.ts';
import { openSandboxServer, type SandboxServer } from '../../src/sandbox/server.ts';
import { type Connected, connected } from './test-server.ts';

let server: SandboxServer;
let made: Connected;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await openSandboxServer({ controllers: 'off' });
  closers.push(() => server.close());
  made = await connected(server.kubeconfigFor(ADMIN_TOKEN));
  closers.push(() => made.cluster.close());
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' };
const configMap = (name: string, data: string): KubeObject => ({
  ...KIND,
  metadata: { name, labels: { set: name.replace(/\d+$/, '') } },
  data: { data },
});
const ref = (name: string) => ({ ...KIND, name });

/** The state that a watch tells, until the condition holds. */
async function follow(set: string, until: (state: Map<string, unknown>) => boolean): Promise<Map<string, unknown>> {
  const state = new Map<string, unknown>();
  const stop = new AbortController();
  let synced = false;
  for await (const event of made.cluster.watch(
    KIND,
    { namespace: 'default', labelSelector: `set=${set}` },
    stop.signal,
  )) {
    if (event.type === 'synced') synced = true;
    else if (event.type === 'deleted') state.delete(event.object.metadata.name);
    else state.set(event.object.metadata.name, event.object['data']);
    if (synced && until(state)) stop.abort();
  }
  return state;
}

describe('against the sandbox', () => {
  it('300 applies and 3 watches take one connection, and each watch tells all of it', async () => {
    const before = made.facts.length;
    const watches = [1, 2, 3].map(() => follow('many', state => state.size === 300));
    const applied = await Promise.all(
      Array.from({ length: 300 }, (_, index) => made.cluster.apply(configMap(`many${index}`, 'x'))),
    );
    expect(applied.every(one => one.created)).toBe(true);
    const states = await Promise.all(watches);
    expect(states.map(state => state.size)).toEqual([300, 300, 300]);
    expect(server.sandbox.faults.counters().connections).toBe(1);
    // One for discovery.
    expect(made.facts.length - before).toBeLessThanOrEqual(300 + 3 + 1);
  });

  it.each(['cut-watch', 'expired'] as const)('a watch survives %s', async kind => {
    const set = `faulty-${kind}`;
    server.sandbox.faults.add({
      effect: kind === 'cut-watch' ? { kind, afterEvents: 2 } : { kind },
      times: 3,
      verbs: ['watch'],
      resource: 'configmaps',
    });
    const seen = follow(set, state => state.has(`${set}9`) && !state.has(`${set}0`));
    for (let index = 0; index < 10; index += 1) await made.cluster.apply(configMap(`${set}${index}`, 'x'));
    expect(await made.cluster.remove(ref(`${set}0`))).toBe(true);
    expect([...(await seen).keys()].sort()).toEqual(Array.from({ length: 9 }, (_, index) => `${set}${index + 1}`));
  });

  it('an apply whose answer was lost is made again; a create is not', async () => {
    server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, times: 2, resource: 'configmaps' });
    expect((await made.cluster.apply(configMap('lost1', 'x'))).object.metadata.name).toBe('lost1');
    server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, times: 1, resource: 'configmaps' });
    await expect(made.cluster.create(configMap('lost2', 'x'))).rejects.toMatchObject({ code: 'unreachable' });
    expect((await made.cluster.get(ref('lost2')))?.metadata.name).toBe('lost2');
  });

  it('refusals are told in our words', async () => {
    await made.cluster.patch(ref('lost1'), { data: { data: 'mine' } }, 'merge');
    await expect(
      made.cluster.replace({ ...configMap('lost1', 'y'), metadata: { name: 'lost1', resourceVersion: '1' } }),
    ).rejects.toMatchObject({ code: 'conflict', status: 409 });
    await expect(
      made.cluster.apply({ ...configMap('a', 'x'), metadata: { name: 'a', namespace: 'nowhere' } }),
    ).rejects.toMatchObject({ code: 'namespace-missing' });
    await expect(made.cluster.apply({ ...configMap('big', 'x'.repeat(1_500_000)) })).rejects.toMatchObject({
      code: 'rejected-by-api',
      hint: expect.stringContaining('1 MiB'),
    });
    await expect(made.cluster.apply({ ...configMap('strict', 'x'), dta: {} })).rejects.toMatchObject({
      code: 'rejected-by-api',
    });
    await expect(made.cluster.kind({ apiVersion: 'extensions/v1beta1', kind: 'Deployment' })).rejects.toMatchObject({
      hint: expect.stringContaining('apps/v1'),
    });
  });

  it('an unknown token is told as such', async () => {
    const stranger = await connected(server.kubeconfigFor('nobody-knows-this-token'));
    await expect(stranger.cluster.get(ref('a'))).rejects.toMatchObject({ code: 'unauthorized' });
    await stranger.cluster.close();
  });
});
