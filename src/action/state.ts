import type * as Core from '@actions/core';

/** The Lease that a run may leave behind when it is killed. */
export interface HeldLock {
  namespace: string;
  name: string;
  holder: string;
}

const LOCK = 'lock';
const ENDED = 'ended';

export function saveLock(core: typeof Core, lock: HeldLock): void {
  core.saveState(LOCK, JSON.stringify(lock));
}

/** The lock has been given back. */
export function forgetLock(core: typeof Core): void {
  core.saveState(LOCK, '');
}

/** Says that the run has reported its own end. */
export function saveEnded(core: typeof Core): void {
  core.saveState(ENDED, 'true');
}

/** What `post` must settle: a run that could not report its end, a lock that could not be given back, or both. */
export function unsettled(core: typeof Core): { unreported: boolean; lock: HeldLock | undefined } {
  const lock = core.getState(LOCK);
  return { unreported: core.getState(ENDED) !== 'true', lock: lock ? (JSON.parse(lock) as HeldLock) : undefined };
}
