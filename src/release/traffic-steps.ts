import { sleep } from '../clock.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { podsFor } from '../traffic/arithmetic.ts';
import { awaitCapacity, currentSize, within } from '../traffic/capacity.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { POD, readyOf, sizeOf } from '../traffic/readiness.ts';
import { fits, type LabelSelector } from '../traffic/selector.ts';
import { admitBaselines, startBaselines } from './baselines.ts';
import { borrow } from './borrow.ts';
import { removeCheckJobs } from './check-jobs.ts';
import { isOwnedBy, TRACK_LABEL } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import type { Pair, Step } from './plan.ts';
import type { Stage } from './stage.ts';

type StepOf<D extends Step['do']> = Step & { do: D };

/** Gives stable's pods the track label. What owns the template may keep it: the label is ours alone, and stays. */
export async function adopt(stage: Stage, { workloads }: StepOf<'adopt'>): Promise<void> {
  const { deps, view } = stage;
  const adopted = await Promise.all(
    workloads.map(ref =>
      deps.cluster.patch<KubeObject>(
        ref,
        { spec: { template: { metadata: { labels: { [TRACK_LABEL]: 'stable' } } } } },
        'merge',
      ),
    ),
  );
  for (const object of adopted) {
    view.enter(object);
    deps.emit({ type: 'written', ref: refOf(object), change: 'changed' });
  }
  await stage.context.healthy(adopted);
}

/** Creates what only this release needs. */
export async function prepare({ deps, made }: Stage, { objects }: StepOf<'prepare'>): Promise<void> {
  const results = await forEachAtOnce(objects, async ref => {
    deps.signal.throwIfAborted();
    const { created } = await deps.cluster.apply(made.get(refKey(ref)) as KubeObject, { force: true });
    deps.emit({ type: 'written', ref, change: created ? 'created' : 'unchanged' });
  });
  throwFirst(results);
}

/** Starts twins, and waits until they can serve what the weight will give them. A twin that is larger already stays so. */
export async function scale(stage: Stage, { weight, replicas }: StepOf<'scale'>, index = 0): Promise<void> {
  const { control, context, haste } = stage;
  // On the way back nothing is compared any more, nor where somebody has said that no check is to be waited for.
  const isCompared = control !== undefined && index >= haste.until;
  // Started together they are of one age.
  if (isCompared) await startBaselines(stage, weight, replicas);
  await growTwins(stage, pair => Math.max(replicas ?? 0, podsFor(weight, currentSize(context, pair))));
  if (isCompared) await admitBaselines(stage);
}

export async function growTwins(
  { context, traffic, deps, view }: Stage,
  wanted: (pair: Pair) => number,
  pairs: readonly Pair[] = traffic.pairs,
): Promise<void> {
  const whole = pairs.filter(pair => !isPartitioned(pair));
  const grown = await Promise.all(
    whole.map(async pair => {
      const size = Math.max(wanted(pair), sizeOf(view, pair.twin));
      const { object } = await deps.cluster.apply(context.twinAt(pair, size), { force: true });
      view.enter(object);
      deps.emit({ type: 'resized', ref: pair.twin, replicas: size });
      return { pair, size, object };
    }),
  );
  await context.healthy(grown.map(({ object }) => object));
  for (const { pair, size } of grown)
    await within(
      context,
      () => (readyOf(view, pair, 'twin') >= size ? true : undefined),
      () =>
        `only ${readyOf(view, pair, 'twin')} of ${size} pods of ${pair.twin.name} are ready endpoints of its Service`,
    );
}

/** Moves the traffic, with as many pods of the new version as it needs: an autoscaler may have given stable more, somebody may have taken some. */
export async function moveTo(stage: Stage, weight: number, options?: { promoted: boolean }): Promise<void> {
  const { context, traffic, view, router, matching } = stage;
  if (traffic.router !== 'pods') {
    const needed = (pair: Pair): number => Math.max(Number(matching.on), podsFor(weight, currentSize(context, pair)));
    const small = traffic.pairs.filter(pair => sizeOf(view, pair.twin) < needed(pair));
    if (small.length > 0) await growTwins(stage, needed, small);
  }
  await router.shift(weight, { ...options, matched: matching.on });
}

/** Sends the chosen users to the new version, and lets it settle. */
export async function match(stage: Stage, { match: chosen }: StepOf<'match'>, weight: number): Promise<void> {
  const { deps, matching, traffic, shifted } = stage;
  matching.on = true;
  await moveTo(stage, weight);
  deps.emit({ type: 'matched', match: chosen });
  await sleep(deps.clock, traffic.settleMs, deps.signal);
  shifted.at = deps.clock.now();
}

/** Puts the routes back, while all that they name is still there. */
export async function unroute({ router, control }: Stage): Promise<void> {
  await router.undo?.({ promoted: control !== undefined });
}

