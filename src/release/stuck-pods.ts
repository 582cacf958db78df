import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, refKey, refOf, refText } from '../kube.ts';
import type { ReleaseDeps } from './deps.ts';

interface StatefulSetSpec {
  template?: unknown;
  updateStrategy?: { type?: string };
}

interface StatefulSetStatus {
  observedGeneration?: number;
  updateRevision?: string;
}

interface PodStatus {
  conditions?: { type: string; status: string }[];
}

/**
 * A StatefulSet waits for a pod that is not ready before it replaces it, so one that is broken keeps it from going back for
 * ever, and from going on. Of those in `wanted` whose template differs from the `abandoned` one, which never became healthy,
 * the answer deletes the unready pods of that template. It takes the StatefulSet as the API server answered the write, before
 * its controller has looked; never throws.
 */
export function freeingStuckPods(
  deps: ReleaseDeps,
  abandoned: readonly KubeObject[],
  wanted: readonly KubeObject[],
): (object: KubeObject) => Promise<void> {
  const templates = new Map(abandoned.filter(isStatefulSet).map(object => [refKey(refOf(object)), templateOf(object)]));
  const changed = new Set(
    wanted.flatMap(object => {
      const key = refKey(refOf(object));
      return templates.has(key) && !isDeepStrictEqual(templates.get(key), templateOf(object)) ? [key] : [];
    }),
  );
  return async object => (changed.has(refKey(refOf(object))) ? freeStuckPods(deps, object) : undefined);
}

async function freeStuckPods(deps: ReleaseDeps, object: KubeObject): Promise<void> {
  const hash = abandonedRevision(object);
  if (!hash) return;
  const { namespace = '' } = object.metadata;
  const told = `${refText(refOf(object))} does not replace unready pods of an abandoned revision by itself`;
  const deleted: string[] = [];
  try {
    const { items } = await deps.cluster.list<KubeObject<unknown, PodStatus>>(
      { apiVersion: 'v1', kind: 'Pod' },
      { namespace, labelSelector: `controller-revision-hash=${hash}` },
    );
    for (const pod of items.filter(one => isStuck(one, object))) {
      deps.signal.throwIfAborted();
      const ref = { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, namespace };
      await deps.cluster.remove(ref, { propagation: 'Background', uid: pod.metadata.uid as string });
      deleted.push(refText(ref));
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `${told}, and they could not be deleted: ${why}`;
    deps.emit({ type: 'warning', message });
  }
  if (deleted.length > 0) deps.emit({ type: 'warning', message: `${told}: deleted ${deleted.join(', ')}.` });
}

/** Undefined where the write changed nothing, or somebody deletes pods himself. */
function abandonedRevision(object: KubeObject): string | undefined {
  const { metadata, spec, status } = object as KubeObject<StatefulSetSpec, StatefulSetStatus>;
  if (spec?.updateStrategy?.type === 'OnDelete') return undefined;
  if ((status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)) return undefined;
  return status?.updateRevision;
}

function isStatefulSet({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'apps/v1' && kind === 'StatefulSet';
}

function templateOf(object: KubeObject): unknown {
  return (object as KubeObject<StatefulSetSpec>).spec?.template;
}

function isStuck({ metadata, status }: KubeObject<unknown, PodStatus>, set: KubeObject): boolean {
  const isOwn = metadata.ownerReferences?.some(({ controller, uid }) => controller && uid === set.metadata.uid);
  const isReady = status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True');
  return isOwn === true && !isReady && !metadata.deletionTimestamp;
}
