import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, KubeObject } from '../kube.ts';
import type { Match } from '../release/plan.ts';
import { type BackendForm, isWeighed, plain, sharesOf, type Two, totalsOf, weighed } from './backends.ts';

/** A kind of route in which rules name Services with weights. All pure. */
export interface RouteForm {
  /** Fields of the spec that are lists of rules. */
  lists: readonly string[];
  /** Field of a rule that has the entries with weights. */
  backends: string;
  /** How the entries of this route name Services. */
  entries(route: KubeObject): BackendForm;
  /** The rule for those of its requests that match; undefined where there are none, or rules of this list cannot ask for that. */
  matching(list: string, rule: JsonObject, match: Match): JsonObject | undefined;
  /** Whether the rule asks for the same header in a way that cannot be put together with the match. */
  isUnclear(list: string, rule: JsonObject, match: Match): boolean;
}

/** What a route is to do for a release. */
export interface RouteAim {
  pairs: readonly Two[];
  /** Percent of the requests to the Service that its new version gets. */
  share: (two: Two) => number;
  /** Names of the rules that alone are edited; absent: all that name a Service of the pairs. */
  rules?: readonly string[] | undefined;
  match?: Match | undefined;
  /** Whether requests that match are sent to the new version. */
  matched: boolean;
}

type Rule = JsonObject;
/** The lists of a route's spec by their fields; those that it has not are absent. */
export type RuleLists = Readonly<Record<string, JsonObject[]>>;

/** Every name means every rule. */
export const ALL_RULES = '*';

/**
 * The route's lists with the weights, and the rules for requests that match, as they are to be. Such a rule stands directly before
 * the one that it is a copy of, so that it takes no request from a rule that comes earlier.
 */
export function aimed(form: RouteForm, route: KubeObject, aim: RouteAim): RuleLists {
  const entries = form.entries(route);
  return mapLists(form, route, (list, rules) => {
    const own = rules.filter(rule => !isMatchRule(form, entries, list, rule, aim));
    return own.flatMap((rule): JsonObject[] => {
      const split = onBackends(form, rule, all => splitAll(entries, all, aim, shareFor(rule, aim)));
      const chosen = aim.matched ? matchRule(form, entries, list, split, own, aim) : undefined;
      return chosen ? [chosen, split] : [split];
    });
  });
}

/** Whether the route does what it is asked to: what the API server or others have put beside that is theirs. */
export function isAimed(form: RouteForm, route: KubeObject, aim: RouteAim): boolean {
  const entries = form.entries(route);
  const wanted = aimed(form, route, aim);
  return Object.entries(listsOf(form, route)).every(([list, rules]) => {
    const places = (all: readonly Rule[]): boolean[] => all.map(rule => isMatchRule(form, entries, list, rule, aim));
    if (!same(places(rules), places(wanted[list] ?? []))) return false;
    return rules
      .filter(rule => !isMatchRule(form, entries, list, rule, aim))
      .every(rule => {
        const share = shareFor(rule, aim);
        return aim.pairs.every(two => isWeighed(entries, backendsOf(form, rule), two, share(two)));
      });
  });
}

/**
 * The lists as they were before the release, with what others have changed since: each rule that is as it was but for what the
 * release has in it is as it was to the letter, and a rule that others have changed or added is what they wrote. The new version is
 * in none of them.
 */
export function released(form: RouteForm, route: KubeObject, before: KubeObject, aim: RouteAim): RuleLists {
  const entries = form.entries(route);
  const bare = (rule: Rule): Rule =>
    aim.pairs.reduce((rest, two) => onBackends(form, rest, all => plain(entries, all, two)), rule);
  const known = listsOf(form, before);
  return mapLists(form, route, (list, rules) => {
    const left = [...(known[list] ?? [])];
    return rules
      .filter(rule => !isMatchRule(form, entries, list, rule, aim))
      .map(rule => {
        const index = left.findIndex(was => same(bare(was), bare(rule)));
        return index < 0 ? bare(rule) : (left.splice(index, 1)[0] as Rule);
      });
  });
}

/** Shares in percent that the new version of the pair has, one for each entry of its Service in the rules that are edited. */
export function sharesIn(
  form: RouteForm,
  route: KubeObject,
  two: Two,
  aim: Pick<RouteAim, 'pairs' | 'rules' | 'match'>,
): number[] {
  const entries = form.entries(route);
  return Object.entries(listsOf(form, route)).flatMap(([list, rules]) =>
    rules.flatMap(rule => {
      if (isMatchRule(form, entries, list, rule, aim)) return [];
      const shares = sharesOf(entries, backendsOf(form, rule), two);
      // What others have made of a rule that is not to be edited counts where it sends to the new version.
      return isEdited(rule, aim) ? shares : shares.filter(share => share > 0);
    }),
  );
}

