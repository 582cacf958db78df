import { CLAIM_PROTECTION } from '../../validation/prepare/prepare.ts';
import { type Controller, clone, keyOf, MANAGER, splitKey } from '../context.ts';
import type { Pod } from '../pods.ts';

/** PersistentVolumeClaims that are being deleted: each goes when no pod on a node uses it any more. */
export const claimProtectionController: Controller = context => {
  const { api } = context;
  const queue = context.queue('pvc-protection', key => {
    const { namespace, name } = splitKey(key);
    const claim = api.get('PersistentVolumeClaim', namespace, name);
    if (!claim?.metadata.deletionTimestamp || !claim.metadata.finalizers?.includes(CLAIM_PROTECTION)) return;
    if (api.list<Pod>('Pod', namespace).some(pod => uses(pod, name))) return;
    const changed = clone(claim);
    changed.metadata.finalizers = claim.metadata.finalizers.filter(finalizer => finalizer !== CLAIM_PROTECTION);
    api.update(changed, MANAGER);
  });
  context.watch('PersistentVolumeClaim', ({ type, object }) => {
    if (type !== 'DELETED' && object.metadata.deletionTimestamp) queue.add(keyOf(object));
  });
  context.watch('Pod', ({ type, object }) => {
    if (type === 'DELETED')
      for (const name of claimsOf(object as Pod)) queue.add(`${object.metadata.namespace ?? ''}/${name}`);
  });
};

function claimsOf({ spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
}

/** A pod that no node has yet cannot start with a claim that is being deleted, so it does not hold it. */
function uses(pod: Pod, claim: string): boolean {
  return pod.spec?.nodeName !== undefined && claimsOf(pod).includes(claim);
}
