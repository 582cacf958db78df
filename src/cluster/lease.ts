import { type Clock, sleep } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { Cluster } from './cluster.ts';
import { ApiError } from './errors.ts';

/** How long a holder may be silent before another may take its place. */
const DURATION_SECONDS = 15;
const RENEW_MS = (DURATION_SECONDS * 1000) / 3;

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}
type Lease = KubeObject<LeaseSpec>;

export interface LockRequest {
  cluster: Cluster;
  clock: Clock;
  signal: AbortSignal;
  namespace: string;
  name: string;
  /** Unique to this run; what others are shown is the part before the `#`. */
  holder: string;
  /** How long to wait for another holder; 0 fails at once. */
  waitMs: number;
  onWait: (holder: string) => void;
}

export interface Lock {
  /** Aborted, with a SluiceError as its reason, as soon as the lock is no longer certainly ours. */
  readonly lost: AbortSignal;
  /** Stops renewing and deletes the Lease, if it is still ours. */
  release(): Promise<void>;
}

/**
 * Takes the Lease that guards a release, and renews it until it is released. A silent holder is replaced when its Lease has
 * not changed for its duration as measured here, so that no two clocks are ever compared.
 */
export async function acquireLock(request: LockRequest): Promise<Lock> {
  const created = await tryCreate(request);
  const lease = created ?? (await waitForLease(request));
  return hold(request, lease);
}

/** Releases a Lease that `holder` left behind; nothing happens where another holds it. */
export async function releaseLease(cluster: Cluster, namespace: string, name: string, holder: string): Promise<void> {
  const lease = await cluster.get<Lease>({ ...LEASE, name, namespace });
  if (lease?.spec?.holderIdentity !== holder) return;
  const { uid, resourceVersion } = lease.metadata;
  await cluster.remove(
    { ...LEASE, name, namespace },
    { uid: uid as string, resourceVersion: resourceVersion as string },
  );
}

async function tryCreate(request: LockRequest): Promise<Lease | undefined> {
  const { cluster, clock, namespace, name, holder } = request;
  const now = microTime(clock.now());
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: 0,
  };
  try {
    return await cluster.create<Lease>({ ...LEASE, metadata: { name, namespace }, spec });
  } catch (error) {
    if (isConflict(error)) return undefined;
    // The answer may have been lost on its way: then the Lease is there, and ours.
    const lease = await cluster.get<Lease>(refOf(request)).catch(() => undefined);
    if (lease?.spec?.holderIdentity === holder) return lease;
    throw error;
  }
}

async function waitForLease(request: LockRequest): Promise<Lease> {
  const deadline = request.clock.now() + request.waitMs;
  for (;;) {
    const lease = await untilFree(request, deadline);
    const taken = lease ? await tryTake(request, lease) : await tryCreate(request);
    if (taken) return taken;
  }
}

