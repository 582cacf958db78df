import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ObjectRef, refKey, refOf } from '../../src/kube.ts';
import { promotionStart, type Step } from '../../src/release/plan.ts';
import { type Progressive, planProgressive } from '../../src/strategies/progressive.ts';
import { anyWish, isMoved, type Wished } from './wishes.ts';

const keys = (refs: readonly ObjectRef[]): string[] => refs.map(refKey).sort();
const order = (steps: readonly Step[]): Step['do'][] => steps.map(step => step.do);
const refsOf = <D extends Step['do']>(steps: readonly Step[], what: D): ObjectRef[] =>
  steps.flatMap(step => (step.do === what && 'objects' in step ? step.objects : []));

/** Plans that move traffic: all that is said here is about these. */
function forEachPlan(check: (plan: Required<Progressive['plan']>, wished: Wished, made: Progressive) => void): void {
  fc.assert(
    fc.property(anyWish, wished => {
      const made = planProgressive(wished.wish);
      fc.pre(made.plan.traffic !== undefined);
      check(made.plan as Required<Progressive['plan']>, wished, made);
    }),
    { numRuns: 300 },
  );
}

describe('a plan that moves traffic', () => {
  it('applies every wanted object exactly once; one whose floor is held is applied when that is given back', () => {
    forEachPlan(({ steps, traffic }, { wish }) => {
      const wanted = new Set(wish.groups.flat().map(object => refKey(refOf(object))));
      const held = traffic.floors.filter(ref => wanted.has(refKey(ref)));
      expect(keys([...refsOf(steps, 'apply'), ...held])).toEqual([...wanted].sort());
      const given = steps.flatMap(step => (step.do === 'unguard' ? step.floors : []));
      expect(keys(given)).toEqual(keys(traffic.floors));
    });
  });

  it('applies nothing that exists before promotion, and groups in their order on both sides of it', () => {
    forEachPlan((plan, { wish }) => {
      const start = promotionStart(plan);
      const early = refsOf(plan.steps.slice(0, start), 'apply');
      for (const ref of early) expect(wish.live.objects.has(refKey(ref))).toBe(false);
      const place = new Map(
        wish.groups.flatMap((group, index) => group.map(object => [refKey(refOf(object)), index] as const)),
      );
      for (const part of [early, refsOf(plan.steps.slice(start), 'apply')]) {
        const places = part.map(ref => place.get(refKey(ref)) as number);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }
    });
  });

  it('changes stable only from promotion on, and waits for all of it before any traffic goes back', () => {
    forEachPlan((plan, { wish }) => {
      const start = promotionStart(plan);
      const after = plan.steps.slice(start);
      const promoted = after.filter(step => step.do === 'apply');
      for (const step of promoted) expect(step.promotion).toBe(true);
      expect(plan.traffic.pairs.every(({ stable }) => wish.live.objects.has(refKey(stable)))).toBe(true);
      const waits = after.findIndex(step => step.do === 'await-health');
      expect(waits).toBeGreaterThan(after.findLastIndex(step => step.do === 'apply'));
      const back = after.findIndex(step => step.do === 'shift');
      if (back >= 0) expect(back).toBeGreaterThan(waits);
    });
  });

  it('ends with shift 0, drain, remove and unguard, and only then prunes', () => {
    forEachPlan(({ steps, traffic }, { wish }) => {
      const isTwin = traffic.pairs.some(({ stable, twin }) => stable.name !== twin.name);
      const last = steps.slice(steps.findLastIndex(step => step.do === 'await-health') + 1);
      const made = steps.flatMap(step => (step.do === 'prepare' ? step.objects : []));
      const holds = traffic.router === 'pods' || traffic.floors.length + traffic.pins.length > 0;
      expect(order(last)).toEqual([
        ...(isTwin ? ['shift', 'drain'] : []),
        ...(isTwin || made.length > 0 ? ['remove'] : []),
        ...(holds ? ['unguard'] : []),
        ...(order(last).includes('prune') ? ['prune'] : []),
      ]);
      for (const step of last) {
        if (step.do === 'shift') expect(step.weight).toBe(0);
        if (step.do === 'drain') expect(step.ms).toBe(wish.drainMs);
      }
    });
  });

  it('removes exactly what it makes, and everything that it makes', () => {
    forEachPlan(({ steps, traffic }, _wished, { made }) => {
      const twins = traffic.pairs.filter(({ stable, twin }) => stable.name !== twin.name).map(({ twin }) => twin);
      const prepared = steps.flatMap(step => (step.do === 'prepare' ? step.objects : []));
      const removed = steps.flatMap(step => (step.do === 'remove' ? [...step.twins, ...step.objects] : []));
      expect(keys(removed)).toEqual(keys([...twins, ...prepared]));
      const stable = new Set(traffic.pairs.map(pair => refKey(pair.stable)));
      expect(keys(made.map(refOf).filter(ref => !stable.has(refKey(ref))))).toEqual(keys(removed));
    });
  });

  it('guards before the first new pod what it gives back in the end: pins and floors', () => {
    forEachPlan(({ steps, traffic }, { wish }) => {
      const guards = steps.filter(step => step.do === 'guard');
      const unguards = steps.filter(step => step.do === 'unguard');
      expect(guards.flatMap(({ pins }) => keys(pins))).toEqual(keys(traffic.pins));
      expect(unguards.flatMap(({ pins }) => keys(pins))).toEqual(keys(traffic.pins));
      if (traffic.router === 'pods') expect(traffic.pins).toEqual([]);
      const first = steps.findIndex(step => step.do === 'scale' || step.do === 'shift');
      for (const what of ['adopt', 'guard', 'prepare'] as const) {
        const index = steps.findIndex(step => step.do === what);
        if (first >= 0 && index >= 0) expect(index).toBeLessThan(first);
      }
      const scaled = wish.live.autoscalers.filter(scaler =>
        traffic.pairs.some(({ autoscaler }) => autoscaler && refKey(autoscaler) === refKey(refOf(scaler))),
      );
      expect(keys(traffic.floors)).toEqual(keys(scaled.map(refOf)));
    });
  });

  it('prunes what earlier revisions had and this one has not, where it may', () => {
    forEachPlan(({ steps }, { wish }) => {
      const wanted = new Set(wish.groups.flat().map(object => refKey(refOf(object))));
      const unwanted = wish.previous.filter(ref => wish.prune && !wanted.has(refKey(ref)));
      expect(keys(refsOf(steps, 'prune'))).toEqual(keys(unwanted));
    });
  });
});

describe('a release without traffic to move', () => {
  it('is rolled at once, makes nothing for itself, and says why', () => {
    fc.assert(
      fc.property(anyWish, ({ wish, parts }) => {
        const { plan, made, marks } = planProgressive(wish);
        fc.pre(plan.traffic === undefined);
        expect({ strategy: plan.strategy, made, marks }).toEqual({ strategy: 'rolling', made: [], marks: {} });
        expect(plan.notes?.length).toBeGreaterThan(0);
        expect([...parts.values()].some(one => one.kind === 'Deployment' && isMoved(one))).toBe(false);
      }),
    );
  });
});
