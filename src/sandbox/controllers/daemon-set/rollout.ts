import type { LabelSelector } from '../../validation/label-selector.ts';
import { type IntOrPercent, scaledValue } from '../int-or-percent.ts';
import { isAvailable, isTerminating, type Pod, type PodTemplate } from '../pods.ts';
import { HASH_LABEL } from './daemon-pod.ts';

export interface DaemonSetSpec {
  selector: LabelSelector;
  template: PodTemplate;
  updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent } };
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
}

/** What one step of a rolling update does: old pods that go, and nodes that get a new pod beside their old one. */
interface Step {
  remove: Pod[];
  surge: string[];
}

/** The next step of the update to the template with this hash; `podsOf` gives the pods of a node, oldest first. */
export function nextStep(
  spec: DaemonSetSpec,
  hash: string,
  nodes: readonly string[],
  podsOf: (node: string) => readonly Pod[],
  now: number,
): Step {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  if (type === 'OnDelete') return { remove: [], surge: [] };
  const isUp = (pod: Pod | undefined): boolean => pod !== undefined && isAvailable(pod, spec.minReadySeconds ?? 0, now);
  const places = nodes.map(node => {
    const staying = podsOf(node).filter(pod => !isTerminating(pod));
    const isNew = (pod: Pod): boolean => pod.metadata.labels?.[HASH_LABEL] === hash;
    return { node, fresh: staying.find(isNew), old: staying.find(pod => !isNew(pod)) };
  });
  const maxSurge = scaledValue(rollingUpdate?.maxSurge ?? 0, nodes.length, 'up');
  if (maxSurge > 0) return surgeStep(places, isUp, maxSurge);

  const maxUnavailable = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, nodes.length, 'up'));
  // An old pod that does not serve anyway costs nothing.
  const broken = places.flatMap(({ old }) => (old && !isUp(old) ? [old] : []));
  const serving = places.flatMap(({ old }) => (old && isUp(old) ? [old] : []));
  const unavailable = places.filter(({ old, fresh }) => !isUp(old ?? fresh)).length;
  return { remove: [...broken, ...serving.slice(0, Math.max(0, maxUnavailable - unavailable))], surge: [] };
}

/** Old pods go once the new one beside them is available; as many new ones as allowed start beside old ones that serve. */
function surgeStep(
  places: readonly { node: string; fresh: Pod | undefined; old: Pod | undefined }[],
  isUp: (pod: Pod | undefined) => boolean,
  maxSurge: number,
): Step {
  const both = places.filter(({ fresh, old }) => fresh && old);
  const surging = both.filter(({ fresh }) => !isUp(fresh)).length;
  const alone = places.filter(({ fresh, old }) => old && !fresh);
  const broken = alone.filter(({ old }) => !isUp(old));
  const serving = alone.filter(({ old }) => isUp(old));
  return {
    remove: both.flatMap(({ fresh, old }) => (old && isUp(fresh) ? [old] : [])),
    surge: [...broken, ...serving.slice(0, Math.max(0, maxSurge - surging))].map(({ node }) => node),
  };
}
