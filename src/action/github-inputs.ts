import type { InputReader } from '../config/inputs.ts';
import { type CommandPolicy, ROLES } from '../github/commands/policy.ts';
import type { InputName } from './interface.ts';

/** What is asked and told at GitHub. */
export interface GitHubInputs {
  token: string | undefined;
  /** Whether to keep the live comment. */
  comment: boolean;
  prefix: string;
  policy: CommandPolicy;
  environment: string | undefined;
  environmentUrl: string | undefined;
  commitStatus: boolean;
}

/** Begins with what no sentence begins with, and has nothing that means something in markdown or HTML. */
const PREFIX = /^[/!?.+~:][\w/!?.+~:-]{0,19}$/;
const LOGIN = /^[a-z\d](?:-?[a-z\d])*(?:_[a-z\d]+)?$/i;
const TEAM = /^@([\w-]+)\/([\w-]+)$/;
const MOST_REVIEWS = 10;

export function readGitHub(reader: InputReader): GitHubInputs {
  const prefix = reader.text('command-prefix' satisfies InputName) ?? '/';
  if (!PREFIX.test(prefix))
    reader.problem(
      'command-prefix',
      `${JSON.stringify(prefix)} is not allowed; give at most 20 characters without spaces that begin with one of / ! ? . + ~ :`,
    );
  const environmentUrl = reader.text('environment-url' satisfies InputName);
  if (environmentUrl && !/^https?:\/\/[^\s]+$/.test(environmentUrl))
    reader.problem('environment-url', `${JSON.stringify(environmentUrl)} is not allowed; give an http(s) address`);
  const environment = reader.text('environment' satisfies InputName);
  if (environmentUrl && !environment)
    reader.problem('environment-url', 'is given without environment; give the name of the environment, too');
  return {
    token: reader.text('github-token' satisfies InputName),
    comment: reader.boolean('comment' satisfies InputName, true),
    prefix,
    policy: {
      promoteRoles: roles(reader, 'promote-roles', 'write'),
      rejectRoles: roles(reader, 'reject-roles', 'triage'),
      allow: allowed(reader),
      preventSelfPromotion: reader.boolean('prevent-self-promotion' satisfies InputName, false),
      requiredReviews: reader.integer('required-reviews' satisfies InputName, 0, { min: 0, max: MOST_REVIEWS }),
      requiredChecks: requiredChecks(reader),
      allowForks: reader.boolean('allow-forks' satisfies InputName, false),
      allowSuperseded: reader.boolean('allow-superseded' satisfies InputName, false),
    },
    environment,
    environmentUrl,
    commitStatus: reader.boolean('commit-status' satisfies InputName, false),
  };
}

const OWN: readonly string[] = [...ROLES, 'none'];

function roles(reader: InputReader, input: InputName, fallback: string): string[] {
  const names = words(reader, input);
  // A custom role's name may have any character; one that is almost GitHub's own is a slip.
  for (const name of names)
    if (!OWN.includes(name.toLowerCase()) && OWN.includes(name.toLowerCase().replace(/s$/, '')))
      reader.problem(
        input,
        `${JSON.stringify(name)} is not allowed; GitHub's roles are ${ROLES.join(', ')}, and none alone lets in nobody but those of allow`,
      );
  return names.length > 0 ? names : [fallback];
}

function allowed(reader: InputReader): string[] {
  const names = words(reader, 'allow');
  for (const name of names)
    if (!TEAM.test(name) && !LOGIN.test(name.replace(/^@/, '')))
      reader.problem('allow', `${JSON.stringify(name)} is not allowed; give a login, or a team as @organisation/team`);
  return names;
}

function requiredChecks(reader: InputReader): CommandPolicy['requiredChecks'] {
  const names = reader.lines('required-checks' satisfies InputName);
  const [only = 'none'] = names;
  return names.length <= 1 && (only === 'none' || only === 'all') ? only : names;
}

/** Names that have no comma and no line break. */
function words(reader: InputReader, input: InputName): string[] {
  return reader
    .lines(input)
    .flatMap(line => line.split(','))
    .map(word => word.trim())
    .filter(Boolean);
}
