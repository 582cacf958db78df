import { describe, expect } from '@jest/globals';
import type { StepResult } from '../../src/demo/runner.ts';
import { app, BRIEF, records, release, runUntil, selectorOf, standing, watchMoves } from './releases.ts';
import { onAnyCluster, onSandbox, type World } from './world.ts';

const APPROVE = { steps: '[weight: 50, approve]' };
const LONG = { ...BRIEF, strategy: 'canary', steps: '[weight: 50, hold: 10m]' };
const HOLD = /^Hold /;

/** What people read of a run. */
const told = ({ log, summary }: StepResult): string => `${log}\n${summary}`;

/** Begins version 2 and leaves it in its long hold. */
async function holding(world: World): ReturnType<typeof runUntil> {
  await release(world, 1);
  await world.write({ 'web.yaml': app(2) });
  return runUntil(world, HOLD, LONG);
}

describe('status', () => {
  onAnyCluster(
    'tells of a run at work, of a release that waits and of one that is over, and writes nothing',
    async world => {
      const { ended } = await holding(world);
      const running = await world.command('status');
      expect({ exitCode: running.exitCode, ...running.outputs }).toMatchObject({
        exitCode: 0,
        phase: 'unchanged',
        revision: '2',
      });
      expect(told(running)).toContain('https://github.example/acme/shop/actions/runs/7');
      expect(told(running)).toMatch(/Hold 10m at 50 %/);
      expect((await world.command('pause')).outputs).toMatchObject({ phase: 'paused' });
      await ended;
      const paused = await world.command('status');
      expect(paused.outputs).toMatchObject({ phase: 'unchanged', revision: '2' });
      expect(told(paused)).toMatch(/paused/);
      expect(told(paused)).toContain('grace');
      expect((await world.command('reject')).outputs).toMatchObject({ phase: 'rolled-back' });
      const over = await world.command('status');
      expect(over.outputs).toMatchObject({ phase: 'unchanged', revision: '2' });
      expect(told(over)).toMatch(/rolled.back/i);
      expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
    },
  );

  onSandbox('makes no write', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    world.writes();
    await world.command('status');
    expect(world.writes()).toEqual([]);
  });
});

describe('a run that holds is told by another', () => {
  onAnyCluster('pause: stops where it is; resume: goes on with the hold to the end', async world => {
    const { ended } = await holding(world);
    const [other, first] = await Promise.all([world.command('pause'), ended]);
    expect({ exitCode: other.exitCode, ...other.outputs }).toMatchObject({ exitCode: 0, phase: 'paused', reason: '' });
    expect({ exitCode: first.exitCode, ...first.outputs }).toMatchObject({ exitCode: 0, phase: 'paused', reason: '' });
    expect([await standing(world), await standing(world, 'web-canary')]).toEqual([
      'version 1, 1 pods',
      'version 2, 1 pods',
    ]);
    const resumed = await runUntil(
      { ...world, run: (inputs, options) => world.command('resume', inputs, options) },
      HOLD,
      {},
    );
    expect((await world.command('promote')).outputs).toMatchObject({ phase: 'unchanged', revision: '2' });
    expect((await resumed.ended).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(await standing(world)).toBe('version 2, 2 pods');
  });

  onAnyCluster('reject-while-running: it takes its version back, and the other reports it', async world => {
    const { ended } = await holding(world);
    const [other, first] = await Promise.all([world.command('reject'), ended]);
    expect({ exitCode: other.exitCode, ...other.outputs }).toMatchObject({
      exitCode: 0,
      phase: 'rolled-back',
      reason: 'rejected',
      revision: '2',
    });
    expect({ exitCode: first.exitCode, ...first.outputs }).toMatchObject({
      exitCode: 1,
      phase: 'rolled-back',
      reason: 'rejected',
    });
    expect(first.summary).toContain('rejected by grace');
    expect(await standing(world)).toBe('version 1, 2 pods');
  });

  onAnyCluster('supersede: it is taken back, and the newer version starts at step 1', async world => {
    const { ended } = await holding(world);
    await world.write({ 'web.yaml': app(3) });
    const second = await world.run({ ...BRIEF, strategy: 'canary', ...APPROVE, concurrency: 'supersede' });
    expect(second.outputs).toMatchObject({ phase: 'paused', revision: '3' });
    expect((await ended).outputs).toMatchObject({ phase: 'rolled-back', reason: 'superseded', revision: '2' });
    expect([await standing(world), await standing(world, 'web-canary')]).toEqual([
      'version 1, 1 pods',
      'version 3, 1 pods',
    ]);
    expect(await records(world)).toEqual(['1 succeeded', '2 superseded', '3 paused']);
  });

  onSandbox('concurrent-runs: a second fails with the holder’s URL where it may not wait', async world => {
    const { ended } = await holding(world);
    await world.write({ 'web.yaml': app(3) });
    const refused = await world.run({ ...BRIEF, strategy: 'canary', concurrency: 'fail' });
    expect({ exitCode: refused.exitCode, ...refused.outputs }).toMatchObject({ exitCode: 1, reason: 'locked' });
    expect(refused.log).toContain('https://github.example/acme/shop/actions/runs/7');
    expect(refused.summary).toContain('Nothing was changed');
    await world.command('reject');
    expect((await ended).outputs).toMatchObject({ phase: 'rolled-back', revision: '2' });
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
  });

  onAnyCluster('concurrent-runs: a second waits, then takes the newer version through its steps', async world => {
    await release(world, 1);
    await world.write({ 'web.yaml': app(2) });
    const { ended } = await runUntil(world, HOLD, { ...LONG, steps: '50', hold: '3s' });
    await world.write({ 'web.yaml': app(3) });
    const second = await world.run({ ...BRIEF, strategy: 'canary', ...APPROVE });
    expect((await ended).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(second.log).toContain('Waiting for another run');
    expect(second.outputs).toMatchObject({ phase: 'paused', revision: '3' });
    expect(await standing(world)).toBe('version 2, 1 pods');
  });
});

describe('a release that waits for a person', () => {
  for (const [strategy, steps, twin] of [
    ['canary', '[weight: 50, approve]', 'web-canary'],
    ['blue-green', '[weight: 100, approve]', 'web-preview'],
  ] as const)
    onAnyCluster(`supersede: another version takes a ${strategy} away and starts at step 1`, async world => {
      const inputs = { strategy, steps };
      await release(world, 1, inputs);
      await release(world, 2, inputs);
      const { exitCode, outputs } = await release(world, 3, inputs);
      expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'paused', revision: '3' });
      expect(await standing(world)).toMatch(/^version 1,/);
      expect(await standing(world, twin)).toMatch(/^version 3,/);
      expect(await records(world)).toEqual(['1 succeeded', '2 superseded', '3 paused']);
    });
});

