import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, KubeObject } from '../../src/kube.ts';
import {
  ALL_RULES,
  aimed,
  backendsOf,
  hasMatchRule,
  isAimed,
  listsOf,
  placesOf,
  type RouteAim,
  type RuleLists,
  released,
  sharesIn,
} from '../../src/traffic/route-rules.ts';
import { anyRoute, anyShare, BY_HEADER, HTTP, KINDS, type Kind, VIRTUAL, WEB, withHeader } from './any-route.ts';

type Aim = RouteAim & { share: () => number };

const anyAim: fc.Arbitrary<Aim> = fc
  .record({ share: anyShare, match: fc.constantFrom(undefined, BY_HEADER), isMatched: fc.boolean() })
  .map(({ share, match, isMatched }) => ({
    pairs: [WEB],
    share: () => share,
    match,
    matched: match !== undefined && isMatched,
  }));
const AT_REST: Aim = { pairs: [WEB], share: () => 0, match: BY_HEADER, matched: false };

function withLists(route: KubeObject, lists: RuleLists): KubeObject {
  return { ...route, spec: { ...(route.spec as object), ...lists } };
}

/** As the API server answers what was written: with its defaults. */
function defaulted(kind: Kind, route: KubeObject): KubeObject {
  if (kind === VIRTUAL) return route;
  const path = { path: { type: 'PathPrefix', value: '/' } };
  const rules = (listsOf(kind.form, route)['rules'] ?? []).map(rule => ({
    ...rule,
    ...(kind === HTTP
      ? { matches: ((rule['matches'] ?? [{}]) as JsonObject[]).map(one => ({ ...path, ...one })) }
      : {}),
    backendRefs: backendsOf(kind.form, rule).map(one => ({ group: '', kind: 'Service', weight: 1, ...one })),
  }));
  return 'rules' in listsOf(kind.form, route) ? withLists(route, { rules }) : route;
}

