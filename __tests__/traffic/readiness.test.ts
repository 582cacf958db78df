import { describe, expect, it } from '@jest/globals';
import { podsOf, readyEndpoints, readyOf, sizeOf } from '../../src/traffic/readiness.ts';
import { handView, NAMESPACE, PAIR, pod, ref, slice, workload } from './hand-view.ts';

const STABLE = { app: 'web', 'sluice.dev/track': 'stable' };
const CANARY = { app: 'web', 'sluice.dev/track': 'canary' };
const stable = workload(PAIR.stable, { app: 'web' }, { replicas: 2 });
const twin = workload(PAIR.twin, CANARY, { replicas: 1 });
const present = [stable, twin, pod('a', { app: 'web' }), pod('b', STABLE), pod('c', CANARY)];

describe('which pods are whose', () => {
  it('stable’s are those that its selector fits and that are on no other track and no baseline’s, whether they have the label or not', () => {
    const view = handView(
      ...present,
      pod('d', { app: 'other' }),
      pod('e', { app: 'web', 'sluice.dev/track': 'preview' }),
      pod('f', { ...STABLE, 'sluice.dev/baseline': 'true' }),
    );
    expect(podsOf(view, PAIR, 'stable').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(podsOf(view, PAIR, 'twin').map(({ metadata }) => metadata.name)).toEqual(['c']);
  });

  it('none are anybody’s without a workload', () => {
    const view = handView(pod('a', { app: 'web' }));
    expect([podsOf(view, PAIR, 'stable'), podsOf(view, PAIR, 'twin')]).toEqual([[], []]);
    expect([sizeOf(view, PAIR.stable), readyOf(view, PAIR, 'stable')]).toEqual([0, 0]);
  });

  it('a selector of expressions alone has pods, too', () => {
    const matchExpressions = [{ key: 'app', operator: 'In', values: ['web'] }];
    const view = handView(...present, { ...stable, spec: { replicas: 2, selector: { matchExpressions } } });
    expect(podsOf(view, PAIR, 'stable').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  it('expressions of the selector count beside its labels', () => {
    const matchExpressions = [{ key: 'tier', operator: 'DoesNotExist' }];
    const selector = { matchLabels: { app: 'web' }, matchExpressions };
    const view = handView(...present, pod('x', { app: 'web', tier: 'batch' }), {
      ...stable,
      spec: { replicas: 2, selector },
    });
    expect(podsOf(view, PAIR, 'stable').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });
});

describe('how many can serve', () => {
  const both = slice('web', 'web-1', ['a', 'b', 'c'], true);
  const canary = slice('web-canary', 'web-canary-1', ['c'], true);

  it('those that are available and ready endpoints of the Service that reaches them', () => {
    const view = handView(...present, both, canary);
    expect([readyOf(view, PAIR, 'stable'), readyOf(view, PAIR, 'twin')]).toEqual([2, 1]);
  });

  it.each([
    ['an endpoint that is not ready', [slice('web', 'web-1', ['a'], true), slice('web', 'web-2', ['b'], false)], 1],
    ['no endpoint', [slice('web', 'web-1', [], true)], 0],
    ['no slice', [], 0],
    ['slices of another Service', [slice('other', 'other-1', ['a', 'b'], true)], 0],
    ['an endpoint without conditions, which is ready', [slice('web', 'web-1', ['a', 'b'])], 2],
    ['the same endpoint twice', [slice('web', 'web-1', ['a'], true), slice('web', 'web-2', ['a'], true)], 1],
  ])('%s', (_what, slices, ready) => {
    expect(readyOf(handView(...present, ...slices), PAIR, 'stable')).toBe(ready);
  });

  it('not more than are available for minReadySeconds, nor than are asked for', () => {
    const waiting = workload(PAIR.stable, { app: 'web' }, { replicas: 2, available: 1 });
    expect(readyOf(handView(...present, both, waiting), PAIR, 'stable')).toBe(1);
    const shrinking = workload(PAIR.stable, { app: 'web' }, { replicas: 1, available: 2 });
    expect(readyOf(handView(...present, both, shrinking), PAIR, 'stable')).toBe(1);
  });

  it('those that are available, where no Service reaches them', () => {
    const { service: _, ...pair } = PAIR;
    expect(readyOf(handView(...present), pair, 'stable')).toBe(2);
  });

  it('by stable’s own Service as long as the user’s is switched, and by the user’s once that is gone', () => {
    const own = ref('Service', 'web-stable');
    const pair = { ...PAIR, service: { ...PAIR.service, ownStable: own } as NonNullable<typeof PAIR.service> };
    const slices = [slice('web', 'web-1', ['a'], true), slice('web-stable', 'web-stable-1', ['a', 'b'], true)];
    const view = handView(...present, ...slices);
    expect(readyOf(view, pair, 'stable')).toBe(1);
    view.put({ ...own, metadata: { name: own.name, namespace: NAMESPACE } });
    expect(readyOf(view, pair, 'stable')).toBe(2);
  });

  it('endpoints of one Service are those of all its slices', () => {
    const view = handView(slice('web', 'web-1', ['a'], true), slice('web', 'web-2', ['b'], true));
    expect([...readyEndpoints(view, ref('Service', 'web'))]).toEqual(['a', 'b']);
  });
});