/** Whether the route has a rule that the release has put there for requests that match. */
export function hasMatchRule(form: RouteForm, route: KubeObject, aim: Pick<RouteAim, 'pairs' | 'match'>): boolean {
  const entries = form.entries(route);
  return Object.entries(listsOf(form, route)).some(([list, rules]) =>
    rules.some(rule => isMatchRule(form, entries, list, rule, aim)),
  );
}

/** The rules that name the pair's Service and are to be edited, each with the list that it stands in and its place there. */
export function placesOf(
  form: RouteForm,
  route: KubeObject,
  { stable }: Pick<Two, 'stable'>,
  rules?: readonly string[],
): { list: string; index: number; rule: Rule }[] {
  const entries = form.entries(route);
  return Object.entries(listsOf(form, route)).flatMap(([list, all]) =>
    all.flatMap((rule, index) => {
      const isHere = backendsOf(form, rule).some(backend => entries.names(backend, stable));
      return isHere && isEdited(rule, { rules }) ? [{ list, index, rule }] : [];
    }),
  );
}

export function listsOf(form: RouteForm, route: KubeObject): RuleLists {
  const spec = (route.spec ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    form.lists.flatMap(list => (Array.isArray(spec[list]) ? [[list, spec[list] as JsonObject[]]] : [])),
  );
}

export function backendsOf(form: RouteForm, rule: Rule): JsonObject[] {
  const backends = rule[form.backends];
  return Array.isArray(backends) ? (backends as JsonObject[]) : [];
}

function mapLists(
  form: RouteForm,
  route: KubeObject,
  map: (list: string, rules: Rule[]) => JsonObject[],
): Record<string, JsonObject[]> {
  return Object.fromEntries(Object.entries(listsOf(form, route)).map(([list, rules]) => [list, map(list, rules)]));
}

function onBackends(form: RouteForm, rule: Rule, change: (backends: JsonObject[]) => JsonObject[]): Rule {
  const backends = backendsOf(form, rule);
  return backends.length === 0 ? rule : { ...rule, [form.backends]: change(backends) };
}

function splitAll(
  entries: BackendForm,
  backends: JsonObject[],
  { pairs }: RouteAim,
  share: RouteAim['share'],
): JsonObject[] {
  return pairs.reduce(
    (all, two) => (isWeighed(entries, all, two, share(two)) ? all : weighed(entries, all, two, share(two))),
    backends,
  );
}

/** Rules that are not to be edited give the new version nothing. */
function shareFor(rule: Rule, aim: RouteAim): RouteAim['share'] {
  return isEdited(rule, aim) ? aim.share : () => 0;
}

function isEdited({ name }: Rule, { rules }: Pick<RouteAim, 'rules'>): boolean {
  return !rules || rules.includes(ALL_RULES) || rules.includes(typeof name === 'string' ? name : '');
}

/** A copy of the rule for the requests that match, all of which goes to the new version. */
function matchRule(
  form: RouteForm,
  entries: BackendForm,
  list: string,
  rule: Rule,
  all: readonly Rule[],
  { pairs, match, rules }: RouteAim,
): JsonObject | undefined {
  if (!match || !isEdited(rule, { rules })) return undefined;
  const backends = backendsOf(form, rule);
  const two = pairs.find(pair => totalsOf(entries, backends, pair).some(total => total > 0));
  const stables = two ? backends.filter(backend => entries.names(backend, two.stable)) : [];
  const stable = two && stables[totalsOf(entries, backends, two).findIndex(total => total > 0)];
  const matching = stable && form.matching(list, rule, match);
  if (!matching) return undefined;
  const { weight: _weight, ...own } = entries.renamed(stable, two.stable, two.twin);
  const { name: _name, ...rest } = matching;
  const name = `${rule['name']}-matched`;
  const isNamed = typeof rule['name'] === 'string' && all.every(other => other['name'] !== name);
  return { ...(isNamed ? { name } : {}), ...rest, [form.backends]: [own as JsonObject] };
}

/** Whether the rule is one that the release has put there: it asks for the match, and sends to the new version alone. */
function isMatchRule(
  form: RouteForm,
  entries: BackendForm,
  list: string,
  rule: Rule,
  { pairs, match }: Pick<RouteAim, 'pairs' | 'match'>,
): boolean {
  const backends = backendsOf(form, rule);
  return (
    match !== undefined &&
    backends.length > 0 &&
    same(form.matching(list, rule, match), rule) &&
    backends.every(backend => pairs.some(({ twin }) => entries.names(backend, twin)))
  );
}

function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other);
}
