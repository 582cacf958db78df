import type { Problem } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import type { Match, Pair } from '../release/plan.ts';
import { ALL_RULES, placesOf } from '../traffic/route-rules.ts';
import type { RouteQuestion, RouterKind } from '../traffic/router-kind.ts';
import { isRouted, ROUTED, type RoutedName } from '../traffic/routers.ts';
import type { Service } from '../traffic/services.ts';
import { stops } from './service-problems.ts';
import { trackOf } from './track.ts';
import type { FoundRoutes, ProgressiveWish } from './wish.ts';

/** Routes that a message names one by one. */
const MOST_SHOWN = 5;

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
    const { services, problems } = routedServices(name, wish, candidates);
    return services.size > 0 || problems.length > 0 ? [{ name, services, problems }] : [];
  });
  const [first, ...others] = found;
  if (!first) return undefined;
  const { name: router, services } = first;
  const names = (one: typeof first): string => leadingText(one.name, wish, one.services);
  const problems = [...first.problems, ...unknownRules(wish, candidates)];
  if (others.length > 0) {
    const all = found.map(one => `${names(one)} (traffic: ${one.name})`).join(', and ');
    const message = `Which route has the traffic is not clear: ${all}. Choose one with \`traffic:\`.`;
    return { router, why: '', services, problems: [{ message }] };
  }
  const why = `${names(first)}, and nothing else that was looked at does (${lookedText(wish)})`;
  return { router, why, services, problems };
}

/** What `auto` looked at, and where it may not look. */
export function lookedText({ live }: ProgressiveWish): string {
  const parts = [...live.routes].flatMap(([name, { routes, aids, unseen }]) => {
    const { answers } = ROUTED[name];
    const hidden = new Map(unseen.map(({ kind, where }) => [kind, where]));
    return kindsOf(ROUTED[name]).map(kind => {
      const where = hidden.get(kind);
      if (where === 'anywhere') return `${pluralOf(kind)} not at all, which the credentials may not list`;
      const count = routes.filter(route => route.kind === kind && (answers?.(route, aids) ?? true)).length;
      const text = `${count} ${count === 1 ? kind : pluralOf(kind)}${name === 'nginx' ? ' of class nginx' : ''}`;
      return where ? `${text}, and none in other namespaces, where the credentials may not list them` : text;
    });
  });
  return parts.length > 0 ? parts.join(', ') : 'no kind of route is served';
}

function pluralOf(kind: string): string {
  return kind.endsWith('s') ? `${kind}es` : `${kind}s`;
}

function kindsOf({ kinds }: RouterKind): string[] {
  return kinds.flatMap(versions => versions[0]?.kind ?? []);
}

function asked(name: RoutedName, wish: ProgressiveWish, candidates: Candidates): ChosenRoute {
  const { services, problems } = routedServices(name, wish, candidates);
  const why = 'it was asked for';
  if (services.size === 0 && problems.length === 0)
    return { router: name, why, services, problems: [{ message: missingText(name, wish, candidates) }] };
  return {
    router: name,
    why: services.size > 0 ? `${why}; ${leadingText(name, wish, services)}` : why,
    services,
    problems: [...problems, ...unknownRules(wish, candidates, [name])],
  };
}

function routedServices(
  name: RoutedName,
  wish: ProgressiveWish,
  candidates: Candidates,
): { services: Map<KubeObject, Service>; problems: Problem[] } {
  const found = wish.live.routes.get(name);
  const services = new Map<KubeObject, Service>();
  const problems: Problem[] = [];
  for (const [workload, all] of candidates) {
    const led = meantServices(wish, all).filter(
      one => found && leadingTo(name, found, refOf(one), wish.rules).length > 0,
    );
    const [only, ...others] = led;
    if (!only || workload.kind !== 'Deployment') continue;
    services.set(workload, only);
    if (others.length > 0)
      problems.push({
        message: `Which Service has the traffic of ${refText(refOf(workload))} is not clear: routes send to ${led.map(one => refText(refOf(one))).join(' and ')}. Name it with \`service:\`.`,
      });
  }
  return { services, problems };
}

function meantServices({ service }: ProgressiveWish, services: readonly Service[]): readonly Service[] {
  return service === undefined ? services : services.filter(({ metadata }) => metadata.name === service);
}

