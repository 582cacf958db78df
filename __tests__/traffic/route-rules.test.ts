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
import { anyRoute, anyShare, BY_HEADER, HTTP, KINDS, type Kind, VIRTUAL, WEB } from './any-route.ts';

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
    fc.assert(fc.property(anyLive, anyAim, check), { numRuns: 100 });
  const written = (route: KubeObject, aim: RouteAim): KubeObject => withLists(route, aimed(form, route, aim));
  const named = (route: KubeObject): string => JSON.stringify(listsOf(form, route));
  const hasHttp = (list: string): boolean => list === 'rules' || list === 'http';
  const edited = (route: KubeObject, list: string, rules?: string[]): JsonObject[] =>
    placesOf(form, route, WEB, rules)
      .filter(place => place.list === list)
      .map(({ rule }) => rule);

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
      { numRuns: 100 },
    );
  });

  it('what was never written is not seen to be so', () => {
    law((route, aim) => {
      const isAny = placesOf(form, route, WEB).length > 0;
      if (aim.matched && edited(route, kind.lists[0] as string).length > 0)
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
      for (const [list, rules] of Object.entries(is)) {
        const own = rules.slice(rules.length - (was[list] ?? []).length);
        expect(own.map(({ [form.backends]: _entries, ...rest }) => rest)).toEqual(
          was[list]?.map(({ [form.backends]: _entries, ...rest }) => rest),
        );
      }
    });
  });

  it('rules for requests that match come first, one for each that is split, in its order and with all that it does', () => {
    law((route, { share }) => {
      const aim = { ...AT_REST, share, matched: true };
      for (const [list, rules] of Object.entries(listsOf(form, written(route, aim)))) {
        const split = hasHttp(list) ? edited(route, list) : [];
        const chosen = rules.slice(0, split.length);
        expect(rules).toHaveLength((listsOf(form, route)[list] ?? []).length + split.length);
        chosen.forEach((rule, index) => {
          const { [form.backends]: _entries, name, matches, match, ...rest } = split[index] as JsonObject;
          expect(rule).toMatchObject(rest);
          if (name !== undefined) expect(rule['name']).toBe(`${name}-matched`);
          expect(backendsOf(form, rule)).toHaveLength(1);
          expect(form.entries(route).names(backendsOf(form, rule)[0] as JsonObject, WEB.twin)).toBe(true);
          const conditions = (rule['matches'] ?? rule['match']) as JsonObject[];
          const before = (matches ?? match ?? [{}]) as JsonObject[];
          expect(conditions).toHaveLength(before.length);
          conditions.forEach((one, place) => {
            const { headers: asked, ...others } = before[place] as JsonObject;
            expect(one).toMatchObject(others);
            expect(JSON.stringify(one['headers'])).toContain(BY_HEADER.name);
            if (Array.isArray(asked)) expect(one['headers']).toEqual([...asked, expect.anything()]);
          });
        });
      }
      expect(hasMatchRule(form, written(route, aim), aim)).toBe(edited(route, kind.lists[0] as string).length > 0);
      expect(hasMatchRule(form, written(written(route, aim), { ...aim, matched: false }), aim)).toBe(false);
    });
  });

  it('the shares are those that were asked for, as near as whole weights come, and none above', () => {
    law((route, aim) => {
      const shares = sharesIn(form, written(route, aim), WEB);
      for (const share of shares) expect(share).toBeLessThanOrEqual(aim.share() + 1e-6);
      expect(sharesIn(form, route, WEB).every(share => share === 0)).toBe(true);
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
    /** Rules for matching requests are the release's, and nobody else edits them here. */
    const edit = (route: KubeObject, aim: Aim, change: (rules: JsonObject[]) => JsonObject[]): KubeObject => {
      const lists = Object.entries(listsOf(form, route)).map(([list, rules]) => {
        const ours = aim.matched && hasHttp(list) ? rules.filter(one => isMatching(one)).length : 0;
        return [list, [...rules.slice(0, ours), ...change(rules.slice(ours))]];
      });
      return withLists(route, Object.fromEntries(lists));
    };
    const isMatching = (rule: JsonObject): boolean =>
      backendsOf(form, rule).every(one => form.entries(kind.object({})).names(one, WEB.twin));

    it.each(Object.entries(whole).filter(([what]) => !/less|place/.test(what)))('stays: %s', (_what, change) => {
      fc.assert(
        fc.property(anyLive, anyAim, fc.nat({ max: 2 }), (route, aim, at) => {
          const theirs = edit(written(route, aim), aim, rules => change(rules, at));
          const wanted = edit(route, { ...aim, matched: false }, rules => change(rules, at));
          expect(released(form, theirs, route, aim)).toEqual(listsOf(form, wanted));
        }),
        { numRuns: 50 },
      );
    });

    it.each(Object.entries(whole))('stays, without a rule for matching requests: %s', (_what, change) => {
      fc.assert(
        fc.property(anyLive, anyShare, fc.nat({ max: 2 }), (route, share, at) => {
          const aim = { ...AT_REST, share: () => share };
          const theirs = edit(written(route, aim), aim, rules => change(rules, at));
          const wanted = edit(route, aim, rules => change(rules, at));
          expect(released(form, theirs, route, aim)).toEqual(listsOf(form, wanted));
        }),
        { numRuns: 50 },
      );
    });

    it.each(Object.entries(within))('stays within a rule, and nothing names the new version: %s', (_what, change) => {
      fc.assert(
        fc.property(anyLive, anyShare, fc.nat({ max: 2 }), (route, share, at) => {
          const aim = { ...AT_REST, share: () => share };
          const one = (rules: JsonObject[]): JsonObject[] =>
            rules.map((rule, index) => (index === at ? change(rule) : rule));
          const is = withLists(route, released(form, edit(written(route, aim), aim, one), route, aim));
          const wanted = edit(route, aim, one);
          expect(named(is)).not.toContain('"web-canary"');
          expect(named(is)).not.toContain('"web-canary.');
          for (const [list, rules] of Object.entries(listsOf(form, wanted)))
            rules.forEach((rule, index) => {
              const released = listsOf(form, is)[list]?.[index] as JsonObject;
              const bare = ({ weight: _weight, ...rest }: JsonObject): JsonObject => rest;
              expect({ ...released, [form.backends]: backendsOf(form, released).map(bare) }).toEqual({
                ...rule,
                [form.backends]: backendsOf(form, rule).map(bare),
              });
              const foreign = (all: JsonObject[]): JsonObject[] =>
                all.filter(entry => !form.entries(route).names(entry, WEB.stable));
              expect(foreign(backendsOf(form, released))).toEqual(foreign(backendsOf(form, rule)));
            });
        }),
        { numRuns: 50 },
      );
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
