import { refKey } from '../../kube.ts';
import type { Pair } from '../../release/plan.ts';
import type { Write } from '../server/core.ts';
import { isAt, isOurs, subjectOf } from './change.ts';
import { replicasOf, workload } from './readiness.ts';
import type { Release } from './release.ts';
import type { World } from './world.ts';

/** What others have made of the sizes of a pair during the release. */
export interface ForeignSizes {
  /** Pods that both versions together were left with, where others took some away and we have not put them back. */
  left(pair: Pair): number | undefined;
  /** The size of stable that others wrote last, where we have not written it since. */
  stable(pair: Pair): number | undefined;
  see(write: Write, after: World, releases: readonly Release[]): void;
}

export function watchForeignSizes(): ForeignSizes {
  const left = new Map<string, number>();
  const stable = new Map<string, number>();

  function seePair(write: Write, after: World, pair: Pair): void {
    const key = refKey(pair.stable);
    const subject = subjectOf(write);
    const isStable = isAt(subject, pair.stable);
    if (!isStable && !isAt(subject, pair.twin)) return;
    const [was, now] = [replicasOf(write.before), replicasOf(write.after)];
    const total = replicasOf(workload(after, pair.stable)) + replicasOf(workload(after, pair.twin));
    if (isOurs(write)) {
      if (isStable && now !== was) stable.delete(key);
      if (total >= pair.size) left.delete(key);
    } else if (now !== was) {
      if (isStable) stable.set(key, now);
      if (now < was) left.set(key, Math.min(left.get(key) ?? total, total));
      else if (total >= pair.size) left.delete(key);
    }
  }

  return {
    left: pair => left.get(refKey(pair.stable)),
    stable: pair => stable.get(refKey(pair.stable)),
    see(write, after, releases) {
      for (const { traffic } of releases) for (const pair of traffic.pairs) seePair(write, after, pair);
    },
  };
}
