import { randomUUID } from 'node:crypto';
import { durationMs, holderUrl, LEASE_KIND, type Lease } from '../cluster/lease.ts';
import { SluiceError } from '../errors.ts';
import { type Found, resumption } from './book.ts';
import { rejected } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { goBack } from './going-back.ts';
import { type LockWish, withLock } from './lock.ts';
import { COMMAND_ANNOTATION, type CommandVerb, leaseRef, writeCommand } from './mailbox.ts';
import { isDue, pausedOutcome } from './pause.ts';
import { driveRelease } from './progress.ts';
import type { ReleaseRecord, StoredRecord } from './record.ts';
import { openRecord, type Records, readRecords, updateRecord } from './records.ts';

export interface CommandRequest extends LockWish {
  /** Who says it, and where: `ada in https://…/runs/7`. */
  by: string;
  /** How long this run may take, its holds included. */
  maxRunMs: number;
  /** With `promote`: leave out the steps that are left. */
  full?: boolean;
}

/** Lets a release go on past what it waits for: an approval, a hold, or a check that a person overrules. */
export function promote(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  return command(deps, request, 'promote', (found, locked) =>
    driveRelease(locked.guarded, locked.held, {
      ...found,
      resume: { skip: true, elapsedMs: 0, overruled: isOverruled(found.stored.record) },
      ...(request.full ? { full: true } : {}),
    }),
  );
}

/** Whether the person who promotes knows that something is wrong, and decides against it. */
function isOverruled({ pause: known }: ReleaseRecord): boolean {
  return known?.why === 'failed' || known?.why.startsWith('check-') === true;
}

/** Takes an unfinished release back. */
export async function reject(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  return command(deps, request, 'reject', (found, locked) =>
    goBack(locked.guarded, locked.held, found, rejected(request.by, found.stored.record.revision)),
  );
}

/** Stops an unfinished release where it is, with the traffic as it is. */
export function pause(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  return command(deps, request, 'pause', async ({ stored, records }, { guarded }) => {
    const { status, pause: known, back } = stored.record;
    if (status === 'paused' && !known?.resumeAt) return pausedOutcome(guarded, records, stored.record);
    if (back) throw noRelease(request, 'pause', `its revision ${stored.record.revision} is being taken back`);
    const at = new Date(guarded.clock.now()).toISOString();
    const { record } = await updateRecord(guarded.cluster, stored, {
      status: 'paused',
      pause: { why: 'command', at, detail: `by ${request.by}` },
    });
    return pausedOutcome(guarded, records, record);
  });
}

/** Goes on with a paused release as its plan says; an approval is still waited for. */
export async function resume(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const open = unfinished(records, request, 'resume');
  if (open.record.status === 'paused' && open.record.pause?.why === 'approval')
    return pausedOutcome(deps, records, open.record);
  return withLock(deps, request, async locked => {
    const found = await find(deps, request, 'resume');
    return driveRelease(locked.guarded, locked.held, { ...found, ...resumption(deps, found.stored.record) });
  });
}

/** Goes on with a release whose planned pause is over; undefined where it still waits, or a run works on it. */
export async function advance(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome | undefined> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const open = openRecord(records);
  if (!open) return undefined;
  if (open.record.status === 'paused' && !isDue(deps, open.record)) return undefined;
  try {
    // A Lease that is renewed is a living run's; one that is not, a dead run's.
    return await resume(deps, { ...request, concurrency: 'fail' });
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'locked') return undefined;
    throw error;
  }
}

/** Tells how a release stands; writes nothing. */
export async function status(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const { newest, lastGood } = records;
  if (!newest) throw noRelease(request, 'status', 'it has no record in this namespace');
  deps.conceal(newest.record.objects);
  const lease = await heldLease(deps, request);
  const holder = lease?.spec?.holderIdentity;
  deps.emit({ type: 'status', record: newest.record, ...(holder ? { holder: holderUrl(holder) } : {}) });
  const serving = lastGood ? { serving: lastGood.record.revision } : {};
  return { phase: 'unchanged', revision: newest.record.revision, ...serving };
}

type Locked = Parameters<Parameters<typeof withLock>[2]>[0];

/** Says it to the engine that works on the release; where there is none, or it dies, does it itself under the lock. */
async function command(
  deps: ReleaseDeps,
  request: CommandRequest,
  verb: CommandVerb,
  act: (found: Found, locked: Locked) => Promise<Outcome>,
): Promise<Outcome> {
  const open = openRecord(await readRecords(deps.cluster, request.namespace, request.release));
  const lease = await heldLease(deps, request);
  let silent: string | undefined;
  if (lease && open) {
    const told = await tell(deps, request, verb, open.record.revision, lease);
    if (typeof told === 'object') return told;
    silent = told;
  }
  // A Lease beside a release that is over is a dead run's: it goes with ours.
  if (!open && !lease) await find(deps, request, verb);
  return withLock(deps, { ...request, ...(silent ? { silent } : {}) }, async locked => {
    // What we said to an engine that did not hear it is done here, and not once more by the next engine.
    await writeCommand(locked.guarded.cluster, request, undefined);
    return act(await find(deps, request, verb), locked);
  });
}

async function find(deps: ReleaseDeps, request: CommandRequest, verb: string): Promise<Found> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const stored = unfinished(records, request, verb);
  for (const one of [stored, records.lastGood]) if (one) deps.conceal(one.record.objects);
  return { records, stored, holder: request.holder, endsAt: deps.clock.now() + request.maxRunMs, by: request.by };
}

