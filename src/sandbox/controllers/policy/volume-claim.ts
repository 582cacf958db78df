import type { KubeObject } from '../../../kube.ts';
import { type Controller, clone, keyOf, MANAGER, MANAGER_STATUS, splitKey } from '../context.ts';

interface ClaimSpec {
  accessModes?: string[];
  resources?: { requests?: Record<string, string> };
  volumeName?: string;
}
type Claim = KubeObject<ClaimSpec, { phase?: string }>;

/** On a claim: `never` leaves it Pending for ever. */
const BIND = 'sandbox.sluice.dev/bind';

/** PersistentVolumeClaims: each is bound to a volume made for it. */
export const volumeClaimController: Controller = context => {
  const { api } = context;
  const queue = context.queue('persistentvolume-binder', key => {
    const { namespace, name } = splitKey(key);
    const claim = api.get<Claim>('PersistentVolumeClaim', namespace, name);
    if (!claim || claim.status?.phase === 'Bound' || claim.metadata.annotations?.[BIND] === 'never') return;
    const volumeName = claim.spec?.volumeName ?? `pvc-${claim.metadata.uid ?? name}`;
    const bound = claim.spec?.volumeName
      ? claim
      : api.update({ ...clone(claim), spec: { ...clone(claim.spec ?? {}), volumeName } }, MANAGER);
    const status = {
      phase: 'Bound',
      ...(claim.spec?.accessModes ? { accessModes: claim.spec.accessModes } : {}),
      ...(claim.spec?.resources?.requests ? { capacity: claim.spec.resources.requests } : {}),
    };
    api.update({ ...bound, status }, MANAGER_STATUS);
  });
  context.watch('PersistentVolumeClaim', ({ type, object }) => {
    if (type !== 'DELETED') queue.add(keyOf(object));
  });
};
