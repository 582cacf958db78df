import type { Problem } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import type { Match, Pair } from '../release/plan.ts';
import type { RouteQuestion, RouterKind } from '../traffic/router-kind.ts';
import { isRouted, ROUTED, type RoutedName } from '../traffic/routers.ts';
import type { Service } from '../traffic/services.ts';
import { trackOf } from './track.ts';
import type { FoundRoutes, ProgressiveWish } from './wish.ts';

/** The Services that reach each workload that moves. */
type Candidates = ReadonlyMap<KubeObject, readonly Service[]>;

export interface ChosenRoute {
  router: RoutedName;
  why: string;
  /** By workload: the Service that the routes name. */
  services: ReadonlyMap<KubeObject, Service>;
  problems: Problem[];
}

/**
 * The router of the routes that lead to the workloads' Services, where one was asked for or `auto` finds exactly one; undefined
 * where none is meant. Routes of several routers are a problem that names them.
 */
export function chooseRoute(wish: ProgressiveWish, candidates: Candidates): ChosenRoute | undefined {
  const { traffic } = wish;
  if (isRouted(traffic)) return asked(traffic, wish, candidates);
  if (traffic !== 'auto') return undefined;
  const found = [...wish.live.routes.keys()].flatMap(name => {
    const services = routedServices(name, wish, candidates);
    return services.size > 0 ? [{ name, services }] : [];
  });
  const [first, ...others] = found;
  if (!first) return undefined;
  const names = (one: typeof first): string => leadingText(one.name, wish, one.services);
  if (others.length > 0)
    return {
      router: first.name,
      why: '',
      services: first.services,
      problems: [
        {
          message: `Which route has the traffic is not clear: ${found.map(one => `${names(one)} (traffic: ${one.name})`).join(', and ')}. Choose one with \`traffic:\`.`,
        },
      ],
    };
  return {
    router: first.name,
    why: `${names(first)}, and nothing else that was looked at does (${lookedText(wish)})`,
    services: first.services,
    problems: [],
  };
}

/** What `auto` looked at, and where it may not look. */
export function lookedText({ live }: ProgressiveWish): string {
  const parts = [...live.routes].flatMap(([name, { routes, unseen }]) => [
    ...kindsOf(ROUTED[name]).map(kind => {
      const count = routes.filter(route => route.kind === kind).length;
      return `${count} ${kind}${count === 1 ? '' : kind.endsWith('s') ? 'es' : 's'}${name === 'nginx' ? ' of class nginx' : ''}`;
    }),
    ...unseen.map(
      kind =>
        `${kind} not ${ROUTED[name].isNear ? 'at all' : 'in other namespaces'}, which the credentials may not list`,
    ),
  ]);
  return parts.length > 0 ? parts.join(', ') : 'no kind of route is served';
}

function kindsOf({ kinds }: RouterKind): string[] {
  return kinds.flatMap(versions => versions[0]?.kind ?? []);
}

function asked(name: RoutedName, wish: ProgressiveWish, candidates: Candidates): ChosenRoute {
  const services = routedServices(name, wish, candidates);
  const why = 'it was asked for';
  if (services.size > 0)
    return { router: name, why: `${why}; ${leadingText(name, wish, services)}`, services, problems: [] };
  return { router: name, why, services, problems: [{ message: missingText(name, wish, candidates) }] };
}

function routedServices(name: RoutedName, wish: ProgressiveWish, candidates: Candidates): Map<KubeObject, Service> {
  const found = wish.live.routes.get(name);
  return new Map(
    [...candidates].flatMap(([workload, services]) => {
      const meant = wish.service === undefined ? services : services.filter(one => one.metadata.name === wish.service);
      const service = meant.find(one => found && leadingTo(name, found, refOf(one), wish.rules).length > 0);
      return service && workload.kind === 'Deployment' ? [[workload, service] as const] : [];
    }),
  );
}

function leadingTo(
  name: RoutedName,
  { routes, aids }: FoundRoutes,
  service: ObjectRef,
  rules: readonly string[] | undefined,
): KubeObject[] {
  const kind = ROUTED[name];
  return routes.filter(route => (kind.answers?.(route, aids) ?? true) && kind.leads(route, service, rules));
}

