/**
 * Makes __tests__/github/openapi.json from GitHub's own OpenAPI description, which the package @octokit/openapi brings:
 * `node scripts/github-openapi.ts PATH`, where PATH is the package's `generated/api.github.com.json`. Kept are the endpoints
 * that Sluice asks, and what their schemas need; left out is what only people read.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Json, JsonObject } from '../src/kube.ts';

const OUTPUT = path.join(import.meta.dirname, '../__tests__/github/openapi.json');

const ENDPOINTS: Readonly<Record<string, readonly string[]>> = {
  '/orgs/{org}/teams/{team_slug}/memberships/{username}': ['get'],
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/collaborators/{username}/permission': ['get'],
  '/repos/{owner}/{repo}/commits/{commit_sha}/pulls': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}/check-runs': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}/status': ['get'],
  '/repos/{owner}/{repo}/deployments': ['get', 'post'],
  '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['get', 'patch', 'delete'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': ['post'],
  '/repos/{owner}/{repo}/issues/{issue_number}': ['get'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews': ['get'],
  '/repos/{owner}/{repo}/statuses/{sha}': ['post'],
};

/** For people, or for the makers of clients. */
const UNUSED = new Set(['description', 'summary', 'example', 'examples', 'tags', 'externalDocs', 'title']);

function generate(file: string): string {
  const source = JSON.parse(fs.readFileSync(file, 'utf8')) as JsonObject;
  const info = source['info'] as JsonObject;
  const paths = Object.entries(ENDPOINTS).map(([name, methods]) => {
    const item = member(source, ['paths', name]) as JsonObject;
    return [name, Object.fromEntries(methods.map(method => [method, slim(item[method] as Json)]))] as const;
  });
  const slice: JsonObject = {
    openapi: source['openapi'] as string,
    info: {
      title: 'The endpoints of GitHub that Sluice asks',
      version: info['version'] as string,
      'x-source': `generated/api.github.com.json of @octokit/openapi ${info['version']} (${(info['license'] as JsonObject)['name']}), by scripts/github-openapi.ts`,
    },
    paths: Object.fromEntries(paths),
  };
  return `${JSON.stringify({ ...slice, components: componentsOf(slice, source) })}\n`;
}

/** All that is referred to, also by what is referred to. */
function componentsOf(slice: JsonObject, source: JsonObject): JsonObject {
  const found = new Map<string, Json>();
  const waiting = references(slice);
  for (const reference of waiting) {
    if (found.has(reference)) continue;
    const value = slim(member(source, reference.slice(2).split('/')));
    found.set(reference, value);
    waiting.push(...references(value));
  }
  const components: Record<string, JsonObject> = {};
  for (const [reference, value] of [...found].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const [, kind = '', name = ''] = reference.slice(2).split('/');
    components[kind] = { ...components[kind], [name]: value };
  }
  return components;
}

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (value === null || typeof value !== 'object') return [];
  const own = value['$ref'];
  return [
    ...(typeof own === 'string' ? [own] : []),
    ...Object.values(value).flatMap(child => references(child as Json)),
  ];
}

/** `named`: its members have names of the user's own, such as properties. */
function slim(value: Json, named = false): Json {
  if (Array.isArray(value)) return value.map(item => slim(item));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value as JsonObject)
    .filter(([name]) => named || !(UNUSED.has(name) || name.startsWith('x-')))
    .map(([name, child]) => [name, slim(child as Json, !named && name === 'properties')] as const);
  return Object.fromEntries(kept);
}

function member(value: Json, names: readonly string[]): Json {
  const found = names.reduce<Json | undefined>((one, name) => (one as JsonObject | undefined)?.[name] as Json, value);
  if (found === undefined) throw new Error(`the description has no ${names.join(' → ')}: is it of another version?`);
  return found;
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error(
    'Say where generated/api.github.com.json of the package @octokit/openapi is: node scripts/github-openapi.ts PATH',
  );
  process.exit(1);
}
fs.writeFileSync(OUTPUT, generate(file));
