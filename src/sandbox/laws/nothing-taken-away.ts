import { refKey, refOf } from '../../kube.ts';
import type { Pair } from '../../release/plan.ts';
import { reaches, type Service } from '../controllers/endpoints/endpoint-ports.ts';
import { baselinePods, takenBaseline } from './baselines.ts';
import { type Change, isAt, isDeletion, isKind, type Law, objectText, subjectOf } from './change.ts';
import { names, ofSide, readyPods, replicasOf, workload } from './readiness.ts';
import { isGoingBack, isPartitioned, madeFor, type Release, trackOf } from './release.ts';
import { ROUTE_KINDS } from './routers/routes.ts';
import { rulesOf } from './routers/rules.ts';
import { isOwn, trackText } from './routers/service.ts';

/** Law 3: weight to 0, then settle, then drain; only then is something scaled down or deleted. */
export const nothingTakenAway: Law = change =>
  change.releases.flatMap(release => [
    ...deletedBySize(change, release),
    ...takenTwin(change, release),
    ...takenBaseline(change, release),
    ...takenAids(change, release),
    ...emptiedService(change, release),
    ...(rulesOf(release).taken?.(change, release) ?? []),
  ]);

function deletedBySize(change: Change, release: Release): string[] {
  return rulesOf(release)
    .moves(change, release)
    .filter(({ deletes, isEnough }) => deletes && !isEnough && !isGoingBack(release))
    .map(({ text }) => text);
}

function takenTwin(change: Change, release: Release): string[] {
  const { write, before } = change;
  return release.traffic.pairs.flatMap(pair => {
    if (isPartitioned(pair) || !isAt(subjectOf(write), pair.twin)) return [];
    const now = isDeletion(write) ? 0 : replicasOf(write.after);
    if (replicasOf(write.before) === 0 || now >= replicasOf(write.before)) return [];
    const what = isDeletion(write) ? 'is deleted' : `goes from ${replicasOf(write.before)} to ${now} pods`;
    const senders = rulesOf(release).senders(before, release, pair);
    // On the way back a deletion is law 4's.
    if (senders.length > 0)
      return isDeletion(write) && isGoingBack(release)
        ? []
        : [`${objectText(subjectOf(write))} ${what} while ${senders.join(', ')} sends to it`];
    return tooSoon(change, release, pair, what);
  });
}

function tooSoon({ after, history }: Change, { traffic }: Release, pair: Pair, what: string): string[] {
  const endedAt = history.traffic.endedAt(pair);
  if (endedAt === undefined) return [];
  const since = after.now - endedAt;
  const needed = (history.drainMs ?? traffic.drainMs) + (history.settleMs ?? traffic.settleMs);
  if (since >= needed) return [];
  return [
    `${pair.twin.kind} ${pair.twin.name} ${what} ${since} ms after its last traffic; settle and drain take ${needed} ms`,
  ];
}

/** Copies of configuration and Services of one version are needed as long as a twin has pods; its routes must be gone before. */
function takenAids({ write, before }: Change, release: Release): string[] {
  const subject = subjectOf(write);
  if (!isDeletion(write) || isKind(subject, ...ROUTE_KINDS) || !madeFor(release).has(refKey(refOf(subject)))) return [];
  const running = release.traffic.pairs.filter(
    pair =>
      !isPartitioned(pair) &&
      pair.twin.namespace === subject.metadata.namespace &&
      !isAt(subject, pair.twin) &&
      replicasOf(workload(before, pair.twin)) > 0,
  );
  return running.map(
    ({ twin }) =>
      `${objectText(subject)} is deleted while ${twin.name} has ${replicasOf(workload(before, twin))} replicas`,
  );
}

/** A pin must not shut out the pods that serve, nor its end let in those that are about to go. */
function emptiedService({ write, before }: Change, release: Release): string[] {
  if (!isKind(write.after, 'Service') || !write.before) return [];
  const [from, to] = [write.before as Service, write.after as Service];
  if (trackOf(from) === trackOf(to) || isOwn(release, to)) return [];
  const ready = readyPods(before, to.metadata.namespace);
  const [had, has] = [from, to].map(service => ready.filter(pod => reaches(service, pod)));
  if (trackOf(to) !== undefined && has?.length === 0 && (had?.length ?? 0) > 0)
    return [`${objectText(to)} is left with ${trackText(to)}, which has no ready pod; it had ${names(had ?? [])}`];
  if (trackOf(to) !== undefined) return [];
  const here = release.traffic.pairs.filter(
    pair => !isPartitioned(pair) && pair.stable.namespace === to.metadata.namespace,
  );
  const compared = new Set(here.flatMap(pair => baselinePods(before, pair)).map(({ metadata }) => metadata.uid));
  return [
    { whose: 'the new version', pods: here.flatMap(pair => ofSide(has ?? [], before, release, pair, 'twin')) },
    { whose: 'a baseline', pods: (has ?? []).filter(({ metadata }) => compared.has(metadata.uid)) },
  ].flatMap(({ whose, pods }) =>
    pods.length === 0
      ? []
      : [
          `${objectText(to)} is unpinned while pods of ${whose} are ready and would get its requests before they go: ${names(pods)}`,
        ],
  );
}
