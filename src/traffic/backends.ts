import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, ObjectRef } from '../kube.ts';

/** The two Services of a pair, in the words of a route: the user's, and that of the new version. */
export interface Two {
  stable: ObjectRef;
  twin: ObjectRef;
}

/** How a kind of route names Services in the entries that have weights. */
export interface BackendForm {
  /** Whether the entry sends to the Service. */
  names(backend: JsonObject, service: ObjectRef): boolean;
  /** The same entry, with the second Service in the place of the first. */
  renamed(backend: JsonObject, from: ObjectRef, to: ObjectRef): JsonObject;
  /** What an entry without a weight has, among all those of its rule. */
  standard(all: readonly JsonObject[]): number;
}

type Backends = readonly JsonObject[];

/**
 * A rule's entries with this share (percent) of the requests that the Service has among them given to the new version: its entry
 * stands behind the one that it is a copy of, and the two weights have the sum that the one had; all other entries stay as they are.
 * A Service that has the rule to itself is split by the hundred. At 0 no entry is added; what gets nothing is not opened.
 */
export function weighed(form: BackendForm, backends: Backends, two: Two, share: number): JsonObject[] {
  const { places, others } = read(form, backends, two);
  const isSole = isAlone(places, others);
  return others.flatMap(one => {
    const place = places.find(({ stable }) => stable === one);
    if (!place) return [one];
    const { stable, twin } = place;
    if (place.total === 0) return twin ? [stable, twin] : [stable];
    const total = isSole ? 100 : place.total;
    const given = givenOf(total, share);
    if (!twin && share <= 0) return place.given === 0 ? [stable] : [{ ...stable, weight: place.total }];
    const own = { ...(twin ?? form.renamed(stable, two.stable, two.twin)), weight: given };
    return [{ ...stable, weight: total - given }, own];
  });
}

/** The new version's part of a weight: never more than the share, for which it has its pods. */
export function givenOf(total: number, share: number): number {
  // Shares that were measured are fractions, which may be a hair too small.
  return Math.floor((total * share) / 100 + 1e-9);
}

/** Whether the entries give that share: what the API server or others add to them beside weights says nothing about it. */
export function isWeighed(form: BackendForm, backends: Backends, two: Two, share: number): boolean {
  const { places, others, strays } = read(form, backends, two);
  const isSole = isAlone(places, others);
  return (
    strays === 0 &&
    places.every(({ total, given }) => {
      if (total === 0) return true;
      const whole = isSole ? 100 : total;
      // Where the new version gets nothing, it does not matter by which number stable gets all.
      const asked = givenOf(whole, share);
      // A share that was measured and given to other weights may be one less.
      const isGiven = given === asked || (!isSole && given === asked - 1 && given > 0);
      return isGiven && (given === 0 || total === whole);
    })
  );
}

/** The shares in percent that the new version has, one for each entry of the Service that gets anything. */
export function sharesOf(form: BackendForm, backends: Backends, two: Two): number[] {
  const { places } = read(form, backends, two);
  return places.flatMap(({ total, given }) => (total === 0 ? [] : [(100 * given) / total]));
}

/** What the Service's entries have to give, the new version's part included. */
export function totalsOf(form: BackendForm, backends: Backends, two: Two): number[] {
  const { places, others } = read(form, backends, two);
  return places.map(({ total }) => (total > 0 && isAlone(places, others) ? 100 : total));
}

/** The entries as they would be without any release; weights that say nothing by themselves are left out. */
export function plain(form: BackendForm, backends: Backends, two: Two): JsonObject[] {
  const { places, others } = read(form, backends, two);
  const isSole = isAlone(places, others);
  return others.map(one => {
    const place = places.find(({ stable }) => stable === one);
    if (!place) return one;
    const { weight: _weight, ...rest } = one;
    return isSole && place.total > 0 ? rest : { ...rest, weight: place.total };
  });
}

/** An entry of stable's, with its copy for the new version where there is one. */
interface Place {
  stable: JsonObject;
  twin: JsonObject | undefined;
  /** Weights: of both together, and of the new version. */
  total: number;
  given: number;
}

/**
 * The entries in pairs. Others may have changed one of a pair, or taken stable's away: what then still sends to the new version is
 * counted as its part of the first pair, or stands as an entry of stable's in which the new version has everything.
 */
function read(
  form: BackendForm,
  backends: Backends,
  two: Two,
): { places: Place[]; others: JsonObject[]; strays: number } {
  const weightOf = (backend: JsonObject): number =>
    typeof backend['weight'] === 'number' ? backend['weight'] : form.standard(backends);
  const twins = backends.filter(one => form.names(one, two.twin));
  const stables = backends.filter(one => form.names(one, two.stable));
  const left = [...twins];
  const places = stables.map((stable): Place => {
    const copy = unweighted(form.renamed(stable, two.stable, two.twin));
    const index = left.findIndex(one => isDeepStrictEqual(unweighted(one), copy));
    const twin = index < 0 ? undefined : left.splice(index, 1)[0];
    const given = twin ? weightOf(twin) : 0;
    return { stable, twin, total: weightOf(stable) + given, given };
  });
  const [first] = places;
  const strays = left.reduce((sum, twin) => sum + weightOf(twin), 0);
  if (first) {
    first.total += strays;
    first.given += strays;
    return { places, others: backends.filter(one => !twins.includes(one)), strays };
  }
  const back = new Map(left.map(twin => [twin, form.renamed(twin, two.twin, two.stable)]));
  const lost = left.map((twin): Place => {
    const weight = weightOf(twin);
    return { stable: back.get(twin) as JsonObject, twin: undefined, total: weight, given: weight };
  });
  return { places: lost, others: backends.map(one => back.get(one) ?? one), strays };
}

/** The Service has the rule to itself. */
function isAlone(places: readonly Place[], others: Backends): boolean {
  return places.length === 1 && others.length === 1;
}

function unweighted({ weight: _weight, ...rest }: JsonObject): JsonObject {
  return rest;
}
