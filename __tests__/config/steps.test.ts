import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConfigStep } from '../../src/config/release-config.ts';
import { DEFAULT_HOLD_MS, settledSteps, stepFaults, stepProblems } from '../../src/config/steps.ts';
import { stepsOf } from './arbitrary.ts';

const weight = (share: number): ConfigStep => ({ kind: 'weight', weight: share });
const hold = (ms: number): ConfigStep => ({ kind: 'hold', ms });
const replicas = (size: number): ConfigStep => ({ kind: 'replicas', replicas: size });
const approve: ConfigStep = { kind: 'approve' };
const usual = hold(DEFAULT_HOLD_MS);

describe('settled steps', () => {
  it.each<[string, 'canary' | 'blue-green', ConfigStep[] | undefined, number | undefined, ConfigStep[]]>([
    ['a canary of its own', 'canary', undefined, undefined, [weight(10), usual, weight(25), usual, weight(50), usual]],
    ['a canary with a hold', 'canary', [], 5, [weight(10), hold(5), weight(25), hold(5), weight(50), hold(5)]],
    ['blue/green of its own', 'blue-green', undefined, undefined, [hold(30_000), weight(100), usual]],
    ['blue/green with a hold', 'blue-green', undefined, 5, [hold(30_000), weight(100), hold(5)]],
    ['blue/green without a weight', 'blue-green', [approve], undefined, [approve, weight(100), usual]],
    ['blue/green with replicas first', 'blue-green', [replicas(1)], undefined, [replicas(1), weight(100), usual]],
    ['blue/green with all of it', 'blue-green', [hold(1), weight(100), approve], 5, [hold(1), weight(100), approve]],
    ['an approval for a hold', 'canary', [weight(1), approve, weight(2)], 5, [weight(1), approve, weight(2), hold(5)]],
    [
      'a hold that is turned off',
      'canary',
      [weight(1), hold(0), weight(2)],
      0,
      [weight(1), hold(0), weight(2), hold(0)],
    ],
    [
      'replicas before the hold',
      'canary',
      [weight(1), replicas(3), hold(1), weight(2), replicas(4)],
      5,
      [weight(1), replicas(3), hold(1), weight(2), hold(5), replicas(4)],
    ],
    [
      'a canary without traffic',
      'canary',
      [replicas(1), approve, replicas(2)],
      5,
      [replicas(1), approve, replicas(2), hold(5)],
    ],
  ])('are those of %s', (_name, strategy, steps, holdMs, settled) => {
    expect(settledSteps(strategy, steps, holdMs)).toEqual(settled);
  });

  it.each(['canary', 'blue-green'] as const)(
    'of %s have all that was asked for, and check after each weight',
    strategy => {
      fc.assert(
        fc.property(stepsOf(strategy), fc.option(fc.nat(1_000_000), { nil: undefined }), (steps, holdMs) => {
          expect(stepFaults(strategy, steps)).toEqual([]);
          const settled = settledSteps(strategy, steps, holdMs);
          const weights = settled.filter(({ kind }) => kind === 'weight');
          const asked = steps.filter(({ kind }) => kind === 'weight');
          expect(weights).toEqual(strategy === 'canary' || asked.length > 0 ? asked : [weight(100)]);
          for (const [index, { kind }] of settled.entries()) {
            if (kind !== 'weight') continue;
            const rest = settled.slice(index + 1);
            const next = rest.findIndex(step => step.kind === 'weight');
            const looks = rest.slice(0, next < 0 ? rest.length : next).map(step => step.kind);
            expect(looks.includes('hold') || looks.includes('approve')).toBe(true);
          }
          let at = 0;
          for (const step of settled) if (JSON.stringify(step) === JSON.stringify(steps[at])) at += 1;
          expect(at).toBe(steps.length);
          expect(settledSteps(strategy, settled, holdMs)).toEqual(settled);
        }),
      );
    },
  );
});

describe('what is wrong with steps', () => {
  it.each<['rolling' | 'canary' | 'blue-green' | undefined, ConfigStep[], string[]]>([
    [undefined, [weight(10), weight(10)], ['the weight 10 comes after 10; weights rise from step to step']],
    [
      'canary',
      [weight(50), hold(1), weight(25), weight(30)],
      [
        'the weight 25 comes after 50; weights rise from step to step',
        'the weight 30 comes after 50; weights rise from step to step',
      ],
    ],
    [
      'canary',
      [hold(1), approve],
      ['a canary needs a step with a weight, replicas or match, or there is nothing to check'],
    ],
    ['rolling', [weight(10)], ['the strategy rolling has no steps; leave them out, or take canary or blue-green']],
    [
      'blue-green',
      [weight(50), weight(100), weight(100)],
      [
        'blue-green moves all the traffic at once; give the weight 100 or none, not 50',
        'the weight 100 comes after 100; weights rise from step to step',
      ],
    ],
    ['blue-green', [hold(1), approve], []],
    [undefined, [approve], []],
  ])('%s %j', (strategy, steps, problems) => {
    expect(stepProblems(strategy, steps)).toEqual(problems);
  });
});