/** Resolves when nobody holds the Lease: undefined when it is gone, else the Lease of a holder that has fallen silent. */
async function untilFree(request: LockRequest, deadline: number): Promise<Lease | undefined> {
  const { cluster, clock, namespace, name, signal } = request;
  const free = Promise.withResolvers<Lease | undefined>();
  const stop = new AbortController();
  let present: Lease | undefined;
  let cancelSilence = (): void => undefined;
  const see = (lease: Lease | undefined): void => {
    cancelSilence();
    present = lease;
    const holder = lease?.spec?.holderIdentity;
    if (!holder) {
      free.resolve(lease);
    } else if (request.waitMs === 0) {
      free.reject(heldBy(request, lease));
    } else {
      request.onWait(holderUrl(holder));
      const durationMs = (lease.spec?.leaseDurationSeconds ?? DURATION_SECONDS) * 1000;
      cancelSilence = clock.after(durationMs, () => free.resolve(lease));
    }
  };
  const follow = async (): Promise<void> => {
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    for await (const event of cluster.watch<Lease>(LEASE, selection, stop.signal)) {
      if (event.type !== 'synced') see(event.type === 'deleted' ? undefined : event.object);
      else if (!present) see(undefined);
    }
  };
  const onAbort = (): void => free.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline =
    request.waitMs === 0
      ? () => undefined
      : clock.after(deadline - clock.now(), () => free.reject(heldBy(request, present)));
  try {
    signal.throwIfAborted();
    follow().catch(free.reject);
    return await free.promise;
  } finally {
    stop.abort();
    cancelSilence();
    cancelDeadline();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Undefined where somebody else was faster. */
async function tryTake(request: LockRequest, lease: Lease): Promise<Lease | undefined> {
  const now = microTime(request.clock.now());
  const transitions = (lease.spec?.leaseTransitions ?? 0) + 1;
  const spec = {
    holderIdentity: request.holder,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: transitions,
  };
  try {
    return await request.cluster.replace<Lease>({ ...lease, spec });
  } catch (error) {
    if (isConflict(error) || (error instanceof ApiError && error.status === 404)) return undefined;
    throw error;
  }
}

function hold(request: LockRequest, first: Lease): Lock {
  const { cluster, clock, holder } = request;
  const lost = new AbortController();
  const stop = new AbortController();
  let lease = first;
  let renewedAt = clock.now();

  const reread = async (): Promise<boolean> => {
    const present = await cluster.get<Lease>(refOf(request));
    if (present?.spec?.holderIdentity !== holder) return false;
    lease = present;
    return true;
  };
  const renewOnce = async (): Promise<void> => {
    const sentAt = clock.now();
    try {
      lease = await cluster.replace<Lease>({ ...lease, spec: { ...lease.spec, renewTime: microTime(sentAt) } });
      renewedAt = sentAt;
    } catch (error) {
      // A conflict may be no more than an annotation that somebody wrote to it.
      const gone = isConflict(error) || (error instanceof ApiError && error.status === 404);
      if (gone && !(await reread())) lost.abort(lockLost(request));
    }
  };
  const renewals = (async () => {
    while (!stop.signal.aborted && !lost.signal.aborted) {
      const stopped = await sleep(clock, RENEW_MS, stop.signal).then(
        () => false,
        () => true,
      );
      if (stopped) return;
      const cancelExpiry = clock.after(renewedAt + DURATION_SECONDS * 1000 - clock.now(), () =>
        lost.abort(lockLost(request)),
      );
      // A failed renewal is tried again; if none succeeds in time, the lock counts as lost.
      await renewOnce().catch(() => undefined);
      cancelExpiry();
    }
  })();

  return {
    lost: lost.signal,
    async release() {
      stop.abort();
      await renewals;
      if (lost.signal.aborted) return;
      const { uid, resourceVersion } = lease.metadata;
      try {
        await cluster.remove(refOf(request), { uid: uid as string, resourceVersion: resourceVersion as string });
      } catch (error) {
        if (!isConflict(error)) throw error;
        await releaseLease(cluster, request.namespace, request.name, holder);
      }
    },
  };
}

function refOf({ namespace, name }: LockRequest): ObjectRef {
  return { ...LEASE, name, namespace };
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

function holderUrl(holder: string): string {
  return holder.split('#')[0] as string;
}

function heldBy({ namespace, name }: LockRequest, lease: Lease | undefined): SluiceError {
  const holder = lease?.spec?.holderIdentity;
  return new SluiceError(
    'locked',
    `Another run holds this release${holder ? `: ${holderUrl(holder)}` : ''}. Nothing was changed.`,
    {
      hint: `Wait until it has ended and run again, or set \`concurrency: wait\` and a longer \`timeout\`. If that run is dead, its Lease ${namespace}/${name} expires ${DURATION_SECONDS} s after its last sign of life.`,
    },
  );
}

function lockLost({ namespace, name }: LockRequest): SluiceError {
  return new SluiceError(
    'lock-lost',
    `This run lost the Lease ${namespace}/${name} that guards the release, and stopped writing at once.`,
    {
      hint: 'Another run has taken over, or the API server was out of reach for too long. Look at the newest run; run again if there is none.',
    },
  );
}

/** Kubernetes' MicroTime. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
