import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { applyOwn } from '../release/apply-own.ts';
import { borrow, giveBackOwnership, giveBackWithin } from '../release/borrow.ts';
import type { Pair } from '../release/plan.ts';
import type { Two } from './backends.ts';
import {
  aimed,
  hasMatchRule,
  isAimed,
  placesOf,
  type RouteAim,
  type RouteForm,
  released,
  sharesIn,
} from './route-rules.ts';
import { lostRoutes, type RouteShare, type RouteWriter, routedRouter } from './routed.ts';
import type { Router, RouterContext } from './router.ts';

const SPEC = ['spec'] as const;

/**
 * A router whose weights stand in lists of the user's own objects. The API server takes such a list as one value, so that it is
 * read, changed and written for the very state that was read: nobody's concurrent edit is lost.
 */
export function listRouter(
  context: RouterContext,
  form: RouteForm,
  pending: (route: KubeObject, share: RouteShare) => string | undefined = () => undefined,
): Router {
  return routedRouter(context, listWriter(context, form, pending));
}

function listWriter(
  context: RouterContext,
  form: RouteForm,
  pending: (route: KubeObject, share: RouteShare) => string | undefined,
): RouteWriter {
  const { traffic, view, cluster, match, deps } = context;
  const { routes = [], rules } = traffic;
  const pairs = traffic.pairs.flatMap(({ service }) => service ?? []);
  const known = { pairs, rules, match };
  const aimFor = ({ weight, matched }: RouteShare): RouteAim => ({ ...known, share: () => weight, matched });
  const atRest: RouteAim = { ...known, share: () => 0, matched: false };

  const sharesNow = (two: Two): number[] =>
    routes.flatMap(ref => {
      const route = view.get<KubeObject>(ref);
      return route ? sharesIn(form, route, two, known) : [];
    });
  const withLists = (route: KubeObject, lists: Readonly<Record<string, unknown>>): object => ({
    ...(route.spec as object),
    ...lists,
  });
  /** What keeps a share from being given at all; where none is to be given, nothing does. */
  const lostText = (ref: ObjectRef, { weight, matched }: RouteShare): string | undefined => {
    if (weight === 0 && !matched) return undefined;
    const [route, before] = [view.get<KubeObject>(ref), context.before(ref)];
    if (!route) return `${refText(ref)} is gone`;
    const led = pairs.filter(two => !before || placesOf(form, before, two, rules).length > 0);
    const lost = led.find(two => sharesIn(form, route, two, known).length === 0);
    return lost && `${refText(ref)} does not name Service ${lost.stable.name} any more`;
  };

  return {
    shares: ({ service }: Pair) => (service ? sharesNow(service) : []),
    differences: share =>
      routes.flatMap(ref => {
        const route = view.get<KubeObject>(ref);
        const lost = lostText(ref, share);
        if (lost || !route) return lost ?? [];
        return isAimed(form, route, aimFor(share)) ? [] : [differenceText(form, route, known, share)];
      }),
    async write(share, may) {
      const aim = aimFor(share);
      for (const ref of routes) {
        context.signal.throwIfAborted();
        const seen = view.get<KubeObject>(ref);
        if (!seen || isAimed(form, seen, aim)) continue;
        const live = await borrow(cluster, ref, SPEC, route =>
          may() && !isAimed(form, route, aim) ? withLists(route, aimed(form, route, aim)) : route.spec,
        );
        view.enter(live);
      }
      // The other routes come first: none of them must wait for one that cannot be written.
      const lost = routes.flatMap(ref => lostText(ref, share) ?? []);
      if (lost.length > 0) throw lostRoutes(lost);
    },
    pending: share =>
      routes.flatMap(ref => {
        const route = view.get<KubeObject>(ref);
        return (route && pending(route, share)) ?? [];
      })[0],
    carried(object) {
      const ref = routes.find(route => refKey(route) === refKey(refOf(object)));
      const live = ref && view.get<KubeObject>(ref);
      if (!live) return object;
      const share = (two: Two): number => Math.max(0, ...sharesIn(form, live, two, known));
      const aim = { ...known, share, matched: hasMatchRule(form, live, known) };
      return { ...object, spec: withLists(object, aimed(form, object, aim)) };
    },
    async undo({ promoted }) {
      for (const ref of routes) {
        context.signal.throwIfAborted();
        const [wanted, before] = [promoted ? context.wanted(ref) : undefined, context.before(ref)];
        const seen = view.get<KubeObject>(ref);
        const live = wanted
          ? await applied(context, wanted)
          : before &&
            (await giveBackWithin(cluster, ref, SPEC, form.lists, before, route =>
              withLists(route, released(form, route, before, atRest)),
            ));
        if (!live) continue;
        view.enter(live);
        if (live.metadata.resourceVersion !== seen?.metadata.resourceVersion)
          deps.emit({ type: 'written', ref, change: 'restored' });
      }
    },
  };
}

/** What the manifests say of a route takes effect as it stands there, and nothing of it is held for the release any more. */
async function applied({ cluster, force }: RouterContext, wanted: KubeObject): Promise<KubeObject | undefined> {
  await applyOwn(cluster, wanted, { force });
  return giveBackOwnership(cluster, refOf(wanted), undefined);
}

function differenceText(
  form: RouteForm,
  route: KubeObject,
  known: Pick<RouteAim, 'pairs' | 'rules' | 'match'>,
  { weight, matched }: RouteShare,
): string {
  const ref = refText(refOf(route));
  const off = known.pairs.flatMap(two => {
    const shares = sharesIn(form, route, two, known);
    const seen = [...new Set(shares.map(Math.round))].join(' and ');
    const isOff = shares.some(share => Math.round(share) !== weight);
    return isOff
      ? [`${ref} gives ${seen} % of Service ${two.stable.name} to ${two.twin.name} instead of ${weight} %`]
      : [];
  });
  if (off.length > 0) return off.join('; ');
  const isMatched = hasMatchRule(form, route, known);
  if (isMatched !== matched)
    return `${ref} ${isMatched ? 'still sends' : 'does not send'} requests that match to the new version`;
  return `${ref} has other weights than the release gave it`;
}
