import { acquireLock, type Lock } from '../cluster/lease.ts';
import { type Problem, SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError } from './engine.ts';
import type { Outcome } from './events.ts';
import { labelled } from './labels.ts';
import { judgeLive, refuseForeign } from './live.ts';
import { comingNamespaces, makeNamespaces } from './namespaces.ts';
import { requirePermissions } from './permissions.ts';
import { type Preflight, preflight } from './preflight.ts';
import { digestOf, type Origin } from './record.ts';
import { type Records, readRecords } from './records.ts';
import { claim, type Held, runRevision } from './revision.ts';
import { clearingAccounts } from './service-account.ts';

export interface DeployRequest {
  release: string;
  /** Where the record and the lock live. */
  namespace: string;
  /** Objects with their namespaces, in groups that are applied one after another. */
  groups: readonly (readonly KubeObject[])[];
  /** Where an object stands in the user's files. */
  locate: (object: KubeObject) => Omit<Problem, 'message'>;
  force: boolean;
  prune: boolean;
  waitFor: 'all' | 'workloads';
  onFailure: 'rollback' | 'leave';
  createNamespace: boolean;
  concurrency: 'wait' | 'fail';
  /** For each of: waiting for the lock, for health, and for a rollback's health. */
  timeoutMs: number;
  origin: Origin;
  /** Unique to this run; starts with its URL. */
  holder: string;
}

/** What is known before the first write. */
export interface Prepared {
  records: Records;
  /** The release is finished in this very form: applying it again should change nothing. */
  repeat: boolean;
  revision: number;
  digest: string;
  /** As they will be applied, labels included. */
  objects: readonly KubeObject[];
  checked: Preflight;
}

/**
 * Brings the manifests to the cluster. Everything that can be asked without writing is asked first; a problem found there
 * is thrown, and nothing was written. From the lock on every end is an Outcome.
 */
export async function deploy(deps: ReleaseDeps, request: DeployRequest): Promise<Outcome> {
  const first = await prepare(deps, request);
  const settled = await settleRepeat(deps, request, first);
  if ('phase' in settled) return settled;
  await requirePermissions(deps.cluster, request.namespace, request.groups.flat());
  await makeNamespaces(deps, request, settled);

  deps.emit({ type: 'locking' });
  let waited = false;
  const lock = await acquireLock({
    ...deps,
    namespace: request.namespace,
    name: lockName(request.release),
    holder: request.holder,
    waitMs: request.concurrency === 'wait' ? request.timeoutMs : 0,
    onWait: holder => {
      waited = true;
      deps.emit({ type: 'waiting-for-lock', holder });
    },
  });
  try {
    // Who loses the lock stops at once, also what is under way.
    const guarded = {
      ...deps,
      signal: AbortSignal.any([deps.signal, lock.lost]),
      cluster: deps.cluster.bound(AbortSignal.any([deps.halt, lock.lost])),
    };
    const held = { cluster: deps.cluster.bound(lock.lost), lost: lock.lost };
    return await underLock(guarded, held, request, settled, waited);
  } finally {
    await unlock(deps, request, lock);
  }
}

/**
 * What another run did since we looked makes what we know stale: one that we waited for, one that was still at work, or one
 * that has claimed the revision's number by creating its record. Then everything is asked anew, once: nobody else can
 * write now.
 */
async function underLock(
  deps: ReleaseDeps,
  held: Held,
  request: DeployRequest,
  known: Prepared,
  waited: boolean,
): Promise<Outcome> {
  const isStale = waited || known.records.newest?.record.status === 'in-progress';
  const claimed = isStale ? undefined : await claim(deps, request, known);
  if (claimed) return runRevision(deps, held, request, known, claimed);
  const now = await settleRepeat(deps, request, await prepare(deps, request));
  if ('phase' in now) return now;
  const second = await claim(deps, request, now);
  if (second) return runRevision(deps, held, request, now, second);
  throw new SluiceError(
    'locked',
    `Revision ${now.revision} of release ${request.release} was written by another run, although this one holds the lock.`,
    {
      hint: 'Look for a run that works on this release without the Lease, such as an older version of Sluice; then run again.',
    },
  );
}

export function lockName(release: string): string {
  return `sluice.${release}`;
}

async function prepare(deps: ReleaseDeps, request: DeployRequest, afresh = false): Promise<Prepared> {
  const { cluster } = deps;
  const records = await readRecords(cluster, request.namespace, request.release);
  for (const stored of [records.newest, records.lastGood]) if (stored) deps.conceal(stored.record.objects);
  const wanted = request.groups.flat();
  const digest = digestOf(wanted);
  const repeat =
    !afresh &&
    records.newest !== undefined &&
    records.newest === records.lastGood &&
    records.newest.record.digest === digest;
  const revision = (records.newest?.record.revision ?? 0) + (repeat ? 0 : 1);
  const clear = clearingAccounts(wanted, records.newest?.record.objects ?? []);
  const objects = wanted.map(object => labelled(clear(object), request, revision));
  const checked = await preflight({ ...request, cluster, objects, comingNamespaces: comingNamespaces(request) });
  if (!request.force) await refuseForeign(cluster, request, objects, checked, records);
  const creates = [...checked.values()].filter(({ created }) => created).length;
  deps.emit({ type: 'checked', objects: checked.size, creates, postponed: objects.length - checked.size });
  return { records, repeat, revision, digest, objects, checked };
}

/** How a finished release stands that is asked for again; else what to do, as a new revision. */
async function settleRepeat(
  deps: ReleaseDeps,
  request: DeployRequest,
  prepared: Prepared,
): Promise<Prepared | Outcome> {
  if (!prepared.repeat) return prepared;
  return (await judgeLive(deps, request, prepared.revision, prepared.checked)) ?? (await prepare(deps, request, true));
}

async function unlock(deps: ReleaseDeps, request: DeployRequest, lock: Lock): Promise<void> {
  try {
    await lock.release();
    deps.emit({ type: 'unlocked' });
  } catch (error) {
    const lease = `Lease ${request.namespace}/${lockName(request.release)}`;
    deps.emit({
      type: 'warning',
      message: `${lease} could not be deleted and is left to expire: ${asSluiceError(error).message}`,
    });
  }
}
