import type * as Core from '@actions/core';

/** The Lease that a run may leave behind when it is killed. */
export interface HeldLock {
  namespace: string;
  name: string;
  holder: string;
}

/** A release that moves traffic, and that a run has begun to drive. */
export interface OpenRelease {
  namespace: string;
  release: string;
  revision: number;
  holder: string;
}

const LOCK = 'lock';
const OPEN = 'open';
const ENDED = 'ended';

export function saveLock(core: typeof Core, lock: HeldLock): void {
  core.saveState(LOCK, JSON.stringify(lock));
}

/** The lock has been given back. */
export function forgetLock(core: typeof Core): void {
  core.saveState(LOCK, '');
}

export function saveOpen(core: typeof Core, open: OpenRelease): void {
  core.saveState(OPEN, JSON.stringify(open));
}

/** The release is finished, undone or paused: nobody needs to settle it. */
export function forgetOpen(core: typeof Core): void {
  core.saveState(OPEN, '');
}

/** Says that the run has reported its own end. */
export function saveEnded(core: typeof Core): void {
  core.saveState(ENDED, 'true');
}

export interface Unsettled {
  /** The run could not report its end. */
  unreported: boolean;
  lock: HeldLock | undefined;
  open: OpenRelease | undefined;
}

/** What `post` must settle. */
export function unsettled(core: typeof Core): Unsettled {
  const read = <T>(name: string): T | undefined => {
    const text = core.getState(name);
    return text ? (JSON.parse(text) as T) : undefined;
  };
  return { unreported: core.getState(ENDED) !== 'true', lock: read<HeldLock>(LOCK), open: read<OpenRelease>(OPEN) };
}