describe.each(KINDS)('routes, %s', (_name, kind) => {
  const { form } = kind;
  const anyLive = anyRoute(kind).map(route => defaulted(kind, route));
  const law = (check: (route: KubeObject, aim: Aim) => void): void =>
    fc.assert(fc.property(anyLive, anyAim, check), { seed: 1, numRuns: 60 });
  const written = (route: KubeObject, aim: RouteAim): KubeObject => withLists(route, aimed(form, route, aim));
  const named = (route: KubeObject): string => JSON.stringify(listsOf(form, route));
  const hasHttp = (list: string): boolean => list === 'rules' || list === 'http';
  const edited = (route: KubeObject, list: string, rules?: string[]): JsonObject[] =>
    placesOf(form, route, WEB, rules)
      .filter(place => place.list === list)
      .map(({ rule }) => rule);
  const entries = form.entries(kind.object({}));
  const isMatching = (rule: JsonObject): boolean =>
    backendsOf(form, rule).every(one => entries.names(one, WEB.twin)) && backendsOf(form, rule).length > 0;
  const mapRules = (route: KubeObject, map: (rules: JsonObject[], list: string) => JsonObject[]): KubeObject =>
    withLists(
      route,
      Object.fromEntries(Object.entries(listsOf(form, route)).map(([list, rules]) => [list, map(rules, list)])),
    );
  const withoutMatching = (route: KubeObject): KubeObject =>
    mapRules(route, rules => rules.filter(rule => !isMatching(rule)));
  const bare = ({ weight: _weight, ...rest }: JsonObject): JsonObject => rest;

  /** Whether any request comes to the Service by the rule. */
  const isServed = (rule: JsonObject): boolean => {
    const all = backendsOf(form, rule);
    const standard = kind === VIRTUAL && all.length > 1 ? 0 : 1;
    return all.some(one => entries.names(one, WEB.stable) && Number(one['weight'] ?? standard) > 0);
  };
  /** The rule's conditions for those of its requests that have the header; none where all ask for another value of it. */
  const matched = (rule: JsonObject): JsonObject[] =>
    ((rule[kind.conditions] ?? [{}]) as JsonObject[]).flatMap(one => {
      const { headers = [] } = one as { headers?: { name: string; value: string }[] | Record<string, JsonObject> };
      const asked = Array.isArray(headers)
        ? headers.find(({ name }) => name === BY_HEADER.name)?.value
        : headers[BY_HEADER.name]?.['exact'];
      if (asked === undefined) return [withHeader(kind, one, BY_HEADER.value)];
      return asked === BY_HEADER.value ? [one] : [];
    });
  /** The rules that have requests which match. */
  const chosenOf = (route: KubeObject, list: string, rules?: string[]): JsonObject[] =>
    hasHttp(list) ? edited(route, list, rules).filter(rule => isServed(rule) && matched(rule).length > 0) : [];

  it('what is written is seen to be so, whatever was there before, and also with the API server’s defaults', () => {
    fc.assert(
      fc.property(anyRoute(kind), anyAim, anyAim, (route, one, { share }) => {
        const first = written(route, { ...one, share });
        const second = written(first, one);
        expect(isAimed(form, second, one)).toBe(true);
        expect(written(second, one)).toEqual(second);
        const answered = defaulted(kind, second);
        expect(isAimed(form, answered, one)).toBe(true);
        expect(defaulted(kind, written(answered, one))).toEqual(answered);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('what was never written is not seen to be so', () => {
    law((route, aim) => {
      const isAny = placesOf(form, route, WEB).length > 0;
      if (aim.matched && chosenOf(route, kind.lists[0] as string).length > 0)
        expect(isAimed(form, route, aim)).toBe(false);
      if (!isAny) expect(listsOf(form, written(route, aim))).toEqual(listsOf(form, route));
      expect(isAimed(form, route, AT_REST)).toBe(true);
      expect(hasMatchRule(form, route, AT_REST)).toBe(false);
    });
  });

  it('is as before to the letter when it is released, from every share', () => {
    law((route, aim) => {
      expect(released(form, written(route, aim), route, aim)).toEqual(listsOf(form, route));
      expect(released(form, route, route, aim)).toEqual(listsOf(form, route));
      // At the end nothing is matched any more, and the new version stands there with 0.
      const rested = written(written(route, aim), { ...aim, share: () => 0, matched: false });
      expect(released(form, rested, route, { ...aim, share: () => 0, matched: false })).toEqual(listsOf(form, route));
    });
  });

  it('nothing but weights, the entries of the new version and rules for matching requests is written', () => {
    law((route, aim) => {
      const [was, is] = [listsOf(form, route), listsOf(form, written(route, aim))];
      expect(Object.keys(is)).toEqual(Object.keys(was));
      const isTheirs = (one: JsonObject): boolean => !entries.names(one, WEB.stable) && !entries.names(one, WEB.twin);
      for (const [list, rules] of Object.entries(is)) {
        const own = rules.filter(rule => !isMatching(rule));
        expect(own.map(({ [form.backends]: _entries, ...rest }) => rest)).toEqual(
          was[list]?.map(({ [form.backends]: _entries, ...rest }) => rest),
        );
        own.forEach((rule, index) => {
          const [before, after] = [backendsOf(form, was[list]?.[index] as JsonObject), backendsOf(form, rule)];
          expect(after.filter(isTheirs)).toEqual(before.filter(isTheirs));
          expect(after.filter(one => !entries.names(one, WEB.twin)).map(bare)).toEqual(before.map(bare));
        });
      }
    });
  });

  it('without the rules for requests that match it is what it would be if none were to match', () => {
    law((route, aim) => {
      const is = written(route, aim);
      expect(withoutMatching(is)).toEqual(written(route, { ...aim, matched: false }));
      expect(written(is, { ...aim, matched: false })).toEqual(withoutMatching(is));
      expect(isAimed(form, withoutMatching(is), { ...aim, matched: false })).toBe(true);
      expect(isAimed(form, is, { ...aim, matched: false })).toBe(!hasMatchRule(form, is, aim));
    });
  });

  it('a rule for requests that match stands directly before each that has any, and is its copy but for header and receiver', () => {
    law((route, { share }) => {
      const aim = { ...AT_REST, share, matched: true };
      const live = written(route, aim);
      for (const [list, was] of Object.entries(listsOf(form, route))) {
        const rules = listsOf(form, live)[list] ?? [];
        const own = rules.filter(rule => !isMatching(rule));
        const places = rules.flatMap((rule, place) => (isMatching(rule) ? [place] : []));
        const originals = places.map(place => was[own.indexOf(rules[place + 1] as JsonObject)] as JsonObject);
        const chosen = chosenOf(route, list);
        expect(originals.map(rule => was.indexOf(rule))).toEqual(chosen.map(rule => was.indexOf(rule)));
        places.forEach((place, index) => {
          const { name, ...rest } = originals[index] as JsonObject;
          const rule = rules[place] as JsonObject;
          expect(rule).toEqual({
            ...rest,
            ...(name === undefined ? {} : { name: `${name}-matched` }),
            [kind.conditions]: matched(rest),
            [form.backends]: [expect.anything()],
          });
          const copies = backendsOf(form, rest)
            .filter(one => entries.names(one, WEB.stable))
            .map(one => bare(entries.renamed(one, WEB.stable, WEB.twin)));
          expect(copies).toContainEqual(backendsOf(form, rule)[0]);
        });
      }
      expect(hasMatchRule(form, live, aim)).toBe(chosenOf(route, kind.lists[0] as string).length > 0);
      expect(hasMatchRule(form, written(live, { ...aim, matched: false }), aim)).toBe(false);
    });
  });

  it('the shares are those that were asked for, as near as whole weights come, and none above', () => {
    law((route, aim) => {
      const shares = sharesIn(form, written(route, aim), WEB, aim);
      for (const share of shares) expect(share).toBeLessThanOrEqual(aim.share() + 1e-6);
      expect(sharesIn(form, route, WEB, aim).every(share => share === 0)).toBe(true);
      expect(placesOf(form, written(route, aim), WEB)).toHaveLength(placesOf(form, route, WEB).length);
    });
  });

  it('only rules that are named are edited; a star, or no name, means all', () => {
    law((route, aim) => {
      const names = Object.values(listsOf(form, route)).flatMap(rules => rules.flatMap(rule => rule['name'] ?? []));
      const rules = names.slice(0, 1).map(String);
      const is = listsOf(form, written(route, { ...aim, rules }));
      for (const [list, was] of Object.entries(listsOf(form, route)))
        for (const rule of was) if (!rules.includes(`${rule['name']}`)) expect(is[list]).toContainEqual(rule);
      for (const [list, all] of Object.entries(is)) {
        const next = all.flatMap((rule, place) => (isMatching(rule) ? [all[place + 1]?.['name']] : []));
        expect(next).toEqual(aim.matched ? chosenOf(route, list, rules).map(({ name }) => name) : []);
      }
      expect(placesOf(form, route, WEB, rules).every(({ rule }) => rules.includes(`${rule['name']}`))).toBe(true);
      expect(written(route, { ...aim, rules: [ALL_RULES] })).toEqual(written(route, aim));
      expect(placesOf(form, route, WEB, [ALL_RULES])).toEqual(placesOf(form, route, WEB));
      expect(released(form, written(route, { ...aim, rules }), route, { ...aim, rules })).toEqual(listsOf(form, route));
      expect(isAimed(form, written(route, { ...aim, rules }), { ...aim, rules })).toBe(true);
    });
  });

  describe('what others change meanwhile', () => {
    const added: JsonObject = { name: 'theirs', [form.backends]: [kind.entry('other', 0, 5)] };
    type Edit = (rules: JsonObject[], at: number) => JsonObject[];
    const whole: Record<string, Edit> = {
      'a rule more': (rules, at) => rules.toSpliced(at, 0, added),
      'a rule less': (rules, at) => rules.toSpliced(at, 1),
      'another order': rules => rules.toReversed(),
      'another rule in the place of one': (rules, at) => rules.toSpliced(at, 1, added),
      'a rule in another place': (rules, at) => rules.toSpliced(at, 1).concat(rules.slice(at, at + 1)),
      'a rule more, a rule less, and another order': (rules, at) =>
        rules.toSpliced(at, 1).toReversed().toSpliced(1, 0, added),
    };
    const within: Record<string, (rule: JsonObject) => JsonObject> = {
      'a further condition or filter': rule => ({ ...rule, timeouts: { request: '1s' }, timeout: '1s' }),
      'a further backend': rule => ({
        ...rule,
        [form.backends]: [...backendsOf(form, rule), kind.entry('theirs', 0, 20)],
      }),
      'the weights of others': rule => ({
        ...rule,
        [form.backends]: backendsOf(form, rule).map(one =>
          JSON.stringify(one).includes('"web') ? one : { ...one, weight: 13 },
        ),
      }),
    };
    /** By each rule as it is written: the one that it was. Rules for requests that match were none. */
    const origins = (route: KubeObject, live: KubeObject): Map<JsonObject, JsonObject> =>
      new Map(
        Object.entries(listsOf(form, withoutMatching(live))).flatMap(([list, rules]) =>
          rules.map((rule, index) => [rule, listsOf(form, route)[list]?.[index] as JsonObject] as const),
        ),
      );
    const atRest = (aim: Aim): Aim => ({ ...aim, share: () => 0, matched: false });
    const anyPlace = fc.nat({ max: 5 });
    const edits = (check: (route: KubeObject, aim: Aim, at: number) => void): void =>
      fc.assert(fc.property(anyLive, anyAim, anyPlace, check), { seed: 1, numRuns: 40 });

    it.each(Object.entries(whole))('stays, wherever the release has its rules: %s', (_what, change) => {
      edits((route, aim, at) => {
        const live = written(route, aim);
        const origin = origins(route, live);
        const theirs = mapRules(live, rules => change(rules, at));
        const wanted = mapRules(withoutMatching(theirs), rules => rules.map(rule => origin.get(rule) ?? rule));
        expect(released(form, theirs, route, aim)).toEqual(listsOf(form, wanted));
        expect(released(form, theirs, route, atRest(aim))).toEqual(listsOf(form, wanted));
        // Until then the release puts its own in order again, around what is theirs.
        expect(written(theirs, aim)).toEqual(written(wanted, aim));
        expect(isAimed(form, theirs, aim)).toBe(isDeepStrictEqual(written(theirs, aim), theirs));
        expect(isAimed(form, written(theirs, aim), aim)).toBe(true);
      });
    });

    it.each(Object.entries(within))('stays within a rule, and nothing names the new version: %s', (_what, change) => {
      edits((route, aim, at) => {
        const live = written(route, aim);
        const origin = origins(route, live);
        const changed = (rule: JsonObject, index: number): JsonObject => (index === at ? change(rule) : rule);
        const is = withLists(
          route,
          released(
            form,
            mapRules(live, rules => rules.map(changed)),
            route,
            aim,
          ),
        );
        // A rule of the release's that others let send elsewhere, too, is theirs: what it gave the new version is stable's.
        const toStable = (one: JsonObject): JsonObject =>
          entries.names(one, WEB.twin) ? entries.renamed(one, WEB.twin, WEB.stable) : one;
        const wanted = mapRules(live, rules =>
          rules.flatMap((rule, index) => {
            const edited = changed(origin.get(rule) ?? rule, index);
            if (origin.has(rule)) return [edited];
            return isMatching(edited) ? [] : [{ ...edited, [form.backends]: backendsOf(form, edited).map(toStable) }];
          }),
        );
        expect(named(is)).not.toContain('"web-canary"');
        expect(named(is)).not.toContain('"web-canary.');
        const unweighted = (rules: JsonObject[]): JsonObject[] =>
          rules.map(rule => ({ ...rule, [form.backends]: backendsOf(form, rule).map(bare) }));
        expect(listsOf(form, mapRules(is, unweighted))).toEqual(listsOf(form, mapRules(wanted, unweighted)));
        const foreign = (rules: JsonObject[]): JsonObject[] =>
          rules.flatMap(rule => backendsOf(form, rule).filter(entry => !entries.names(entry, WEB.stable)));
        expect(listsOf(form, mapRules(is, foreign))).toEqual(listsOf(form, mapRules(wanted, foreign)));
      });
    });
  });
});

it('a new version that stood in the route with 0 before, stands there after', () => {
  const route = HTTP.object({ rules: [{ backendRefs: [HTTP.entry('web', 0, 1), HTTP.entry('web-canary', 0, 0)] }] });
  for (const share of [0, 30, 100]) {
    const aim = { ...AT_REST, share: () => share };
    const live = withLists(route, aimed(HTTP.form, route, aim));
    expect(released(HTTP.form, live, route, aim)).toEqual(listsOf(HTTP.form, route));
  }
});

it('without conditions, all requests with the header match', () => {
  const aim = { ...AT_REST, matched: true };
  const http = HTTP.object({ rules: [{ backendRefs: [HTTP.entry('web', 0, undefined)] }] });
  expect(aimed(HTTP.form, http, aim)['rules']?.[0]).toEqual({
    matches: [{ headers: [{ type: 'Exact', name: 'x-tester', value: 'yes' }] }],
    backendRefs: [HTTP.entry('web-canary', 0, undefined)],
  });
  const virtual = VIRTUAL.object({ http: [{ route: [VIRTUAL.entry('web', 0, undefined)] }], tls: [], tcp: [] });
  expect(aimed(VIRTUAL.form, virtual, aim)).toEqual({
    http: [
      { match: [{ headers: { 'x-tester': { exact: 'yes' } } }], route: [VIRTUAL.entry('web-canary', 0, undefined)] },
      { route: [VIRTUAL.entry('web', 0, undefined)] },
    ],
    tls: [],
    tcp: [],
  });
});
