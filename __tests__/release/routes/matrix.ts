import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import type { Outcome } from '../../../src/release/events.ts';
import type { GroupKind } from '../../../src/sandbox/types.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { adopted } from '../property/adopted.ts';
import { begin, QUIET, SANDBOX, say, starts, until, when } from '../property/found-rig.ts';
import { type AppOptions, app, approve, hold, LIMIT_MS, NAMESPACE, type Wish, weight } from '../rig.ts';
import type { Routed } from './routed.ts';

/** How long a data plane may take to hear of a write. */
const PROPAGATIONS = [0, 3_000] as const;
const SIZE = 4;

interface World {
  h: Harness;
  wish: Wish;
  version(image: string, more?: AppOptions): KubeObject[];
}

interface Played {
  outcome: Outcome;
  /** Asked and measured shares of the new version, in percent. */
  shares?: readonly (readonly [number, number])[];
}

/** One row of the matrix: what happens to the release, and how it must end. */
type Play = (world: World) => Promise<Played>;

const PLAYS: Readonly<Record<string, Play>> = {
  'canary passes': async world => {
    const { h, wish, version } = world;
    const { run, ended } = begin(h, version('web:2'), {
      ...wish,
      steps: [weight(10), hold(30_000), weight(50), hold(30_000), weight(100), hold(30_000)],
    });
    const shares: [number, number][] = [];
    for (const asked of [10, 50, 100]) {
      await until(h, run, starts(`Hold 30s at ${asked} %`));
      const before = answered(h);
      await until(h, run, event => event.type === 'judged');
      const after = answered(h);
      shares.push([asked, (100 * (after.canary - before.canary)) / (after.all - before.all)]);
    }
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.phase).toBe('succeeded');
    return { outcome, shares };
  },
  'gate fails': async ({ h, wish, version }) => {
    // The first pod of the new version ceases to be ready while the second still is.
    const failing = version('web:2', { annotations: { [`${SANDBOX}unready-after`]: '22s' } });
    const { ended } = begin(h, failing, { ...wish, steps: [weight(25), hold(12_000), weight(50), hold(30_000)] });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    return { outcome };
  },
  'reject by hand': async ({ h, wish, version }) => {
    const { run, ended } = begin(h, version('web:2'), { ...wish, steps: [weight(50), hold(60_000)] });
    await until(h, run, starts('Hold'));
    await say(h, reject);
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'rejected' } });
    return { outcome };
  },
  supersede: async ({ h, wish, version }) => {
    const first = begin(h, version('web:2'), { ...wish, steps: [weight(50), approve] });
    expect((await h.run(first.ended, LIMIT_MS)).phase).toBe('paused');
    const second = begin(h, version('web:3'), { ...wish, steps: [weight(25), hold(5_000)] });
    const outcome = await h.run(second.ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'succeeded', revision: 2 });
    return { outcome };
  },
  'promotion fails': async ({ h, wish, version }) => {
    const { run, ended } = begin(h, version('web:2'), {
      ...wish,
      timeoutMs: 30_000,
      steps: [weight(100), hold(5_000)],
    });
    // No new pod finds a node from the moment when stable is to be rolled until it is brought back.
    when(run, starts('Promote'), () => cordon(h, true));
    when(
      run,
      event => event.type === 'going-back',
      () => cordon(h, false),
    );
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.phase).toBe('rolled-back');
    return { outcome };
  },
  'blue/green': async ({ h, wish, version }) => {
    const { ended } = begin(h, version('web:2'), {
      ...wish,
      strategy: 'blue-green',
      steps: [hold(5_000), weight(100), hold(5_000)],
    });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.phase).toBe('succeeded');
    return { outcome };
  },
};

function cordon(h: Harness, unschedulable: boolean): void {
  for (const node of h.api.list('Node'))
    h.api.update({ ...node, spec: { ...(node.spec as object), unschedulable } }, { manager: 'test' });
}

