import { unfit } from '../problems.ts';
import type { FakeRepository } from '../repository.ts';

export interface Context {
  context: string;
  state: string;
}

/** The statuses and check runs that a deployment is verified against: all that the commit has, unless some are named. */
export function verifiedContexts(repository: FakeRepository, sha: string, required: unknown): Context[] {
  const statuses = repository.commits
    .latestStatuses(sha)
    .map(({ context, state }) => ({ context, state: String(state) }));
  const runs = repository.commits
    .checkRuns(sha)
    .map(({ name, conclusion }) => ({ context: name, state: conclusion ?? 'pending' }));
  const known = [...statuses, ...runs].filter(
    ({ context }, index, all) => all.findIndex(one => one.context === context) === index,
  );
  if (required === undefined || required === null) return known;
  if (!Array.isArray(required)) {
    throw unfit(`For 'properties/required_contexts', ${JSON.stringify(required)} is not an array.`);
  }
  return required.map(
    name => known.find(({ context }) => context === name) ?? { context: String(name), state: 'pending' },
  );
}

export const isGreen = ({ state }: Context): boolean => state === 'success';
