import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { refKey, refOf } from '../../src/kube.ts';
import type { Plan, Step, TrafficPlan } from '../../src/release/plan.ts';
import { baselineChecks, baselineSize } from '../../src/strategies/baseline.ts';
import { type Progressive, planProgressive } from '../../src/strategies/progressive.ts';
import { planWayBack } from '../../src/strategies/way-back.ts';
import type { ProgressiveWish } from '../../src/strategies/wish.ts';
import { COMPARE } from '../release/compare-check.ts';
import { httpRoute, service, wishFor, workload } from './route-wishes.ts';

const ROUTES = { 'gateway-api': [httpRoute('web', 'web')] };
const STEPS: ProgressiveWish['steps'] = [
  { kind: 'weight', weight: 10 },
  { kind: 'hold', ms: 1_000 },
  { kind: 'weight', weight: 60 },
  { kind: 'hold', ms: 1_000 },
  { kind: 'weight', weight: 100 },
];

function planned(wish: Partial<ProgressiveWish> = {}): Progressive {
  return planProgressive(
    wishFor({ routes: ROUTES, wish: { baselines: ['errors'], steps: STEPS, drainMs: 7, ...wish } }),
  );
}

type Spec = {
  replicas: number;
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> }; spec: { containers: { image: string }[] } };
};
const specOf = (object: KubeObject | undefined): Spec => object?.spec as Spec;
const named = ({ made }: Progressive, name: string): KubeObject | undefined =>
  made.find(({ metadata, kind }) => kind === 'Deployment' && metadata.name === name);
const order = (steps: readonly Step[]): string[] => steps.map(step => step.do);

describe('the plan of a release with a fresh baseline', () => {
  it('has a Deployment of the old version that neither stable’s pods nor the twin’s are told to be of', () => {
    const release = planned();
    const [pair] = release.plan.traffic?.pairs ?? [];
    expect(pair?.baseline).toEqual({ ...pair?.stable, name: 'web-baseline' });
    const [baseline, twin] = [named(release, 'web-baseline'), named(release, 'web-canary')];
    expect(baseline?.metadata.labels).toEqual({ 'sluice.dev/track': 'baseline' });
    expect(specOf(baseline)).toEqual({
      ...specOf(workload('web', 'web:1')),
      replicas: 0,
      selector: { matchLabels: { app: 'web', 'sluice.dev/baseline': 'true' } },
      template: {
        metadata: { labels: { app: 'web', 'sluice.dev/baseline': 'true' } },
        spec: { containers: [{ name: 'c', image: 'web:1' }] },
      },
    });
    expect(specOf(twin).template.metadata.labels).toEqual({ app: 'web', 'sluice.dev/track': 'canary' });
  });

  it('takes it out of the traffic after the last step that compares, and removes it with the twin', () => {
    const { plan } = planned();
    const ref = plan.traffic?.pairs[0]?.baseline;
    const dismissals = plan.steps.flatMap((step, index) => (step.do === 'dismiss' ? [{ step, index }] : []));
    expect(dismissals).toEqual([{ step: expect.objectContaining({ baselines: [ref] }), index: expect.any(Number) }]);
    const at = dismissals[0]?.index ?? 0;
    expect(order(plan.steps.slice(at + 1))[0]).toBe('apply');
    expect(plan.steps.slice(at).some(step => step.do === 'hold' || step.do === 'scale')).toBe(false);
    const removed = plan.steps.find(step => step.do === 'remove');
    expect(removed?.twins.map(({ name }) => name)).toEqual(['web-canary', 'web-baseline']);
    expect(removed?.objects.map(({ name }) => name)).toEqual(['web-canary']);
  });

  it('says how many pods more it needs, and in the steps that it is started', () => {
    const { plan } = planned();
    expect(plan.notes?.join('\n')).toContain(
      'Deployment shop/web-baseline runs beside Deployment shop/web to be compared with: up to 3 more pods of the old version while the release runs',
    );
    const started = plan.steps.filter(step => step.do === 'scale').map(({ name }) => name);
    expect(started).toEqual([
      'Start 1 pod of the new version, and its baseline',
      'Start 3 pods of the new version, and its baseline',
      'Start 4 pods of the new version',
    ]);
    expect(plan.steps.map(({ name }) => name)).toContain('Take Deployment shop/web-baseline out of the traffic');
  });

  it.each([
    [10, undefined, 4, 1],
    [60, undefined, 4, 3],
    [100, undefined, 4, 0],
    [0, 2, 4, 2],
    [10, 9, 4, 4],
    [0, undefined, 4, 0],
  ])('at %i %% with replicas %p beside %i pods it has %i', (weight, replicas, size, wanted) => {
    expect(baselineSize(weight, replicas, size)).toBe(wanted);
  });

  it('takes it out and drains it on the way back from wherever it may have been let in, and from no other step', () => {
    const { plan, made } = planned();
    const moving = plan as Plan & { traffic: TrafficPlan };
    const first = plan.steps.findIndex(step => step.do === 'scale');
    const dismissal = plan.steps.findIndex(step => step.do === 'dismiss');
    for (let cursor = 0; cursor <= plan.steps.length; cursor += 1) {
      const steps = planWayBack({ plan: moving, cursor, before: [workload('web', 'web:1')], made, created: [] });
      const what = order(steps);
      expect({ cursor, dismissed: what.includes('dismiss') }).toEqual({
        cursor,
        dismissed: cursor >= first && cursor <= dismissal,
      });
      const removed = steps.find(step => step.do === 'remove');
      expect(removed?.twins.map(({ name }) => name)).toEqual(['web-canary', 'web-baseline']);
      expect(removed?.objects.map(({ name }) => name)).toEqual(['web-canary']);
      if (cursor >= first) expect(what.indexOf('drain')).toBeLessThan(what.indexOf('remove'));
      if (cursor >= first) expect(what.indexOf('drain')).toBeGreaterThan(what.indexOf('dismiss'));
      // What was never edited needs not be given back.
      expect(what.includes('unroute')).toBe(what.includes('shift'));
    }
  });

  it('is, without such a check, word for word what it was', () => {
    const release = planned({ baselines: [] });
    expect(JSON.stringify(release)).not.toContain('baseline');
    expect(order(release.plan.steps)).not.toContain('dismiss');
    expect(baselineChecks([COMPARE, { ...COMPARE, baseline: false }])).toEqual(['errors']);
  });
});

