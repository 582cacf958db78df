import { sleep } from '../clock.ts';
import { ApiError } from '../cluster/errors.ts';
import { conditionOf } from '../health/conditions.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { BASELINE, baselineSize } from '../strategies/baseline.ts';
import { currentSize, within } from '../traffic/capacity.ts';
import { POD, readyEndpoints, sizeOf } from '../traffic/readiness.ts';
import { fits, type LabelSelector } from '../traffic/selector.ts';
import { optimistically } from './borrow.ts';
import { TRACK_LABEL } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import type { Pair, Step } from './plan.ts';
import type { Stage } from './stage.ts';
import { throwFirst } from './traffic-steps.ts';

/*
 * The pods of a baseline get stable's requests by stable's track label alone. Their template has none, so that a pod which
 * starts at a bad moment (after a crash of the engine, or when the others have been taken out) serves nobody.
 */

type Pod = KubeObject<unknown, Parameters<typeof conditionOf>[0]>;

interface Compared {
  pair: Pair;
  baseline: ObjectRef;
}

/** Brings the baselines to the size of their twins. One that is larger already stays so. */
export async function startBaselines(
  { context, traffic, deps, view }: Stage,
  weight: number,
  replicas?: number,
  all: readonly Compared[] = comparedIn(traffic),
): Promise<void> {
  const results = await forEachAtOnce(all, async ({ pair, baseline }) => {
    const [now, wanted] = [sizeOf(view, baseline), baselineSize(weight, replicas, currentSize(context, pair))];
    const size = Math.max(now, wanted);
    if (size === now) return;
    deps.signal.throwIfAborted();
    const made = context.made(baseline) as KubeObject<object>;
    const { object } = await deps.cluster.apply({ ...made, spec: { ...made.spec, replicas: size } }, { force: true });
    view.enter(object);
    deps.emit({ type: 'resized', ref: baseline, replicas: size });
  });
  throwFirst(results);
}

/** Waits until the baselines can serve, and lets them have their part of stable's requests. */
export async function admitBaselines(stage: Stage): Promise<void> {
  const { context, traffic, view } = stage;
  const running = comparedIn(traffic).filter(({ baseline }) => sizeOf(view, baseline) > 0);
  if (running.length === 0) return;
  await context.healthy(running.flatMap(({ baseline }) => view.get<KubeObject>(baseline) ?? []));
  for (const { baseline } of running) {
    const [ready, size] = [() => servable(stage, baseline), sizeOf(view, baseline)];
    await within(
      context,
      () => (ready().length >= size ? true : undefined),
      () => `only ${ready().length} of ${size} pods of ${refText(baseline)} are ready`,
    );
  }
  await admitReady(stage);
}

/** During a hold: the baselines get their part of what an autoscaler has given stable, and pods that came late are let in. */
export async function followBaselines(stage: Stage, weight: number): Promise<void> {
  const { traffic, view, context } = stage;
  const grown = comparedIn(traffic).filter(({ pair, baseline }) => {
    const now = sizeOf(view, baseline);
    return pair.autoscaler && now > 0 && now < baselineSize(weight, undefined, currentSize(context, pair));
  });
  if (grown.length > 0) await startBaselines(stage, weight, undefined, grown);
  await admitReady(stage);
}

/**
 * Takes all of them out of every Service that is pinned to stable, and waits until data planes know. One that was never let in, and
 * that we may not write, is left as it is: it has no requests. What has some, or may have, is an error instead; it must not be deleted.
 */
export async function dismiss(stage: Stage, { baselines }: Step & { do: 'dismiss' }): Promise<void> {
  const { deps, context, traffic, view, shifted } = stage;
  // Also those that were never let in: a request to let them in may still be on its way, and must find another version.
  const staying = baselines.flatMap(ref => podsOf(stage, ref)).filter(pod => trackOf(pod) !== BASELINE);
  const results = await forEachAtOnce(staying, pod => mark(stage, pod, BASELINE));
  throwFirst(results.filter((result, index) => !isKeptOut(stage, staying[index] as Pod, result)));
  const left = (): string[] =>
    comparedIn(traffic).flatMap(({ pair, baseline }) => {
      const endpoints = pair.service ? readyEndpoints(view, pair.service.stable) : new Set<string>();
      return podsOf(stage, baseline).flatMap(({ metadata: { name } }) => (endpoints.has(name) ? [name] : []));
    });
  await within(
    context,
    () => (left().length === 0 ? true : undefined),
    () => `these pods are still endpoints of stable’s Service, although they were taken out: ${left().join(', ')}`,
    'See whether the controller manager, which writes the EndpointSlices, is well; then run again.',
  );
  await sleep(deps.clock, traffic.settleMs, deps.signal);
  shifted.at = deps.clock.now();
}

function comparedIn({ pairs }: Stage['traffic']): Compared[] {
  return pairs.flatMap(pair => (pair.baseline ? [{ pair, baseline: pair.baseline }] : []));
}

async function admitReady(stage: Stage): Promise<void> {
  const waiting = comparedIn(stage.traffic)
    .flatMap(({ baseline }) => servable(stage, baseline))
    .filter(pod => trackOf(pod) === undefined);
  throwFirst(await forEachAtOnce(waiting, pod => mark(stage, pod, 'stable')));
}

/** Those that do not end already. */
function podsOf({ view, made }: Stage, baseline: ObjectRef): Pod[] {
  const { selector = {} } = (made.get(refKey(baseline)) as KubeObject<{ selector?: LabelSelector }>).spec ?? {};
  return view
    .list<Pod>(POD, baseline.namespace)
    .filter(({ metadata: { deletionTimestamp, labels = {} } }) => !deletionTimestamp && fits(selector, labels));
}

function servable(stage: Stage, baseline: ObjectRef): Pod[] {
  return podsOf(stage, baseline).filter(({ status }) => conditionOf(status, 'Ready')?.status === 'True');
}

/** Who may not write a pod now has no request on its way either that would let it in. */
function isKeptOut({ view }: Stage, pod: Pod, result: PromiseSettledResult<unknown>): boolean {
  if (result.status === 'fulfilled') return true;
  const isForbidden = result.reason instanceof ApiError && result.reason.status === 403;
  // The watch may have told meanwhile that it was let in after all.
  return isForbidden && [pod, view.get<Pod>(refOf(pod))].every(one => !one || trackOf(one) === undefined);
}

function trackOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[TRACK_LABEL];
}

/** A pod goes from no track to stable's, and from there to the baseline's; never back, whatever arrives late. */
async function mark({ deps, view }: Stage, pod: Pod, track: 'stable' | typeof BASELINE): Promise<void> {
  const ref = refOf(pod);
  deps.signal.throwIfAborted();
  const live = await optimistically(ref, async () => {
    const present = await deps.cluster.get<Pod>(ref);
    if (!present || (track === 'stable' && trackOf(present) !== undefined)) return present;
    const { resourceVersion = '' } = present.metadata;
    try {
      return await deps.cluster.patch<Pod>(
        ref,
        { metadata: { resourceVersion, labels: { [TRACK_LABEL]: track } } },
        'merge',
      );
    } catch (error) {
      // It has ended meanwhile.
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  });
  if (live) view.enter(live);
}
