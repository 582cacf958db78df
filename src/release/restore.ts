import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../cluster/errors.ts';
import { conditionOf } from '../health/conditions.ts';
import type { Pod } from '../health/pod-view.ts';
import { type KubeObject, type ManagedFieldsEntry, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { within } from '../traffic/capacity.ts';
import { POD, readyOf } from '../traffic/readiness.ts';
import { optimistically } from './borrow.ts';
import { isBorrowed, TRANSIENT_MANAGER } from './field-owners.ts';
import { TRACK_LABEL } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import type { Step } from './plan.ts';
import type { Stage } from './stage.ts';
import { throwFirst } from './traffic-steps.ts';

type StatefulSet = KubeObject<unknown, { observedGeneration?: number; updateRevision?: string }>;

const MANAGER = { manager: TRANSIENT_MANAGER };
/** Written by controllers, about what they did. */
const CONTROLLERS_OWN = 'deployment.kubernetes.io/';

/** Puts objects back as they were before the release, owners of their fields included, and waits until they are healthy. */
export async function restore(stage: Stage, { objects }: Step & { do: 'restore' }): Promise<void> {
  const { deps, before } = stage;
  await rescue(stage);
  const restored: KubeObject[] = [];
  const isLast = (ref: ObjectRef): boolean => stage.traffic.pairs.some(({ stable }) => refKey(stable) === refKey(ref));
  // Pods read their configuration when they start: it is back before they are.
  for (const refs of [objects.filter(ref => !isLast(ref)), objects.filter(isLast)]) {
    const results = await forEachAtOnce(refs, async ref => {
      deps.signal.throwIfAborted();
      const was = before.get(refKey(ref)) as KubeObject;
      const object = await putBack(stage, was).catch((error: unknown) => otherwise(stage, was, error, isLast(ref)));
      if (!object) return;
      stage.view.enter(object);
      restored.push(object);
      deps.emit({ type: 'written', ref, change: 'restored' });
      if (object.kind === 'StatefulSet') await freeBroken(stage, object);
    });
    throwFirst(results);
  }
  await stage.context.healthy(restored.filter(object => isAwaited(stage, refOf(object))));
}

/**
 * What the API server does not take back (a ConfigMap that has become immutable, a claim that has grown) must not keep all the
 * rest from going back: it is made anew where that loses nothing, else named and left.
 */
async function otherwise(
  { deps }: Stage,
  was: KubeObject,
  error: unknown,
  isNeeded: boolean,
): Promise<KubeObject | undefined> {
  const isRefused = error instanceof ApiError && (error.status === 422 || error.status === 403);
  if (!isRefused || isNeeded) throw error;
  const ref = refOf(was);
  if (was.kind === 'ConfigMap' || was.kind === 'Secret') {
    await deps.cluster.remove(ref, { uid: was.metadata.uid as string });
    return deps.cluster.create(anew(was));
  }
  deps.emit({
    type: 'warning',
    message: `${refText(ref)} could not be put back and is left as the release made it: ${error.message}`,
  });
  return undefined;
}

/** Where the new version serves no more and stable's pods do, they get the traffic before anything else. */
async function rescue({ traffic, view, router }: Stage): Promise<void> {
  if (traffic.router === 'pods') return;
  const isLost = traffic.pairs.some(pair => readyOf(view, pair, 'twin') === 0 && readyOf(view, pair, 'stable') > 0);
  if (isLost) await router.shift(0);
}

/** A StatefulSet waits for every pod before it replaces the next: broken ones of a version that goes would keep it for ever. */
async function freeBroken({ deps, context, view }: Stage, set: KubeObject): Promise<void> {
  const { namespace, uid, generation = 0 } = set.metadata;
  // Which version it goes to is known as soon as its controller has looked.
  const updateRevision = await within(
    context,
    () => {
      const { status = {} } = view.get<StatefulSet>(refOf(set)) ?? {};
      return (status.observedGeneration ?? 0) >= generation ? (status.updateRevision ?? '') : undefined;
    },
    () => `the controller of ${refText(refOf(set))} has not looked at it`,
  );
  const { items } = await deps.cluster.list<Pod>(POD, namespace ? { namespace } : {});
  const broken = items.filter(
    ({ metadata, status }) =>
      metadata.ownerReferences?.some(owner => owner.uid === uid) &&
      metadata.labels?.['controller-revision-hash'] !== updateRevision &&
      !metadata.deletionTimestamp &&
      conditionOf(status, 'Ready')?.status !== 'True',
  );
  for (const pod of broken) {
    deps.signal.throwIfAborted();
    await deps.cluster.remove(refOf(pod), { propagation: 'Background', uid: pod.metadata.uid as string });
    deps.emit({ type: 'written', ref: refOf(pod), change: 'pruned' });
  }
}

/** Those whose health decides whether stable serves again. */
function isAwaited({ traffic }: Stage, ref: ObjectRef): boolean {
  return ref.kind !== 'Service' || !traffic.pins.some(pin => refKey(pin) === refKey(ref));
}

/** Undefined where it is gone: what somebody else deletes meanwhile is his. */
async function putBack(stage: Stage, was: KubeObject): Promise<KubeObject | undefined> {
  const { cluster } = stage.deps;
  const ref = refOf(was);
  const restored = await optimistically(ref, async () => {
    const live = await cluster.get(ref);
    if (!live && stage.record.unpruned.some(one => refKey(one) === refKey(ref))) return cluster.create(anew(was));
    if (!live || live.metadata.uid !== was.metadata.uid) return undefined;
    const wanted = asItWas(stage, live, was);
    return isDeepStrictEqual(contentOf(wanted), contentOf(live)) ? live : cluster.replace<KubeObject>(wanted, MANAGER);
  });
  if (!restored || !isBorrowed(restored.metadata.managedFields)) return restored;
  // The write itself made us an owner of what it changed: a second one, which changes nothing, says who owns what.
  return optimistically(ref, async () => {
    const live = await cluster.get(ref);
    if (!live) return undefined;
    const managedFields = ownersAsBefore(stage, live, was);
    return cluster.replace({ ...live, metadata: { ...live.metadata, managedFields } }, MANAGER);
  });
}

/** What the release itself has pruned, to be made once more. */
function anew(was: KubeObject): KubeObject {
  const { name, namespace, labels, annotations } = was.metadata;
  const metadata = {
    name,
    ...(namespace ? { namespace } : {}),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  return { ...was, metadata };
}

function asItWas(stage: Stage, live: KubeObject, was: KubeObject): KubeObject {
  const { labels, annotations } = was.metadata;
  const kept = Object.entries(live.metadata.annotations ?? {}).filter(([key]) => key.startsWith(CONTROLLERS_OWN));
  const own = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith(CONTROLLERS_OWN));
  const { metadata, status: _status, ...content } = was;
  return {
    ...content,
    metadata: { ...live.metadata, labels: { ...labels }, annotations: Object.fromEntries([...own, ...kept]) },
    ...(content.spec === undefined ? {} : { spec: specAsItWas(stage, live, was) }),
    ...(live.status === undefined ? {} : { status: live.status }),
  } as KubeObject;
}

/** But for what is held until the end, what an autoscaler owns, and the track label, which stays. */
function specAsItWas({ traffic, router }: Stage, live: KubeObject, was: KubeObject): unknown {
  const key = refKey(refOf(was));
  if (traffic.routes?.some(route => refKey(route) === key)) return (router.carried?.(was) ?? was).spec;
  const spec = structuredClone(was.spec) as Record<string, unknown>;
  const present = live.spec as Record<string, unknown>;
  if (traffic.pins.some(pin => refKey(pin) === key)) return { ...spec, selector: present['selector'] };
  if (traffic.floors.some(floor => refKey(floor) === key)) return { ...spec, minReplicas: present['minReplicas'] };
  const pair = traffic.pairs.find(({ stable }) => refKey(stable) === key);
  if (!pair) return spec;
  if (pair.autoscaler) spec['replicas'] = present['replicas'];
  const template = spec['template'] as { metadata?: { labels?: Record<string, string> } } | undefined;
  const track = (present['template'] as typeof template)?.metadata?.labels?.[TRACK_LABEL];
  if (template && track)
    template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [TRACK_LABEL]: track } };
  return spec;
}

function contentOf({ metadata, status: _status, ...content }: KubeObject): unknown {
  return { ...content, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
}

/** Those of before; of the present ones, what controllers note, and what the release still holds. */
function ownersAsBefore({ traffic }: Stage, live: KubeObject, was: KubeObject): ManagedFieldsEntry[] {
  const key = refKey(refOf(was));
  const isHeld = [...traffic.pins, ...traffic.floors, ...(traffic.routes ?? [])].some(ref => refKey(ref) === key);
  const now = live.metadata.managedFields ?? [];
  const noted = now.filter(
    ({ subresource, manager }) => subresource !== undefined || (isHeld && manager === TRANSIENT_MANAGER),
  );
  const earlier = (was.metadata.managedFields ?? []).filter(({ subresource }) => subresource === undefined);
  return [...earlier, ...noted];
}
