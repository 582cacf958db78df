import { describe, expect } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { app, BRIEF, release, runUntil, standing, watchMoves } from './releases.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const LIMIT_MS = 2_000;
const LONG = { ...BRIEF, timeout: '60s' };
const RELEASES = [
  { strategy: 'canary', steps: '[weight: 50, hold: 10m]', back: 'web has 2' },
  { strategy: 'blue-green', steps: '[weight: 100, hold: 10m]', back: 'Service web sends to stable' },
] as const;

type Pod = KubeObject<unknown, { containerStatuses?: { lastState?: { terminated?: object } }[] }>;

/** When the API server first stored that a container of the new version had ended; by the sandbox's clock. */
function watchCrash({ server, namespace }: SandboxWorld): () => number | undefined {
  const { core } = server.sandbox;
  let crashedAt: number | undefined;
  core.onWrite.add(({ after }) => {
    if (after?.kind !== 'Pod' || after.metadata.namespace !== namespace) return;
    const { status } = after as Pod;
    if (status?.containerStatuses?.some(({ lastState }) => lastState?.terminated)) crashedAt ??= core.clock.now();
  });
  return () => crashedAt;
}

for (const { strategy, steps, back } of RELEASES)
  describe(`a ${strategy} release gives stable its traffic back within two seconds`, () => {
    onSandbox('of a crash of a new pod', async world => {
      const inputs = { strategy, steps };
      await release(world, 1, inputs);
      const crashed = watchCrash(world);
      const moves = watchMoves(world);
      const annotations = { 'sandbox.sluice.dev/crash-after': '4s' };
      const { outputs } = await release(world, 2, inputs, { annotations });
      expect(outputs).toMatchObject({ phase: 'rolled-back', reason: 'check-failed' });
      const crashedAt = crashed() ?? Number.NaN;
      const backAt = moves.find(({ at, text }) => text === back && at >= crashedAt)?.at ?? Number.NaN;
      expect(backAt - crashedAt).toBeLessThan(LIMIT_MS);
      expect(await standing(world)).toBe('version 1, 2 pods');
    });

    onSandbox('of the start of a process that rejects it', async world => {
      await release(world, 1, { strategy });
      await world.write({ 'web.yaml': app(2) });
      const { ended } = await runUntil(world, /^Hold /, { ...LONG, strategy, steps });
      const saidAt = world.server.sandbox.core.clock.now();
      const moves = watchMoves(world);
      const [rejected, first] = await Promise.all([world.command('reject'), ended]);
      expect(rejected.outputs).toMatchObject({ phase: 'rolled-back', reason: 'rejected' });
      expect(first.outputs).toMatchObject({ phase: 'rolled-back', reason: 'rejected' });
      const backAt = moves.find(({ text }) => text === back)?.at ?? Number.NaN;
      expect(backAt - saidAt).toBeLessThan(LIMIT_MS);
    });
  });
