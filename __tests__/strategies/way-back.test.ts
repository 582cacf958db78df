import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../src/kube.ts';
import { type Plan, promotionStart, type Step, type TrafficPlan } from '../../src/release/plan.ts';
import { planProgressive } from '../../src/strategies/progressive.ts';
import { planWayBack } from '../../src/strategies/way-back.ts';
import { anyWish } from './wishes.ts';

type Moving = Plan & { traffic: TrafficPlan };

interface Cut {
  plan: Moving;
  cursor: number;
  before: readonly KubeObject[];
  created: readonly ObjectRef[];
  back: Step[];
}

const ORDER: readonly Step['do'][] = ['restore', 'capacity', 'shift', 'drain', 'remove', 'unguard', 'prune'];
const keys = (refs: readonly ObjectRef[]): string[] => refs.map(refKey).sort();

/** Without the steps that bring the new version back first, where stable can only be restored behind it. */
function withoutTwin(steps: readonly Step[]): Step[] {
  const behind = steps.findIndex(step => step.do === 'shift' && step.weight === 100);
  return steps.slice(behind + 1);
}

/** The way back from every step of any plan that moves traffic. */
function fromEverywhere(check: (cut: Cut) => void): void {
  fc.assert(
    fc.property(anyWish, ({ wish }) => {
      const { plan, made } = planProgressive(wish);
      fc.pre(plan.traffic !== undefined);
      const before = [...wish.live.objects.values()];
      const created = wish.groups
        .flat()
        .map(refOf)
        .filter(ref => !wish.live.objects.has(refKey(ref)));
      for (let cursor = 0; cursor <= plan.steps.length; cursor += 1) {
        const undone = { plan: plan as Moving, cursor, before, made, created };
        check({ ...undone, back: withoutTwin(planWayBack(undone)) });
      }
    }),
    { numRuns: 200 },
  );
}

const find = <D extends Step['do']>(steps: readonly Step[], what: D) =>
  steps.find((step): step is Step & { do: D } => step.do === what);
const isPartitioned = ({ stable, twin }: TrafficPlan['pairs'][number]): boolean => refKey(stable) === refKey(twin);

describe('the way back', () => {
  it('restores before it counts on capacity, moves traffic before it drains, and deletes last', () => {
    fromEverywhere(({ plan, cursor, back }) => {
      // Before promotion only what moves by partition is restored, and no other workload's traffic waits for that.
      const isPromoted = cursor >= promotionStart(plan);
      const order = isPromoted ? ORDER : ORDER.with(0, 'capacity').with(1, 'shift').with(2, 'restore');
      const places = back.map(step => order.indexOf(step.do));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(new Set(places).size).toBe(places.length);
      expect(places).not.toContain(-1);
    });
  });

  it('restores all that was there once promotion may have begun, and before that only what moves by partition', () => {
    fromEverywhere(({ plan, cursor, before, back }) => {
      const restored = keys(find(back, 'restore')?.objects ?? []);
      if (cursor >= promotionStart(plan)) expect(restored).toEqual(keys(before.map(refOf)));
      else {
        const isMoved = plan.steps
          .slice(0, cursor + 1)
          .some(step => step.do === 'shift' || (step.do === 'scale' && plan.traffic.router === 'pods'));
        const sets = plan.traffic.pairs.filter(isPartitioned).map(({ stable }) => stable);
        expect(restored).toEqual(isMoved ? keys(sets) : []);
      }
    });
  });

  it('gives all traffic back, and drains, from every step that may have moved some', () => {
    fromEverywhere(({ plan, cursor, back }) => {
      const hasTwins = plan.traffic.pairs.some(pair => !isPartitioned(pair));
      const driven = plan.steps.slice(0, cursor + 1);
      const isMoved = driven.some(({ do: what }) => what === 'shift');
      if (isMoved && hasTwins) {
        expect(find(back, 'shift')).toMatchObject({ weight: 0 });
        expect(find(back, 'drain')).toMatchObject({ ms: plan.traffic.drainMs });
        expect(find(back, 'capacity') !== undefined).toBe(plan.traffic.router !== 'pods');
      }
      // By pods, a twin that has been started has traffic already.
      const isStarted = plan.traffic.router === 'pods' && driven.some(({ do: what }) => what === 'scale');
      if (!isMoved && !isStarted) expect(find(back, 'shift')).toBeUndefined();
    });
  });

  it('removes all that the release makes for itself, and never the workload of the user', () => {
    fromEverywhere(({ plan, back }) => {
      const removed = find(back, 'remove');
      const forward = find(plan.steps, 'remove');
      expect(keys([...(removed?.twins ?? []), ...(removed?.objects ?? [])])).toEqual(
        keys([...(forward?.twins ?? []), ...(forward?.objects ?? [])]),
      );
      const stable = new Set(plan.traffic.pairs.map(pair => refKey(pair.stable)));
      for (const ref of [...(removed?.twins ?? []), ...(removed?.objects ?? [])])
        expect(stable.has(refKey(ref))).toBe(false);
    });
  });

  it('takes back every pin and floor, and deletes only what was not there before', () => {
    fromEverywhere(({ plan, back, created }) => {
      const { pins, floors } = plan.traffic;
      expect(find(back, 'unguard')).toMatchObject({ pins, floors });
      expect(keys(find(back, 'prune')?.objects ?? [])).toEqual(keys(created));
    });
  });
});
