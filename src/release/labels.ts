import { type KubeObject, refKey, refOf } from '../kube.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';

/** Names that Sluice adds to objects: docs/records.md lists them for users. */
export const RELEASE_LABEL = 'sluice.dev/release';
/** Namespace of the release's record; on objects that live elsewhere, so that releases of one name are told apart. */
export const HOME_LABEL = 'sluice.dev/home';
export const REVISION_LABEL = 'sluice.dev/revision';
/** On records alone, so that a selector for a release's records never finds its objects. */
export const RECORD_LABEL = 'sluice.dev/record';
export const STATUS_LABEL = 'sluice.dev/status';
export const COMMIT_LABEL = 'sluice.dev/commit';
export const PULL_REQUEST_LABEL = 'sluice.dev/pull-request';

/** On pods, and on what exists for one version only: `stable`, `canary` or `preview`; `baseline` on a baseline, and on its pods once they are out of the traffic. */
export const TRACK_LABEL = 'sluice.dev/track';
/** On the pods of a baseline, and in its selector: stable's own selector fits them, too. */
export const BASELINE_LABEL = 'sluice.dev/baseline';
/** On Jobs that a check runs: the check, in the form of a label. */
export const CHECK_LABEL = 'sluice.dev/check';
/** On stable's pod template: a hash of the configuration that the manifests give it, so that it rolls when that changes. */
export const CONFIG_ANNOTATION = 'sluice.dev/config';

/** What a pod template carries beside what the manifests say. */
export interface TemplateMarks {
  track?: true;
  config?: string;
}

/** By refKey of the workload. */
export type Marks = Readonly<Record<string, TemplateMarks>>;

/** A release by its name and the namespace of its record. */
export interface ReleaseId {
  release: string;
  namespace: string;
}

/** The Lease that guards a release. */
export function lockName(release: string): string {
  return `sluice.${release}`;
}

/** The object as it is applied: with the labels that say which release and revision it belongs to. */
export function labelled(
  object: KubeObject,
  { release, namespace }: ReleaseId,
  revision: number,
  marks: Marks = {},
): KubeObject {
  const labels = {
    ...object.metadata.labels,
    [RELEASE_LABEL]: release,
    [REVISION_LABEL]: String(revision),
    ...(object.metadata.namespace === namespace ? {} : { [HOME_LABEL]: namespace }),
  };
  return { ...withMarks(object, marks[refKey(refOf(object))]), metadata: { ...object.metadata, labels } };
}

/** The object with what its pod template is to carry. */
function withMarks(object: KubeObject, marks: TemplateMarks | undefined): KubeObject {
  if (!marks) return object;
  const copy = structuredClone(object);
  for (const { template } of podTemplatesOf(copy)) {
    const { labels, annotations } = template.metadata ?? {};
    template.metadata = {
      ...template.metadata,
      ...(marks.track ? { labels: { ...labels, [TRACK_LABEL]: 'stable' } } : {}),
      ...(marks.config ? { annotations: { ...annotations, [CONFIG_ANNOTATION]: marks.config } } : {}),
    };
  }
  return copy;
}

/** The release whose labels the object carries. */
export function ownerOf({ metadata: { labels = {}, namespace } }: KubeObject): ReleaseId | undefined {
  const release = labels[RELEASE_LABEL];
  return release ? { release, namespace: labels[HOME_LABEL] ?? namespace ?? '' } : undefined;
}

export function isOwnedBy(object: KubeObject, { release, namespace }: ReleaseId): boolean {
  const owner = ownerOf(object);
  return owner?.release === release && owner.namespace === namespace;
}
