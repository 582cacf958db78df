import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import { CONFIG_ANNOTATION, TRACK_LABEL } from '../release/labels.ts';
import { configOf } from './twin.ts';
import type { Live } from './wish.ts';

/** Whether the workload's pods would be others than those that run: another template, or other configuration. */
export function hasNewVersion(wanted: KubeObject, objects: readonly KubeObject[], live: Live): boolean {
  const key = refKey(refOf(wanted));
  const isTemplate = isDeepStrictEqual(templateOf(live.objects.get(key)), templateOf(live.merged.get(key)));
  return !isTemplate || changedConfig(wanted, objects, live).length > 0;
}

/** The ConfigMaps and Secrets that the workload's pods read, that exist, and that the release changes. */
export function changedConfig(wanted: KubeObject, objects: readonly KubeObject[], live: Live): KubeObject[] {
  return configOf(wanted, objects).filter(config => {
    const key = refKey(refOf(config));
    const [present, merged] = [live.objects.get(key), live.merged.get(key)];
    return present && merged && !isDeepStrictEqual(contentOf(present), contentOf(merged));
  });
}

/** What pods can read. */
function contentOf(object: KubeObject): unknown {
  return [object['data'] ?? {}, object['binaryData'] ?? {}];
}

/** Without what Sluice itself puts there. */
function templateOf(workload: KubeObject | undefined): unknown {
  const spec = workload?.spec as { template?: KubeObject } | undefined;
  const { metadata, ...rest } = spec?.template ?? {};
  return {
    ...rest,
    labels: without(metadata?.labels, TRACK_LABEL),
    annotations: without(metadata?.annotations, CONFIG_ANNOTATION),
  };
}

function without(map: Record<string, string> | undefined, key: string): Record<string, string> {
  const { [key]: _, ...rest } = map ?? {};
  return rest;
}
