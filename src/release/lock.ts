import type { Cluster } from '../cluster/cluster.ts';
import { acquireLock, type Lock } from '../cluster/lease.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError } from './engine.ts';
import { lockName, type ReleaseId } from './labels.ts';

export interface LockWish extends ReleaseId {
  /** Unique to this run; starts with its URL. */
  holder: string;
  concurrency: 'wait' | 'fail' | 'supersede';
  timeoutMs: number;
  /** Spec, as JSON, of a Lease that was seen to be silent for its duration already. */
  silent?: string;
  /** Do not wait for another run that has it, but throw LockHeld at once: it can be talked to. */
  yields?: boolean;
}

/** Another run has the lock that this one would not wait for. */
export class LockHeld extends Error {}

/** What the holder of the lock still has when the run itself must stop: the right to note what became of it. */
export interface Held {
  cluster: Cluster;
  lost: AbortSignal;
}

export interface Locked {
  /** Ends at once, also with what is under way, when the lock is lost. */
  guarded: ReleaseDeps;
  held: Held;
  /** Another run had it first. */
  waited: boolean;
}

/** Does something under the lock of a release, which is given back afterwards. */
export async function withLock<T>(deps: ReleaseDeps, wish: LockWish, work: (locked: Locked) => Promise<T>): Promise<T> {
  deps.emit({ type: 'locking' });
  let waited = false;
  const given = new AbortController();
  const lock = await acquireLock({
    ...deps,
    signal: AbortSignal.any([deps.signal, given.signal]),
    namespace: wish.namespace,
    name: lockName(wish.release),
    holder: wish.holder,
    silent: wish.silent,
    waitMs: wish.concurrency === 'fail' ? 0 : wish.timeoutMs,
    onWait: holder => {
      if (wish.yields) return given.abort(new LockHeld(`${holder} has the lock`));
      waited = true;
      deps.emit({ type: 'waiting-for-lock', holder });
    },
  });
  try {
    const guarded = {
      ...deps,
      signal: AbortSignal.any([deps.signal, lock.lost]),
      cluster: deps.cluster.bound(AbortSignal.any([deps.halt, lock.lost]), lock.check),
    };
    const held = { cluster: deps.cluster.bound(lock.lost, lock.check), lost: lock.lost };
    return await work({ guarded, held, waited });
  } finally {
    await unlock(deps, wish, lock);
  }
}

async function unlock(deps: ReleaseDeps, { namespace, release }: LockWish, lock: Lock): Promise<void> {
  try {
    await lock.release();
    deps.emit({ type: 'unlocked' });
  } catch (error) {
    const lease = `Lease ${namespace}/${lockName(release)}`;
    deps.emit({
      type: 'warning',
      message: `${lease} could not be deleted and is left to expire: ${asSluiceError(error).message}`,
    });
  }
}
