import { acceptedPermissions, has } from '../permissions.ts';
import { notFound, Problem } from '../problems.ts';
import type { FakeRepository } from '../repository.ts';
import type { Token, World } from '../world.ts';
import { CHECK_ROUTES } from './checks.ts';
import { COMMENT_ROUTES } from './comments.ts';
import { DEPLOYMENT_ROUTES } from './deployments.ts';
import { PEOPLE_ROUTES } from './people.ts';
import { PULL_ROUTES } from './pulls.ts';
import type { Answer, Request, Route } from './route.ts';

const ROUTES = [...PULL_ROUTES, ...COMMENT_ROUTES, ...PEOPLE_ROUTES, ...CHECK_ROUTES, ...DEPLOYMENT_ROUTES].map(
  route => ({ route, pattern: new RegExp(`^${route.path.replace(/{(\w+)}/g, '(?<$1>[^/]+)')}$`) }),
);

export interface Found {
  route: Route;
  parameters: Record<string, string>;
}

export function findRoute(method: string, path: string): Found | undefined {
  for (const { route, pattern } of ROUTES) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (!match) continue;
    const parameters = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decoded(value)] as const);
    return { route, parameters: Object.fromEntries(parameters) };
  }
  return undefined;
}

/** What GitHub answers, or the Problem that it has. */
export function answer(
  world: World,
  caller: Token | undefined,
  { route, parameters }: Found,
  asked: { path: string; query: URLSearchParams; body: unknown },
): Answer {
  const repository = world.findRepository(`${parameters['owner']}/${parameters['repo']}`);
  const isOfRepository = route.path.startsWith('/repos/');
  if (isOfRepository && !(repository && sees(caller, repository))) throw notFound();
  if (!caller && (route.method !== 'GET' || route.isPersonal)) throw new Problem(401, 'Requires authentication');
  const place = repository ?? caller?.repository;
  if (!place) throw notFound();
  const rest = asked.path.split('/').slice(4);
  const request: Request = {
    world,
    caller,
    repository: place,
    parameters,
    query: asked.query,
    body: bodyOf(route, asked.body),
    url: [world.links.api, 'repositories', place.id, ...rest].join('/'),
  };
  authorise(request, route);
  return route.handle(request);
}

function authorise(request: Request, route: Route): void {
  const { caller, repository } = request;
  const needs = route.need ? [route.need(request)] : route.needs;
  const isPublicRead = route.method === 'GET' && !repository.isPrivate && !route.isPersonal;
  if (!caller || isPublicRead || needs.length === 0) return;
  const isAtHome = !route.path.startsWith('/repos/') || caller.repository === repository;
  if (isAtHome && needs.some(need => has(caller.scopes, need))) return;
  // Of an organization's teams nothing is told, not even that one may not ask.
  if (!route.path.startsWith('/repos/')) throw notFound();
  const kind = caller.app === undefined ? 'personal access token' : 'integration';
  throw new Problem(403, `Resource not accessible by ${kind}`);
}

/** Also of a private repository, everything is there for its own token only. */
function sees(caller: Token | undefined, repository: FakeRepository): boolean {
  if (!repository.isPrivate) return true;
  if (!caller || caller.repository !== repository) return false;
  return caller.app !== undefined || repository.roleOf(caller.viewer.login).base !== 'none';
}

export const acceptedBy = ({ needs }: Route): string => acceptedPermissions(needs);

function bodyOf({ method }: Route, body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || method === 'GET' || method === 'DELETE') return {};
  if (typeof body === 'string') throw new Problem(400, 'Problems parsing JSON');
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new Problem(400, 'Body should be a JSON object');
  }
  return body as Record<string, unknown>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