describe('a plan that has no place for a baseline is refused', () => {
  const refusals = (wish: Partial<ProgressiveWish>): string[] => {
    try {
      planned(wish);
    } catch (error) {
      const { problems = [], code } = error as { code: string; problems?: { message: string }[] };
      expect(code).toBe('invalid-input');
      return problems.map(({ message }) => message);
    }
    return [];
  };

  it('with the router pods, by each of the checks that ask for one', () => {
    expect(refusals({ traffic: 'pods', baselines: ['errors', 'slow'] })).toEqual([
      expect.stringMatching(/^Check errors: a comparison with a baseline is not possible with the router pods: /),
      expect.stringMatching(/^Check slow: a comparison with a baseline is not possible with the router pods: /),
    ]);
  });

  it('with the router service, and with blue/green, both at once', () => {
    expect(refusals({ strategy: 'blue-green', traffic: 'service', steps: [{ kind: 'weight', weight: 100 }] })).toEqual([
      expect.stringContaining('needs the strategy canary'),
      expect.stringContaining('is not possible with the router service'),
    ]);
    expect(refusals({ strategy: 'blue-green', steps: [{ kind: 'weight', weight: 100 }] })).toEqual([
      expect.stringContaining('needs the strategy canary'),
    ]);
  });

  it('together with what else is wrong', () => {
    const problems = refusals({ traffic: 'pods', steps: [{ kind: 'replicas', replicas: 2 }] });
    expect(problems).toHaveLength(2);
  });

  it('but not where nothing moves in steps', () => {
    const wish = wishFor({ services: [service('web')], wish: { traffic: 'pods', baselines: ['errors'] } });
    const present = new Map(wish.live.merged);
    const { plan } = planProgressive({ ...wish, live: { ...wish.live, objects: present } });
    expect(plan.traffic).toBeUndefined();
    expect([...present.keys()]).toEqual([refKey(refOf(workload('web', 'web:2')))]);
  });
});
