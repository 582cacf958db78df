import type { KubeObject, ObjectRef } from '../../../kube.ts';
import type { Pair, TrafficPlan } from '../../../release/plan.ts';
import { differences, isAt } from '../change.ts';
import type { Release } from '../release.ts';
import { isRuleList, type Rule, rulesIn } from './routes.ts';

/** The two Services among which a release splits requests, as `namespace/name`. */
export interface Versions {
  stable: string;
  twin: string;
}

export function versionsOf({ service }: Pair): Versions | undefined {
  const key = ({ namespace, name }: ObjectRef): string => `${namespace}/${name}`;
  return service && { stable: key(service.stable), twin: key(service.twin) };
}

/** The rule sends the users to the new version whose requests have some header: it has no part for stable. */
export function isMatchRule({ backends, isNarrow }: Rule, { stable, twin }: Versions): boolean {
  const has = (wanted: string): boolean => backends.some(({ service }) => service === wanted);
  return isNarrow && has(twin) && !has(stable);
}

/** The rule without what a release may write in it. A twin beside no stable is not a release's. */
export function withoutVersions({ fields, backends, list }: Rule, versions: readonly Versions[]): object {
  const named = new Set(backends.map(({ service }) => service));
  const split = versions.filter(({ stable }) => named.has(stable));
  const others = backends
    .filter(({ service }) => !split.some(({ twin }) => twin === service))
    .map(backend => {
      const { weight: _weight, ...rest } = backend.fields;
      return split.some(({ stable }) => stable === backend.service) ? rest : backend.fields;
    });
  return { ...fields, ...(backends.length > 0 ? { [list]: others } : {}) };
}

/** Rules are chosen by their names, of which a star means all. */
export function isEdited({ rules }: Pick<TrafficPlan, 'rules'>, { name }: Rule): boolean {
  return !rules || rules.includes('*') || (name !== undefined && rules.includes(name));
}

/** The release may edit what is at this path, within limits: see `foreignEdits`. */
export function isRouteEdit(releases: readonly Release[], object: KubeObject, path: readonly string[]): boolean {
  return isRuleList(object, path.join('/')) && releases.some(release => hasRoute(release, object));
}

/**
 * What a write changes in the rules of a route beyond backends and weights of the releases that edit it, in words. Several
 * releases may share a route: a write is right when it is for one of them.
 */
export function foreignEdits(releases: readonly Release[], before: KubeObject, after: KubeObject): readonly string[] {
  const found = releases.filter(release => hasRoute(release, after)).map(release => editsFor(release, before, after));
  return found.find(({ length }) => length === 0) ?? found[0] ?? [];
}

function hasRoute({ traffic }: Release, object: KubeObject): boolean {
  return traffic.routes?.some(ref => isAt(object, ref)) ?? false;
}

function editsFor({ traffic }: Release, before: KubeObject, after: KubeObject): string[] {
  const versions = traffic.pairs.flatMap(pair => versionsOf(pair) ?? []);
  const users = (route: KubeObject): Rule[] =>
    rulesIn(route).filter(rule => !versions.some(pair => isMatchRule(rule, pair)));
  const [had, has] = [users(before), users(after)];
  if (had.length !== has.length)
    return [`rules besides those of the release are ${has.length}, and were ${had.length}`];
  return has.flatMap((rule, index) => {
    const was = had[index] as Rule;
    const own = isEdited(traffic, was) ? versions : [];
    const paths = differences(withoutVersions(was, own), withoutVersions(rule, own), []);
    return [...paths.map(path => [rule.place, ...path].join('.')), ...own.flatMap(pair => sumEdit(was, rule, pair))];
  });
}

/** The requests that both versions get must stay as many as they were; where they share all of a rule, that is any weight. */
function sumEdit(was: Rule, now: Rule, versions: Versions): string[] {
  const isOurs = (service: string | undefined): boolean => service === versions.stable || service === versions.twin;
  const sum = ({ backends }: Rule): number =>
    backends.filter(({ service }) => isOurs(service)).reduce((total, { weight }) => total + weight, 0);
  const [before, after] = [sum(was), sum(now)];
  if (before === after) return [];
  const isAlone = now.backends.every(({ service }) => isOurs(service));
  const isSplit = now.backends.some(({ service }) => service === versions.twin);
  if (isAlone && (isSplit ? after === 100 : after > 0)) return [];
  return [
    `${now.place}: the weights of ${versions.stable} and ${versions.twin} are ${after} in sum, and were ${before}`,
  ];
}
