import type { Applied } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { SluiceError } from '../errors.ts';
import { type HealthFailure, UnhealthyError, waitForHealth } from '../health/wait.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { applyOwn } from './apply-own.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Change } from './events.ts';
import { isOwnedBy, ownerOf, type ReleaseId } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import { type Step, weightAt } from './plan.ts';
import type { Pause } from './record.ts';
import type { Stage } from './stage.ts';
import { betweenSteps, performStaged } from './staged.ts';
import { promoted } from './traffic-steps.ts';
import { mustServe, watchTwins } from './twin-watch.ts';

export interface Drive extends ReleaseId {
  steps: readonly Step[];
  /** Index of the step to begin with. */
  from?: number;
  /** What the steps' references stand for, labels included, by refKey. */
  objects: ReadonlyMap<string, KubeObject>;
  force: boolean;
  /** Keys of what must be deleted before it can be applied. */
  replace?: ReadonlySet<string>;
  waitFor: 'all' | 'workloads';
  /** For each wait. */
  timeoutMs: number;
  /** What a write did to the object. */
  changeOf: (ref: ObjectRef, created: boolean) => Change;
  /** Called with each object as the API server answered; never throws. */
  afterApply?: (object: KubeObject) => Promise<void>;
  /** For releases that move traffic. */
  stage?: Stage;
  /** Called after each step, with the index of the next one. */
  onStep?: (cursor: number) => Promise<void>;
  /** The first step of a release that a person or a time lets go on: it has been waited for enough. */
  resume?: { skip: boolean; elapsedMs: number; overruled?: boolean };
}

/** `left` could not be pruned; `cursor` is the index of the step at which it ended. */
export type Driven =
  | { end: 'done'; left: readonly ObjectRef[] }
  | { end: 'failed'; cursor: number; error: SluiceError; failures: readonly HealthFailure[] }
  | { end: 'paused'; cursor: number; pause: Pause };

interface State {
  deps: ReleaseDeps;
  drive: Drive;
  /** As the API server answered, by refKey. */
  applied: Map<string, KubeObject>;
  left: ObjectRef[];
}

/** What ends the drive at a step without an error. */
export interface StepEnd {
  pause: Pause;
}

/** Drives steps one after another, and stops at the first that fails or pauses. Never throws. */
export async function drive(deps: ReleaseDeps, request: Drive): Promise<Driven> {
  const state: State = { deps, drive: request, applied: new Map(), left: [] };
  const from = request.from ?? 0;
  for (let index = from; index < request.steps.length; index += 1) {
    const step = request.steps[index] as Step;
    deps.emit({ type: 'step-started', index, name: step.name });
    const { end, error, failures } = await attempt(state, step, index, index === from);
    const stopped = deps.signal.aborted;
    const failed = error && (stopped ? asSluiceError(deps.signal.reason) : error);
    deps.emit({
      type: 'step-ended',
      index,
      name: step.name,
      outcome: failed ? (stopped ? 'stopped' : 'failed') : end?.pause ? 'paused' : 'done',
      ...(error ? { detail: error.message } : {}),
    });
    if (failed) return { end: 'failed', cursor: index, error: failed, failures: failures ?? [] };
    if (end?.pause) return { end: 'paused', cursor: index, pause: end.pause };
  }
  return { end: 'done', left: state.left };
}

interface Attempt {
  end?: StepEnd | undefined;
  error?: SluiceError;
  failures?: readonly HealthFailure[];
}

async function attempt(state: State, step: Step, index: number, isFirst: boolean): Promise<Attempt> {
  const { deps, drive: request } = state;
  try {
    deps.signal.throwIfAborted();
    if (!isFirst && request.stage) {
      const pause = await betweenSteps(request.stage, request.steps, index);
      if (pause) return { end: { pause } };
    }
    // What serves nobody is not promoted, whenever it died.
    if (request.stage && step.do === 'apply' && step.promotion) mustServe(request.stage);
    const end = await perform(state, step, index, isFirst);
    // A drive that is paused is noted by whoever ends it.
    if (!end?.pause) await request.onStep?.(index + 1);
    return { end };
  } catch (error) {
    return { error: asSluiceError(error), ...(error instanceof UnhealthyError ? { failures: error.failures } : {}) };
  }
}

async function perform(state: State, step: Step, index: number, isFirst: boolean): Promise<StepEnd | undefined> {
  switch (step.do) {
    case 'apply':
      await applyAll(state, step.objects);
      return undefined;
    case 'establish':
      await awaitHealth(state, step.objects, 'all', weightAt(state.drive.steps, index));
      return undefined;
    case 'await-health':
      await awaitHealth(state, step.objects, state.drive.waitFor, weightAt(state.drive.steps, index));
      return undefined;
    case 'prune':
      await prune(state, step.objects);
      return undefined;
    default:
      return performStaged(state.drive, state.drive.stage as Stage, step, index, isFirst);
  }
}