/** A name that no rule has would leave one out without a word. */
export function unknownRules(
  wish: ProgressiveWish,
  candidates: Candidates,
  names: readonly RoutedName[] = [...wish.live.routes.keys()],
): Problem[] {
  const services = [...candidates.values()].flat().map(refOf);
  const isThere = (rule: string): boolean =>
    names.some(name =>
      services.some(service => leadingTo(name, wish.live.routes.get(name) as FoundRoutes, service, [rule]).length > 0),
    );
  return (wish.rules ?? [])
    .filter(rule => rule !== ALL_RULES && !isThere(rule))
    .map(rule => ({
      message: `No rule named ${rule} sends to a Service of the workloads. Correct \`routes:\`, or give the rule that name.`,
    }));
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
  if ([...candidates.keys()].every(workload => workload.kind !== 'Deployment'))
    return `The router ${name} moves Deployments, and there is none with a new version: a StatefulSet moves by its partition, with \`traffic: pods\`.`;
  const services = new Set(
    [...candidates.values()].flatMap(all => meantServices(wish, all)).map(one => one.metadata.name),
  );
  const namespaces = new Set([...candidates.keys()].map(({ metadata }) => metadata.namespace));
  const isFar = ({ metadata }: KubeObject): boolean => !namespaces.has(metadata.namespace);
  const near = routes.toSorted((one, other) => Number(isFar(one)) - Number(isFar(other)));
  const more = near.length > MOST_SHOWN ? [`and ${near.length - MOST_SHOWN} more send elsewhere`] : [];
  const seen = near.slice(0, MOST_SHOWN).map(route => {
    const isIts = kind.answers?.(route, aids) ?? true;
    return `${refText(refOf(route))} ${isIts ? `sends to ${[...new Set(kind.targets(route))].join(', ') || 'nothing'}` : kind.otherwise?.(route)}`;
  });
  const rules = wish.rules ? ` in a rule named ${wish.rules.join(' or ')}` : '';
  const hidden = unseen.map(
    one => `${pluralOf(one.kind)} ${one.where === 'anywhere' ? 'at all' : 'of other namespaces'}`,
  );
  const where = hidden.length > 0 ? ` (the credentials may not list ${hidden.join(' and ')})` : '';
  const there =
    seen.length > 0 ? [...seen, ...more].join('; ') : `there is no ${kindsOf(kind).join(' and no ')} that it would use`;
  return `No ${kindsOf(kind).join(' or ')} names ${services.size > 0 ? `Service ${[...services].join(' or ')}` : 'a Service of the workloads'}${rules}: ${there}${where}. Apply a route first that does, correct \`service:\` or \`routes:\`, or choose another \`traffic:\`.`;
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
  // Several workloads may be behind one Service.
  const services = new Map(pairs.flatMap(({ service }) => (service ? [[refKey(service.stable), service]] : [])));
  // What changes with the release is the new version's already.
  const aids = found.aids.map(aid => wish.live.merged.get(refKey(refOf(aid))) ?? aid);
  const track = trackOf(wish.strategy);
  const { rules } = wish;
  const stopping = pairs.filter(({ stable, size, service }) => service && stops(stable, size, wish.live));
  const unsplit = rules
    ? stopping.flatMap(({ stable, service }) =>
        found.routes
          .filter(route => service && hasOtherRules(kind, route, service.stable, rules))
          .map(
            route =>
              `${refText(stable)} stops to roll (Recreate, or no surge), and ${refText(refOf(route))} has a rule to ${refText(service?.stable as ObjectRef)} that \`routes:\` leaves out: its requests would find no pods. Name all of its rules, or give the workload a rolling update with a surge.`,
          ),
      )
    : [];
  const questions = found.routes.flatMap((route): RouteQuestion[] => {
    const one = { ...found, routes: [route] };
    const here = [...services.values()].filter(({ stable }) => leadingTo(name, one, stable, rules).length > 0);
    const others = found.routes.filter(other => other !== route);
    const { unseenAids } = found;
    return here.length === 0 ? [] : [{ route, pairs: here, weights, rules, match, track, others, aids, unseenAids }];
  });
  return {
    routes: questions.map(({ route }) => route),
    made: questions.flatMap(question => kind.made?.(question) ?? []),
    problems: [
      ...unsplit,
      ...questions.flatMap(question => kind.problems(question)),
      ...(match && !kind.matches.includes(match.by)
        ? [`The router ${name} cannot send users by a ${match.by}; it can by a ${kind.matches.join(' or a ')}.`]
        : []),
    ].map(message => ({ message })),
  };
}

/** Whether more of the route's rules name the Service than are edited. */
function hasOtherRules({ form }: RouterKind, route: KubeObject, stable: ObjectRef, rules: readonly string[]): boolean {
  return (
    form !== undefined && placesOf(form, route, { stable }).length > placesOf(form, route, { stable }, rules).length
  );
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