describe('advance', () => {
  onAnyCluster('does nothing where nothing is due, and goes on when a hold is over', async world => {
    await release(world, 1);
    expect((await world.command('advance')).outputs).toMatchObject({ phase: 'unchanged' });
    const paused = await release(world, 2, { steps: '50', hold: '2s', 'max-run': '1s' });
    expect({ exitCode: paused.exitCode, ...paused.outputs }).toMatchObject({
      exitCode: 0,
      phase: 'paused',
      reason: '',
    });
    let advanced: StepResult;
    let turns = 0;
    // As a schedule would, only more often.
    do {
      advanced = await world.command('advance');
      turns += 1;
    } while (advanced.outputs['phase'] === 'unchanged');
    expect(turns).toBeGreaterThan(1);
    expect(advanced.outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(await standing(world)).toBe('version 2, 2 pods');
  });

  onSandbox('leaves what waits for a person, without a write', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    world.writes();
    expect((await world.command('advance')).outputs).toMatchObject({ phase: 'unchanged' });
    expect(world.writes()).toEqual([]);
  });
});

describe('rollback', () => {
  onAnyCluster('of a finished release deploys the good revision before, or the one that is named', async world => {
    for (const version of [1, 2, 3]) await release(world, version, { strategy: 'rolling' });
    const back = await world.command('rollback');
    expect({ exitCode: back.exitCode, ...back.outputs }).toMatchObject({
      exitCode: 0,
      phase: 'succeeded',
      revision: '4',
    });
    expect(await standing(world)).toBe('version 2, 2 pods');
    expect((await world.command('rollback', { revision: '1' })).outputs).toMatchObject({
      phase: 'succeeded',
      revision: '5',
    });
    expect(await standing(world)).toBe('version 1, 2 pods');
  });

  onAnyCluster('of an unfinished release takes it back', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    const { exitCode, outputs } = await world.command('rollback');
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'rolled-back', revision: '2' });
    expect(await standing(world)).toBe('version 1, 2 pods');
  });
});

describe('with nothing open', () => {
  onSandbox('promote, reject, pause, resume and rollback fail with no-release, and write nothing', async world => {
    const expectRefused = async (action: string): Promise<void> => {
      world.writes();
      const { exitCode, outputs, summary } = await world.command(action);
      expect({ action, exitCode, ...outputs }).toMatchObject({
        action,
        exitCode: 1,
        phase: 'failed',
        reason: 'no-release',
      });
      expect(summary).toContain('Nothing was changed');
      expect(world.writes()).toEqual([]);
    };
    for (const action of ['promote', 'status']) await expectRefused(action);
    await release(world, 1);
    for (const action of ['promote', 'reject', 'pause', 'resume', 'rollback']) await expectRefused(action);
  });
});

describe('the same version again', () => {
  onAnyCluster('retry: after a reject it starts at step 1', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    await world.command('reject');
    const { outputs, log } = await release(world, 2, APPROVE);
    expect(outputs).toMatchObject({ phase: 'paused', revision: '3' });
    expect(log).toMatch(/Shift to 50 %/);
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back', '3 paused']);
  });

  for (const strategy of ['canary', 'blue-green'])
    onSandbox(`again is a no-op: a second run of a finished ${strategy} release makes no write`, async world => {
      const inputs = { strategy, steps: '[weight: 100, hold: 300ms]' };
      await release(world, 1, inputs);
      expect((await release(world, 2, inputs)).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      const selector = await selectorOf(world);
      world.writes();
      const { exitCode, outputs } = await release(world, 2, inputs);
      expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'unchanged', revision: '2' });
      expect(world.writes()).toEqual([]);
      expect(await selectorOf(world)).toEqual(selector);
    });

  onSandbox('while it waits for an approval: it says so, and makes no write', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    world.writes();
    const { exitCode, outputs, summary } = await release(world, 2, APPROVE);
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'paused', revision: '2' });
    expect(summary).toMatch(/approval/);
    expect(world.writes()).toEqual([]);
  });

  onSandbox('rollback-to-stable: the old version takes an unfinished one away, without steps', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    const moves = watchMoves(world);
    const { exitCode, outputs } = await release(world, 1, APPROVE);
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'succeeded', revision: '3' });
    expect(moves.map(({ text }) => text)).toEqual(['web has 2', 'web-canary has 0', 'web-canary is gone']);
    expect(await standing(world)).toBe('version 1, 2 pods');
    expect(await records(world)).toEqual(['1 succeeded', '2 superseded', '3 succeeded']);
  });
});
