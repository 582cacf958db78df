import { StatusError } from '../../types.ts';
import { authenticate } from '../authentication.ts';
import { type Core, present, type User, type WriteOrigin } from '../core.ts';
import { type Attributes, authorize, refusal } from '../rbac.ts';
import { failure, forbidden, internal, methodNotAllowed, notFound, unknownResource } from '../statuses.ts';
import { coreVersions, groupAnswer, groupList, resourceList } from './discovery.ts';
import { isWatch } from './list.ts';
import type { Answer, Incoming, Session } from './message.ts';
import { json, text } from './message.ts';
import { openApi } from './openapi.ts';
import { type ResourceTarget, type Target, targetOf } from './path.ts';
import { withJsonBody } from './protobuf-body.ts';
import { callResource } from './resource.ts';
import { callSubresource } from './subresource.ts';
import { version } from './version.ts';

/** Largest body that is read, in bytes. */
const BODY_LIMIT = 3_145_728;

const HEALTH = new Set(['/healthz', '/livez', '/readyz']);
const DOCUMENTS = new Set(['/version', '/api', '/apis']);
const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  GET: 'get',
  HEAD: 'get',
};

/** What RBAC calls the verb of a request. */
export function verbOf(incoming: Incoming, target: Target): string {
  const verb = VERBS[incoming.method] ?? incoming.method.toLowerCase();
  if (target.kind !== 'resource' || target.name !== undefined) return verb;
  if (verb === 'get') return isWatch(incoming.query) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

function attributesOf(incoming: Incoming, target: Target): Attributes {
  const verb = verbOf(incoming, target);
  if (target.kind !== 'resource') return { verb, path: incoming.path };
  const { group, plural: resource, namespace, name, subresource } = target;
  return {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

function permit(core: Core, user: User, incoming: Incoming, target: Target): void {
  const asked = attributesOf(incoming, target);
  if (authorize(core, user, asked).allowed) return;
  if (target.kind === 'resource') throw forbidden(target, target.name, refusal(user, asked));
  throw failure(403, 'Forbidden', `forbidden: ${refusal(user, asked)}`, {});
}

function originOf(core: Core, { headers, sent = present(core) }: Incoming): WriteOrigin {
  const client = headers['user-agent'];
  return { ...(client ? { client } : {}), sent };
}

function isRead({ method }: Incoming): boolean {
  return method === 'GET' || method === 'HEAD';
}

function pageNotFound(): Answer {
  return text(404, '404 page not found\n');
}

function callTarget(core: Core, session: Session, incoming: Incoming, target: ResourceTarget): Answer {
  const { registry } = core;
  const resource = registry.find(target.group, target.version, target.plural);
  if (!resource) {
    const versions = registry.versions(target.group);
    const custom = registry.all().some(entry => entry.group === target.group && entry.crd);
    if (versions.length === 0 || custom) return pageNotFound();
    throw unknownResource();
  }
  const call = { core, incoming, session, resource, target };
  if (target.subresource === undefined) return callResource(call);
  if (!resource.subresources.includes(target.subresource)) {
    if (resource.crd) throw notFound(resource, target.name ?? '');
    throw unknownResource();
  }
  return callSubresource(call, target.subresource);
}

function route(core: Core, session: Session, incoming: Incoming, target: Target): Answer {
  const { registry } = core;
  const { path } = incoming;
  switch (target.kind) {
    case 'resource':
      return callTarget(core, session, incoming, target);
    case 'version': {
      if (!isRead(incoming)) throw methodNotAllowed();
      const list = resourceList(registry, target.group, target.version);
      if (list) return list;
      if (registry.versions(target.group).length > 0) throw unknownResource();
      return pageNotFound();
    }
    case 'group':
      if (!isRead(incoming)) throw methodNotAllowed();
      return groupAnswer(registry, target.group) ?? pageNotFound();
    case 'other':
      break;
    default:
      return target satisfies never;
  }
  const plain = path.replace(/\/$/, '');
  if (HEALTH.has(plain)) return text(200, 'ok');
  if (DOCUMENTS.has(plain) && !isRead(incoming)) throw methodNotAllowed();
  if (plain === '/version') return json(200, version(core.clock.now()));
  if (plain === '/api') return coreVersions(registry, incoming);
  if (plain === '/apis') return groupList(registry, incoming);
  if (plain.startsWith('/openapi/')) return openApi(core, incoming) ?? pageNotFound();
  return pageNotFound();
}

/** Turns a request into its answer; whatever goes wrong is a Status. */
export function handle(core: Core, incoming: Incoming): Answer {
  const warnings: string[] = [];
  try {
    const target = targetOf(incoming.path);
    const user = authenticate(core, incoming.headers);
    permit(core, user, incoming, target);
    if (incoming.body.length > BODY_LIMIT) {
      throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`);
    }
    return {
      ...route(core, { user, warnings, origin: originOf(core, incoming) }, withJsonBody(incoming), target),
      warnings,
    };
  } catch (error) {
    const { status } =
      error instanceof StatusError ? error : internal(`Internal error occurred: ${(error as Error).message}`);
    const retry = status.details?.['retryAfterSeconds'];
    return {
      ...json(status.code ?? 500, status),
      warnings,
      ...(retry === undefined ? {} : { headers: { 'retry-after': String(retry) } }),
    };
  }
}
