import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge } from './property/judge.ts';
import { play } from './property/play.ts';
import { anyScenario, type Scenario } from './property/scenario.ts';
import { storyOf } from './property/story.ts';
import { openWorld } from './property/world.ts';

/** As many as fit into a minute; PROPERTY_RUNS asks for others, PROPERTY_SEED for other scenarios. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 120);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);

async function check(scenario: Scenario): Promise<void> {
  const world = await openWorld(scenario);
  const ends = await play(world);
  const wrong = await judge(world, ends);
  world.traffic.stop();
  world.h.stop();
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n\n${storyOf(world, ends)}`);
}

describe('any release', () => {
  it(`keeps the laws, loses no request, and ends in a terminal phase or an honest pause (${RUNS} scenarios)`, async () => {
    const details = await fc.check(fc.asyncProperty(anyScenario, check), { numRuns: RUNS, seed: SEED });
    expect(details.failed ? fc.defaultReportMessage(details) : undefined).toBeUndefined();
  }, 3_600_000);
});
