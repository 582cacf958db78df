import type { Law } from './change.ts';
import { isGoingBack } from './release.ts';
import { rulesOf } from './routers/rules.ts';

/** Law 1: no write raises a version's part of the requests unless it has the ready endpoints for it. */
export const trafficFollowsCapacity: Law = change =>
  change.releases.flatMap(release => {
    const rules = rulesOf(release);
    const moves = rules
      .moves(change, release)
      .filter(({ to, deletes }) => !deletes && !(isGoingBack(release) && to === 'stable'));
    return [
      ...moves.filter(({ isEnough }) => !isEnough).map(({ text }) => text),
      ...(rules.excess?.(change, release) ?? []),
    ];
  });
