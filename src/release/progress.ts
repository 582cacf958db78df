import { requireCredentials } from '../config/settle-checks.ts';
import { SluiceError } from '../errors.ts';
import { refKey, refOf } from '../kube.ts';
import { leftOver } from '../strategies/rolling.ts';
import { type Book, driveOf, type Found, isoTime, openBook, stageFor, unnoted } from './book.ts';
import { type Control, listen } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError, type Driven, drive } from './engine.ts';
import type { Outcome } from './events.ts';
import { back, stopped, turnBack } from './going-back.ts';
import type { Held } from './lock.ts';
import { pausedOutcome } from './pause.ts';
import { type Plan, promotionStart } from './plan.ts';
import type { Pause, ReleaseRecord } from './record.ts';
import type { Records } from './records.ts';
import { changeAgainst, dropOld } from './revision.ts';
import { staleConfigWarnings } from './stale-config.ts';

/**
 * Drives a release from where its record says that it is to an end: finished, paused, or back where it began. The caller
 * holds the lock. Every end is an Outcome; thrown is only what stands against beginning at all, and then nothing was written.
 */
export async function driveRelease(deps: ReleaseDeps, held: Held, found: Found): Promise<Outcome> {
  const book = openBook(deps, found);
  const { records } = found;
  if (book.record().back) return back(deps, held, found, book);
  const { revision, origin, plan, cursor, before, settings } = book.record();
  if (isStillAsked(book.record(), found))
    requireCredentials(settings?.checks ?? [], name => deps.outside.credential(name) !== undefined);
  const isNew = found.stored.record.holder === found.holder && cursor === 0;
  const previous = before ?? records.lastGood?.record.objects ?? [];
  if (isNew) deps.emit({ type: 'started', revision, origin, plan, previous, firstDeploy: false });
  else {
    const by = found.by ? { by: found.by } : {};
    deps.emit({ type: 'resumed', revision, origin, plan, cursor, objects: book.record().objects, previous, ...by });
  }
  let driven: Driven;
  const control = listen(deps, book.record());
  try {
    if (!isNew) await book.note({ status: 'in-progress', pause: undefined });
    driven = await forward(deps, found, book, control);
  } catch (error) {
    driven = { end: 'failed', cursor, error: asSluiceError(error), failures: [] };
  } finally {
    control.stop();
  }
  switch (driven.end) {
    case 'done':
      return finish(deps, records, book, driven.left);
    case 'paused':
      return pauseAt(deps, records, book, driven.cursor, driven.pause);
    case 'failed':
      return afterFailure(deps, held, found, book, driven);
  }
}

/** Whether checks are asked on the way that is left: what asks nobody must not wait for a credential, a promotion least of all. */
function isStillAsked({ plan, cursor }: ReleaseRecord, { until = 0, resume }: Found): boolean {
  const from = Math.max(until, resume?.skip ? cursor + 1 : cursor);
  return plan.steps.slice(from).some(step => step.do === 'hold');
}

async function forward(deps: ReleaseDeps, found: Found, book: Book, control: Control): Promise<Driven> {
  // Who is told to turn back stops at once, with what is under way, too.
  const signal = AbortSignal.any([deps.signal, control.turnBack]);
  const steered = { ...deps, signal, cluster: deps.cluster.bound(control.turnBack) };
  const ended = new AbortController();
  try {
    const record = book.record();
    const stage = await stageFor(steered, record, ended.signal, control, found.endsAt, found.until);
    const { plan, objects } = record;
    return await drive(steered, {
      ...driveOf(record, stage),
      steps: plan.steps,
      from: record.cursor,
      ...(found.resume ? { resume: found.resume } : {}),
      onStep: cursor => book.note({ cursor, stepStartedAt: isoTime(deps) }),
      changeOf: changeAgainst(found.records.lastGood?.record, objects),
    });
  } finally {
    ended.abort(new Error('the way forward has ended'));
  }
}

async function finish(
  deps: ReleaseDeps,
  records: Records,
  book: Book,
  left: ReleaseRecord['unpruned'],
): Promise<Outcome> {
  const { revision, plan, unpruned, settings, objects } = book.record();
  try {
    await book.note({
      status: 'succeeded',
      cursor: plan.steps.length,
      unpruned: settings?.prune === false ? leftOver(unpruned, objects) : left,
      endedAt: isoTime(deps),
    });
  } catch (error) {
    return {
      phase: 'failed',
      revision,
      serving: revision,
      error: unnoted(error, `Revision ${revision} is promoted and healthy`),
    };
  }
  await dropOld(deps, records, book.record());
  const { marks = {} } = book.record();
  const unrolled = objects.filter(object => !marks[refKey(refOf(object))]?.config);
  for (const message of staleConfigWarnings(records.lastGood?.record.objects ?? [], unrolled))
    deps.emit({ type: 'warning', message });
  return { phase: 'succeeded', revision, serving: revision };
}

async function pauseAt(
  deps: ReleaseDeps,
  records: Records,
  book: Book,
  cursor: number,
  pause: Pause,
): Promise<Outcome> {
  const { revision } = book.record();
  try {
    await book.note({ status: 'paused', cursor, pause });
  } catch (error) {
    return { phase: 'failed', revision, error: unnoted(error, `Revision ${revision} is to wait`) };
  }
  return pausedOutcome(deps, records, book.record());
}

async function afterFailure(
  deps: ReleaseDeps,
  held: Held,
  found: Found,
  book: Book,
  { error, failures, cursor }: Driven & { end: 'failed' },
): Promise<Outcome> {
  const { records } = found;
  const { revision, settings } = book.record();
  deps.emit({ type: 'failed', error, failures });
  if (deps.signal.aborted) return stopped(deps, held, found, book, asSluiceError(deps.signal.reason));
  const isTold = error.code === 'rejected' || error.code === 'superseded';
  if (!isTold && cursor > givenBack(book.record().plan))
    return { phase: 'failed', revision, serving: revision, error: unclear(error, revision) };
  const policy = error.code === 'check-inconclusive' ? 'pause' : (settings?.onFailure ?? 'rollback');
  if (isTold || policy === 'rollback') return turnBack(deps, held, found, book, error);
  const at = isoTime(deps);
  const why = isCheckCode(error.code) ? error.code : 'failed';
  const paused = await pauseAt(deps, records, book, cursor, { why, at, detail: error.message });
  if (paused.phase !== 'paused') return paused;
  return { ...paused, phase: policy === 'leave' ? 'failed' : 'paused', revision, error };
}

/** Index of the step that gives a promoted stable its traffic back: what follows only clears away. */
function givenBack({ steps }: Plan): number {
  const last = steps.findLastIndex(step => step.do === 'shift');
  return last < promotionStart({ steps }) ? steps.length : last;
}

function unclear(error: SluiceError, revision: number): SluiceError {
  return new SluiceError(
    error.code,
    `Revision ${revision} is promoted and serves, but what it needed on its way could not all be cleared away: ${error.message}`,
    {
      cause: error,
      hint: ['Run again: the next run goes on clearing away.', error.hint].filter(Boolean).join('\n'),
    },
  );
}

function isCheckCode(code: SluiceError['code']): code is 'check-failed' | 'check-error' | 'check-inconclusive' {
  return code.startsWith('check-');
}
