import type { Clock } from '../clock.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import { controllerOf, type Ownership, ownershipOf } from './ownership.ts';
import type { Pod } from './pod-view.ts';
import { type Sighting, see } from './sightings.ts';

/** The pods of the workloads that are waited for, by the workload they seem to belong to. */
export interface PodBook {
  /** Enters a pod's state; answers the keys of the workloads that it may belong to. */
  enter(pod: Pod): string[];
  remove(pod: Pod): string[];
  /** The pods of the version that is being rolled out, and those of earlier ones; `unknown` ReplicaSets must be fetched to tell. */
  of(workload: KubeObject, which?: (sighting: Sighting) => boolean): Belonging;
  /** `null` where it is gone. */
  know(uid: string, replicaSet: KubeObject | null): void;
}

export interface Belonging {
  current: Sighting[];
  earlier: Sighting[];
  unknown: { uid: string; ref: ObjectRef }[];
}

export function podBook(clock: Clock, isTracked: (key: string) => boolean): PodBook {
  const byWorkload = new Map<string, Map<string, Sighting>>();
  const replicaSets = new Map<string, KubeObject | null>();

  return {
    enter(pod) {
      const keys = candidates(pod).filter(isTracked);
      for (const key of keys) {
        const pods = byWorkload.get(key) ?? new Map<string, Sighting>();
        byWorkload.set(key, pods);
        pods.set(podKey(pod), see(pods.get(podKey(pod)), pod, clock.now()));
      }
      return keys;
    },
    remove(pod) {
      const keys = candidates(pod).filter(isTracked);
      for (const key of keys) byWorkload.get(key)?.delete(podKey(pod));
      return keys;
    },
    of(workload, which = () => true) {
      const belonging: Belonging = { current: [], earlier: [], unknown: [] };
      for (const sighting of byWorkload.get(workloadKey(workload))?.values() ?? []) {
        if (sighting.pod.metadata.deletionTimestamp || !which(sighting)) continue;
        sort(
          belonging,
          sighting,
          ownershipOf(sighting.pod, workload, uid => replicaSets.get(uid)),
        );
      }
      return belonging;
    },
    know(uid, replicaSet) {
      replicaSets.set(uid, replicaSet);
    },
  };
}

function sort(belonging: Belonging, sighting: Sighting, ownership: Ownership): void {
  if (ownership === 'current') belonging.current.push(sighting);
  else if (ownership === 'earlier') belonging.earlier.push(sighting);
  else if (ownership !== 'foreign') {
    const uid = controllerOf(sighting.pod)?.uid ?? '';
    if (!belonging.unknown.some(one => one.uid === uid)) belonging.unknown.push({ uid, ref: ownership.unknown });
  }
}

export function workloadKey(object: KubeObject): string {
  return `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** A Deployment names its ReplicaSets after itself and the template's hash, so that no request is needed to guess it. */
function candidates(pod: Pod): string[] {
  const namespace = pod.metadata.namespace ?? '';
  const owner = controllerOf(pod);
  if (!owner) return [workloadKey(pod)];
  const keys = [`${owner.kind}/${namespace}/${owner.name}`];
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)) {
    keys.push(`Deployment/${namespace}/${owner.name.slice(0, -hash.length - 1)}`);
  }
  return keys;
}

function podKey(pod: Pod): string {
  return pod.metadata.uid ?? pod.metadata.name;
}
