import type { GitHub, Patience } from '../github.ts';
import type { Refusal } from './authorise.ts';
import type { Verb } from './parse.ts';
import type { CommandPolicy } from './policy.ts';
import { failureText, learned, lookUpRefusal, namesText, refusal } from './refusal.ts';
import { type Held, heldText, namesAnyRole, suffices, wantedText } from './roles.ts';
import { isMember, readAllowed, teamFailureText, teamText } from './team.ts';

/** They let a version have more requests, or change which one serves. */
const FORWARD: readonly Verb[] = ['promote', 'resume', 'rollback'];

/** Further ones would hardly be read. */
const MOST_REASONS = 2;

/**
 * What stands against this person's saying a verb: the role, unless the allow list has them. Whoever is on the list by
 * login is not asked about; teams are asked only where the role does not suffice. Each question is asked once, however
 * many verbs there are.
 */
export function personRule(
  github: GitHub,
  login: string,
  policy: CommandPolicy,
  more: { patience: Patience; roleOf: (login: string) => Promise<Held> },
): (verb: Verb) => Promise<Refusal | undefined> {
  const { logins, teams } = readAllowed(policy.allow);
  const { owner, repo } = github.repository;
  const teamNames = teams.map(teamText);
  let membership: Promise<{ isIn: boolean; failures: string[] }> | undefined;

  const askTeams = async (): Promise<{ isIn: boolean; failures: string[] }> => {
    const failures: string[] = [];
    for (const team of teams) {
      const answer = await learned(isMember(github, team, login, more.patience));
      if ('failure' in answer) failures.push(teamFailureText(team, answer.failure));
      else if (answer.value) return { isIn: true, failures: [] };
    }
    return { isIn: false, failures };
  };

  return async verb => {
    if (verb === 'help' || logins.includes(login.toLowerCase())) return undefined;
    const isForward = FORWARD.includes(verb);
    const wanted = isForward ? policy.promoteRoles : policy.rejectRoles;
    // Where no role suffices, none is asked for.
    const held = namesAnyRole(wanted) ? await learned(more.roleOf(login)) : undefined;
    if (held && 'value' in held && suffices(held.value, wanted)) return undefined;
    membership ??= askTeams();
    const { isIn, failures } = await membership;
    if (isIn) return undefined;
    const unknown = [...(held && 'failure' in held ? [failureText(held.failure)] : []), ...failures];
    if (unknown.length > 0) return lookUpRefusal(`whether you may ${spoken(verb)}`, unknown.slice(0, MOST_REASONS));
    const asks = `${isForward ? 'promote-roles' : 'reject-roles'} asks for ${wantedText(wanted)}`;
    const has = held && 'value' in held ? `you have ${heldText(held.value)} on ${owner}/${repo}` : 'only allow lets in';
    const seen = teams.length > 0 ? `, and as far as the token sees you are not in ${namesText(teamNames, 'or')}` : '';
    return refusal('role', `${asks}, and ${has}${seen}: ask someone who may, or be added to allow.`);
  };
}

/** As a sentence has it. */
function spoken(verb: Verb): string {
  if (verb === 'rollback') return 'roll back';
  return verb === 'status' ? 'see the status' : verb;
}
