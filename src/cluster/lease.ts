import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { hold } from './lease-hold.ts';
import {
  isConflict,
  isOvertaken,
  LEASE,
  type Lease,
  mayHaveHappened,
  microTime,
  RENEW_MS,
  RENEWAL_TIMEOUT_MS,
  releaseLease,
  takenSpec,
  type Written,
} from './lease-object.ts';
import { beginWatching, untilFree, type Watching } from './lease-wait.ts';

export { durationMs, holderUrl, LEASE as LEASE_KIND, type Lease, releaseLease } from './lease-object.ts';

export interface LockRequest {
  /** Not bound to what ends with the release itself: the lock is renewed until it is released. */
  cluster: Cluster;
  clock: Clock;
  /** Ends the taking of the lock, and not its renewal. */
  signal: AbortSignal;
  namespace: string;
  name: string;
  /** Unique to this run; what others are shown is the part before the `#`. */
  holder: string;
  /** How long to wait for another holder; 0 waits only to see whether it is alive, and fails when it is. */
  waitMs: number;
  onWait: (holder: string) => void;
  /** Spec, as JSON, of a Lease that was seen to be silent for its duration already. */
  silent?: string | undefined;
}

export interface Lock {
  /** Aborted, with a SluiceError as its reason, as soon as the lock is no longer certainly ours. */
  readonly lost: AbortSignal;
  /** Throws where the time is over for which the last renewal counts: a process that stood still for a while has heard no timer yet. */
  check(): void;
  /** Stops renewing and deletes the Lease, if it is still ours. */
  release(): Promise<void>;
}

/** Answers that come too late to hold a Lease by are asked for again so often. */
const SLOW_WRITES = 3;

/**
 * Takes the Lease that guards a release, and renews it until it is released. A silent holder is replaced when its Lease has
 * not changed for its duration as measured here, so that no two clocks are ever compared.
 */
export async function acquireLock(request: LockRequest): Promise<Lock> {
  const { cluster, clock, signal } = request;
  const bounded = { ...request, cluster: cluster.bound(signal) };
  try {
    let written = await take(bounded, undefined);
    // A write that was answered late is a term half spent, or over: it is renewed before anything relies on it.
    for (let writes = 1; clock.now() - written.sentAt >= RENEW_MS; writes += 1) {
      if (writes === SLOW_WRITES) throw tooSlow(request, clock.now() - written.sentAt);
      written = await take(bounded, written.lease);
    }
    signal.throwIfAborted();
    return hold(request, written);
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'locked')) await giveBack(request);
    throw signal.aborted ? signal.reason : error;
  }
}

/** Writes the Lease that is known, or a new one, and waits between attempts until it may. */
async function take(request: LockRequest, known: Lease | undefined): Promise<Written> {
  let lease = known;
  let watching: Watching | undefined;
  for (;;) {
    const written = lease ? await replace(request, lease) : await create(request);
    if (written) return written;
    watching ??= beginWatching(request);
    lease = await untilFree(request, watching);
  }
}

function create(request: LockRequest): Promise<Written | undefined> {
  const { cluster, namespace, name, holder } = request;
  return write(request, isConflict, now =>
    cluster.create<Lease>({ ...LEASE, metadata: { name, namespace }, spec: takenSpec(holder, now, 0) }),
  );
}

function replace(request: LockRequest, lease: Lease): Promise<Written | undefined> {
  const { cluster, holder } = request;
  const transitions = (lease.spec?.leaseTransitions ?? 0) + (lease.spec?.holderIdentity === holder ? 0 : 1);
  return write(request, isOvertaken, now =>
    cluster.replace<Lease>({ ...lease, spec: takenSpec(holder, now, transitions) }),
  );
}

/** Undefined where somebody else was faster, as `overtaken` tells from the error. */
async function write(
  request: LockRequest,
  overtaken: (error: unknown) => boolean,
  send: (now: number) => Promise<Lease>,
): Promise<Written | undefined> {
  const sentAt = request.clock.now();
  try {
    return { lease: await send(sentAt), sentAt };
  } catch (error) {
    if (!overtaken(error) && !mayHaveHappened(error)) throw error;
    const present = await lookUp(request, overtaken(error) ? undefined : error);
    // The answer was lost on its way, or a repetition met what its first attempt had written.
    const ours = present?.spec?.holderIdentity === request.holder;
    if (present && ours && present.spec?.renewTime === microTime(sentAt)) return { lease: present, sentAt };
    if (ours || overtaken(error)) return undefined;
    throw error;
  }
}

async function lookUp({ cluster, namespace, name }: LockRequest, first: unknown): Promise<Lease | undefined> {
  try {
    return await cluster.get<Lease>({ ...LEASE, namespace, name });
  } catch (error) {
    // A server that cannot be reached says it twice; the first error names the write.
    throw first ?? error;
  }
}

/** A taking that ends half-way may have written the Lease. */
async function giveBack({ cluster, clock, namespace, name, holder }: LockRequest): Promise<void> {
  const late = new AbortController();
  const cancel = clock.after(RENEWAL_TIMEOUT_MS, () => late.abort(new Error('the time to give back has passed')));
  try {
    await releaseLease(cluster.bound(late.signal), namespace, name, holder);
  } catch {
    // What ended the taking is about to be told; a Lease that stays expires by itself, and nothing was changed under it.
  } finally {
    cancel();
  }
}

function tooSlow({ namespace, name }: LockRequest, ms: number): SluiceError {
  return new SluiceError(
    'unreachable',
    `The API server took ${Math.round(ms / 1_000)} s to write the Lease ${namespace}/${name}, ${SLOW_WRITES} times: a lock cannot be held so.`,
    { hint: 'Look at the load of the API server and at admission webhooks on Leases, and run again.' },
  );
}
