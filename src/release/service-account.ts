import { type KubeObject, refKey, refOf } from '../kube.ts';
import { type PodSpecView, podTemplatesOf } from '../manifests/pod-templates.ts';

/**
 * Kubernetes keeps a pod template's account under two names and fills each from the other. Only the newer one is ours to
 * give up, so that leaving it out would bring it back from `serviceAccount`: who drops it must clear both.
 */
export function clearingAccounts(
  objects: readonly KubeObject[],
  before: readonly KubeObject[],
): (object: KubeObject) => KubeObject {
  const wanted = new Set(objects.filter(object => !accountOf(object)).map(object => refKey(refOf(object))));
  const dropped = new Set(
    before.filter(accountOf).flatMap(object => (wanted.has(refKey(refOf(object))) ? [refKey(refOf(object))] : [])),
  );
  return object => (dropped.has(refKey(refOf(object))) ? cleared(object) : object);
}

function accountOf(object: KubeObject): unknown {
  const spec: PodSpecView | undefined = object.kind === 'Pod' ? undefined : podTemplatesOf(object)[0]?.template.spec;
  return spec?.['serviceAccountName'] || spec?.['serviceAccount'];
}

function cleared(object: KubeObject): KubeObject {
  const copy = structuredClone(object);
  for (const { template } of podTemplatesOf(copy))
    Object.assign(template.spec, { serviceAccountName: '', serviceAccount: '' });
  return copy;
}
