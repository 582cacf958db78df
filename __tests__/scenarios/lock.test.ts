import { describe, expect } from '@jest/globals';
import { configMap, deployment, documents } from './objects.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

/** Runs a release whose pods take long, and calls back when its Lease is taken and its objects are applied. */
function slowRun(
  { run }: SandboxWorld,
  whenApplied: (kill: (signal: NodeJS.Signals) => void) => void,
  inputs: Record<string, string> = {},
) {
  let called = false;
  return run(inputs, {
    env: { GITHUB_RUN_ID: '7' },
    onLog: (text, child) => {
      if (called || !text.includes('Wait until healthy')) return;
      called = true;
      whenApplied(signal => child.kill(signal));
    },
  });
}

const slow = (version: string, readyAfter = '4s'): string =>
  documents(
    deployment({ annotations: { 'sandbox.sluice.dev/ready-after': readyAfter, version } }),
    configMap('c', { version }),
  );

describe('concurrent-runs', () => {
  onSandbox('the second fails with the holder’s URL where it may not wait', async world => {
    // A holder shows that it is alive by a renewal, every five seconds.
    await world.write({ 'web.yaml': slow('1', '9s') });
    const second = Promise.withResolvers<Awaited<ReturnType<typeof world.run>>>();
    const first = slowRun(world, () => void world.run({ concurrency: 'fail' }).then(second.resolve, second.reject));
    const refused = await second.promise;
    expect(refused.outputs).toMatchObject({ phase: 'failed', reason: 'locked' });
    expect(refused.log).toContain('https://github.example/acme/shop/actions/runs/7');
    expect((await first).outputs).toMatchObject({ phase: 'succeeded', revision: '1' });
  });

  onSandbox('the second waits, and then works on what the first has left: no interleaved writes', async world => {
    await world.write({ 'web.yaml': slow('1') });
    const second = Promise.withResolvers<Awaited<ReturnType<typeof world.run>>>();
    const first = slowRun(world, () => {
      void world
        .write({ 'web.yaml': slow('2') })
        .then(() => world.run())
        .then(second.resolve, second.reject);
    });
    expect((await first).outputs).toMatchObject({ phase: 'succeeded', revision: '1' });
    const { outputs, log } = await second.promise;
    expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(log).toContain(
      'Waiting for another run of this release to end: https://github.example/acme/shop/actions/runs/7',
    );
    const writes = world.writes().map(write => write.replace('update secrets/sluice.shop.1', 'ended 1'));
    const ended = writes.indexOf('ended 1');
    expect(writes.slice(0, ended).filter(write => write.endsWith('sluice.shop.2'))).toEqual([]);
  });

  onSandbox('two runs of one commit: the second finds nothing to do', async world => {
    await world.write({ 'web.yaml': slow('1') });
    const second = Promise.withResolvers<Awaited<ReturnType<typeof world.run>>>();
    const first = slowRun(world, () => void world.run().then(second.resolve, second.reject));
    expect((await first).outputs).toMatchObject({ phase: 'succeeded', revision: '1' });
    expect((await second.promise).outputs).toMatchObject({ phase: 'unchanged', revision: '1' });
  });
});

describe('a run that is cut', () => {
  onSandbox('by SIGINT notes it and gives the lock back within five seconds; the next run finishes', async world => {
    await world.write({ 'web.yaml': slow('1') });
    let cutAt = 0;
    const cut = await slowRun(world, kill => {
      cutAt = performance.now();
      kill('SIGINT');
    });
    expect(performance.now() - cutAt).toBeLessThan(5_000);
    expect({ exitCode: cut.exitCode, ...cut.outputs }).toMatchObject({
      exitCode: 1,
      phase: 'aborted',
      reason: 'cancelled',
      revision: '1',
    });
    expect(cut.summary).toContain('cut');
    const { items } = await world.cluster.list(LEASE, { namespace: world.namespace });
    expect(items).toEqual([]);
    const next = await world.run();
    expect(next.outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
  });

  onSandbox('by SIGKILL is settled by post: a summary that says so, and the lock given back', async world => {
    await world.write({ 'web.yaml': slow('1') });
    const cut = await slowRun(world, kill => kill('SIGKILL'));
    expect(cut.signal).toBe('SIGKILL');
    expect((await world.cluster.list(LEASE, { namespace: world.namespace })).items).toHaveLength(1);
    const post = await world.run({}, { entry: 'post', state: cut.state });
    expect(post.exitCode).toBe(0);
    expect(post.summary).toContain('cut before it could say how the release ended');
    expect((await world.cluster.list(LEASE, { namespace: world.namespace })).items).toEqual([]);
    expect((await world.run()).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
  });

  onSandbox('with its machine loses the lock after its silence, and the next run goes on', async world => {
    await world.write({ 'web.yaml': slow('1') });
    await slowRun(world, kill => kill('SIGKILL'));
    const next = await world.run();
    expect(next.log).toContain('Waiting for another run');
    expect(next.outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
  });

  onSandbox('and whose lock another has taken stops writing at once', async world => {
    await world.write({ 'web.yaml': deployment({ annotations: { 'sandbox.sluice.dev/ready-after': '20s' } }) });
    const robbed = await slowRun(world, () => {
      const { api } = world.server.sandbox;
      const lease = api.get('coordination.k8s.io/Lease', world.namespace, 'sluice.shop');
      const thief = {
        ...lease,
        spec: { ...(lease?.spec as object), holderIdentity: 'https://github.example/thief#1' },
      };
      api.update(thief as Parameters<typeof api.update>[0], { manager: 'thief' });
      world.writes();
    });
    expect(robbed.outputs).toMatchObject({ phase: 'aborted', reason: 'lock-lost' });
    expect(world.writes()).toEqual([]);
  });

  onSandbox('leaves nothing to do for post where it has reported its end', async world => {
    await world.write({ 'c.yaml': configMap('c', {}) });
    const { state } = await world.run();
    const post = await world.run({}, { entry: 'post', state });
    expect({ exitCode: post.exitCode, summary: post.summary, log: post.log }).toEqual({
      exitCode: 0,
      summary: '',
      log: '',
    });
  });
});

describe('an answer that is lost', () => {
  for (const [verb, resource] of [
    ['create', 'leases'],
    ['create', 'secrets'],
    ['update', 'secrets'],
    ['delete', 'leases'],
  ] as const)
    onSandbox(`of ${verb} ${resource} leaves no trace`, async world => {
      await world.write({ 'c.yaml': configMap('c', {}) });
      world.server.sandbox.faults.add({ effect: { kind: 'reset', executed: true }, verbs: [verb], resource });
      expect((await world.run()).outputs).toMatchObject({ phase: 'succeeded', revision: '1' });
      expect((await world.cluster.list(LEASE, { namespace: world.namespace })).items).toEqual([]);
      expect((await world.run()).outputs).toMatchObject({ phase: 'unchanged', revision: '1' });
    });
});
