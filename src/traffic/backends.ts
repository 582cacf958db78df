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
  /** The same entry, with the new version's Service in the place of stable's. */
  renamed(backend: JsonObject, two: Two): JsonObject;
  /** What an entry without a weight has, among all those of its rule. */
  standard(all: readonly JsonObject[]): number;
}

type Backends = readonly JsonObject[];

/**
 * A rule's entries with this share (percent) of the requests that the Service has among them given to the new version: its entry
 * stands behind the one that it is a copy of, and the two weights have the sum that the one had; all other entries stay as they are.
 * A Service that has the rule to itself is split by the hundred. At 0 no entry is added.
 */
export function weighed(form: BackendForm, backends: Backends, two: Two, share: number): JsonObject[] {
  const isSole = isAlone(form, backends, two);
  return placesIn(form, backends, two).reduce<JsonObject[]>(
    (all, { stable, twin }) => {
      if (!twin && share <= 0) return all;
      const total = isSole ? 100 : weightOf(form, backends, stable) + (twin ? weightOf(form, backends, twin) : 0);
      const given = givenOf(total, share);
      const own = { ...(twin ?? form.renamed(stable, two)), weight: given };
      return all
        .filter(one => one !== twin)
        .flatMap(one => (one === stable ? [{ ...stable, weight: total - given }, own] : [one]));
    },
    [...backends],
  );
}

/** The new version's part of a weight: never more than the share, for which it has its pods. */
export function givenOf(total: number, share: number): number {
  // Shares that were measured are fractions, which may be a hair too small.
  return Math.floor((total * share) / 100 + 1e-9);
}

/** Whether the entries give that share: what the API server or others add to them beside weights says nothing about it. */
export function isWeighed(form: BackendForm, backends: Backends, two: Two, share: number): boolean {
  const isSole = isAlone(form, backends, two);
  return placesIn(form, backends, two).every(({ stable, twin }) => {
    const [own, given] = [weightOf(form, backends, stable), twin ? weightOf(form, backends, twin) : 0];
    const total = isSole ? 100 : own + given;
    // Where the new version gets nothing, it does not matter by which number stable gets all.
    return given === givenOf(total, share) && (given === 0 || own + given === total);
  });
}

/** The smallest and largest share in percent that the new version has, over the entries of the Service; absent where none names it. */
export function sharesOf(form: BackendForm, backends: Backends, two: Two): number[] {
  return placesIn(form, backends, two).flatMap(({ stable, twin }) => {
    const [own, other] = [twin ? weightOf(form, backends, twin) : 0, weightOf(form, backends, stable)];
    // Nobody gets anything there.
    return own + other === 0 ? [] : [(100 * own) / (own + other)];
  });
}

/** What the Service's entries have to give, the new version's part included. */
export function totalsOf(form: BackendForm, backends: Backends, two: Two): number[] {
  if (isAlone(form, backends, two)) return [100];
  return placesIn(form, backends, two).map(
    ({ stable, twin }) => weightOf(form, backends, stable) + (twin ? weightOf(form, backends, twin) : 0),
  );
}

/** The entries as they would be without any release; weights that say nothing by themselves are left out. */
export function plain(form: BackendForm, backends: Backends, two: Two): JsonObject[] {
  const isSole = isAlone(form, backends, two);
  const places = placesIn(form, backends, two);
  return backends
    .filter(one => !places.some(({ twin }) => twin === one))
    .map(one => {
      const place = places.find(({ stable }) => stable === one);
      if (!place) return one;
      const { weight: _weight, ...rest } = one;
      if (isSole) return rest;
      return {
        ...rest,
        weight: weightOf(form, backends, one) + (place.twin ? weightOf(form, backends, place.twin) : 0),
      };
    });
}

interface Found {
  stable: JsonObject;
  twin: JsonObject | undefined;
}

/** Each entry of stable's, and its copy for the new version. */
function placesIn(form: BackendForm, backends: Backends, two: Two): Found[] {
  return backends
    .filter(one => form.names(one, two.stable))
    .map(stable => {
      const copy = form.renamed(stable, two);
      return { stable, twin: backends.find(one => isDeepStrictEqual(unweighted(one), unweighted(copy))) };
    });
}

function isAlone(form: BackendForm, backends: Backends, two: Two): boolean {
  const places = placesIn(form, backends, two);
  return places.length === 1 && backends.length === (places[0]?.twin ? 2 : 1);
}

function weightOf(form: BackendForm, backends: Backends, backend: JsonObject): number {
  const { weight } = backend;
  return typeof weight === 'number' ? weight : form.standard(backends);
}

function unweighted({ weight: _weight, ...rest }: JsonObject): JsonObject {
  return rest;
}
