import { isAt, isDeletion, type Law, subjectOf } from './change.ts';
import { isGoingBack } from './release.ts';
import { rulesOf } from './routers/rules.ts';

/** Law 4: on the way back capacity comes before traffic, and traffic before deletions. */
export const abortOrder: Law = change =>
  change.releases.filter(isGoingBack).flatMap(release => {
    const rules = rulesOf(release);
    const moves = rules
      .moves(change, release)
      .filter(({ to, isEnough }) => to === 'stable' && !isEnough)
      .map(({ text }) => `before stable has its capacity, ${text}`);
    const { write, before } = change;
    const deleted = release.traffic.pairs.filter(({ twin }) => isDeletion(write) && isAt(subjectOf(write), twin));
    const early = deleted.flatMap(pair => {
      const senders = rules.senders(before, release, pair);
      return senders.length === 0
        ? []
        : [`${pair.twin.name} is deleted before its traffic was moved: ${senders.join(', ')} still sends to it`];
    });
    return [...moves, ...early];
  });
