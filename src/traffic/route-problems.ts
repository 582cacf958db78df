import { type KubeObject, refOf, refText } from '../kube.ts';
import { givenOf, sharesOf, type Two, totalsOf } from './backends.ts';
import { backendsOf, listsOf, placesOf, type RouteForm } from './route-rules.ts';
import type { RouteQuestion } from './router-kind.ts';

/** What keeps a share from being given in a route with lists of rules. */
export function shareProblems(form: RouteForm, question: RouteQuestion): string[] {
  const { route, pairs, rules, weights, match } = question;
  const entries = form.entries(route);
  const name = refText(refOf(route));
  return pairs.flatMap(two => {
    if (isSentTo(form, route, two))
      return [
        `${name} sends requests to Service ${two.twin.name} already, before there is a new version. Give them to ${two.stable.name} first.`,
      ];
    const places = placesOf(form, route, two, rules);
    const unclear = match && places.some(({ list, rule }) => form.isUnclear(list, rule, match));
    const totals = places.flatMap(({ rule }) => totalsOf(entries, backendsOf(form, rule), two));
    const [least] = totals.filter(total => total > 0).toSorted((one, other) => one - other);
    const lost = weights.filter(weight => least !== undefined && givenOf(least, weight) === 0);
    return [
      ...(unclear
        ? [
            `${name} has a rule to Service ${two.stable.name} that asks for the ${match.by} ${match.name} itself, by a pattern: requests that match cannot be told apart from others. Choose another header, or leave out the step with match.`,
          ]
        : []),
      ...(least === undefined
        ? [`${name} gives Service ${two.stable.name} the weight 0: there are no requests that could be moved.`]
        : []),
      ...(lost.length > 0
        ? [
            `${name} gives Service ${two.stable.name} the weight ${least} beside others, which cannot be split into ${lost.join(' or ')} % and the rest without changing theirs. Give all the weights of the rule a hundred times as much.`,
          ]
        : []),
    ];
  });
}

/** Whether any rule, to be edited or not, has a weight for the new version's Service. */
function isSentTo(form: RouteForm, route: KubeObject, two: Two): boolean {
  const entries = form.entries(route);
  return Object.values(listsOf(form, route)).some(rules =>
    rules.some(rule => sharesOf(entries, backendsOf(form, rule), two).some(share => share > 0)),
  );
}
