import type { KubeObject } from '../../kube.ts';
import type { Write } from '../server/core.ts';
import { isDeletion, isKind, isOurs, objectText, subjectOf } from './change.ts';
import { trackOf } from './release.ts';
import { namedBy } from './routers/routes.ts';

/** What Services, autoscalers and routes had before any release, or by other hands since. */
export interface UserValues {
  /** The track that a Service selects. */
  pin(service: KubeObject): string | undefined;
  /** The floor of an autoscaler; undefined where nobody else ever wrote it. */
  floor(autoscaler: KubeObject): number | undefined;
  /** Services that an object of a router names, as `namedBy` says them. */
  names(route: KubeObject): ReadonlySet<string>;
  see(write: Write): void;
}

export function floorOf(autoscaler: KubeObject): number {
  return (autoscaler.spec as { minReplicas?: number } | undefined)?.minReplicas ?? 1;
}

export function watchUserValues(present: readonly KubeObject[]): UserValues {
  const pins = new Map<string, string>();
  const floors = new Map<string, number>();
  const named = new Map<string, Set<string>>();

  function note(object: KubeObject): void {
    const key = objectText(object);
    const track = trackOf(object);
    if (isKind(object, 'Service')) {
      if (track === undefined) pins.delete(key);
      else pins.set(key, track);
    } else if (isKind(object, 'autoscaling/HorizontalPodAutoscaler')) floors.set(key, floorOf(object));
  }

  /** Of what is in a route before and after a write of others', we may have brought it there. */
  function noteNames(before: KubeObject | undefined, object: KubeObject): void {
    const [was, now] = [before ? namedBy(before) : new Set<string>(), namedBy(object)];
    const known = before ? (named.get(objectText(object)) ?? new Set()) : new Set<string>();
    for (const name of was) if (!now.has(name)) known.delete(name);
    for (const name of now) if (!was.has(name)) known.add(name);
    if (known.size > 0) named.set(objectText(object), known);
    else named.delete(objectText(object));
  }

  for (const object of present) {
    note(object);
    noteNames(undefined, object);
  }
  return {
    pin: service => pins.get(objectText(service)),
    floor: autoscaler => floors.get(objectText(autoscaler)),
    names: route => named.get(objectText(route)) ?? new Set(),
    see(write) {
      if (write.subresource === 'status' || isDeletion(write) || isOurs(write)) return;
      const { before } = write;
      const object = subjectOf(write);
      noteNames(before, object);
      // A write of something else leaves what we hold where it is, and is no word of the user's about it.
      if (before && isKind(object, 'Service') && trackOf(before) === trackOf(object)) return;
      if (before && isKind(object, 'autoscaling/HorizontalPodAutoscaler') && floorOf(before) === floorOf(object))
        return;
      note(object);
    },
  };
}
