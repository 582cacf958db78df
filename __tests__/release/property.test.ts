import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge } from './property/judge.ts';
import { play } from './property/play.ts';
import { anyRouted, anyScenario, type Scenario } from './property/scenario.ts';
import { storyOf } from './property/story.ts';
import { openWorld } from './property/world.ts';

/**
 * As many as fit well into a minute. PROPERTY_RUNS asks for others, PROPERTY_SEED for other scenarios; with the path of a
 * report as PROPERTY_PATH, and its seed, a scenario is played again.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);
const ROUTED_RUNS = Math.ceil(RUNS / 3);
const PATH = process.env['PROPERTY_PATH'];

async function check(scenario: Scenario): Promise<void> {
  const world = await openWorld(scenario);
  const ends = await play(world);
  const wrong = await judge(world, ends);
  world.traffic.stop();
  world.h.stop();
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n\n${storyOf(world, ends)}`);
}

describe('any release', () => {
  it.each([
    ['by pods and Services', anyScenario, RUNS],
    ['by routes', anyRouted, ROUTED_RUNS],
  ])(
    '%s keeps the laws, loses no request, and ends in a terminal phase or an honest pause',
    async (_by, scenarios, numRuns) => {
      const how = { numRuns, seed: SEED, ...(PATH === undefined ? {} : { path: PATH }) };
      const details = await fc.check(fc.asyncProperty(scenarios, check), how);
      const { failed, errorInstance } = details;
      if (failed) throw new Error(`${fc.defaultReportMessage(details)}\n\n${String(errorInstance)}`);
      expect(details.numRuns).toBeGreaterThan(0);
    },
    3_600_000,
  );
});
