import type { KubeObject } from '../../../kube.ts';
import { containersOf, type PodSpec } from '../pod/pod-spec-view.ts';
import { nanoOf } from '../quantity.ts';

const RESOURCES = ['cpu', 'memory'];

/** Guaranteed where every container's cpu and memory are limited to what they request, BestEffort where nothing is said. */
export function qosClass(pod: KubeObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const resources = containersOf(pod.spec as PodSpec | undefined).map(container => container.resources ?? {});
  const positive = (map: Record<string, string> | undefined, name: string): bigint => nanoOf(map?.[name]) ?? 0n;
  const named = resources.flatMap(({ limits, requests }) =>
    RESOURCES.flatMap(name => [positive(limits, name), positive(requests, name)]),
  );
  if (named.every(value => value === 0n)) return 'BestEffort';
  const guaranteed = resources.every(({ limits, requests }) =>
    RESOURCES.every(name => positive(limits, name) > 0n && positive(limits, name) === positive(requests, name)),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
