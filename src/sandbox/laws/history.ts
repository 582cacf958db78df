import type { KubeObject } from '../../kube.ts';
import type { Write } from '../server/core.ts';
import { type ForeignSizes, watchForeignSizes } from './foreign-sizes.ts';
import { type Locks, watchLocks } from './locks.ts';
import type { Release } from './release.ts';
import { type TrafficSeen, watchTrafficSeen } from './traffic-seen.ts';
import { type UserValues, watchUserValues } from './user-values.ts';
import type { World } from './world.ts';

/** What the laws must remember, because no single state shows it. */
export interface History {
  locks: Locks;
  sizes: ForeignSizes;
  traffic: TrafficSeen;
  users: UserValues;
  /** From the last traffic of something until it may be taken away, in milliseconds; absent: as the plan says. */
  drainMs?: number;
  settleMs?: number;
}

export function beginHistory(
  present: readonly KubeObject[],
  times: { drainMs?: number; settleMs?: number } = {},
): History {
  return {
    locks: watchLocks(present),
    sizes: watchForeignSizes(),
    traffic: watchTrafficSeen(),
    users: watchUserValues(present),
    ...times,
  };
}

export function remember(history: History, write: Write, after: World, releases: readonly Release[]): void {
  history.locks.see(write, { at: after.now, version: after.version });
  history.sizes.see(write, after, releases);
  history.traffic.see(write, after, releases);
  history.users.see(write);
}
