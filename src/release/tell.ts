import { randomUUID } from 'node:crypto';
import { durationMs, holderUrl, LEASE_KIND, type Lease } from '../cluster/lease.ts';
import { SluiceError } from '../errors.ts';
import { type CommandRequest, noRelease } from './command-request.ts';
import { rejected } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { type Command, type CommandVerb, commandOn, leaseRef, writeCommand } from './mailbox.ts';
import { pausedOutcome } from './pause.ts';
import { type Plan, waitingFrom } from './plan.ts';
import type { ReleaseRecord } from './record.ts';
import { readRecords } from './records.ts';

/** A word that no engine has obeyed. */
interface Unheard {
  /** The Lease's spec as JSON, which was silent for as long as it lasted. */
  silent?: string;
  /** What was left on the Lease. */
  word?: string;
  /** Another word was written over it before anybody heard it. */
  again?: true;
}

/** Leaves the word on the Lease; answers how the release stands once it was obeyed. */
export async function tell(
  deps: ReleaseDeps,
  request: CommandRequest,
  verb: CommandVerb,
  { revision, cursor, plan }: ReleaseRecord,
  lease: Lease,
): Promise<Outcome | Unheard> {
  const { by, full, to, word } = request;
  const id = randomUUID();
  const command: Command = {
    verb,
    by,
    revision,
    id,
    ...(full ? { full } : {}),
    ...(to === undefined ? {} : { before: waitingFrom(plan, to) ?? 0 }),
    // Who saw the release some time ago means what it waited for then.
    ...(word && verb === 'promote' && !full && to === undefined ? { step: cursor } : {}),
  };
  if (!(await writeCommand(deps.cluster, request, command))) return {};
  const heard = await untilHeard(deps, request, id, lease);
  if (heard === 'overwritten') return { again: true };
  if (typeof heard === 'object') return { silent: heard.silent, word: id };
  if (heard === 'taken') {
    // Only an engine that is alive takes it; what no engine drives is driven on, whatever its step is.
    if (command.step !== undefined) refuseBusy(revision, plan, cursor);
    deps.emit({ type: 'command-taken', verb, holder: holderUrl(lease.spec?.holderIdentity ?? '') });
    if (verb === 'promote') return { phase: 'unchanged', revision };
    await untilGone(deps, request);
  }
  return (await afterCommand(deps, request, verb, revision)) ?? {};
}

/** What skips nothing while the release moves by itself. */
function refuseBusy(revision: number, { steps }: Plan, cursor: number): void {
  const step = steps[cursor];
  if (step?.do === 'hold' || step?.do === 'approve') return;
  throw new SluiceError(
    'already-done',
    `Revision ${revision} waits for nobody: it is at step ${cursor + 1} of ${steps.length}${step ? `, ${step.name}` : ''}.`,
    { hint: 'Once it holds or waits, promote lets it go on.' },
  );
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
      return { phase: 'rolled-back', revision, ...serving, error: whyBack(request, verb, record) };
    default:
      return undefined;
  }
}

/** Whoever wanted that has it, whatever came first; to others it is told as it was. */
function whyBack({ by }: CommandRequest, verb: CommandVerb, { back, revision }: ReleaseRecord): SluiceError {
  if (verb === 'reject' || !back) return rejected(by, revision);
  return new SluiceError(back.code, back.message, back.hint ? { hint: back.hint } : {});
}

type Hearing = 'taken' | 'overwritten' | 'gone' | { silent: string };

/** `taken` off the Lease by its reader, `overwritten` by another word, the Lease `gone` with its engine, or the engine `silent` for as long as its Lease lasts. */
async function untilHeard(deps: ReleaseDeps, request: CommandRequest, id: string, lease: Lease): Promise<Hearing> {
  const end = Promise.withResolvers<Hearing>();
  const stop = new AbortController();
  let sign = JSON.stringify(lease.spec);
  const silence = (): (() => void) => deps.clock.after(durationMs(lease), () => end.resolve({ silent: sign }));
  let cancel = silence();
  const see = (present: Lease): void => {
    const known = commandOn(present);
    if (known?.id !== id) end.resolve(known ? 'overwritten' : 'taken');
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
