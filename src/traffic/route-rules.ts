import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, KubeObject } from '../kube.ts';
import type { Match } from '../release/plan.ts';
import { type BackendForm, isWeighed, plain, sharesOf, type Two, weighed } from './backends.ts';

/** A kind of route in which rules name Services with weights. All pure. */
export interface RouteForm {
  /** Fields of the spec that are lists of rules. */
  lists: readonly string[];
  /** Field of a rule that has the entries with weights. */
  backends: string;
  /** How the entries of this route name Services. */
  entries(route: KubeObject): BackendForm;
  /** The rule for requests that match alone; undefined where rules of this list cannot ask for that. */
  matching(list: string, rule: JsonObject, match: Match): JsonObject | undefined;
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

/** The route's lists with the weights, and the rules for requests that match, as they are to be. */
export function aimed(form: RouteForm, route: KubeObject, aim: RouteAim): RuleLists {
  const entries = form.entries(route);
  return mapLists(form, route, (list, rules): JsonObject[] => {
    const own = rules.filter(rule => !isMatchRule(form, entries, list, rule, rules, aim));
    const split = own.map(rule =>
      isEdited(rule, aim) ? onBackends(form, rule, all => splitAll(entries, all, aim)) : rule,
    );
    if (!aim.matched) return split;
    const chosen = own.flatMap(rule => matchRule(form, entries, list, rule, aim) ?? []) as JsonObject[];
    return [...chosen, ...split];
  });
}

/** Whether the route does what it is asked to: what the API server or others have put beside that is theirs. */
export function isAimed(form: RouteForm, route: KubeObject, aim: RouteAim): boolean {
  const entries = form.entries(route);
  return Object.entries(listsOf(form, route)).every(([list, rules]) => {
    const own = rules.filter(rule => !isMatchRule(form, entries, list, rule, rules, aim));
    const chosen = aim.matched ? own.flatMap(rule => matchRule(form, entries, list, rule, aim) ?? []) : [];
    const isFirst = own.every(rule => rules.indexOf(rule) >= chosen.length);
    const isSplit = own
      .filter(rule => isEdited(rule, aim))
      .every(rule => aim.pairs.every(two => isWeighed(entries, backendsOf(form, rule), two, aim.share(two))));
    return rules.length === own.length + chosen.length && isFirst && isSplit;
  });
}

/**
 * The lists as they were before the release, with what others have changed since: each rule that is as it was but for what the
 * release has in it is as it was to the letter, and a rule that others have changed or added is what they wrote.
 */
export function released(form: RouteForm, route: KubeObject, before: KubeObject, aim: RouteAim): RuleLists {
  const entries = form.entries(route);
  const bare = (rule: Rule): Rule =>
    aim.pairs.reduce((rest, two) => onBackends(form, rest, all => plain(entries, all, two)), rule);
  const known = listsOf(form, before);
  return mapLists(form, route, (list, rules) => {
    const left = [...(known[list] ?? [])];
    return rules
      .filter(rule => !isMatchRule(form, entries, list, rule, rules, aim) || left.some(was => same(was, rule)))
      .map(rule => {
        const index = left.findIndex(was => same(bare(was), bare(rule)));
        return index < 0 ? bare(rule) : (left.splice(index, 1)[0] as Rule);
      });
  });
}

/** Shares in percent that the new version of the pair has, one for each entry of its Service in the rules that are edited. */
export function sharesIn(form: RouteForm, route: KubeObject, two: Two, rules?: readonly string[]): number[] {
  const entries = form.entries(route);
  return placesOf(form, route, two, rules).flatMap(({ rule }) => sharesOf(entries, backendsOf(form, rule), two));
}

/** Whether the route has a rule that the release has put there for requests that match. */
export function hasMatchRule(form: RouteForm, route: KubeObject, aim: RouteAim): boolean {
  const entries = form.entries(route);
  return Object.entries(listsOf(form, route)).some(([list, rules]) =>
    rules.some(rule => isMatchRule(form, entries, list, rule, rules, aim)),
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

function splitAll(entries: BackendForm, backends: JsonObject[], { pairs, share }: RouteAim): JsonObject[] {
  return pairs.reduce((all, two) => weighed(entries, all, two, share(two)), backends);
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
  { pairs, match, rules }: RouteAim,
): JsonObject | undefined {
  if (!match || !isEdited(rule, { rules })) return undefined;
  const backends = backendsOf(form, rule).flatMap(backend => {
    const two = pairs.find(({ stable }) => entries.names(backend, stable));
    const { weight: _weight, ...own } = two ? entries.renamed(backend, two) : {};
    return two ? [own as JsonObject] : [];
  });
  const [only] = backends;
  const matching = only && form.matching(list, rule, match);
  if (!matching) return undefined;
  const { name } = rule;
  return { ...matching, ...(name === undefined ? {} : { name: `${name}-matched` }), [form.backends]: [only] };
}

/** Whether the rule is one that the release has put before another of them. */
function isMatchRule(
  form: RouteForm,
  entries: BackendForm,
  list: string,
  rule: Rule,
  all: readonly Rule[],
  aim: RouteAim,
): boolean {
  if (!aim.match) return false;
  const isTwins = backendsOf(form, rule).every(backend => aim.pairs.some(({ twin }) => entries.names(backend, twin)));
  return (
    isTwins &&
    backendsOf(form, rule).length > 0 &&
    all.some(other => {
      const copy = matchRule(form, entries, list, other, aim);
      return copy !== undefined && same(conditionsOf(form, copy), conditionsOf(form, rule));
    })
  );
}

/** What the rule asks of requests, and does with them. */
function conditionsOf(form: RouteForm, { name: _name, ...rule }: Rule): Rule {
  const { [form.backends]: _backends, ...rest } = rule;
  return rest;
}

function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other);
}
