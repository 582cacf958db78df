import { SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import type { Cluster } from './cluster.ts';
import { ApiError } from './errors.ts';

/** How long a holder may be silent before another may take its place; this and the next are the defaults of client-go's leader election. */
export const LEASE_SECONDS = 15;
/** So long after its last successful write was sent, a holder counts the lock as lost: well before another may take it. */
export const RENEW_DEADLINE_MS = 10_000;
/** From the beginning of a renewal that failed to the next. */
export const RETRY_MS = 1_000;
export const RENEW_MS = 5_000;
/** For one renewal with all its attempts: where it gets no answer, another fits in before the deadline. */
export const RENEWAL_TIMEOUT_MS = 4_000;

export const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}
export type Lease = KubeObject<LeaseSpec>;

/** A Lease of ours, and when the request that made it so was sent. */
export interface Written {
  lease: Lease;
  sentAt: number;
}

/** Releases a Lease that `holder` left behind; nothing happens where another holds it. */
export async function releaseLease(cluster: Cluster, namespace: string, name: string, holder: string): Promise<void> {
  const ref = { ...LEASE, namespace, name };
  for (let attempt = 1; ; attempt += 1) {
    const lease = await cluster.get<Lease>(ref);
    if (lease?.spec?.holderIdentity !== holder) return;
    try {
      await cluster.remove(ref, versionOf(lease));
      return;
    } catch (error) {
      // Somebody wrote to it between the two requests, if only an annotation: whose it is now must be read again.
      if (!isConflict(error) || attempt === 3) throw error;
    }
  }
}

/** What a removal must meet, so that it takes this state of this object and no other. */
export function versionOf({ metadata: { uid, resourceVersion } }: Lease): { uid: string; resourceVersion: string } {
  return { uid: uid as string, resourceVersion: resourceVersion as string };
}

/** The spec that makes a Lease the holder's, as of now. */
export function takenSpec(holder: string, now: number, transitions: number): LeaseSpec {
  const time = microTime(now);
  return {
    holderIdentity: holder,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: transitions,
  };
}

/** What is left of so many milliseconds after a moment; never more than all of them, also where the clock is set back. */
export function remaining(now: number, since: number, milliseconds: number): number {
  return Math.min(milliseconds, Math.max(0, since + milliseconds - now));
}

export function durationMs(lease: Lease): number {
  return (lease.spec?.leaseDurationSeconds || LEASE_SECONDS) * 1_000;
}

export function holderUrl(holder: string): string {
  return holder.split('#')[0] as string;
}

/** Kubernetes' MicroTime. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** Another was faster, or the Lease was deleted, or a repetition met what its first attempt had done. */
export function isOvertaken(error: unknown): boolean {
  return isConflict(error) || (error instanceof ApiError && error.status === 404);
}

/** Whether the server may have done what this error says it did not answer. */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof ApiError ? error.status >= 500 : error instanceof SluiceError && error.code === 'unreachable';
}
