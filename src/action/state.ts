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

/** Says that the run has reported its own end. */
export function saveEnded(core: typeof Core): void {
  core.saveState(ENDED, 'true');
}

/** What `post` must settle: undefined where the run reported its end; no lock where it was cut before it could take one. */
export function unsettled(core: typeof Core): { lock: HeldLock | undefined } | undefined {
  if (core.getState(ENDED) === 'true') return undefined;
  const lock = core.getState(LOCK);
  return { lock: lock ? (JSON.parse(lock) as HeldLock) : undefined };
}