async function heldLease({ cluster }: ReleaseDeps, request: CommandRequest): Promise<Lease | undefined> {
  const lease = await cluster.get<Lease>(leaseRef(request));
  return lease?.spec?.holderIdentity ? lease : undefined;
}

/**
 * Leaves the word on the Lease; answers how the release stands once it was obeyed. Where nobody hears it: undefined, or the
 * Lease's spec as JSON, which was silent for as long as it lasts.
 */
async function tell(
  deps: ReleaseDeps,
  request: CommandRequest,
  verb: CommandVerb,
  revision: number,
  lease: Lease,
): Promise<Outcome | string | undefined> {
  const { by, full } = request;
  const id = randomUUID();
  if (!(await writeCommand(deps.cluster, request, { verb, by, revision, id, ...(full ? { full } : {}) })))
    return undefined;
  const heard = await untilHeard(deps, request, id, lease);
  if (typeof heard === 'object') return heard.silent;
  if (heard === 'taken') {
    deps.emit({ type: 'command-taken', verb, holder: holderUrl(lease.spec?.holderIdentity ?? '') });
    if (verb === 'promote') return { phase: 'unchanged', revision };
    await untilGone(deps, request);
  }
  return afterCommand(deps, request, verb, revision);
}

/** How the other run has ended the release. */
async function afterCommand(
  deps: ReleaseDeps,
  request: CommandRequest,
  verb: CommandVerb,
  revision: number,
): Promise<Outcome | undefined> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const record = records.newest?.record;
  if (record?.revision !== revision) return undefined;
  const serving = records.lastGood ? { serving: records.lastGood.record.revision } : {};
  switch (record.status) {
    case 'paused':
      return verb === 'pause' ? pausedOutcome(deps, records, record) : undefined;
    case 'succeeded':
      if (verb !== 'reject') return { phase: 'succeeded', revision, ...serving };
      throw noRelease(request, verb, `its revision ${revision} was promoted before the word was heard`);
    case 'rolled-back':
    case 'superseded':
      return { phase: 'rolled-back', revision, ...serving, error: rejected(request.by, revision) };
    default:
      return undefined;
  }
}

/** `taken` off the Lease by its reader, the Lease `gone` with its engine, or the engine `silent` for as long as its Lease lasts. */
async function untilHeard(
  deps: ReleaseDeps,
  request: CommandRequest,
  id: string,
  lease: Lease,
): Promise<'taken' | 'gone' | { silent: string }> {
  const end = Promise.withResolvers<'taken' | 'gone' | { silent: string }>();
  const stop = new AbortController();
  let sign = JSON.stringify(lease.spec);
  const silence = (): (() => void) => deps.clock.after(durationMs(lease), () => end.resolve({ silent: sign }));
  let cancel = silence();
  const see = (present: Lease): void => {
    if (!present.metadata.annotations?.[COMMAND_ANNOTATION]?.includes(id)) end.resolve('taken');
    const now = JSON.stringify(present.spec);
    if (now === sign) return;
    sign = now;
    cancel();
    cancel = silence();
  };
  followLease(deps, request, stop.signal, present => (present ? see(present) : end.resolve('gone'))).catch(end.reject);
  try {
    return await end.promise;
  } finally {
    cancel();
    stop.abort();
  }
}

/** Until the other run has given the lock back, at most for the time-out. */
async function untilGone(deps: ReleaseDeps, request: CommandRequest): Promise<void> {
  const end = Promise.withResolvers<void>();
  const stop = new AbortController();
  const cancel = deps.clock.after(request.timeoutMs, () => end.resolve());
  followLease(deps, request, stop.signal, present => present || end.resolve()).catch(end.reject);
  try {
    await end.promise;
  } finally {
    cancel();
    stop.abort();
  }
}

async function followLease(
  { cluster, signal }: ReleaseDeps,
  request: CommandRequest,
  stop: AbortSignal,
  see: (present: Lease | undefined) => void,
): Promise<void> {
  const { name, namespace } = leaseRef(request);
  const selection = { namespace, fieldSelector: `metadata.name=${name}` };
  let present: Lease | undefined;
  for await (const event of cluster.bound(signal).watch<Lease>(LEASE_KIND, selection, stop)) {
    if (event.type === 'synced') {
      if (!present) see(undefined);
      continue;
    }
    present = event.type === 'deleted' ? undefined : event.object;
    see(present);
  }
}

function unfinished(records: Records, request: CommandRequest, verb: string): StoredRecord {
  const open = openRecord(records);
  if (open) return open;
  const { newest } = records;
  const why = newest
    ? `its newest revision ${newest.record.revision} ${newest.record.status === 'in-progress' ? `is a ${newest.record.plan.strategy} release in progress` : `has ended: ${newest.record.status}`}`
    : 'it has no record in this namespace';
  throw noRelease(request, verb, why);
}

function noRelease({ release, namespace }: CommandRequest, verb: string, why: string): SluiceError {
  return new SluiceError(
    'no-release',
    `There is nothing to ${verb} for release ${release} in namespace ${namespace}: ${why}.`,
    {
      hint: 'Check the inputs `release` and `namespace`; `action: status` tells how a release stands.',
    },
  );
}
