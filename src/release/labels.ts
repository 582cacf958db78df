import type { KubeObject } from '../kube.ts';

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

/** A release by its name and the namespace of its record. */
export interface ReleaseId {
  release: string;
  namespace: string;
}

/** The object as it is applied: with the labels that say which release and revision it belongs to. */
export function labelled(object: KubeObject, { release, namespace }: ReleaseId, revision: number): KubeObject {
  const labels = {
    ...object.metadata.labels,
    [RELEASE_LABEL]: release,
    [REVISION_LABEL]: String(revision),
    ...(object.metadata.namespace === namespace ? {} : { [HOME_LABEL]: namespace }),
  };
  return { ...object, metadata: { ...object.metadata, labels } };
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
