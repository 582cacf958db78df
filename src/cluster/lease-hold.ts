import { sleep } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import type { Lock, LockRequest } from './lease.ts';
import { lockExpired, lockTaken } from './lease-errors.ts';
import {
  isConflict,
  isOvertaken,
  LEASE,
  type Lease,
  microTime,
  RENEW_DEADLINE_MS,
  RENEW_MS,
  RENEWAL_TIMEOUT_MS,
  RETRY_MS,
  releaseLease,
  remaining,
  versionOf,
  type Written,
} from './lease-object.ts';

/** Renews the Lease in the background, until it is released or lost. */
export function hold(request: LockRequest, first: Written): Lock {
  const { cluster, clock, namespace, name, holder } = request;
  const ref = { ...LEASE, namespace, name };
  const lost = new AbortController();
  const stop = new AbortController();
  let lease = first.lease;
  let failure: unknown;
  let sentAt = first.sentAt;
  let cancelExpiry = (): void => undefined;

  const renewed = (written: Written): void => {
    lease = written.lease;
    sentAt = written.sentAt;
    failure = undefined;
    cancelExpiry();
    const left = remaining(clock.now(), written.sentAt, RENEW_DEADLINE_MS);
    cancelExpiry = clock.after(left, () => lost.abort(lockExpired(request, failure)));
  };
  const renewals = async (): Promise<void> => {
    let wait = remaining(clock.now(), first.sentAt, RENEW_MS);
    const ended = AbortSignal.any([stop.signal, lost.signal]);
    while (await passes(sleep(clock, wait, ended))) {
      const began = clock.now();
      const late = new AbortController();
      const cancelLate = clock.after(RENEWAL_TIMEOUT_MS, () => late.abort(noAnswer()));
      try {
        renewed(await renew(cluster.bound(AbortSignal.any([late.signal, lost.signal])), request, lease));
        wait = remaining(clock.now(), began, RENEW_MS);
      } catch (error) {
        // Tried again until the lock has expired, which then tells this error.
        failure = error;
        if (error instanceof SluiceError && error.code === 'lock-lost') lost.abort(error);
        wait = remaining(clock.now(), began, RETRY_MS);
      } finally {
        cancelLate();
      }
    }
    cancelExpiry();
  };
  renewed(first);
  const running = renewals();

  return {
    lost: lost.signal,
    check() {
      if (clock.now() - sentAt >= RENEW_DEADLINE_MS) lost.abort(lockExpired(request, failure));
      lost.signal.throwIfAborted();
    },
    async release() {
      stop.abort();
      await running;
      if (lost.signal.aborted) return;
      try {
        await cluster.remove(ref, versionOf(lease));
      } catch (error) {
        if (!isConflict(error)) throw error;
        await releaseLease(cluster, namespace, name, holder);
      }
    },
  };
}

/** Renews once; an error with the code `lock-lost` says that the Lease is another's. */
async function renew(cluster: Cluster, request: LockRequest, known: Lease): Promise<Written> {
  const { clock, namespace, name, holder } = request;
  let lease = known;
  for (;;) {
    const sentAt = clock.now();
    const renewTime = microTime(sentAt);
    try {
      return { lease: await cluster.replace<Lease>({ ...lease, spec: { ...lease.spec, renewTime } }), sentAt };
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      const present = await cluster.get<Lease>({ ...LEASE, namespace, name });
      if (present?.spec?.holderIdentity !== holder) throw lockTaken(request, present);
      if (present.spec.renewTime === renewTime) return { lease: present, sentAt };
      // Somebody wrote an annotation to it: once more, on top of that.
      lease = present;
    }
  }
}

function noAnswer(): SluiceError {
  return new SluiceError(
    'unreachable',
    `The API server did not answer the renewal within ${RENEWAL_TIMEOUT_MS / 1_000} s.`,
  );
}

/** False where the wait was aborted, which here only says that there is nothing more to do. */
function passes(wait: Promise<void>): Promise<boolean> {
  return wait.then(
    () => true,
    () => false,
  );
}
