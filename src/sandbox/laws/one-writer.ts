import type { KubeObject } from '../../kube.ts';
import { type Change, isKind, type Law, objectText, subjectOf } from './change.ts';
import { isLease, type Lock, leaseKey } from './locks.ts';
import { HOME_LABEL, RECORD_LABEL, RELEASE_LABEL } from './release.ts';

/** Law 7: only who holds the Lease of the release writes. What was sent before it was lost may still arrive. */
export const oneWriter: Law = change => {
  const subject = subjectOf(change.write);
  // The namespace is made first, since the Lease lives in it.
  if (isLease(subject) || isKind(subject, 'Namespace')) return [];
  const locks = locksFor(change, subject);
  const { client, sent } = change.write.origin;
  if (client === undefined)
    return locks.some(({ holder }) => holder)
      ? []
      : [`${objectText(subject)} is written while nobody holds ${whichText(subject)}`];
  const claims = change.history.locks.claimsOf(client);
  const judged = locks.flatMap(lock =>
    claims.filter(({ key }) => key === lock.key).map(({ holder }) => ({ lock, holder })),
  );
  if (judged.length === 0)
    return [`${objectText(subject)} is written by ${client}, which never took ${whichText(subject)}`];
  if (judged.some(({ lock, holder }) => lock.holder === holder || sent.version < (lock.lost.get(holder)?.version ?? 0)))
    return [];
  return judged.slice(-1).map(({ lock, holder }) => {
    const now = lock.holder ? `is ${lock.holder}'s` : 'is nobody’s';
    return `${objectText(subject)} is written by ${client} as ${holder}, but Lease ${lock.key} ${now} since ${timeText(lock.lost.get(holder)?.at)}, and the request was sent at ${timeText(sent.at)}`;
  });
};

/** The Lease of the release whose label the object has; where it has none, any release's. */
function locksFor({ history }: Change, subject: KubeObject): readonly Lock[] {
  const wanted = leaseOf(subject);
  return history.locks.all().filter(({ key }) => wanted === undefined || key === wanted);
}

function leaseOf({ metadata: { labels = {}, namespace } }: KubeObject): string | undefined {
  const record = labels[RECORD_LABEL]?.replace(/\.part$/, '');
  if (record) return leaseKey(namespace, `sluice.${record}`);
  const release = labels[RELEASE_LABEL];
  return release ? leaseKey(labels[HOME_LABEL] ?? namespace, `sluice.${release}`) : undefined;
}

function whichText(subject: KubeObject): string {
  const key = leaseOf(subject);
  return key ? `Lease ${key}` : 'any Lease of a release';
}

function timeText(milliseconds: number | undefined): string {
  return milliseconds === undefined ? 'an unknown time' : new Date(milliseconds).toISOString();
}
