import { SluiceError } from '../errors.ts';
import { type HealthFailure, waitForHealth } from '../health/wait.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Change } from './events.ts';
import { isOwnedBy, ownerOf, type ReleaseId } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import type { Plan, Step } from './plan.ts';

export interface Drive extends ReleaseId {
  plan: Plan;
  /** What the plan's references stand for, labels included, by refKey. */
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
}

/** `left` could not be pruned; `cursor` is the index of the step that failed. */
export type Driven =
  | { done: true; left: readonly ObjectRef[] }
  | { done: false; cursor: number; error: SluiceError; failures: readonly HealthFailure[] };

interface State {
  deps: ReleaseDeps;
  drive: Drive;
  /** As the API server answered, by refKey. */
  applied: Map<string, KubeObject>;
  left: ObjectRef[];
}

type StepResult = { error: SluiceError; failures?: readonly HealthFailure[] } | undefined;

/** Drives the steps of a plan one after another, and stops at the first that fails. Never throws. */
export async function drive(deps: ReleaseDeps, request: Drive): Promise<Driven> {
  const state: State = { deps, drive: request, applied: new Map(), left: [] };
  for (const [index, step] of request.plan.steps.entries()) {
    deps.emit({ type: 'step-started', index, name: step.name });
    const failed = deps.signal.aborted ? { error: asSluiceError(deps.signal.reason) } : await attempt(state, step);
    const stopped = deps.signal.aborted;
    const outcome = !failed ? 'done' : stopped ? 'stopped' : 'failed';
    deps.emit({
      type: 'step-ended',
      index,
      name: step.name,
      outcome,
      ...(failed ? { detail: failed.error.message } : {}),
    });
    if (!failed) continue;
    const error = stopped ? asSluiceError(deps.signal.reason) : failed.error;
    return { done: false, cursor: index, error, failures: failed.failures ?? [] };
  }
  return { done: true, left: state.left };
}

async function attempt(state: State, step: Step): Promise<StepResult> {
  try {
    return await perform(state, step);
  } catch (error) {
    return { error: asSluiceError(error) };
  }
}

async function perform(state: State, step: Step): Promise<StepResult> {
  switch (step.do) {
    case 'apply':
      return applyAll(state, step.objects);
    case 'establish':
      return awaitHealth(state, step.objects, 'all');
    case 'await-health':
      return awaitHealth(state, step.objects, state.drive.waitFor);
    case 'prune':
      return prune(state, step.objects);
  }
}

async function applyAll({ deps, drive, applied }: State, refs: readonly ObjectRef[]): Promise<StepResult> {
  const results = await forEachAtOnce(refs, async ref => {
    deps.signal.throwIfAborted();
    const wanted = drive.objects.get(refKey(ref)) as KubeObject;
    if (drive.replace?.has(refKey(ref))) await deps.cluster.remove(ref, { propagation: 'Background' });
    const { object, created } = await deps.cluster.apply(wanted, { force: drive.force });
    applied.set(refKey(ref), object);
    deps.emit({ type: 'written', ref, change: drive.changeOf(ref, created) });
    await drive.afterApply?.(object);
  });
  const errors = results.flatMap(result => (result.status === 'rejected' ? [asSluiceError(result.reason)] : []));
  const [first] = errors;
  if (!first) return undefined;
  if (errors.length === 1) return { error: first };
  const problems = errors.map(({ message }) => ({ message }));
  return {
    error: new SluiceError(first.code, `${errors.length} objects could not be applied.`, {
      problems,
      cause: first,
      ...(first.hint ? { hint: first.hint } : {}),
    }),
  };
}

async function awaitHealth(
  { deps, drive, applied }: State,
  refs: readonly ObjectRef[],
  waitFor: 'all' | 'workloads',
): Promise<StepResult> {
  const outcome = await waitForHealth({
    cluster: deps.cluster,
    clock: deps.clock,
    signal: deps.signal,
    redact: deps.redact,
    objects: refs.map(ref => applied.get(refKey(ref)) as KubeObject),
    waitFor,
    timeoutMs: drive.timeoutMs,
    onProgress: progress => deps.emit({ type: 'health', progress }),
  });
  if (!outcome.healthy) return { error: outcome.error, failures: outcome.failures };
  for (const { ref, message, replicas } of outcome.objects)
    if (replicas && replicas.updated < replicas.desired)
      deps.emit({
        type: 'warning',
        message: `${refText(ref)} is as its spec asks, but only ${replicas.updated} of its ${replicas.desired} replicas run this version: ${message}.`,
      });
  return undefined;
}

/** Deletes only what still carries this release's label: an object that somebody else has taken over stays. */
async function prune({ deps, drive, left }: State, refs: readonly ObjectRef[]): Promise<StepResult> {
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
  return undefined;
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
