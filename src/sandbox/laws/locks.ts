import type { KubeObject } from '../../kube.ts';
import type { Moment, Write } from '../server/core.ts';
import { isDeletion, isKind, subjectOf } from './change.ts';

/** Whose a Lease is, and since when it is no longer others'. */
export interface Lock {
  /** Of the Lease. */
  key: string;
  holder: string | undefined;
  /** By former holder: when it lost or gave back the Lease. */
  lost: ReadonlyMap<string, Moment>;
}

/** What the Leases of releases have told. */
export interface Locks {
  all(): readonly Lock[];
  /** Under which names a client has taken a Lease, and which; by its User-Agent. */
  claimsOf(client: string): readonly { key: string; holder: string }[];
  see(write: Write, now: Moment): void;
}

interface Held {
  holder: string | undefined;
  lost: Map<string, Moment>;
}

export function isLease(object: KubeObject): boolean {
  return isKind(object, 'coordination.k8s.io/Lease') && object.metadata.name.startsWith('sluice.');
}

export function leaseKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export function watchLocks(present: readonly KubeObject[]): Locks {
  const held = new Map<string, Held>();
  const claims = new Map<string, { key: string; holder: string }[]>();
  const holderOf = (lease: KubeObject | undefined): string | undefined =>
    (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity || undefined;
  const keyOf = ({ metadata }: KubeObject): string => leaseKey(metadata.namespace, metadata.name);

  for (const lease of present.filter(isLease)) held.set(keyOf(lease), { holder: holderOf(lease), lost: new Map() });
  return {
    all: () => [...held].map(([key, lock]) => ({ key, ...lock })),
    claimsOf: client => claims.get(client) ?? [],
    see(write, now) {
      const lease = subjectOf(write);
      if (!isLease(lease)) return;
      const key = keyOf(lease);
      const lock = held.get(key) ?? { holder: undefined, lost: new Map<string, Moment>() };
      const holder = isDeletion(write) ? undefined : holderOf(write.after);
      if (lock.holder !== undefined && lock.holder !== holder) lock.lost.set(lock.holder, now);
      if (holder !== undefined && holder !== lock.holder) {
        lock.lost.delete(holder);
        const { client } = write.origin;
        if (client !== undefined) claims.set(client, [...(claims.get(client) ?? []), { key, holder }]);
      }
      held.set(key, { ...lock, holder });
    },
  };
}
