import { describe, expect, it } from '@jest/globals';
import { podsPattern } from '../../../src/checks/fill-in.ts';
import type { Pair } from '../../../src/release/plan.ts';
import { harness } from '../../sandbox/harness.ts';
import { handView, pod, ref, workload } from '../../traffic/hand-view.ts';
import { pairOf } from './asked.ts';

const isOf = (pattern: string, name: string): boolean => new RegExp(`^(?:${pattern})$`).test(name);

describe('the pattern for the pods of a version', () => {
  it.each([
    ['web', 'web-5d4c8f7b9-x2k4q', true],
    ['web', 'web-canary-5d4c8f7b9-x2k4q', false],
    ['web', 'web-baseline-5d4c8f7b9-x2k4q', false],
    ['web', 'my-web-5d4c8f7b9-x2k4q', false],
    // Of a DaemonSet, a Job or a StatefulSet with a name of its own.
    ['web', 'web-agent-x7k2p', false],
    ['web', 'web-migrate-zx9vq', false],
    ['web', 'web-db-x7k2p', false],
    ['web', 'web-tls-x7k2p', false],
    ['web', 'web-5d4c8f7b9-0', false],
    // Kubernetes' alphabet has no vowels, and nothing that looks like another.
    ['web', 'web-5d4c8f7b9-a2k4q', false],
    ['web', 'web-5d4c8f7b9-x2k4', false],
    ['web', 'web-5d4c8f7b9-x2k4qq', false],
    ['web', 'web-5d4c8f7b9db4-x2k4q', false],
    ['web', 'web-bcdfghjklm-npqrs', true],
    ['web', 'web-tvwxz24567-89bcd', true],
    ['web.v1', 'web.v1-5d4c8f7b9-x2k4q', true],
    ['web.v1', 'web-v1-5d4c8f7b9-x2k4q', false],
  ])('of stable %s: %s is one of them, %j', (name, own, expected) => {
    expect(isOf(podsPattern(pairOf('shop', name), 'stable', handView()), own)).toBe(expected);
  });

  it('has each letter that Kubernetes generates names of, and no other', () => {
    const pattern = podsPattern(pairOf('shop', 'web'), 'stable', handView());
    const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
    const inHash = letters.filter(letter => isOf(pattern, `web-${letter.repeat(9)}-x2k4q`));
    const inSuffix = letters.filter(letter => isOf(pattern, `web-5d4c8f7b9-${letter.repeat(5)}`));
    expect([inHash.join(''), inSuffix.join('')]).toEqual(Array(2).fill('bcdfghjklmnpqrstvwxz2456789'));
  });

  it('takes the pods that a cluster makes', () => {
    const h = harness({ traffic: false, replicas: 5 });
    const pods = h.api.list('Pod', 'default').filter(({ metadata }) => metadata.labels?.['app'] === 'web');
    h.stop();
    const pattern = podsPattern(pairOf('shop', 'web'), 'stable', handView());
    expect(pods.map(({ metadata }) => isOf(pattern, metadata.name))).toEqual(Array(5).fill(true));
  });

  it('is of the canary, and of the baseline', () => {
    const pair: Pair = { ...pairOf('shop', 'web'), baseline: ref('Deployment', 'web-baseline') };
    expect(isOf(podsPattern(pair, 'canary', handView()), 'web-canary-5d4c8f7b9-x2k4q')).toBe(true);
    expect(isOf(podsPattern(pair, 'baseline', handView()), 'web-baseline-5d4c8f7b9-x2k4q')).toBe(true);
    expect(isOf(podsPattern(pair, 'baseline', handView()), 'web-canary-5d4c8f7b9-x2k4q')).toBe(false);
  });

  it('has no backslash, which quotes of different sorts read differently', () => {
    expect(podsPattern(pairOf('shop', 'a.b.c'), 'stable', handView())).not.toContain('\\');
  });

  describe('where names are so long that those of pods are cut', () => {
    const long = `web-${'x'.repeat(45)}`;
    const pair: Pair = { ...pairOf('shop', long), baseline: ref('Deployment', `${long}-baseline`) };
    const labels = (more: Record<string, string>) => ({ app: 'web', ...more });
    const view = handView(
      workload(pair.stable, labels({ 'sluice.dev/track': 'stable' })),
      workload(pair.twin, labels({ 'sluice.dev/track': 'canary' })),
      workload(ref('Deployment', `${long}-baseline`), labels({ 'sluice.dev/baseline': 'shop' })),
      pod(`${long}-5d4c8f7aaaaa`, labels({ 'sluice.dev/track': 'stable' })),
      pod(`${long}-canary-bbbbb`, labels({ 'sluice.dev/track': 'canary' })),
      pod(`${long}-baselincccc`, labels({ 'sluice.dev/baseline': 'shop', 'sluice.dev/track': 'stable' })),
    );

    it.each([
      ['stable', `${long}-5d4c8f7aaaaa`],
      ['canary', `${long}-canary-bbbbb`],
      ['baseline', `${long}-baselincccc`],
    ] as const)('%s has those that are there', (side, name) => {
      expect(podsPattern(pair, side, view)).toBe(name);
    });

    it('is empty where there are none', () => {
      expect(podsPattern(pair, 'canary', handView())).toBe('');
    });
  });

  it('begins to list where a whole name has no room', () => {
    const room = 63 - '-5d4c8f7b9z-x2k4q'.length;
    expect(podsPattern(pairOf('shop', 'x'.repeat(room)), 'stable', handView())).not.toBe('');
    expect(podsPattern(pairOf('shop', 'x'.repeat(room + 1)), 'stable', handView())).toBe('');
  });
});
