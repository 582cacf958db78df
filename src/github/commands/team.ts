import { type GitHub, GitHubError, type Patience } from '../github.ts';
import { failureText } from './refusal.ts';

export interface Team {
  org: string;
  slug: string;
}

/** `ada` and `@ada` are a person, `@acme/release-team` a team; whatever is neither lets nobody in. */
export function readAllowed(allow: readonly string[]): { logins: string[]; teams: Team[] } {
  const entries = allow.map(entry => entry.trim().replace(/^@/, '').toLowerCase().split('/'));
  const isWhole = (parts: readonly string[]): boolean => parts.every(part => part !== '');
  return {
    logins: entries.flatMap(parts => (parts.length === 1 && isWhole(parts) ? parts : [])),
    teams: entries.flatMap(parts => {
      const [org, slug] = parts;
      return org !== undefined && slug !== undefined && parts.length === 2 && isWhole(parts) ? [{ org, slug }] : [];
    }),
  };
}

export function teamText({ org, slug }: Team): string {
  return `@${org}/${slug}`;
}

/** An invitation that was not accepted is no membership. GitHub's 404 is also what a token hears that may not see the team. */
export async function isMember(
  github: GitHub,
  { org, slug }: Team,
  username: string,
  patience: Patience,
): Promise<boolean> {
  try {
    const route = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
    const { state } = await github.ask(route, { org, team_slug: slug, username }, patience);
    return state === 'active';
  } catch (error) {
    if (error instanceof GitHubError && error.trouble === 'not-found') return false;
    throw error;
  }
}

/** Why it is not known who is in a team. */
export function teamFailureText(team: Team, failure: GitHubError): string {
  const reason = failureText(failure);
  if (failure.trouble !== 'forbidden') return reason;
  return `who is in ${teamText(team)} takes a token with members: read, which GITHUB_TOKEN never has (${reason})`;
}