/** Moves the traffic and lets it settle: data planes take a write with some delay. */
export async function shift(stage: Stage, { weight }: StepOf<'shift'>): Promise<void> {
  const { deps, router, traffic, control, matching } = stage;
  if (weight === 0) matching.on = false;
  await moveTo(stage, weight, { promoted: weight === 0 && control !== undefined });
  deps.emit({
    type: 'shifted',
    weight,
    actual: traffic.pairs.map(pair => ({ workload: pair.stable, share: router.read(pair) })),
  });
  await sleep(deps.clock, traffic.settleMs, deps.signal);
  stage.shifted.at = deps.clock.now();
}

/** Lets connections end that began before the traffic moved; what has passed since then, as far as this run saw it, is enough. */
export async function drain({ deps, shifted }: Stage, { ms }: StepOf<'drain'>): Promise<void> {
  const passed = shifted.at === undefined ? 0 : deps.clock.now() - shifted.at;
  await sleep(deps.clock, Math.max(0, ms - passed), deps.signal);
}

/** On the way back: traffic goes nowhere before stable can take all of it, or does better than what has it. */
export async function capacity({ context, traffic, deps, view }: Stage): Promise<void> {
  for (const { stable, size, autoscaler } of traffic.pairs) {
    // Somebody may have made it smaller while it had no traffic.
    if (autoscaler || sizeOf(view, stable) >= size) continue;
    view.enter(await borrow(deps.cluster, stable, ['spec', 'replicas'], () => size));
    deps.emit({ type: 'resized', ref: stable, replicas: size });
  }
  await Promise.all(
    traffic.pairs.map(pair => awaitCapacity(context, pair, 'stable', () => currentSize(context, pair))),
  );
}

/** Twins first: what was made for them is needed as long as they run. Only what carries this release's labels is deleted. */
export async function remove(stage: Stage, { twins, objects }: StepOf<'remove'>): Promise<void> {
  const { deps, record, view } = stage;
  await removeCheckJobs(stage, 'remove');
  for (const refs of [twins, objects]) {
    const results = await forEachAtOnce(refs, async ref => {
      deps.signal.throwIfAborted();
      const live = await deps.cluster.get(ref);
      if (!live || !isOwnedBy(live, record) || live.metadata.labels?.[TRACK_LABEL] === undefined) return;
      await deps.cluster.remove(ref, { propagation: 'Background', uid: live.metadata.uid as string });
      view.forget(ref);
      deps.emit({ type: 'written', ref, change: 'pruned' });
    });
    throwFirst(results);
    await untilGone(stage, refs);
  }
}

/** A Service that is unpinned would send to the twin's pods again as long as they are ready. */
async function untilGone({ context, view, made }: Stage, refs: readonly ObjectRef[]): Promise<void> {
  const left = (): string[] =>
    refs.flatMap(ref => {
      const twin = made.get(refKey(ref)) as KubeObject<{ selector?: LabelSelector }>;
      const selector = twin.kind === 'Deployment' ? (twin.spec?.selector ?? {}) : {};
      return view
        .list(POD, ref.namespace)
        .filter(({ metadata: { deletionTimestamp, labels = {} } }) => !deletionTimestamp && fits(selector, labels))
        .map(({ metadata }) => metadata.name);
    });
  await within(
    context,
    () => (left().length === 0 ? true : undefined),
    () => `pods are still there, although what made them was deleted: ${left().join(', ')}`,
  );
}

/** Applies one of the wanted objects while parts of it are held for the release: those parts stay as they are. */
export async function promoted({ traffic, deps, record, router }: Stage, object: KubeObject): Promise<KubeObject> {
  const ref = refOf(object);
  if (traffic.routes?.some(route => refKey(route) === refKey(ref))) return router.carried?.(object) ?? object;
  if (record.autoscaled?.includes(refKey(ref))) {
    const live = await deps.cluster.get<KubeObject<{ replicas?: number }>>(ref);
    const pair = traffic.pairs.find(({ stable }) => refKey(stable) === refKey(ref));
    // By pods, the size that it has now may be a part of the weight.
    const size = pair && !pair.autoscaler ? pair.size : live?.spec?.replicas;
    return live ? { ...object, spec: { ...(object.spec as object), replicas: size ?? 1 } } : object;
  }
  if (traffic.pins.some(pin => refKey(pin) === refKey(ref))) {
    const live = await deps.cluster.get(ref);
    const track = selectorOf(live)?.[TRACK_LABEL];
    if (!track) return object;
    return {
      ...object,
      spec: { ...(object.spec as object), selector: { ...selectorOf(object), [TRACK_LABEL]: track } },
    };
  }
  return object;
}

export function selectorOf(service: KubeObject | undefined): Record<string, string> | undefined {
  return (service?.spec as { selector?: Record<string, string> } | undefined)?.selector;
}

export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
