import type { CheckConfig } from '../config/check-config.ts';
import type { ConfigStep } from '../config/release-config.ts';
import { type Problem, SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import { resumption } from './book.ts';
import { claim } from './claim.ts';
import { superseded } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { goBack } from './going-back.ts';
import { judgeLive } from './live.ts';
import { type Held, withLock } from './lock.ts';
import { leaseRef } from './mailbox.ts';
import { makeNamespaces } from './namespaces.ts';
import { isDue, pausedOutcome, pauseText } from './pause.ts';
import { requirePermissions } from './permissions.ts';
import type { RouterName, StrategyName } from './plan.ts';
import { type Prepared, prepare } from './prepare.ts';
import { driveRelease } from './progress.ts';
import { digestOf, type Origin, type ReleaseRecord, type StoredRecord } from './record.ts';
import { openRecord, type Records, readRecords } from './records.ts';
import { runRevision } from './revision.ts';
import { tellToYield } from './yield.ts';

/** How traffic is to move; without meaning for the strategy rolling. */
export interface TrafficWish {
  strategy: StrategyName;
  traffic: 'auto' | RouterName;
  /** Name of the Service that has the traffic, where several select a workload. */
  service: string | undefined;
  /** Names of the rules of routes that alone are edited. */
  rules: readonly string[] | undefined;
  steps: readonly ConfigStep[];
  settleMs: number;
  drainMs: number;
  /** How long this run may take, its holds included. */
  maxRunMs: number;
  onDrift: 'correct' | 'fail' | 'ignore';
  checks: readonly CheckConfig[];
}

export interface DeployRequest extends TrafficWish {
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
  onFailure: 'rollback' | 'pause' | 'leave';
  createNamespace: boolean;
  concurrency: 'wait' | 'fail' | 'supersede';
  /** For each of: waiting for the lock, for health, and for a rollback's health. */
  timeoutMs: number;
  origin: Origin;
  /** Throws where the newest revision is not the one that this deploy was meant to follow. Asked under the lock, before the first write. */
  confirm?: (newest: ReleaseRecord) => Promise<void>;
  /** Unique to this run; starts with its URL. */
  holder: string;
}

/**
 * Brings the manifests to the cluster. Everything that can be asked without writing is asked first; a problem found there
 * is thrown, and nothing was written. From the lock on every end is an Outcome.
 */
export async function deploy(deps: ReleaseDeps, request: DeployRequest): Promise<Outcome> {
  const endsAt = deps.clock.now() + request.maxRunMs;
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const open = openRecord(records);
  const isSame = open?.record.digest === digestOf(request.groups.flat());
  if (open) {
    if (isSame) tellOtherChecks(deps, request, open);
    const waiting = await stillWaiting(deps, request, records, open);
    if (waiting) return waiting;
  }
  // What is under way in this very form needs no second look; what replaces it must be good before the other is undone.
  const first = isSame ? undefined : await prepare(deps, request, records);
  let known = first;
  // A Lease beside a finished release is that of a run which ends just now, or died: under the lock it is waited for, or goes.
  if (first?.repeat && !open && !(await deps.cluster.get(leaseRef(request)))) {
    const settled = await settleRepeat(deps, request, first);
    if ('phase' in settled) return settled;
    known = settled;
  }
  if (known) {
    const traffic = known.progressive?.plan.traffic;
    const made = known.progressive?.made ?? [];
    const moving = traffic ? { traffic, before: known.before, made, checks: known.checks } : undefined;
    await requirePermissions(deps.cluster, request.namespace, request.groups.flat(), moving);
    await makeNamespaces(deps, request, known);
  }
  if (open && !isSame && request.concurrency === 'supersede') await tellToYield(deps, request, open);
  return withLock(deps, request, async ({ guarded, held, waited }) => {
    if (request.confirm) {
      const { newest } = await readRecords(guarded.cluster, request.namespace, request.release);
      if (newest) await request.confirm(newest.record);
    }
    // What another run did since we looked makes what we know stale: one that we waited for, or that was still at work.
    const isStale =
      waited || open !== undefined || known?.repeat || known?.records.newest?.record.status === 'in-progress';
    return underLock(guarded, held, request, isStale ? undefined : known, endsAt);
  });
}

/** The caller holds the lock: nobody else can write now, and what is read now stays true. */
async function underLock(
  deps: ReleaseDeps,
  held: Held,
  request: DeployRequest,
  known: Prepared | undefined,
  endsAt: number,
): Promise<Outcome> {
  if (known) {
    const stored = await claim(deps, request, known);
    if (stored) return run(deps, held, request, known, stored, endsAt);
  }
  let records = await readRecords(deps.cluster, request.namespace, request.release);
  const open = openRecord(records);
  if (open) {
    const isSame = open.record.digest === digestOf(request.groups.flat());
    const waiting = await stillWaiting(deps, request, records, open);
    if (waiting) return waiting;
    if (isSame || open.record.back) {
      const ended = await driveRelease(deps, held, {
        records,
        stored: open,
        holder: request.holder,
        endsAt,
        ...resumption(deps, open.record),
      });
      // A way back that does not come to its end leaves nothing to build on.
      if (isSame || ended.phase !== 'rolled-back') return ended;
    } else {
      const by = request.origin.runUrl ?? 'another run';
      const cause = superseded(by, open.record.revision);
      const ended = await goBack(deps, held, { records, stored: open, holder: request.holder, endsAt }, cause);
      if (ended.phase !== 'rolled-back') return ended;
      deps.emit({ type: 'superseded', outcome: ended });
    }
    records = await readRecords(deps.cluster, request.namespace, request.release);
  }
  const first = await prepare(deps, request, records);
  const now = (await settleRepeat(deps, request, first)) ?? first;
  if ('phase' in now) return now;
  const stored = await claim(deps, request, now);
  if (stored) return run(deps, held, request, now, stored, endsAt);
  throw new SluiceError(
    'locked',
    `Revision ${now.revision} of release ${request.release} was written by another run, although this one holds the lock.`,
    {
      hint: 'Look for a run that works on this release without the Lease, such as an older version of Sluice; then run again.',
    },
  );
}

function run(
  deps: ReleaseDeps,
  held: Held,
  request: DeployRequest,
  prepared: Prepared,
  stored: StoredRecord,
  endsAt: number,
): Promise<Outcome> {
  if (!stored.record.plan.traffic) return runRevision(deps, held, request, prepared, stored);
  return driveRelease(deps, held, { records: prepared.records, stored, holder: request.holder, endsAt });
}

function tellOtherChecks({ emit }: ReleaseDeps, { checks }: DeployRequest, { record }: StoredRecord): void {
  if (!isAskedOtherwise(record.settings?.checks ?? [], checks)) return;
  const message = `The checks of this run's configuration are not those that revision ${record.revision} was begun with: the release goes on with the recorded ones. To use these, reject it, and deploy again.`;
  emit({ type: 'warning', message });
}

/** But for where Prometheus is, which is looked for when a release begins. */
function isAskedOtherwise(recorded: readonly CheckConfig[], asked: readonly CheckConfig[]): boolean {
  const text = (checks: readonly CheckConfig[]): string =>
    JSON.stringify(
      checks.map(check =>
        Object.entries(check)
          .filter(([key, value]) => value !== undefined && !['url', 'service', 'port'].includes(key))
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    );
  return text(recorded) !== text(asked);
}

/** How a release stands that waits for a person or a time, and is not asked for anything else. */
async function stillWaiting(
  deps: ReleaseDeps,
  request: DeployRequest,
  records: Records,
  { record }: StoredRecord,
): Promise<Outcome | undefined> {
  const isSame = record.digest === digestOf(request.groups.flat());
  if (!isSame && request.concurrency === 'fail' && record.status === 'paused')
    throw new SluiceError(
      'locked',
      `Revision ${record.revision} of release ${record.release} is not finished: ${pauseText(record)}.`,
      {
        hint: 'Promote or reject it first, or set `concurrency: wait` to take it back and go on with this version.',
      },
    );
  if (!isSame || record.status !== 'paused' || isDue(deps, record)) return undefined;
  return pausedOutcome(deps, records, record);
}

/** How a finished release stands that is asked for again; else what to do, as a new revision. */
async function settleRepeat(
  deps: ReleaseDeps,
  request: DeployRequest,
  prepared: Prepared,
): Promise<Prepared | Outcome> {
  if (!prepared.repeat) return prepared;
  return (
    (await judgeLive(deps, request, prepared.revision, prepared.checked)) ??
    (await prepare(deps, request, prepared.records, true))
  );
}
