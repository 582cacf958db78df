import { groupOf, type KubeObject, type OwnerReference } from '../../../kube.ts';
import type { GroupKind } from '../../types.ts';
import { StatusError } from '../../types.ts';
import { type Controller, type ControllerContext, clone, MANAGER } from '../context.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
/** Kinds that commonly have owners: what exists of them before the collector starts is read once. */
const OWNED_KINDS: readonly GroupKind[] = [
  'Pod',
  'ConfigMap',
  'Secret',
  'Service',
  'apps/ReplicaSet',
  'apps/ControllerRevision',
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'batch/Job',
  'discovery.k8s.io/EndpointSlice',
];

interface Known {
  kind: GroupKind;
  object: KubeObject;
}

/** Deletes what has lost its owners, in the background or before the owner goes, or lets it go on its own. */
export const garbageCollector: Controller = context => {
  const known = new Map<string, Known>();
  const dependents = new Map<string, Set<string>>();

  const queue = context.queue('garbagecollector', uid => {
    const entry = known.get(uid);
    if (entry) collect(context, entry, { known, dependents });
  });

  function remember(kind: GroupKind, object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    const before = known.get(uid)?.object.metadata.ownerReferences ?? [];
    const after = object.metadata.ownerReferences ?? [];
    for (const owner of before)
      if (!after.some(other => other.uid === owner.uid)) dependents.get(owner.uid)?.delete(uid);
    for (const owner of after) {
      const set = dependents.get(owner.uid) ?? new Set<string>();
      dependents.set(owner.uid, set.add(uid));
    }
    known.set(uid, { kind, object });
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    const ending = deletionTimestamp !== undefined && (finalizers.includes(FOREGROUND) || finalizers.includes(ORPHAN));
    if (after.length > 0 || ending) queue.add(uid);
    // A dependent that is going or has let go may have been the last that its owner waited for.
    for (const { uid: owner } of [...before, ...after]) if (known.has(owner)) queue.add(owner);
    if (ending) enqueueDependents(uid);
  }

  function forget(object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    known.delete(uid);
    for (const owner of object.metadata.ownerReferences ?? []) {
      dependents.get(owner.uid)?.delete(uid);
      if (known.has(owner.uid)) queue.add(owner.uid);
    }
    enqueueDependents(uid);
    if (!dependents.get(uid)?.size) dependents.delete(uid);
  }

  function enqueueDependents(uid: string): void {
    for (const dependent of dependents.get(uid) ?? []) queue.add(dependent);
  }

  context.watchAll((kind, { type, object }) => {
    if (kind === 'Event') return;
    if (type === 'DELETED') forget(object);
    else remember(kind, object);
  });
  for (const kind of OWNED_KINDS) for (const object of context.api.list(kind)) remember(kind, object);
};

interface Graph {
  known: ReadonlyMap<string, Known>;
  dependents: ReadonlyMap<string, ReadonlySet<string>>;
}

function collect(context: ControllerContext, { kind, object }: Known, graph: Graph): void {
  const { api } = context;
  const { namespace, name, uid = '', deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
  if (deletionTimestamp !== undefined) {
    const owned = [...(graph.dependents.get(uid) ?? [])].flatMap(dependent => graph.known.get(dependent) ?? []);
    if (finalizers.includes(ORPHAN)) {
      for (const dependent of owned) dropOwners(context, dependent, reference => reference.uid === uid);
      dropFinalizer(context, kind, object, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      const blocking = owned.some(({ object: { metadata } }) =>
        metadata.ownerReferences?.some(owner => owner.uid === uid && owner.blockOwnerDeletion),
      );
      if (!blocking) dropFinalizer(context, kind, object, FOREGROUND);
    }
    return;
  }
  if (ownerReferences.length === 0) return;
  const states = ownerReferences.map(owner => ({ owner, state: stateOf(context, owner, namespace) }));
  const gone = states.filter(({ state }) => state !== 'solid');
  if (gone.length === 0) return;
  if (gone.length < states.length) {
    dropOwners(context, { kind, object }, reference => gone.some(({ owner }) => owner.uid === reference.uid));
    return;
  }
  const waiting = states.some(({ state }) => state === 'waiting');
  const ownsOthers = (graph.dependents.get(uid)?.size ?? 0) > 0;
  const propagation = finalizers.includes(ORPHAN)
    ? 'Orphan'
    : (waiting && ownsOthers) || finalizers.includes(FOREGROUND)
      ? 'Foreground'
      : 'Background';
  api.delete(kind, namespace, name, { propagation, ...(uid ? { preconditions: { uid } } : {}) });
}

/** An owner is solid, or waits for its dependents to go first, or is not there. */
function stateOf(
  { api }: ControllerContext,
  owner: OwnerReference,
  namespace: string | undefined,
): 'solid' | 'waiting' | 'absent' {
  const group = groupOf(owner.apiVersion);
  const kind = group ? `${group}/${owner.kind}` : owner.kind;
  let found: KubeObject | undefined;
  try {
    found = api.get(kind, namespace, owner.name);
  } catch (error) {
    // A kind that is not served: nobody can say that the owner is gone, so the dependent stays.
    if (error instanceof StatusError) return 'solid';
    throw error;
  }
  if (!found || found.metadata.uid !== owner.uid) return 'absent';
  const { deletionTimestamp, finalizers = [] } = found.metadata;
  return deletionTimestamp !== undefined && finalizers.includes(FOREGROUND) ? 'waiting' : 'solid';
}

function dropOwners(
  { api }: ControllerContext,
  { kind, object }: Known,
  drops: (reference: OwnerReference) => boolean,
): void {
  const live = api.get(kind, object.metadata.namespace, object.metadata.name);
  if (!live || live.metadata.uid !== object.metadata.uid) return;
  const changed = clone(live);
  const kept = (changed.metadata.ownerReferences ?? []).filter(reference => !drops(reference));
  if (kept.length) changed.metadata.ownerReferences = kept;
  else delete changed.metadata.ownerReferences;
  api.update(changed, MANAGER);
}

function dropFinalizer({ api }: ControllerContext, kind: GroupKind, object: KubeObject, finalizer: string): void {
  const live = api.get(kind, object.metadata.namespace, object.metadata.name);
  if (!live?.metadata.finalizers?.includes(finalizer)) return;
  const changed = clone(live);
  const kept = (changed.metadata.finalizers ?? []).filter(name => name !== finalizer);
  if (kept.length) changed.metadata.finalizers = kept;
  else delete changed.metadata.finalizers;
  api.update(changed, MANAGER);
}
