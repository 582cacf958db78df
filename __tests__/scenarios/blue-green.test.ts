import { describe, expect } from '@jest/globals';
import { startTraffic } from '../../src/sandbox/traffic/traffic.ts';
import { app, records, release, selectorOf, standing, watchMoves } from './releases.ts';
import { applyAs } from './somebody.ts';
import { onAnyCluster, onSandbox, type SandboxWorld } from './world.ts';

const PREVIEW = { app: 'web', 'sluice.dev/track': 'preview' };
const BLUE_GREEN = { strategy: 'blue-green' };
const SWITCH = { ...BLUE_GREEN, steps: '[hold: 300ms, weight: 100, approve]' };

const crashingAfter = (time: string) => ({
  annotations: { 'sandbox.sluice.dev/crash-after': time, 'sandbox.sluice.dev/exit-code': '3' },
});

/** Requests to `web` from now on; its end tells what was lost. */
function sendRequests({ server, namespace }: SandboxWorld): () => readonly unknown[] {
  const traffic = startTraffic(server.sandbox.api, { namespace, exclude: ['web-*'] });
  return () => {
    traffic.stop();
    expect(traffic.counts().sent).toBeGreaterThan(10);
    return traffic.losses;
  };
}

/** Until both pods of `web` are available. */
async function serving({ cluster, namespace }: SandboxWorld): Promise<void> {
  const ready = new AbortController();
  const web = { namespace, fieldSelector: 'metadata.name=web' };
  for await (const event of cluster.watch({ apiVersion: 'apps/v1', kind: 'Deployment' }, web, ready.signal)) {
    const status = event.type === 'synced' ? undefined : (event.object.status as { availableReplicas?: number });
    if (status?.availableReplicas === 2) return ready.abort();
  }
}

/** `web` as those who use it see it: but for the label that adoption leaves, and for Sluice's own on objects. */
async function asServed({ get }: SandboxWorld): Promise<unknown> {
  const [web, service, settings] = await Promise.all([
    get('apps/v1', 'Deployment', 'web'),
    get('v1', 'Service', 'web'),
    get('v1', 'ConfigMap', 'settings'),
  ]);
  const { template, ...spec } = structuredClone(web?.spec) as {
    template: { metadata: { labels: Record<string, string> } };
  };
  delete template.metadata.labels['sluice.dev/track'];
  return { spec, template, service: service?.spec, settings: settings?.['data'] };
}

