import type { KubeObject } from '../../kube.ts';
import { changedPaths, isDeletion, isKind, type Law, objectText, pathText, TRANSIENT } from './change.ts';
import { isRestoring, TRACK } from './release.ts';
import { foreignEdits, isRouteEdit } from './routers/route-edits.ts';

/** What an edit that is given back may touch, by kind; elements of paths are joined by a slash. */
const FIELDS: readonly { kinds: readonly string[]; path: string }[] = [
  { kinds: ['Service'], path: `spec/selector/${TRACK}` },
  { kinds: ['autoscaling/HorizontalPodAutoscaler'], path: 'spec/minReplicas' },
  { kinds: ['apps/Deployment', 'apps/StatefulSet'], path: 'spec/replicas' },
  { kinds: ['apps/StatefulSet'], path: 'spec/updateStrategy/rollingUpdate/partition' },
];

/** Law 9: what belongs to others is edited surgically: only the field that the release needs. */
export const surgicalEdits: Law = ({ write, releases }) => {
  const { before, after, manager } = write;
  if (manager !== TRANSIENT || !before || !after || isDeletion(write) || isMade(before)) return [];
  // The way back puts whole objects as they were.
  if (releases.some(isRestoring)) return [];
  const paths = changedPaths(before, after).filter(
    path => !isAllowed(after, path) && !isRouteEdit(releases, after, path),
  );
  const others = [...paths.map(pathText), ...foreignEdits(releases, before, after)];
  return others.length === 0
    ? []
    : [`${objectText(after)} is edited beyond what the release needs: ${others.join(', ')}`];
};

/** By a release, for its twin: nobody else's. */
function isMade({ metadata }: KubeObject): boolean {
  const track = metadata.labels?.[TRACK];
  return track === 'canary' || track === 'preview' || track === 'baseline';
}

function isAllowed(object: KubeObject, path: readonly string[]): boolean {
  return FIELDS.some(field => field.path === path.join('/') && isKind(object, ...field.kinds));
}
