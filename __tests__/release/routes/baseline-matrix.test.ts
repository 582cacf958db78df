import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import type { Outcome } from '../../../src/release/events.ts';
import type { Harness } from '../../sandbox/harness.ts';
import { COMPARED } from '../compare-check.ts';
import { begin, expectUnharmed, SANDBOX, say, starts, until } from '../property/found-rig.ts';
import { type AppOptions, approve, hold, LIMIT_MS, NAMESPACE, type Wish, weight } from '../rig.ts';
import { open, PATIENT, podsOf, ROUTERS, SIZE, servingOf, sizeOf, TIMES, versionOf } from './compared.ts';
import { live } from './shop.ts';

type Version = (image: string, more?: AppOptions) => KubeObject[];
type Play = (h: Harness, version: Version, wish: Wish) => Promise<Outcome>;

/** What happens to the release, whether stable's pods are replaced in it, and how it must end. */
const PLAYS: readonly (readonly [string, Record<string, string>, Play])[] = [
  [
    'canary passes',
    PATIENT,
    async (h, version, wish) => {
      const { run, ended } = begin(h, version('web:2'), {
        ...wish,
        steps: [weight(10), hold(4_000), weight(50), hold(4_000), weight(100), hold(4_000)],
      });
      for (const [percent, size] of [
        [10, 1],
        [50, 2],
        [100, 2],
      ] as const) {
        await until(h, run, starts(`Hold 4s at ${percent} %`));
        const [fresh, old] = [podsOf(h, 'web-canary'), podsOf(h, 'web-baseline')];
        expect(old.map(({ spec }) => spec?.containers[0]?.image)).toEqual(new Array(size).fill('web:1'));
        expect(servingOf(h, 'web-baseline')).toHaveLength(size);
        expect(servingOf(h, 'web')).toHaveLength(SIZE);
        // Of the same age: each was made when its neighbour was.
        const born = (pods: readonly KubeObject[]) =>
          pods.map(({ metadata }) => metadata['creationTimestamp'] as string).sort();
        expect(born(old)).toEqual(born(fresh).slice(0, size));
      }
      await until(h, run, starts('Promote'));
      expect({ serving: servingOf(h, 'web-baseline'), size: sizeOf(h, 'web-baseline') }).toEqual({
        serving: [],
        size: 2,
      });
      const outcome = await h.run(ended, LIMIT_MS);
      expect(outcome.phase).toBe('succeeded');
      return outcome;
    },
  ],
  [
    'gate fails',
    {},
    async (h, version, wish) => {
      const failing = version('web:2', { annotations: { [`${SANDBOX}unready-after`]: '22s' } });
      const { ended } = begin(h, failing, { ...wish, steps: [weight(25), hold(14_000), weight(50), hold(30_000)] });
      const outcome = await h.run(ended, LIMIT_MS);
      expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
      return outcome;
    },
  ],
  [
    'rejected by hand',
    {},
    async (h, version, wish) => {
      const { run, ended } = begin(h, version('web:2'), { ...wish, steps: [weight(50), hold(30_000)] });
      await until(h, run, starts('Hold'));
      await say(h, reject);
      const outcome = await h.run(ended, LIMIT_MS);
      expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'rejected' } });
      return outcome;
    },
  ],
  [
    'superseded',
    PATIENT,
    async (h, version, wish) => {
      const first = begin(h, version('web:2'), { ...wish, steps: [weight(50), approve] });
      expect((await h.run(first.ended, LIMIT_MS)).phase).toBe('paused');
      expect(servingOf(h, 'web-baseline')).toHaveLength(2);
      const { run, ended } = begin(h, version('web:3'), { ...wish, steps: [weight(25), hold(5_000)] });
      await until(h, run, starts('Hold'));
      expect(servingOf(h, 'web-baseline')).toHaveLength(1);
      const outcome = await h.run(ended, LIMIT_MS);
      expect(outcome).toMatchObject({ phase: 'succeeded', revision: 2 });
      return outcome;
    },
  ],
];

describe.each(ROUTERS)('a release with a fresh baseline over %s', (_router, routed) => {
  it.each(PLAYS)('%s: no request is lost, no law broken, nothing left', async (_play, annotations, play) => {
    const version = versionOf(annotations);
    const h = open(routed, version);
    const before = live(h, routed).spec;
    await play(h, version, { ...COMPARED, ...TIMES, traffic: routed.router });
    expectUnharmed(h);
    expect(h.traffic?.counts().sent).toBeGreaterThan(100);
    expect(live(h, routed).spec).toEqual(before);
    expect(h.api.list('apps/Deployment', NAMESPACE).map(({ metadata }) => metadata.name)).toEqual(['web']);
    expect(podsOf(h, 'web-baseline')).toEqual([]);
  });
});
