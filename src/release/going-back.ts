import { SluiceError } from '../errors.ts';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import { leftOver } from '../strategies/rolling.ts';
import { planWayBack } from '../strategies/way-back.ts';
import { type Book, driveOf, type Found, isoTime, openBook, stageFor, unnoted } from './book.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError, type Driven, drive } from './engine.ts';
import type { Outcome } from './events.ts';
import type { Held } from './lock.ts';
import type { Plan, TrafficPlan } from './plan.ts';
import type { ReleaseRecord } from './record.ts';
import { type Records, updateRecord } from './records.ts';
import { dropOld } from './revision.ts';

/** Takes a release back from wherever it is. */
export async function goBack(deps: ReleaseDeps, held: Held, found: Found, cause: SluiceError): Promise<Outcome> {
  const book = openBook(deps, found);
  return book.record().back ? back(deps, held, found, book) : turnBack(deps, held, found, book, cause);
}

/** The run must end, and the release stays open: `post`, or the next run, does what is to be done. */
export async function stopped(
  deps: ReleaseDeps,
  held: Held,
  found: Found,
  book: Book,
  error: SluiceError,
): Promise<Outcome> {
  const { revision, history } = book.record();
  if (!held.lost.aborted) {
    const text = `cut: ${error.code}`;
    try {
      await updateRecord(held.cluster, book.stored(), { history: [...history, { at: isoTime(deps), text }] });
    } catch (failure) {
      deps.emit({
        type: 'warning',
        message: `The record could not be told that the run was cut: ${asSluiceError(failure).message}`,
      });
    }
  }
  const good = found.records.lastGood?.record.revision;
  return { phase: 'aborted', revision, ...(good ? { serving: good } : {}), error };
}

/** Writes the way back into the record before its first step, so that whoever comes later goes the same way. */
export async function turnBack(
  deps: ReleaseDeps,
  held: Held,
  found: Found,
  book: Book,
  cause: SluiceError,
): Promise<Outcome> {
  const record = book.record();
  const created = leftOver(record.created, []);
  const steps = planWayBack({
    plan: record.plan as Plan & { traffic: TrafficPlan },
    cursor: record.cursor,
    before: changedByIt(record),
    made: record.made ?? [],
    created,
  });
  try {
    await book.note({
      status: 'in-progress',
      pause: undefined,
      back: {
        code: cause.code,
        message: cause.message,
        ...(cause.hint ? { hint: cause.hint } : {}),
        steps,
        cursor: 0,
        startedAt: isoTime(deps),
      },
    });
  } catch (error) {
    if (deps.signal.aborted) return stopped(deps, held, found, book, asSluiceError(deps.signal.reason));
    return {
      phase: 'failed',
      revision: record.revision,
      error: unnoted(error, `Revision ${record.revision} is to be taken back`),
    };
  }
  return back(deps, held, found, book, cause);
}

/** What the release itself changes: what it only holds (pins, floors, routes) is given back field by field, and stays others'. */
function changedByIt({ before = [], objects, unpruned }: ReleaseRecord): KubeObject[] {
  const own = new Set([...objects.map(refOf), ...unpruned].map(refKey));
  return before.filter(object => own.has(refKey(refOf(object))));
}

/** Drives the way back from where it is in the record. */
export async function back(
  deps: ReleaseDeps,
  held: Held,
  found: Found,
  book: Book,
  known?: SluiceError,
): Promise<Outcome> {
  const record = book.record();
  const way = record.back as NonNullable<ReleaseRecord['back']>;
  const cause = known ?? new SluiceError(way.code, way.message, way.hint ? { hint: way.hint } : {});
  const { revision } = record;
  deps.emit({
    type: 'going-back',
    revision,
    origin: record.origin,
    plan: record.plan,
    reached: record.cursor,
    steps: way.steps,
    cursor: way.cursor,
    error: cause,
    objects: record.objects,
    previous: record.before ?? found.records.lastGood?.record.objects ?? [],
  });
  const ended = new AbortController();
  let driven: Driven;
  try {
    const stage = await stageFor(deps, record, ended.signal, undefined, found.endsAt);
    driven = await drive(deps, {
      ...driveOf(record, stage),
      steps: way.steps,
      from: way.cursor,
      onStep: cursor => book.note({ back: { ...way, cursor } }),
      changeOf: () => 'restored',
    });
  } catch (error) {
    driven = { end: 'failed', cursor: way.cursor, error: asSluiceError(error), failures: [] };
  } finally {
    ended.abort(new Error('the way back has ended'));
  }
  if (deps.signal.aborted) return stopped(deps, held, found, book, asSluiceError(deps.signal.reason));
  if (driven.end === 'failed') return { phase: 'failed', revision, error: backFailed(record, driven.error) };
  return settled(deps, found.records, book, cause);
}

async function settled(deps: ReleaseDeps, records: Records, book: Book, cause: SluiceError): Promise<Outcome> {
  const { revision, history } = book.record();
  const at = isoTime(deps);
  try {
    await book.note({
      status: cause.code === 'superseded' ? 'superseded' : 'rolled-back',
      created: [],
      endedAt: at,
      history: [...history, { at, text: `rolled-back: ${cause.code}` }],
    });
  } catch (error) {
    return { phase: 'failed', revision, error: unnoted(error, `Revision ${revision} is taken back`) };
  }
  await dropOld(deps, records, book.record());
  const good = records.lastGood?.record.revision;
  return { phase: 'rolled-back', revision, ...(good ? { serving: good } : {}), error: cause };
}

function backFailed({ revision }: ReleaseRecord, error: SluiceError): SluiceError {
  return new SluiceError('rollback-failed', `Revision ${revision} could not be taken back: ${error.message}`, {
    cause: error,
    hint: [error.hint, 'Nothing that serves was deleted. Run again, or reject the release, to go on with the way back.']
      .filter(Boolean)
      .join('\n'),
  });
}