async function applyAll({ deps, drive, applied }: State, refs: readonly ObjectRef[]): Promise<void> {
  const results = await forEachAtOnce(refs, async ref => {
    deps.signal.throwIfAborted();
    const given = drive.objects.get(refKey(ref)) as KubeObject;
    if (drive.replace?.has(refKey(ref))) await deps.cluster.remove(ref, { propagation: 'Background' });
    const { object, created } = await applyOne(deps, drive, given);
    applied.set(refKey(ref), object);
    deps.emit({ type: 'written', ref, change: drive.changeOf(ref, created) });
    await drive.afterApply?.(object);
  });
  const errors = results.flatMap(result => (result.status === 'rejected' ? [asSluiceError(result.reason)] : []));
  const [first] = errors;
  if (!first) return;
  if (errors.length === 1) throw first;
  const problems = errors.map(({ message }) => ({ message }));
  throw new SluiceError(first.code, `${errors.length} objects could not be applied.`, {
    problems,
    cause: first,
    ...(first.hint ? { hint: first.hint } : {}),
  });
}

/** How often an apply is repeated because an autoscaler has changed the size since it was read. */
const SIZE_TRIES = 3;

async function applyOne({ cluster }: ReleaseDeps, { stage, force }: Drive, given: KubeObject): Promise<Applied> {
  for (let left = SIZE_TRIES; ; left -= 1) {
    const wanted = stage ? await promoted(stage, given) : given;
    try {
      return await applyOwn(cluster, wanted, { force });
    } catch (error) {
      const isSize =
        stage?.record.autoscaled?.includes(refKey(refOf(given))) &&
        error instanceof ApiError &&
        error.conflicts.length > 0 &&
        error.conflicts.every(({ field }) => field === 'spec.replicas' || field === '.spec.replicas');
      if (!isSize || left <= 1) throw error;
    }
  }
}

async function awaitHealth(
  { deps, drive, applied }: State,
  refs: readonly ObjectRef[],
  waitFor: 'all' | 'workloads',
  weight: number,
): Promise<void> {
  const objects = await Promise.all(
    // After a cut, another run has applied them.
    refs.map(async ref => applied.get(refKey(ref)) ?? (await deps.cluster.get(ref)) ?? gone(ref)),
  );
  const watched = drive.stage && watchTwins(drive.stage, weight);
  const outcome = await waitForHealth({
    cluster: deps.cluster,
    clock: deps.clock,
    signal: watched ? AbortSignal.any([deps.signal, watched.lost]) : deps.signal,
    redact: deps.redact,
    objects,
    waitFor,
    timeoutMs: drive.timeoutMs,
    onProgress: progress => deps.emit({ type: 'health', progress }),
  }).finally(watched?.stop);
  if (!outcome.healthy) throw new UnhealthyError(outcome.error, outcome.failures);
  for (const { ref, message, replicas } of outcome.objects)
    if (replicas && replicas.updated < replicas.desired)
      deps.emit({
        type: 'warning',
        message: `${refText(ref)} is as its spec asks, but only ${replicas.updated} of its ${replicas.desired} replicas run this version: ${message}.`,
      });
}

function gone(ref: ObjectRef): never {
  throw new SluiceError('drift', `${refText(ref)} is gone, although the release has applied it.`, {
    hint: 'Somebody deleted it meanwhile. Deploy again to make it anew.',
  });
}

/** Deletes only what still carries this release's label: an object that somebody else has taken over stays. */
async function prune({ deps, drive, left }: State, refs: readonly ObjectRef[]): Promise<void> {
  const results = await forEachAtOnce(refs, async ref => {
    deps.signal.throwIfAborted();
    const live = await deps.cluster.get(ref);
    if (!live || live.metadata.deletionTimestamp) return;
    if (!isOwnedBy(live, drive)) {
      const owner = ownerOf(live)?.release;
      deps.emit({
        type: 'warning',
        message: `${refText(ref)} is no longer in the manifests, but it ${owner ? `belongs to release ${owner}` : 'has lost its release label'} now: it was left.`,
      });
      return;
    }
    await deps.cluster.remove(ref, { propagation: 'Background', uid: live.metadata.uid as string });
    deps.emit({ type: 'written', ref, change: 'pruned' });
  });
  deps.signal.throwIfAborted();
  // The release itself stands: what could not be deleted is named, and tried again by the next revision.
  const troubles = results.flatMap((result, index) => {
    const ref = refs[index] as ObjectRef;
    if (result.status === 'fulfilled') return [];
    left.push(ref);
    return [`${refText(ref)}: ${asSluiceError(result.reason).message}`];
  });
  if (troubles.length > 0)
    deps.emit({ type: 'warning', message: `Not pruned, and left in the cluster: ${troubles.join('; ')}` });
}

export function asSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SluiceError('internal', message, {
    cause: error,
    hint: 'This is a defect of Sluice: please report it with the log of this run.',
  });
}

/** The plan's references resolved: objects by refKey. */
export function byKey(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map(object => [refKey(refOf(object)), object]));
}
