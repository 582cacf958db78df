import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { promotionStart, type Step, type TrafficPlan } from '../../src/release/plan.ts';
import { planProgressive } from '../../src/strategies/progressive.ts';
import type { ProgressiveWish } from '../../src/strategies/wish.ts';
import { podSplit, podsFor, podsOnTop, shareOf } from '../../src/traffic/arithmetic.ts';
import { anyWish, type Wished } from './wishes.ts';

/** What comes before promotion in plans that move traffic. */
function forEachBeginning(check: (steps: Step[], traffic: TrafficPlan, wished: Wished) => void): void {
  fc.assert(
    fc.property(anyWish, wished => {
      const { plan } = planProgressive(wished.wish);
      fc.pre(plan.traffic !== undefined);
      check(plan.steps.slice(0, promotionStart(plan)), plan.traffic as TrafficPlan, wished);
    }),
    { numRuns: 300 },
  );
}

const shiftsOf = (steps: readonly Step[]) => steps.filter(step => step.do === 'shift');
const weightsOf = ({ steps }: ProgressiveWish): number[] =>
  steps.flatMap(step => (step.kind === 'weight' ? [step.weight] : []));

/** Whether a workload that moves stops before it starts again. */
function stops({ pairs }: TrafficPlan, { parts }: Wished): boolean {
  return pairs.some(({ stable }) => {
    const one = parts.get(stable.name);
    return stable.kind === 'Deployment' && one?.rolls !== 'default';
  });
}

describe('the steps before promotion', () => {
  it('shift to the weights that were asked for, in their order; to all of it where stable stops to roll', () => {
    forEachBeginning((steps, traffic, wished) => {
      const asked = weightsOf(wished.wish);
      const isBehind = stops(traffic, wished) && asked.at(-1) !== 100;
      const shifts = shiftsOf(steps).map(({ weight }) => weight);
      expect(shifts).toEqual(isBehind ? [...asked, 100] : asked);
      expect(shifts).toEqual(shifts.toSorted((a, b) => a - b));
    });
  });

  it('look at every weight: a hold or an approval follows it before the next one, and before promotion', () => {
    forEachBeginning((steps, _traffic, { wish }) => {
      // Who asks for a hold of no time has asked for none.
      fc.pre(!wish.steps.some(step => step.kind === 'hold' && step.ms === 0));
      const asked = new Set(weightsOf(wish));
      for (const shift of shiftsOf(steps).filter(({ weight }) => asked.has(weight))) {
        const rest = steps.slice(steps.indexOf(shift) + 1);
        const next = rest.find(step => ['shift', 'hold', 'approve', 'drain'].includes(step.do));
        expect(['hold', 'approve']).toContain(next?.do);
        expect(next).toMatchObject({ weight: shift.weight });
      }
    });
  });

  it('keep everything else that was asked for, in its place', () => {
    forEachBeginning((steps, _traffic, { wish }) => {
      const asked = wish.steps.flatMap(step => {
        if (step.kind === 'hold') return step.ms > 0 ? [`hold ${step.ms}`] : [];
        return step.kind === 'replicas' ? [`replicas ${step.replicas}`] : [step.kind];
      });
      const taken = steps.flatMap(step => {
        if (step.do === 'hold') return [`hold ${step.ms}`];
        if (step.do === 'scale') return step.replicas && !isForShift(steps, step) ? [`replicas ${step.replicas}`] : [];
        if (step.do === 'shift') return weightsOf(wish).includes(step.weight) ? ['weight'] : [];
        return step.do === 'approve' ? ['approve'] : [];
      });
      expect(taken).toEqual(asked);
    });
  });

  it('drain stable before promotion wherever it has no traffic any more', () => {
    forEachBeginning((steps, _traffic, { wish }) => {
      const last = shiftsOf(steps).at(-1);
      const rest = last ? steps.slice(steps.indexOf(last) + 1) : [];
      const waited = rest.reduce((sum, step) => sum + (step.do === 'hold' || step.do === 'drain' ? step.ms : 0), 0);
      if (last?.weight === 100) expect(waited).toBeGreaterThanOrEqual(wish.drainMs);
      else expect(rest.some(step => step.do === 'drain')).toBe(false);
    });
  });

  it('start the pods that a weight needs before the shift, where the router does not count pods', () => {
    forEachBeginning((steps, { router, pairs }, { wish }) => {
      fc.pre(router !== 'pods');
      for (const shift of shiftsOf(steps)) {
        const scales = steps.slice(0, steps.indexOf(shift)).filter(step => step.do === 'scale');
        const most = Math.max(...scales.map(({ weight }) => weight));
        for (const { size } of pairs) expect(podsFor(most, size)).toBeGreaterThanOrEqual(podsFor(shift.weight, size));
      }
      expect(wish.steps.length).toBeGreaterThan(0);
    });
  });

  it('start a preview in full before anything else looks at it', () => {
    forEachBeginning((steps, _traffic, { wish }) => {
      fc.pre(wish.strategy === 'blue-green');
      expect(steps.find(step => ['scale', 'shift', 'hold', 'approve'].includes(step.do))).toMatchObject({
        do: 'scale',
        weight: 100,
      });
    });
  });

  it('tell what each weight comes to with whole pods', () => {
    forEachBeginning((steps, { router, pairs }) => {
      for (const { weight, actual, name } of shiftsOf(steps)) {
        expect(actual?.map(split => split.workload)).toEqual(pairs.map(({ stable }) => stable));
        for (const [index, split] of (actual ?? []).entries()) {
          const { size, autoscaler } = pairs[index] as TrafficPlan['pairs'][number];
          const sizes = autoscaler ? podsOnTop(weight, size) : podSplit(weight, size);
          if (router === 'pods') expect(split).toMatchObject({ ...sizes, actual: shareOf(sizes) });
          else expect(split).toMatchObject({ twin: size, stable: size, actual: weight });
        }
        const isExact = (actual ?? []).every(split => Math.round(split.actual) === weight);
        expect(name.includes('with whole pods')).toBe(!isExact);
      }
    });
  });
});

/** The scale that comes with a shift, and not with a step of its own. */
function isForShift(steps: readonly Step[], step: Step): boolean {
  const next = steps[steps.indexOf(step) + 1];
  return next?.do === 'shift' && step.do === 'scale' && next.weight === step.weight;
}
