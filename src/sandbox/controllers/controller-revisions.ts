import type { KubeObject, ObjectMeta } from '../../kube.ts';
import { sameJson } from '../store/freeze.ts';
import type { LabelSelector } from '../validation/label-selector.ts';
import { type ControllerContext, clone, MANAGER } from './context.ts';
import { claim, controllerReference } from './ownership.ts';
import type { PodTemplate } from './pods.ts';
import { templateHash } from './template-hash.ts';

const KIND = 'apps/ControllerRevision';

export interface ControllerRevision extends KubeObject {
  metadata: ObjectMeta;
  data: { spec: { template: PodTemplate & { $patch: 'replace' } } };
  revision: number;
}

/** A workload whose history is kept in ControllerRevisions: a StatefulSet or a DaemonSet. */
export interface Revisioned {
  object: KubeObject;
  selector: LabelSelector;
  template: PodTemplate;
  collisionCount: number;
  historyLimit: number;
  /** The label under which pods name their revision (the hash, for DaemonSets; the whole name, for StatefulSets). */
  hashLabel: string;
}

export interface History {
  /** Oldest first, the one with the present template last. */
  revisions: ControllerRevision[];
  update: ControllerRevision;
}

/** The history with a revision of the present template on top: a new one, or an old one that is used again under a higher number. */
export function syncHistory(context: ControllerContext, workload: Revisioned): History {
  const { api } = context;
  const { object, template } = workload;
  const all = api.list<ControllerRevision>(KIND, object.metadata.namespace);
  const revisions = claim(context, object, workload.selector, all).sort((a, b) => a.revision - b.revision);
  const data = { spec: { template: { ...clone(template), $patch: 'replace' as const } } };
  const next = (revisions.at(-1)?.revision ?? 0) + 1;
  const same = revisions.findLast(revision => sameJson(revision.data, data));
  if (!same) {
    const update = api.create(newRevision(workload, data, next), MANAGER);
    return { revisions: [...revisions, update], update };
  }
  const others = revisions.filter(revision => revision !== same);
  if (same === revisions.at(-1)) return { revisions, update: same };
  const update = api.update({ ...clone(same), revision: next }, MANAGER);
  return { revisions: [...others, update], update };
}

function newRevision(workload: Revisioned, data: ControllerRevision['data'], revision: number): ControllerRevision {
  const { object, template, collisionCount, hashLabel } = workload;
  const hash = templateHash(template, collisionCount);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${object.metadata.name}-${hash}`,
      ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [controllerReference(object)],
    },
    data,
    revision,
  };
}

/** Deletes the oldest revisions beyond the limit that no pod and no status names. */
export function trimHistory(
  { api }: ControllerContext,
  { historyLimit }: Revisioned,
  revisions: readonly ControllerRevision[],
  inUse: (revision: ControllerRevision) => boolean,
): void {
  const idle = revisions.filter(revision => !inUse(revision));
  for (const { metadata } of idle.slice(0, Math.max(0, idle.length - historyLimit)))
    api.delete(KIND, metadata.namespace, metadata.name, { propagation: 'Background' });
}
