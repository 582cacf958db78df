import { type KubeObject, refKey, refOf, refText } from '../kube.ts';
import { configRefsOf } from '../manifests/config-refs.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';
import { digests } from './record.ts';

/**
 * Containers read their environment once, at their start. Names each ConfigMap and Secret that changed while the template
 * of a workload whose environment it feeds did not: those pods keep the old values until something else restarts them.
 */
export function staleConfigWarnings(before: readonly KubeObject[], now: readonly KubeObject[]): string[] {
  const was = digests(before);
  const is = digests(now);
  const isSame = (object: KubeObject): boolean => was.get(refKey(refOf(object))) === is.get(refKey(refOf(object)));
  const changed = now.filter(
    object =>
      (object.kind === 'ConfigMap' || object.kind === 'Secret') && was.has(refKey(refOf(object))) && !isSame(object),
  );
  return changed.flatMap(config => {
    const readers = now.filter(
      object =>
        object.metadata.namespace === config.metadata.namespace && isSame(object) && readsAtStart(object, config),
    );
    if (readers.length === 0) return [];
    const names = readers.map(object => refText(refOf(object))).join(', ');
    return [
      `${refText(refOf(config))} changed, but ${names} did not: running pods keep the old values in their environment. Change the pod template too (a hash of the configuration as an annotation does it), or restart them.`,
    ];
  });
}

function readsAtStart(object: KubeObject, { kind, metadata: { name } }: KubeObject): boolean {
  const refs = podTemplatesOf(object).flatMap(({ template: { spec } }) => configRefsOf(spec));
  return refs.some(ref => ref.atStart && ref.kind === kind && ref.name === name);
}
