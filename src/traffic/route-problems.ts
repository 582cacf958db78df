import { refOf, refText } from '../kube.ts';
import { givenOf, totalsOf } from './backends.ts';
import { backendsOf, placesOf, type RouteForm, sharesIn } from './route-rules.ts';
import type { RouteQuestion } from './router-kind.ts';

/** What keeps a share from being given in a route with lists of rules. */
export function shareProblems(form: RouteForm, { route, pairs, rules, weights }: RouteQuestion): string[] {
  const entries = form.entries(route);
  const name = refText(refOf(route));
  return pairs.flatMap(two => {
    if (sharesIn(form, route, two, rules).some(share => share > 0))
      return [
        `${name} sends requests to Service ${two.twin.name} already, before there is a new version. Give them to ${two.stable.name} first.`,
      ];
    const totals = placesOf(form, route, two, rules).flatMap(({ rule }) =>
      totalsOf(entries, backendsOf(form, rule), two),
    );
    const [least] = totals.filter(total => total > 0).toSorted((one, other) => one - other);
    const lost = weights.filter(weight => least !== undefined && givenOf(least, weight) === 0);
    if (lost.length === 0) return [];
    return [
      `${name} gives Service ${two.stable.name} the weight ${least} beside others, which cannot be split into ${lost.join(' or ')} % and the rest without changing theirs. Give all the weights of the rule a hundred times as much.`,
    ];
  });
}
