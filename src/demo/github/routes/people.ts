import { repositoryBody, rolePermissions } from '../bodies/repository.ts';
import { userBody } from '../bodies/user.ts';
import { notFound, Problem } from '../problems.ts';
import { callerOf, type Route } from './route.ts';

/** What older clients are told: the roles between are told as the next weaker one of these. */
const LEGACY = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
} as const;

export const PEOPLE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    docs: 'repos/repos#get-a-repository',
    needs: [],
    handle: ({ world, repository, caller }) => {
      const owner = userBody(world.links, repository.owner);
      return {
        status: 200,
        body: {
          ...repositoryBody(world, repository),
          ...(caller ? { permissions: rolePermissions(repository.roleOf(caller.viewer.login).base) } : {}),
          ...(repository.owner.type === 'Organization' ? { organization: owner } : {}),
          network_count: 0,
          subscribers_count: 1,
        },
      };
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    docs: 'collaborators/collaborators#get-repository-permissions-for-a-user',
    needs: [],
    isPersonal: true,
    handle: request => {
      const { world, repository, parameters } = request;
      const { viewer, app } = callerOf(request);
      if (app === undefined && !['write', 'maintain', 'admin'].includes(repository.roleOf(viewer.login).base)) {
        throw new Problem(403, 'Must have push access to view collaborator permission.');
      }
      const login = parameters['username'] ?? '';
      const user = world.findUser(login);
      if (user?.type !== 'User') throw new Problem(404, `${login} is not a user`);
      const role = repository.roleOf(user.login);
      return {
        status: 200,
        body: {
          permission: LEGACY[role.base],
          user: { ...userBody(world.links, user), permissions: rolePermissions(role.base), role_name: role.name },
          role_name: role.name,
        },
      };
    },
  },
  {
    method: 'GET',
    path: '/orgs/{org}/teams/{team_slug}/memberships/{username}',
    docs: 'teams/members#get-team-membership-for-a-user',
    needs: [{ scope: 'members', access: 'read' }],
    isPersonal: true,
    handle: request => {
      const { world, parameters } = request;
      const { org = '', team_slug = '', username = '' } = parameters;
      const team = world.findTeam(org, team_slug);
      const state = team?.members.get(username.toLowerCase());
      if (!team || !state) throw notFound();
      const of = `${world.links.api}/organizations/${team.organization.id}/team/${team.id}`;
      return {
        status: 200,
        body: {
          state: state === 'pending' ? 'pending' : 'active',
          role: state === 'maintainer' ? 'maintainer' : 'member',
          url: `${of}/memberships/${encodeURIComponent(world.user(username).login)}`,
        },
      };
    },
  },
];