describe('blue/green', () => {
  onAnyCluster('switches to a full preview, and is promoted by a second run', async world => {
    await release(world, 1, BLUE_GREEN);
    const paused = await release(world, 2, SWITCH);
    expect({ exitCode: paused.exitCode, ...paused.outputs }).toMatchObject({
      exitCode: 0,
      phase: 'paused',
      reason: '',
    });
    expect(await selectorOf(world)).toEqual(PREVIEW);
    expect([await standing(world), await standing(world, 'web-preview')]).toEqual([
      'version 1, 2 pods',
      'version 2, 2 pods',
    ]);
    const { exitCode, outputs } = await world.command('promote');
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'succeeded', revision: '2' });
    expect(await selectorOf(world)).toEqual({ app: 'web' });
    expect([await standing(world), await standing(world, 'web-preview')]).toEqual(['version 2, 2 pods', undefined]);
    expect(await records(world)).toEqual(['1 succeeded', '2 succeeded']);
  });

  onSandbox('zero-loss-shift: a switch, a promotion and a reject lose no request', async world => {
    const slow = { settle: '500ms', drain: '500ms' };
    await release(world, 1, BLUE_GREEN);
    const ended = sendRequests(world);
    await release(world, 2, { ...SWITCH, ...slow });
    await world.command('promote');
    await release(world, 3, { ...SWITCH, ...slow });
    expect((await world.command('reject')).outputs).toMatchObject({ phase: 'rolled-back', reason: 'rejected' });
    expect(ended()).toEqual([]);
    expect(await standing(world)).toBe('version 2, 2 pods');
  });

  onSandbox('bg-pre-fail: the selector never changes when a check fails before the switch', async world => {
    await release(world, 1, BLUE_GREEN);
    const moves = watchMoves(world);
    const inputs = { ...BLUE_GREEN, steps: '[hold: 20s, weight: 100]' };
    const { exitCode, outputs, summary } = await release(world, 2, inputs, crashingAfter('2s'));
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'rolled-back', reason: 'check-failed' });
    expect(summary).toContain('exit code 3');
    const texts = moves.map(({ text }) => text);
    expect(texts).toContain('web-preview is gone');
    expect(texts).not.toContain('Service web sends to preview');
    expect(await selectorOf(world)).toEqual({ app: 'web' });
    expect(await standing(world)).toBe('version 1, 2 pods');
  });

  onSandbox(
    'bg-post-fail: the selector returns before the preview is scaled down when a check fails after the switch',
    async world => {
      await release(world, 1, BLUE_GREEN);
      const moves = watchMoves(world);
      const inputs = { ...BLUE_GREEN, steps: '[weight: 100, hold: 20s]' };
      const { exitCode, outputs } = await release(world, 2, inputs, crashingAfter('4s'));
      expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'rolled-back', reason: 'check-failed' });
      expect(moves.map(({ text }) => text)).toEqual([
        'Service web sends to stable',
        'web-preview has 2',
        'Service web sends to preview',
        'Service web sends to stable',
        'web-preview is gone',
        'Service web sends to every track',
      ]);
      expect(await standing(world)).toBe('version 1, 2 pods');
    },
  );
});

describe('what others apply', () => {
  onSandbox('adopt: an application of another tool loses no request, and a reject leaves it serving', async world => {
    const { server, namespace } = world;
    server.sandbox.api.create(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { manager: 'somebody' },
    );
    await applyAs(world, 'helm', app(1));
    await serving(world);
    const before = await asServed(world);
    const ended = sendRequests(world);
    const inputs = { ...SWITCH, settle: '500ms', drain: '500ms', 'force-conflicts': 'true' };
    expect((await release(world, 2, inputs)).outputs).toMatchObject({ phase: 'paused', revision: '1' });
    expect(await selectorOf(world)).toEqual(PREVIEW);
    expect((await world.command('reject')).outputs).toMatchObject({ phase: 'rolled-back', reason: 'rejected' });
    expect(ended()).toEqual([]);
    expect(await asServed(world)).toEqual(before);
    // What was given back belongs to the other tool again.
    expect(await applyAs(world, 'helm', app(1))).toEqual(['200', '200', '200']);
  });

  for (const [strategy, steps] of [
    ['canary', '[weight: 50, approve]'],
    ['blue-green', '[weight: 100, approve]'],
  ] as const)
    for (const verb of ['promote', 'reject'] as const)
      onSandbox(`the same manifests after a ${strategy} and its ${verb} meet no conflict`, async world => {
        await release(world, 1, { strategy });
        await release(world, 2, { strategy, steps });
        await world.command(verb);
        const version = verb === 'promote' ? 2 : 1;
        const served = await asServed(world);
        for (const [manager, how] of [
          ['kubectl', 'apply'],
          ['kubectl-client-side-apply', 'strategic'],
          ['terraform', 'merge'],
        ] as const)
          expect(await applyAs(world, manager, app(version), how)).toEqual(['200', '200', '200']);
        expect(await asServed(world)).toEqual(served);
        expect(await standing(world)).toBe(`version ${version}, 2 pods`);
        // Nor does the release after them.
        world.writes();
        const again = await release(world, version, { strategy });
        expect(again.outputs).toMatchObject({ phase: verb === 'promote' ? 'unchanged' : 'succeeded' });
        if (verb === 'promote') expect(world.writes()).toEqual([]);
        expect(await asServed(world)).toEqual(served);
      });
});
