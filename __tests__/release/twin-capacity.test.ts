import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import type { Harness } from '../sandbox/harness.ts';
import { begin, expectUnharmed, SANDBOX, SWITCHED, serving, starts, until, when } from './property/found-rig.ts';
import { app, hold, LIMIT_MS, NAMESPACE, type Run, weight } from './rig.ts';

/* What changes the sizes of the two versions while the new one is looked at without traffic. */

const LOOKED_AT = { ...SWITCHED, steps: [hold(30_000), weight(100), hold(3_000)] };
const DESIRED = `${SANDBOX}desired-replicas`;

function scaler(desired: number): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: NAMESPACE, annotations: { [DESIRED]: String(desired) } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 8,
    },
  };
}

function scaleTo(h: Harness, name: string, replicas: number): void {
  const live = structuredClone(h.api.get('apps/Deployment', NAMESPACE, name) as KubeObject);
  h.api.update({ ...live, spec: { ...(live.spec as object), replicas } }, { manager: 'somebody' });
}

async function whileHeld(h: Harness, run: Run, act: () => void): Promise<void> {
  await until(h, run, starts('Hold 30s'));
  act();
}

describe('the new version gets the traffic with the pods that it needs', () => {
  it('where its autoscaler has given stable more meanwhile', async () => {
    const h = serving([...app({ replicas: 2 }), scaler(2)]);
    const { run, ended } = begin(h, app({ replicas: undefined, image: 'web:2' }), LOOKED_AT);
    await whileHeld(h, run, () => {
      const live = h.api.get('autoscaling/HorizontalPodAutoscaler', NAMESPACE, 'web') as KubeObject;
      const metadata = { ...live.metadata, annotations: { [DESIRED]: '4' } };
      h.api.update({ ...structuredClone(live), metadata }, { manager: 'load' });
    });
    expect(await h.run(ended, LIMIT_MS)).toMatchObject({ phase: 'succeeded' });
    expectUnharmed(h);
  });

  it('where somebody has made it smaller meanwhile', async () => {
    const h = serving(app({ replicas: 3 }));
    const { run, ended } = begin(h, app({ replicas: 3, image: 'web:2' }), LOOKED_AT);
    await whileHeld(h, run, () => scaleTo(h, 'web-preview', 1));
    expect(await h.run(ended, LIMIT_MS)).toMatchObject({ phase: 'succeeded' });
    expectUnharmed(h);
  });

  it('of which there are never fewer than serve from stable in that moment, whatever size stable is to get', async () => {
    const h = serving([...app({ replicas: 2 }), scaler(2)]);
    const { run, ended } = begin(h, app({ replicas: undefined, image: 'web:2' }), LOOKED_AT);
    await whileHeld(h, run, () => scaleTo(h, 'web-preview', 1));
    when(run, starts('Shift to 100'), () => scaleTo(h, 'web', 1));
    await h.run(ended, LIMIT_MS);
    h.stop();
    const short = h.laws.violations
      .map(({ message }) => /while (\d+) pods of .* are ready .* and (\d+) are ready where/.exec(message))
      .filter(found => found !== null && Number(found[1]) < Number(found[2]));
    expect({ short, lost: h.traffic?.losses }).toEqual({ short: [], lost: [] });
  });
});

describe('the new version while it has all the traffic, and somebody makes it smaller', () => {
  const smaller = async (onDrift: 'correct' | 'ignore' | 'fail'): Promise<{ h: Harness; run: Run; phase: string }> => {
    const h = serving(app({ replicas: 3 }));
    const wish = { ...SWITCHED, onDrift, steps: [weight(100), hold(30_000)] };
    const { run, ended } = begin(h, app({ replicas: 3, image: 'web:2' }), wish);
    await until(h, run, starts('Hold 30s'));
    scaleTo(h, 'web-preview', 2);
    return { h, run, phase: (await h.run(ended, LIMIT_MS)).phase };
  };
  const found = 'Deployment default/web-preview has 2 replicas instead of 3';

  it('gets its pods back', async () => {
    const { h, run, phase } = await smaller('correct');
    expect(phase).toBe('succeeded');
    expect(run.events).toContainEqual(expect.objectContaining({ type: 'drift', found: [found], corrected: true }));
    expect(run.events.filter(event => event.type === 'resized' && event.replicas === 3)).toHaveLength(2);
    expectUnharmed(h);
  });

  it('is taken back where drift is to fail', async () => {
    const { h, run, phase } = await smaller('fail');
    expect(phase).toBe('rolled-back');
    expect(run.events.find(event => event.type === 'failed')).toMatchObject({ error: { code: 'drift' } });
    h.stop();
    expect(h.traffic?.losses).toEqual([]);
  });

  it('stays so where drift is to be ignored, and that is told', async () => {
    const { h, run, phase } = await smaller('ignore');
    expect(phase).toBe('succeeded');
    expect(run.events).toContainEqual(expect.objectContaining({ type: 'drift', found: [found], corrected: false }));
    h.stop();
    expect(h.traffic?.losses).toEqual([]);
  });
});
