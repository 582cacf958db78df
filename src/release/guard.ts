import { SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refText } from '../kube.ts';
import { currentSize, within } from '../traffic/capacity.ts';
import { podsOf, readyEndpoints, sizeOf } from '../traffic/readiness.ts';
import { point, trackOf } from '../traffic/service.ts';
import { applyOwn } from './apply-own.ts';
import { borrow, giveBack, valueAt } from './borrow.ts';
import { removeCheckJobs } from './check-jobs.ts';
import { type FieldPath, isBorrowed } from './field-owners.ts';
import { TRACK_LABEL } from './labels.ts';
import type { Step } from './plan.ts';
import type { Stage } from './stage.ts';

/** Pods that an adoption has restarted are ready within this time, or stable is not well for another reason. */
const ADOPTED_MS = 60_000;
const FLOOR = ['spec', 'minReplicas'] as const;
const SELECTOR = ['spec', 'selector'] as const;

/** Holds floors, and pins Services to stable. What is pinned to some track already stays so. */
export async function guard(stage: Stage, { floors, pins }: Step & { do: 'guard' }): Promise<void> {
  const { deps, view } = stage;
  for (const ref of floors) {
    view.enter(await borrow(deps.cluster, ref, FLOOR, live => floorFor(stage, ref, live)));
    deps.emit({ type: 'written', ref, change: 'changed' });
  }
  if (pins.length > 0) await untilLabelled(stage);
  for (const ref of pins) {
    if (trackOf(view.get(ref))) continue;
    view.enter(await point(deps.cluster, ref, 'stable'));
    deps.emit({ type: 'written', ref, change: 'changed' });
  }
}

/** A Service that is pinned reaches labelled pods alone: an adoption may have been cut before all had the label. */
async function untilLabelled({ context, traffic, view }: Stage): Promise<void> {
  const unlabelled = (): string[] =>
    traffic.pairs.flatMap(pair =>
      podsOf(view, pair, 'stable')
        .filter(({ metadata, status }) => {
          // Pods that have ended stay where they are, and serve nobody.
          const { phase } = (status ?? {}) as { phase?: string };
          const isOver = metadata.deletionTimestamp !== undefined || phase === 'Failed' || phase === 'Succeeded';
          return !isOver && metadata.labels?.[TRACK_LABEL] !== 'stable';
        })
        .map(({ metadata }) => metadata.name),
    );
  await within(
    context,
    () => (unlabelled().length === 0 ? true : undefined),
    () => `pods of stable have no label ${TRACK_LABEL} yet: ${unlabelled().join(', ')}`,
  );
  const isReady = (): boolean =>
    traffic.pairs.every(pair => {
      const endpoints = pair.service && readyEndpoints(view, pair.service.stable);
      const staying = podsOf(view, pair, 'stable').filter(({ metadata }) => !metadata.deletionTimestamp);
      const ready = endpoints ? staying.filter(({ metadata }) => endpoints.has(metadata.name)) : staying;
      return ready.length >= currentSize(context, pair);
    });
  try {
    await within(
      { ...context, timeoutMs: Math.min(context.timeoutMs, ADOPTED_MS) },
      () => (isReady() ? true : undefined),
      () => 'not all pods of stable are ready',
    );
  } catch (error) {
    // A stable that is broken anyway is pinned as it is: it reaches the same pods.
    if (!(error instanceof SluiceError) || error.code !== 'deadline-exceeded') throw error;
  }
}

/** An idle stable must not be scaled away under a rollback that may come. */
function floorFor({ traffic, view }: Stage, ref: ObjectRef, live: KubeObject): number {
  const spec = live.spec as { minReplicas?: number; maxReplicas?: number };
  const pair = traffic.pairs.find(({ autoscaler }) => autoscaler && refKey(autoscaler) === refKey(ref));
  const size = pair ? sizeOf(view, pair.stable) : 1;
  return Math.max(spec.minReplicas ?? 1, Math.min(size, spec.maxReplicas ?? size));
}

/** Gives back what was held: as the manifests say where they have the object and the release goes on, else as it was. */
export async function unguard(
  stage: Stage,
  { floors, pins }: Step & { do: 'unguard' },
  wanted: ReadonlyMap<string, KubeObject>,
): Promise<void> {
  await removeCheckJobs(stage, 'unguard');
  // Routes have been given back before what they named was deleted.
  if (!stage.traffic.routes) await stage.router.undo?.({ promoted: stage.control !== undefined });
  if (stage.traffic.router !== 'pods') await giveBackSizes(stage);
  for (const [refs, path] of [
    [pins, SELECTOR],
    [floors, FLOOR],
  ] as const)
    for (const ref of refs) await release(stage, ref, path, wanted.get(refKey(ref)));
}

/** Only a way back may have given stable pods. */
async function giveBackSizes({ traffic, before, view, deps }: Stage): Promise<void> {
  for (const { stable } of traffic.pairs) {
    const was = before.get(refKey(stable));
    if (was && isBorrowed(view.get(stable)?.metadata.managedFields))
      await giveBack(deps.cluster, stable, ['spec', 'replicas'], was);
  }
}

async function release(
  { deps, before, settings, control, record, view }: Stage,
  ref: ObjectRef,
  path: FieldPath,
  wanted: KubeObject | undefined,
): Promise<void> {
  deps.signal.throwIfAborted();
  if (wanted && control) {
    // Its promotion has said what changed of it.
    await applyOwn(deps.cluster, wanted, { force: settings.force });
    // A field that the manifests leave open is as it was.
    if (valueAt(wanted, path) !== undefined || !before.has(refKey(ref))) return;
  }
  const was = before.get(refKey(ref));
  if (was) {
    const isHeld = isBorrowed(view.get(ref)?.metadata.managedFields);
    const restored = await giveBack(deps.cluster, ref, path, was);
    if (isHeld && restored && !control) deps.emit({ type: 'written', ref, change: 'restored' });
  }
  // What came with the release goes with it.
  else if (!record.created.some(made => refKey(made) === refKey(ref)))
    deps.emit({
      type: 'warning',
      message: `${refText(ref)} was held for the release, and what it was before is not known: look at its ${path.join('.')}.`,
    });
}

/** Services that are pinned no more, because somebody else wrote them. */
export function lostPins({ traffic, view }: Stage): ObjectRef[] {
  // A Service that is switched is the router's to look after.
  const switched = traffic.router === 'service' ? traffic.pairs.flatMap(({ service }) => service?.stable ?? []) : [];
  const routed = new Set(switched.map(refKey));
  return traffic.pins.filter(ref => !routed.has(refKey(ref)) && view.get(ref) && trackOf(view.get(ref)) !== 'stable');
}
