import { SluiceError } from '../errors.ts';
import type { Control } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError, byKey, type Drive } from './engine.ts';
import { labelled } from './labels.ts';
import type { TrafficPlan } from './plan.ts';
import type { ReleaseRecord, StoredRecord } from './record.ts';
import { type Records, updateRecord } from './records.ts';
import { makeStage, openStageView, type Stage } from './stage.ts';

/** A release that moves traffic, as it is found in its record. */
export interface Found {
  records: Records;
  stored: StoredRecord;
  /** Of this run, which may go on with what another began. */
  holder: string;
  /** When this run's time is up, in milliseconds since the epoch. */
  endsAt: number;
  /** How the step at the cursor goes on. */
  resume?: NonNullable<Drive['resume']>;
  /** Neither hold nor wait for approval before the step with this index. */
  until?: number;
  /** Who lets it go on. */
  by?: string;
}

/** How a release goes on after a planned pause: the time that has passed is not waited for again. */
export function resumption(
  { clock }: ReleaseDeps,
  { status, pause, stepStartedAt }: ReleaseRecord,
): Pick<Found, 'resume'> {
  // After a death nobody knows what the checks would have seen: the hold begins anew.
  if (status !== 'paused' || pause?.why !== 'time' || !stepStartedAt) return {};
  return { resume: { skip: false, elapsedMs: Math.max(0, clock.now() - Date.parse(stepStartedAt)) } };
}

/** The record of a release in the cluster, and every new state of it. */
export interface Book {
  record(): ReleaseRecord;
  note(change: Partial<Omit<ReleaseRecord, 'objects' | 'made' | 'before'>>): Promise<void>;
  stored(): StoredRecord;
}

export function openBook(deps: ReleaseDeps, { stored, holder }: Found): Book {
  let current: StoredRecord = { ...stored, record: { ...stored.record, holder } };
  return {
    record: () => current.record,
    stored: () => current,
    async note(change) {
      current = await updateRecord(deps.cluster, current, change);
    },
  };
}

export async function stageFor(
  deps: ReleaseDeps,
  record: ReleaseRecord,
  ended: AbortSignal,
  control: Control | undefined,
  endsAt: number,
  until = 0,
): Promise<Stage> {
  const viewed = { ...deps, signal: AbortSignal.any([deps.signal, ended]) };
  const view = await openStageView(viewed, record.plan.traffic as TrafficPlan, record.before ?? []);
  return makeStage({
    deps,
    record,
    view,
    control,
    endsAt,
    memory: new Map(),
    reported: new Set(),
    haste: { until },
    shifted: { at: undefined },
  });
}

/** What is the same for every way through a release. */
export function driveOf(record: ReleaseRecord, stage: Stage): Omit<Drive, 'steps' | 'changeOf'> {
  const { release, namespace, revision, marks, objects } = record;
  const { force, waitFor, timeoutMs } = stage.settings;
  return {
    release,
    namespace,
    objects: byKey(objects.map(object => labelled(object, record, revision, marks))),
    force,
    waitFor,
    timeoutMs,
    replace: new Set(record.replace ?? []),
    stage,
  };
}

/** What happened is so, but nobody will read it in the record. */
export function unnoted(error: unknown, what: string): SluiceError {
  const { code, message, hint } = asSluiceError(error);
  return new SluiceError(code, `${what}, but its record could not say so: ${message}`, {
    cause: error,
    hint: `Run again: the next run goes on from what the record says. ${hint ?? ''}`.trim(),
  });
}

export function isoTime({ clock }: ReleaseDeps): string {
  return new Date(clock.now()).toISOString();
}
