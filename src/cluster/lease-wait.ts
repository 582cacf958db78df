import type { LockRequest } from './lease.ts';
import { heldBy } from './lease-errors.ts';
import { durationMs, holderUrl, LEASE, LEASE_SECONDS, type Lease } from './lease-object.ts';

/** Where nobody wants to wait for a living holder, a dead one is told from it within this time, whatever duration its Lease has. */
const VERDICT_MS = 4 * LEASE_SECONDS * 1_000;

/** What one run has seen of a Lease, from one look to the next. */
export interface Watching {
  /** Milliseconds of the clock, when the wait is over. */
  deadline: number;
  /** Fails when the holder renews, instead of waiting for its end. */
  impatient: boolean;
  /** The holder and its times as last seen; another value is a sign of life. */
  sign: string | undefined;
}

export function beginWatching({ clock, waitMs }: LockRequest): Watching {
  const impatient = waitMs === 0;
  return { deadline: clock.now() + (impatient ? VERDICT_MS : waitMs), impatient, sign: undefined };
}

/**
 * Resolves when the Lease may be taken: undefined when it is gone, else the Lease of nobody, of ourselves, or of a holder
 * that was silent for its duration.
 */
export async function untilFree(request: LockRequest, watching: Watching): Promise<Lease | undefined> {
  const { cluster, clock, namespace, name, signal } = request;
  const free = Promise.withResolvers<Lease | undefined>();
  const stop = new AbortController();
  let present: Lease | undefined;
  let cancelSilence = (): void => undefined;
  let listening = false;

  const see = (lease: Lease | undefined): void => {
    present = lease;
    const holder = lease?.spec?.holderIdentity;
    if (!lease || !holder || holder === request.holder) {
      cancelSilence();
      free.resolve(lease);
      return;
    }
    const sign = JSON.stringify(lease.spec);
    if (sign === request.silent) {
      free.resolve(lease);
      return;
    }
    const alive = watching.sign !== undefined && watching.sign !== sign;
    // An annotation on the Lease is a word of somebody else, and no sign of its holder's life.
    if (!alive && listening) return;
    watching.sign = sign;
    listening = true;
    cancelSilence();
    if (alive && watching.impatient) {
      free.reject(heldBy(request, lease, true));
      return;
    }
    request.onWait(holderUrl(holder));
    cancelSilence = clock.after(durationMs(lease), () => free.resolve(present));
  };
  const follow = async (): Promise<void> => {
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    for await (const event of cluster.bound(signal).watch<Lease>(LEASE, selection, stop.signal)) {
      if (event.type !== 'synced') see(event.type === 'deleted' ? undefined : event.object);
      else if (!present) see(undefined);
    }
  };
  const cancelDeadline = clock.after(Math.max(0, watching.deadline - clock.now()), () =>
    free.reject(heldBy(request, present, false)),
  );
  try {
    follow().catch(free.reject);
    return await free.promise;
  } finally {
    stop.abort();
    cancelSilence();
    cancelDeadline();
  }
}