function leadingText(name: RoutedName, wish: ProgressiveWish, services: ReadonlyMap<KubeObject, Service>): string {
  const found = wish.live.routes.get(name) as FoundRoutes;
  const texts = [...new Set(services.values())].map(service => {
    const routes = leadingTo(name, found, refOf(service), wish.rules).map(route => refText(refOf(route)));
    return `${routes.join(' and ')} ${routes.length === 1 ? 'sends' : 'send'} to ${refText(refOf(service))}`;
  });
  return texts.join(', ');
}

/** Both names: what was looked for, and what is there instead. */
function missingText(name: RoutedName, wish: ProgressiveWish, candidates: Candidates): string {
  const { routes = [], aids = [], unseen = [] } = wish.live.routes.get(name) ?? {};
  const kind = ROUTED[name];
  const services = [...new Set([...candidates.values()].flat().map(service => service.metadata.name))];
  const seen = routes
    .filter(route => kind.answers?.(route, aids) ?? true)
    .map(route => `${refText(refOf(route))} sends to ${[...new Set(kind.targets(route))].join(', ') || 'nothing'}`);
  const rules = wish.rules ? ` in a rule named ${wish.rules.join(' or ')}` : '';
  const where = unseen.length > 0 ? ` (${unseen.join(', ')}: the credentials may not list other namespaces)` : '';
  const there = seen.length > 0 ? seen.join('; ') : `there is no ${kindsOf(kind).join(' and no ')} that it would use`;
  return `No ${kindsOf(kind).join(' or ')} names ${services.length > 0 ? `Service ${services.join(' or ')}` : 'a Service of the workloads'}${rules}: ${there}${where}. Apply a route first that does, correct \`service:\` or \`routes:\`, or choose another \`traffic:\`.`;
}

/** The routes through which requests come to the pairs, what cannot be done with them, and what the release makes beside them. */
export function routesFor(
  name: RoutedName,
  pairs: readonly Pair[],
  wish: ProgressiveWish,
): { routes: KubeObject[]; made: KubeObject[]; problems: Problem[] } {
  const kind = ROUTED[name];
  const found = wish.live.routes.get(name) as FoundRoutes;
  const match = matchIn(wish);
  const weights = wish.steps.flatMap(step => (step.kind === 'weight' ? [step.weight] : []));
  const questions = found.routes.flatMap((route): RouteQuestion[] => {
    const here = pairs.flatMap(({ service }) =>
      service && leadingTo(name, { ...found, routes: [route] }, service.stable, wish.rules).length > 0 ? [service] : [],
    );
    const others = found.routes.filter(other => other !== route);
    const { rules } = wish;
    return here.length === 0
      ? []
      : [{ route, pairs: here, weights, rules, match, track: trackOf(wish.strategy), others, aids: found.aids }];
  });
  return {
    routes: questions.map(({ route }) => route),
    made: questions.flatMap(question => kind.made?.(question) ?? []),
    problems: [
      ...questions.flatMap(question => kind.problems(question)),
      ...(match && !kind.matches.includes(match.by)
        ? [`The router ${name} cannot send users by a ${match.by}; it can by a ${kind.matches.join(' or a ')}.`]
        : []),
    ].map(message => ({ message })),
  };
}

export function matchIn({ steps }: Pick<ProgressiveWish, 'steps'>): Match | undefined {
  return steps.flatMap(step => (step.kind === 'match' ? [step.match] : []))[0];
}

/** Routes of the manifests that are not in the cluster: they have no traffic that could be moved. */
export function comingRoutes({ live, groups }: ProgressiveWish): string[] {
  const kinds = new Set(Object.values(ROUTED).flatMap(kindsOf));
  return groups
    .flat()
    .filter(object => kinds.has(object.kind) && !live.objects.has(refKey(refOf(object))))
    .map(object => `${refText(refOf(object))} comes with this release and has no traffic yet that could be moved.`);
}
