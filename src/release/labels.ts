import type { KubeObject } from '../kube.ts';

/** Names that Sluice adds to objects: docs/records.md lists them for users. */
export const RELEASE_LABEL = 'sluice.dev/release';
export const REVISION_LABEL = 'sluice.dev/revision';
/** On records alone, so that a selector for a release's records never finds its objects. */
export const RECORD_LABEL = 'sluice.dev/record';
export const STATUS_LABEL = 'sluice.dev/status';
export const COMMIT_LABEL = 'sluice.dev/commit';
export const PULL_REQUEST_LABEL = 'sluice.dev/pull-request';

/** The object as it is applied: with the labels that say which release and revision it belongs to. */
export function labelled(object: KubeObject, release: string, revision: number): KubeObject {
  const labels = { ...object.metadata.labels, [RELEASE_LABEL]: release, [REVISION_LABEL]: String(revision) };
  return { ...object, metadata: { ...object.metadata, labels } };
}
