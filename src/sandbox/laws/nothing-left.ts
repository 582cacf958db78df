import { type KubeObject, refKey, refOf } from '../../kube.ts';
import { isAt, isKind, objectText, TRANSIENT } from './change.ts';
import { isLease } from './locks.ts';
import { isPartitioned, type Release, TRACK, trackOf } from './release.ts';
import { versionsOf } from './routers/route-edits.ts';
import { byMatch, namedBy } from './routers/routes.ts';
import { floorOf, type UserValues } from './user-values.ts';

const CHECK = 'sluice.dev/check';

/** What a namespace holds after a release, and what is known of it. */
export interface Remains {
  /** All objects of the namespace. */
  objects: readonly KubeObject[];
  /** Every release that has a record. */
  releases: readonly Release[];
  users: UserValues;
}

/** Law 10: nothing is left of a release that has ended, but for records and the track label of stable's pods. */
export function nothingLeft({ objects, releases, users }: Remains): string[] {
  const twins = new Set(
    releases.flatMap(({ traffic }) =>
      traffic.pairs
        .filter(pair => !isPartitioned(pair))
        .flatMap(({ twin, baseline }) => [twin, ...(baseline ? [baseline] : [])].map(refKey)),
    ),
  );
  const services = new Set(
    releases.flatMap(({ traffic }) => traffic.pairs.flatMap(pair => versionsOf(pair)?.twin ?? [])),
  );
  const manifests = releases.flatMap(release => release.manifests());
  // What terminates is on its way; what a controller made goes, or stays, with what it was made for.
  const staying = objects.filter(
    object =>
      object.metadata.deletionTimestamp === undefined &&
      !isKind(object, 'Endpoints') &&
      !object.metadata.ownerReferences?.some(({ controller }) => controller),
  );
  return staying.flatMap(object => {
    const text = objectText(object);
    const track = object.metadata.labels?.[TRACK];
    return [
      ...(twins.has(refKey(refOf(object))) ? [`twin ${text} is left`] : []),
      ...(track === 'canary' || track === 'preview' || track === 'baseline'
        ? [`${text} is left with the label ${TRACK}=${track}`]
        : []),
      ...(isLease(object) ? [`${text} is left`] : []),
      ...(object.metadata.labels?.[CHECK] ? [`${text} is left of a check`] : []),
      ...leftPin(object, manifests, users),
      ...leftFloor(object, manifests, users),
      ...leftNames(object, services, manifests, users),
      ...(object.metadata.managedFields?.some(({ manager }) => manager === TRANSIENT)
        ? [`${text} still has fields of the manager ${TRANSIENT}`]
        : []),
    ];
  });
}

function leftPin(object: KubeObject, manifests: readonly KubeObject[], users: UserValues): string[] {
  const track = trackOf(object);
  if (!isKind(object, 'Service') || track === undefined || users.pin(object) === track) return [];
  if (manifests.some(manifest => isAt(manifest, refOf(object)) && trackOf(manifest) === track)) return [];
  return [`${objectText(object)} is left pinned to ${TRACK}=${track}`];
}

function leftFloor(object: KubeObject, manifests: readonly KubeObject[], users: UserValues): string[] {
  if (!isKind(object, 'autoscaling/HorizontalPodAutoscaler')) return [];
  const known = users.floor(object);
  const wanted = manifests.filter(manifest => isAt(manifest, refOf(object))).map(floorOf);
  const floors = known === undefined ? wanted : [known, ...wanted];
  if (floors.length === 0 || floors.includes(floorOf(object))) return [];
  return [`${objectText(object)} is left with minReplicas ${floorOf(object)}; the user's is ${floors.join(' or ')}`];
}

/** Services of twins that something still names though only a release has written them there; and those that a user wants there. */
function leftNames(
  object: KubeObject,
  services: ReadonlySet<string>,
  manifests: readonly KubeObject[],
  users: UserValues,
): string[] {
  const [named, known] = [namedBy(object), users.names(object)];
  const wanted = manifests.filter(manifest => isAt(manifest, refOf(object))).map(namedBy);
  const text = objectText(object);
  return [...services]
    .flatMap(service => [service, byMatch(service)])
    .flatMap(name => {
      const isWanted = known.has(name) || wanted.some(names => names.has(name));
      if (named.has(name)) return isWanted ? [] : [`${text} still names Service ${name}`];
      return known.has(name) && wanted.length === 0
        ? [`${text} no longer names Service ${name}, as its user wants`]
        : [];
    });
}
