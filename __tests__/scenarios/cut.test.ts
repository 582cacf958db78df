import type { ChildProcess } from 'node:child_process';
import { describe, expect } from '@jest/globals';
import { app, BRIEF, type Move, records, release, runUntil, standing, watchMoves } from './releases.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const CANARY = { ...BRIEF, strategy: 'canary', steps: '25, 50' };
const LONG = { ...BRIEF, strategy: 'canary', steps: '[weight: 50, hold: 10m]' };
const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

const texts = (moves: readonly Move[], about: string): string[] =>
  moves.map(({ text }) => text).filter(text => text.startsWith(`${about} `));

/** Version 2 of four pods, whose run is killed as the API server stores a move. */
async function killedAt(world: SandboxWorld, fatal: string, inputs: Record<string, string>) {
  let child: ChildProcess | undefined;
  const moves = watchMoves(world, ({ text }) => {
    if (text === fatal) child?.kill('SIGKILL');
  });
  await world.write({ 'web.yaml': app(2, { replicas: 4 }) });
  const cut = await world.run(inputs, {
    onLog: (_, process) => {
      child = process;
    },
  });
  expect(cut.signal).toBe('SIGKILL');
  return { moves, cut };
}

describe('a run that is killed', () => {
  onSandbox(
    'resume-after-cancel: after a weight write the same run again goes on, without a jump in weight',
    async world => {
      await release(world, 1, {}, { replicas: 4 });
      const { moves } = await killedAt(world, 'web has 3', CANARY);
      const { outputs, log } = await world.run(CANARY);
      expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      expect(log).toContain('Waiting for another run');
      expect(texts(moves, 'web-canary')).toEqual([
        'web-canary has 1',
        'web-canary has 2',
        'web-canary has 0',
        'web-canary is gone',
      ]);
      expect(texts(moves, 'web')).toEqual(['web has 3', 'web has 2', 'web has 4']);
      expect(await standing(world)).toBe('version 2, 4 pods');
      expect(await records(world)).toEqual(['1 succeeded', '2 succeeded']);
    },
  );

  onSandbox(
    'after the switch of a blue/green release: the same run again goes on, and the selector stays',
    async world => {
      const inputs = { ...BRIEF, strategy: 'blue-green', steps: '[weight: 100, hold: 300ms]' };
      await release(world, 1, inputs, { replicas: 4 });
      const { moves } = await killedAt(world, 'Service web sends to preview', inputs);
      expect((await world.run(inputs)).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      expect(texts(moves, 'Service')).toEqual([
        'Service web sends to stable',
        'Service web sends to preview',
        'Service web sends to stable',
        'Service web sends to every track',
      ]);
      expect(await standing(world)).toBe('version 2, 4 pods');
    },
  );

  onSandbox('is settled by post, which takes its release back', async world => {
    await release(world, 1, {}, { replicas: 4 });
    const { cut } = await killedAt(world, 'web has 3', CANARY);
    const post = await world.run(CANARY, { entry: 'post', state: cut.state });
    expect(post.exitCode).toBe(0);
    expect(post.summary).toContain('cut before it could say how the release ended');
    expect(post.summary).toContain('revision 2 was taken back');
    expect([await standing(world), await standing(world, 'web-canary')]).toEqual(['version 1, 4 pods', undefined]);
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
    expect((await world.cluster.list(LEASE, { namespace: world.namespace })).items).toEqual([]);
  });

  onSandbox('is taken back by a reject of another run, once its Lease has lasted', async world => {
    await release(world, 1, {}, { replicas: 4 });
    const { moves } = await killedAt(world, 'web has 3', CANARY);
    const killed = performance.now();
    const { exitCode, outputs } = await world.command('reject');
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'rolled-back', reason: 'rejected' });
    // The Lease lasts 15 seconds; docs/operating.md promises no more.
    expect(performance.now() - killed).toBeLessThan(22_000);
    expect(texts(moves, 'web-canary')).toEqual(['web-canary has 1', 'web-canary has 0', 'web-canary is gone']);
    expect([await standing(world), await standing(world, 'web-canary')]).toEqual(['version 1, 4 pods', undefined]);
  });
});

/** Version 2 is cancelled in its long hold; what the step then says and leaves. */
async function cancelled(world: SandboxWorld, onCancel: 'rollback' | 'pause') {
  const inputs = { ...LONG, 'on-cancel': onCancel };
  await release(world, 1);
  await world.write({ 'web.yaml': app(2) });
  const { child, ended } = await runUntil(world, /^Hold /, inputs);
  const cancelledAt = performance.now();
  child.kill('SIGINT');
  const cut = await ended;
  expect(performance.now() - cancelledAt).toBeLessThan(5_000);
  expect({ exitCode: cut.exitCode, ...cut.outputs }).toMatchObject({
    exitCode: 1,
    phase: 'aborted',
    reason: 'cancelled',
    revision: '2',
  });
  expect(cut.summary).toMatch(/cut|cancelled/);
  const canary = [await standing(world), await standing(world, 'web-canary')];
  expect(canary).toEqual(['version 1, 1 pods', 'version 2, 1 pods']);
  expect((await world.cluster.list(LEASE, { namespace: world.namespace })).items).toEqual([]);
  return world.run(inputs, { entry: 'post', state: cut.state, env: { GITHUB_RUN_ID: '7' } });
}

describe('a run that is cancelled ends within five seconds, and post', () => {
  onSandbox('takes its release back, and never fails', async world => {
    const post = await cancelled(world, 'rollback');
    expect(post.exitCode).toBe(0);
    expect(post.log).not.toContain('::error');
    expect(post.summary).toContain('revision 2 was taken back');
    expect([await standing(world), await standing(world, 'web-canary')]).toEqual(['version 1, 2 pods', undefined]);
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
  });

  onSandbox('leaves it paused with on-cancel: pause, so that it can be promoted', async world => {
    const post = await cancelled(world, 'pause');
    expect(post.exitCode).toBe(0);
    expect(post.summary).toMatch(/Paused/);
    expect(await standing(world, 'web-canary')).toBe('version 2, 1 pods');
    expect(await records(world)).toEqual(['1 succeeded', '2 paused']);
    expect((await world.command('promote')).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(await standing(world)).toBe('version 2, 2 pods');
  });

  onSandbox('puts stable back where its promotion had begun', async world => {
    const inputs = { ...BRIEF, strategy: 'canary', steps: '[weight: 50, hold: 300ms]' };
    await release(world, 1);
    await world.write({ 'web.yaml': app(2) });
    const { child, ended } = await runUntil(world, /^Wait until stable/, inputs);
    child.kill('SIGINT');
    const { outputs, state } = await ended;
    expect(outputs).toMatchObject({ phase: 'aborted', reason: 'cancelled' });
    expect((await world.run(inputs, { entry: 'post', state })).exitCode).toBe(0);
    expect([await standing(world), await standing(world, 'web-canary')]).toEqual(['version 1, 2 pods', undefined]);
    expect(await world.get('v1', 'ConfigMap', 'settings')).toMatchObject({ data: { version: '1' } });
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
  });

  onSandbox('does not fail where the cluster cannot be reached any more', async world => {
    await release(world, 1);
    await world.write({ 'web.yaml': app(2) });
    const { child, ended } = await runUntil(world, /^Hold /, LONG);
    child.kill('SIGINT');
    const { state } = await ended;
    const kubeconfig = world.server.kubeconfigFor('expired');
    const post = await world.run({ ...LONG, kubeconfig }, { entry: 'post', state });
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain('::warning');
    expect((await world.command('reject')).outputs).toMatchObject({ phase: 'rolled-back' });
  });
});
