import { holderUrl, type Lease } from '../cluster/lease.ts';
import { SluiceError } from '../errors.ts';
import { type Found, resumption } from './book.ts';
import { type CommandRequest, noRelease } from './command-request.ts';
import { rejected } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { goBack } from './going-back.ts';
import { LockHeld, withLock } from './lock.ts';
import { type CommandVerb, clearCommand, leaseRef } from './mailbox.ts';
import { isDue, pausedOutcome } from './pause.ts';
import { waitingFrom, weightsAhead } from './plan.ts';
import { driveRelease } from './progress.ts';
import type { ReleaseRecord, StoredRecord } from './record.ts';
import { openRecord, type Records, readRecords, updateRecord } from './records.ts';
import { tell } from './tell.ts';
import { confirmWord, type SaidVerb } from './word.ts';

export type { CommandRequest } from './command-request.ts';

/** Lets a release go on past what it waits for: an approval, a hold, or a check that a person overrules. */
export function promote(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  return command(deps, request, 'promote', (found, locked) =>
    driveRelease(locked.guarded, locked.held, {
      ...found,
      resume: { skip: true, elapsedMs: 0, overruled: isOverruled(found.stored.record) },
      until: request.full ? Infinity : waitsFrom(request, found.stored.record),
    }),
  );
}

/** By index, the step before which nothing is waited for. */
function waitsFrom({ to }: CommandRequest, { plan, cursor, revision }: ReleaseRecord): number {
  if (to === undefined) return 0;
  const ahead = weightsAhead(plan, cursor);
  const from = ahead.includes(to) ? waitingFrom(plan, to) : undefined;
  if (from !== undefined) return from;
  throw new SluiceError(
    'refused',
    `Revision ${revision} cannot be promoted to ${to} %: its plan has no such step ahead.`,
    {
      hint:
        ahead.length > 0
          ? `The weights that are still to come: ${ahead.map(weight => `${weight} %`).join(', ')}.`
          : 'No further weight is to come: promote it without a weight, or reject it.',
    },
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
    return pausedOutcome(guarded, records, record, true);
  });
}

/** Goes on with a paused release as its plan says; an approval is still waited for. */
export async function resume(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const open = unfinished(records, request, 'resume');
  if (open.record.status === 'paused' && open.record.pause?.why === 'approval')
    return pausedOutcome(deps, records, open.record);
  await confirmWord(request, 'resume', open.record);
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

/** How often another run may come first before it is waited for as any other. */
const TRIES = 3;

type Locked = Parameters<Parameters<typeof withLock>[2]>[0];

/** Says it to the engine that works on the release; where there is none, or it dies, does it itself under the lock. */
async function command(
  deps: ReleaseDeps,
  request: CommandRequest,
  verb: CommandVerb,
  act: (found: Found, locked: Locked) => Promise<Outcome>,
): Promise<Outcome> {
  for (let left = TRIES; ; left -= 1) {
    const open = openRecord(await readRecords(deps.cluster, request.namespace, request.release));
    const lease = await heldLease(deps, request);
    if (open) {
      await confirmWord(request, verb, open.record);
      if (verb === 'promote') waitsFrom(request, open.record);
    }
    const told = lease && open ? await tell(deps, request, verb, open.record, lease) : {};
    if ('phase' in told) return told;
    const { silent, word, again } = told;
    if (again && left > 0) continue;
    // A Lease beside a release that is over is a dead run's: it goes with ours.
    if (!open && !lease) await find(deps, request, verb);
    // A run that has begun since is talked to, and its end not waited for.
    const wish = { ...request, ...(silent ? { silent } : {}), yields: open !== undefined && left > 0 };
    try {
      return await withLock(deps, wish, async locked => {
        // What we said to an engine that did not hear it is done here, and not once more by the next engine.
        if (word) await clearCommand(locked.guarded.cluster, request, word);
        return act(await find(deps, request, verb), locked);
      });
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
    }
  }
}

async function find(deps: ReleaseDeps, request: CommandRequest, verb: SaidVerb): Promise<Found> {
  const records = await readRecords(deps.cluster, request.namespace, request.release);
  const stored = unfinished(records, request, verb);
  // Once more, since nobody else can change the release from here on.
  await confirmWord(request, verb, stored.record, { isLocked: true });
  for (const one of [stored, records.lastGood]) if (one) deps.conceal(one.record.objects);
  return { records, stored, holder: request.holder, endsAt: deps.clock.now() + request.maxRunMs, by: request.by };
}

async function heldLease({ cluster }: ReleaseDeps, request: CommandRequest): Promise<Lease | undefined> {
  const lease = await cluster.get<Lease>(leaseRef(request));
  return lease?.spec?.holderIdentity ? lease : undefined;
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
