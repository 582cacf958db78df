import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import type { Plan, Step } from '../release/plan.ts';

export interface RollingWish {
  /** Objects in groups: a group is applied at once, and after the one before it. */
  groups: readonly (readonly KubeObject[])[];
  /** What earlier revisions of this release may have left in the cluster. */
  previous: readonly ObjectRef[];
  prune: boolean;
}

/** Deleting these takes data or other people's objects with them, so a release never does. */
const NEVER_PRUNED = new Set(['Namespace', 'PersistentVolumeClaim', 'PersistentVolume', 'CustomResourceDefinition']);
const ESTABLISHED_FIRST = new Set(['CustomResourceDefinition', 'Namespace']);

/** Everything in order, then one wait for all of it, then the removal of what is no longer wanted. */
export function planRolling(wish: RollingWish): Plan {
  const all = wish.groups.flat();
  const steps: Step[] = [
    ...applySteps(wish.groups),
    { do: 'await-health', name: 'Wait until healthy', objects: all.map(refOf) },
    ...pruneStep(wish.prune ? leftOver(wish.previous, all) : []),
  ];
  return { strategy: 'rolling', steps };
}

/** A group after another, with waits for what the next ones build on. */
export function applySteps(groups: readonly (readonly KubeObject[])[]): Step[] {
  return groups.flatMap(group => {
    const awaited = group.filter(object => ESTABLISHED_FIRST.has(object.kind));
    const apply: Step = { do: 'apply', name: `Apply ${kindsText(group)}`, objects: group.map(refOf) };
    if (awaited.length === 0) return [apply];
    return [apply, { do: 'establish', name: `Wait for ${kindsText(awaited)}`, objects: awaited.map(refOf) }];
  });
}

export function pruneStep(unwanted: readonly ObjectRef[]): Step[] {
  if (unwanted.length === 0) return [];
  return [{ do: 'prune', name: `Prune ${counted(unwanted.length, 'object')}`, objects: unwanted }];
}

/** What `previous` names and `wanted` does not, except what is never pruned. */
export function leftOver(previous: readonly ObjectRef[], wanted: readonly KubeObject[]): ObjectRef[] {
  const kept = new Set(wanted.map(object => refKey(refOf(object))));
  return previous.filter(ref => !NEVER_PRUNED.has(ref.kind) && !kept.has(refKey(ref)));
}

/** `2 ConfigMaps, 1 Service`. */
export function kindsText(objects: readonly { kind: string }[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => counted(count, kind)).join(', ');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
}