/** Requests over the route that were answered: by the new version, and by both. */
function answered({ traffic }: Harness): { canary: number; all: number } {
  const { byTrack, answered: all } = traffic?.counts(ENTRY) ?? { byTrack: {} as never, answered: 0 };
  return { canary: byTrack['canary']?.answered ?? 0, all };
}

/** Who owns what of the route, but for what its controller says of it. */
function ownersOf(route: KubeObject | undefined): unknown[] {
  return (route?.metadata.managedFields ?? []).flatMap(({ manager, operation, subresource, fieldsV1 }) =>
    subresource === 'status' ? [] : [{ manager, operation, fieldsV1 }],
  );
}

let ENTRY = '';

function open({ ground, route, kind, router }: Routed, propagationMs: number): World {
  ENTRY = `${kind.kind} ${NAMESPACE}/web`;
  // As every pod behind a load balancer should, they go on serving until the last proxy has heard that they end.
  const spec = propagationMs === 0 ? {} : { minReadySeconds: 1 };
  const annotations = propagationMs === 0 ? {} : { [`${SANDBOX}terminate-after`]: '6s' };
  const version = (image: string, more: AppOptions = {}): KubeObject[] =>
    app({ image, replicas: SIZE, spec, ...more, annotations: { ...annotations, ...more.annotations } });
  const h = harness({
    objects: [...ground, ...version('web:1').map(adopted), route],
    traffic: { ...QUIET, propagationMs },
    readyMs: 60_000,
  });
  const wish: Wish = { traffic: router, settleMs: propagationMs + 500, drainMs: propagationMs + 1_000 };
  return { h, wish, version };
}

const rows: string[] = [];

/** The matrix of one kind of route; its rows are printed when all have been played. A second kind of a router needs the slow data plane alone. */
export function matrix(name: string, routed: Routed, propagations: readonly number[] = PROPAGATIONS): void {
  const group: GroupKind = `${routed.kind.apiVersion.split('/')[0]}/${routed.kind.kind}`;
  const read = ({ api }: Harness): KubeObject | undefined => api.get(group, NAMESPACE, 'web');
  const plays = Object.entries(PLAYS).flatMap(([play, act]) =>
    propagations.map(propagation => [play, propagation, act] as const),
  );

  afterAll(() => {
    console.log(rows.join('\n'));
  });

  it.each(plays)(
    `${name}: %s, propagation %i ms: no request lost, laws held, route as before`,
    async (play, ms, act) => {
      const world = open(routed, ms);
      const { h } = world;
      const before = read(h);
      const { shares = [] } = await act(world);
      h.clock.advance(60_000);
      h.laws.endOfRelease(NAMESPACE);
      h.stop();
      const { sent = 0 } = h.traffic?.counts(ENTRY) ?? {};
      const lost = h.traffic?.losses ?? [];
      const after = read(h);
      const isRestored = isDeepStrictEqual(after?.spec, before?.spec);
      const measured = shares.map(([asked, share]) => `${asked}: ${share.toFixed(1)}`).join(', ');
      rows.push(
        [
          name.padEnd(30),
          play.padEnd(16),
          `${ms} ms`.padStart(8),
          `${sent} requests`.padStart(14),
          `${lost.length} lost`.padStart(8),
          `${h.laws.violations.length} laws broken`.padStart(14),
          isRestored ? 'route restored' : 'ROUTE CHANGED',
          measured ? `share ${measured}` : '',
        ].join('  '),
      );
      expect({ lost: lost.slice(0, 3), broken: h.laws.violations }).toEqual({ lost: [], broken: [] });
      expect(after?.spec).toEqual(before?.spec);
      expect(ownersOf(after)).toEqual(ownersOf(before));
      expect(sent).toBeGreaterThan(100);
      for (const [asked, share] of shares) expect(Math.abs(share - asked)).toBeLessThan(2);
    },
  );
}
