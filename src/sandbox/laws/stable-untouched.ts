import { type KubeObject, refKey, refOf } from '../../kube.ts';
import {
  type Change,
  changedPaths,
  isAt,
  isDeletion,
  isKind,
  type Law,
  objectText,
  pathText,
  subjectOf,
} from './change.ts';
import { isLease } from './locks.ts';
import {
  HOME_LABEL,
  isGoingBack,
  isPartitioned,
  isPromoting,
  isRecord,
  isRestoring,
  RELEASE_LABEL,
  type Release,
  releaseText,
  TRACK,
} from './release.ts';
import { foreignEdits, isRouteEdit } from './routers/route-edits.ts';

/** Law 2: between start and promotion nothing changes that stable uses, but for weights, pins and sizes. */
export const stableUntouched: Law = change =>
  change.releases
    .filter(release => !isPromoting(release) && !isRestoring(release))
    .flatMap(release => {
      const { before, after } = change.write;
      if (!before || !isProtected(release, before)) return [];
      if (isDeletion(change.write))
        return [`${objectText(before)} is deleted before ${releaseText(release)} is promoted`];
      const paths = changedPaths(before, after as KubeObject).filter(path => !isAllowed(change, release, path));
      const others = [...paths.map(pathText), ...foreignEdits(change.releases, before, after as KubeObject)];
      return others.length === 0
        ? []
        : [`${objectText(before)} changes before ${releaseText(release)} is promoted: ${others.join(', ')}`];
    });

/** It was there at the start, and is neither the release's own nor another release's. */
function isProtected({ existing, record }: Release, object: KubeObject): boolean {
  const { labels = {}, uid, namespace } = object.metadata;
  if (!existing.has(uid ?? '') || isLease(object) || isRecord(object)) return false;
  // Of an earlier attempt that this release has taken over; and Jobs serve nobody, and can only be run anew.
  if ((labels[TRACK] !== undefined && labels[TRACK] !== 'stable') || isKind(object, 'batch/Job')) return false;
  const owner = labels[RELEASE_LABEL];
  const home = labels[HOME_LABEL] ?? namespace;
  return owner === undefined || (owner === record.release && home === record.namespace);
}

function isAllowed({ write, releases }: Change, release: Release, path: readonly string[]): boolean {
  const { traffic } = release;
  const subject = subjectOf(write);
  const text = path.join('/');
  if (isKind(subject, 'Service')) return text === `spec/selector/${TRACK}`;
  if (isKind(subject, 'autoscaling/HorizontalPodAutoscaler')) return text === 'spec/minReplicas';
  if (isRouteEdit(releases, subject, path)) return true;
  const pair = traffic.pairs.find(({ stable }) => isAt(subject, stable));
  if (!pair) return false;
  if (isPartitioned(pair)) return isOfPartition(path, text);
  if (text === `spec/template/metadata/labels/${TRACK}`) return isAdopted(subject);
  // On the way back stable's capacity comes first, whoever has made it smaller.
  const isSized = traffic.router === 'pods' || isGoingBack(release);
  return text === 'spec/replicas' && isSized && refKey(pair.stable) === refKey(refOf(subject));
}

/** The workload is its own twin: its pods are replaced as far as the partition lets them. */
function isOfPartition(path: readonly string[], text: string): boolean {
  if (text.startsWith('spec/template/') || text.startsWith('spec/updateStrategy/')) return true;
  const [root, map, name = ''] = path;
  return root === 'metadata' && (map === 'labels' || map === 'annotations') && name.startsWith('sluice.dev/');
}

function isAdopted({ spec }: KubeObject): boolean {
  const { template } = (spec ?? {}) as { template?: { metadata?: { labels?: Record<string, string> } } };
  return template?.metadata?.labels?.[TRACK] === 'stable';
}
