import { afterAll, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { reject } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import type { Outcome } from '../../../src/release/events.ts';
import type { InProcessOptions } from '../../../src/sandbox/in-process.ts';
import type { RoutedName } from '../../../src/traffic/routers.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { type ClusterState, recordsOf, stateOf } from '../cluster-state.ts';
import {
  app,
  commandRequest,
  deployNow,
  deployRequest,
  hold,
  LIMIT_MS,
  openRun,
  type Run,
  type Wish,
  weight,
} from '../rig.ts';
import { HTTP_ROUTE, INGRESS, type Routed, SUBSETS } from '../routes/routed.ts';

/** Long enough for all that was begun to come to its end: pods that terminate, garbage that is collected. */
const SETTLED_MS = 60_000;

interface Case {
  strategy: 'canary' | 'blue-green';
  traffic: 'pods' | 'service' | RoutedName;
  ending: 'success' | 'failure' | 'supersede';
  /** Beside what makes the release short. */
  more: Wish;
  /** Where another is asked for than the traffic's own. */
  every: number | undefined;
}

/** Every so manieth call is cut, beginning with another for each ending and way on, so that the runs together cut half of the calls, and of routed ones a quarter; CRASH_EVERY=1 cuts all in each. */
const EVERY = Number(process.env['CRASH_EVERY'] ?? 0);
const SWITCHED_EVERY = 12;
const ROUTED_EVERY = 24;

const ROUTES: Partial<Record<Case['traffic'], Routed>> = {
  'gateway-api': HTTP_ROUTE,
  istio: SUBSETS,
  nginx: INGRESS,
};
const ENDINGS = ['success', 'failure', 'supersede'] as const;

function wishOf({ strategy, traffic, more }: Case): Wish {
  const share = strategy === 'canary' && traffic !== 'service' ? 50 : 100;
  const ahead = strategy === 'blue-green' ? [hold(6_000)] : [];
  return { strategy, traffic, steps: [...ahead, weight(share), hold(6_000)], ...more };
}

/** The new version. One that fails does so before it has any traffic: else its own crash would lose requests. */
function newVersion({ strategy, traffic, ending }: Case): KubeObject[] {
  const isSeen = strategy === 'canary' || traffic === 'pods';
  const failure: Record<string, string> = isSeen
    ? { 'sandbox.sluice.dev/image-pull-failure': 'true' }
    : { 'sandbox.sluice.dev/crash-after': '4s' };
  return [
    ...app({ image: 'web:2', config: '2', ...(ending === 'failure' ? { annotations: failure } : {}) }),
    ...routeOf(traffic),
  ];
}

/** The route in the manifests, which changes something else with the version; an Ingress is left to others. */
function routeOf(traffic: Case['traffic']): KubeObject[] {
  const route = traffic === 'nginx' ? undefined : ROUTES[traffic]?.route;
  if (!route) return [];
  const names = traffic === 'istio' ? { gateways: ['mesh'] } : { hostnames: ['new.example'] };
  return [{ ...route, spec: { ...(route.spec as object), ...names } }];
}

/** A namespace in which version 1 serves, deployed by hand and with the label that adopting would give it. */
function begin({ traffic }: Case): { h: Harness; before: ClusterState } {
  const routed = ROUTES[traffic];
  const objects = [...(routed?.ground ?? []), ...adopted(app()), ...(routed ? [routed.route] : [])];
  const h = harness({ objects, traffic: { exclude: ['*-canary', '*-preview', '*-stable'] } });
  return { h, before: stateOf(h.api, { adopted: true }) };
}

function adopted(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map(object => {
    const { template, ...spec } = (object.spec ?? {}) as { template?: { metadata: { labels: object } } };
    if (!template) return object;
    const metadata = { ...template.metadata, labels: { ...template.metadata.labels, 'sluice.dev/track': 'stable' } };
    return { ...object, spec: { ...spec, template: { ...template, metadata } } };
  });
}

/** What the release is asked to be in the end: version 2, or for `supersede` version 3 over an unfinished version 2. */
async function release(one: Case, run: Run): Promise<Outcome> {
  if (one.ending !== 'supersede') return deploy(run.deps, deployRequest(run, newVersion(one), wishOf(one)));
  return deploy(
    run.deps,
    deployRequest(run, [...app({ image: 'web:3', config: '3' }), ...routeOf(one.traffic)], wishOf(one)),
  );
}

/** For `supersede`: version 2 waits for an approval, with its traffic. */
async function prelude(h: Harness, one: Case): Promise<void> {
  if (one.ending !== 'supersede') return;
  const wish = wishOf(one);
  const paused = await deployNow(h, newVersion(one), { ...wish, steps: [...(wish.steps ?? []), { kind: 'approve' }] });
  expect(paused.phase).toBe('paused');
}

function checkUnharmed(h: Harness, cut: string): void {
  expect({ cut, broken: h.laws.violations }).toEqual({ cut, broken: [] });
  expect({ cut, lost: h.traffic?.losses }).toEqual({ cut, lost: [] });
}

/** Runs the release once without a cut, then once for each of its API calls, killed after it, and goes on by `then`. */
async function cutEverywhere(
  one: Case,
  then: (run: Run) => Promise<unknown>,
  first: number,
  expected: (states: { before: ClusterState; after: ClusterState; records: string[]; isOver: boolean }) => ClusterState,
): Promise<number> {
  const whole = begin(one);
  await prelude(whole.h, one);
  const run = openRun(whole.h);
  const outcome = await whole.h.run(release(one, run), LIMIT_MS);
  expect(outcome.phase).toBe(one.ending === 'failure' ? 'rolled-back' : 'succeeded');
  const calls = run.process.calls;
  whole.h.clock.advance(SETTLED_MS);
  const after = stateOf(whole.h.api, { adopted: true });
  whole.h.laws.endOfRelease('default');
  checkUnharmed(whole.h, 'uninterrupted');
  whole.h.stop();

  const every = EVERY || one.every || (ROUTES[one.traffic] ? ROUTED_EVERY : SWITCHED_EVERY);
  let cuts = 0;
  for (let k = 1 + (first % every); k <= calls; k += every) {
    cuts += 1;
    const { h, before } = begin(one);
    await prelude(h, one);
    const died = Promise.withResolvers<void>();
    const onCall: InProcessOptions['onCall'] = n => {
      if (n !== k) return 'execute';
      died.resolve();
      return 'die-after';
    };
    const dying = openRun(h, { onCall });
    await h.run(Promise.race([release(one, dying), died.promise]), LIMIT_MS);
    const isOver = ['succeeded', 'rolled-back'].includes(recordsOf(h.api).at(-1)?.split(' ')[1] ?? '');
    await h.run(then(openRun(h)), LIMIT_MS);
    h.clock.advance(SETTLED_MS);
    h.laws.endOfRelease('default');
    const cut = `after call ${k} of ${calls}`;
    checkUnharmed(h, cut);
    const records = recordsOf(h.api);
    expect({ cut, ...stateOf(h.api, { adopted: true }) }).toEqual({
      cut,
      ...expected({ before, after, records, isOver }),
    });
    h.stop();
  }
  return cuts;
}

/** The tests of one strategy over one router: a file each, so that they run beside each other. */
export function cutAnywhere(
  strategy: Case['strategy'],
  traffic: Case['traffic'],
  { named = '', every, more = {} }: { named?: string; every?: number; more?: Wish } = {},
): void {
  let cuts = 0;
  const name = `${strategy} over ${traffic}${named}`;
  afterAll(() => console.log(`${name}: ${cuts} cuts`));
  describe.each(ENDINGS)(`${name}, cut after any API call (%s)`, ending => {
    const one = { strategy, traffic, ending, more, every };
    it('is finished by the next run, and ends as without the cut', async () => {
      cuts += await cutEverywhere(
        one,
        run => release(one, run),
        3 * ENDINGS.indexOf(ending),
        ({ after }) => after,
      );
    }, 180_000);

    it('is taken back by a reject to the state before it', async () => {
      cuts += await cutEverywhere(
        one,
        run =>
          reject(run.deps, commandRequest(run)).catch((error: { code?: string }) => {
            // What had come to its end before the cut can be rejected no more.
            expect(error.code).toBe('no-release');
          }),
        3 * ENDINGS.indexOf(ending) + 1,
        ({ before, after, isOver, records }) => (isOver && records.at(-1)?.endsWith('succeeded') ? after : before),
      );
    }, 180_000);
  });
}
