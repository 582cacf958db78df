import type { KubeObject } from '../../../kube.ts';
import type { Resource } from '../../types.ts';
import { deprecationOf } from '../../validation/warnings.ts';
import { presented, stored } from '../convert.ts';
import type { Core, ResourceRequest } from '../core.ts';
import { deleteObject, returnsDeleted } from '../delete.ts';
import { collectionOf } from '../registry.ts';
import { reviewOf } from '../reviews.ts';
import { badRequest, methodNotAllowed, notFound, success } from '../statuses.ts';
import { applyDefaults } from '../strategy.ts';
import { createObject, createsOnUpdate, updateObject } from '../write.ts';
import { decodeObject } from './body.ts';
import { deleteOptions } from './delete-options.ts';
import { isWatch, listPage, selectionOf } from './list.ts';
import type { Answer, Incoming, Session } from './message.ts';
import { json } from './message.ts';
import { negotiate } from './negotiation.ts';
import { patchObject } from './patch.ts';
import type { ResourceTarget } from './path.ts';
import { viewOfList, viewOfObject } from './view.ts';
import { watch } from './watch.ts';
import { type HttpWriteOptions, writeOptions } from './write-options.ts';

export interface ResourceCall {
  core: Core;
  incoming: Incoming;
  session: Session;
  resource: Resource;
  target: ResourceTarget;
}

export function requestOf(
  call: ResourceCall,
  verb: ResourceRequest['verb'],
  options: HttpWriteOptions,
): ResourceRequest {
  const { resource, session, target } = call;
  return {
    verb,
    resource,
    namespace: resource.namespaced ? target.namespace : undefined,
    name: target.name,
    ...(target.subresource ? { subresource: target.subresource } : {}),
    user: session.user,
    origin: session.origin,
    manager: options.manager,
    dryRun: options.dryRun,
    fieldValidation: options.fieldValidation,
    warnings: session.warnings,
  };
}

/** The object a call names, in the version that it asks for; 404 where there is none. */
export function liveObject({ core, resource, target }: ResourceCall): KubeObject {
  const name = target.name ?? '';
  const found = core.store.get(collectionOf(resource), resource.namespaced ? target.namespace : undefined, name);
  if (!found) throw notFound(resource, name);
  return presented(core.registry, resource, found);
}

/** Answers with one object in the view the client asked for. */
export function answerWith(call: ResourceCall, status: number, object: KubeObject): Answer {
  const { core, resource, incoming } = call;
  const negotiated = negotiate(incoming.headers['accept'], incoming.query);
  const shown = presented(core.registry, resource, object);
  const answer = json(status, viewOfObject(core, resource, negotiated, shown));
  return {
    ...answer,
    ...(negotiated.format === 'yaml' ? { contentType: 'application/yaml' } : {}),
  };
}

/** The verbs on a collection and on one object of it. */
export function callResource(call: ResourceCall): Answer {
  const { incoming, target, resource, session } = call;
  negotiate(incoming.headers['accept']);
  const deprecation = deprecationOf(resource);
  if (deprecation) session.warnings.push(deprecation);
  if (target.name === undefined) {
    switch (incoming.method) {
      case 'GET':
        return allowed(resource, 'list') && listOrWatch(call);
      case 'POST':
        if (resource.namespaced && target.namespace === undefined) throw methodNotAllowed();
        return allowed(resource, 'create') && create(call);
      case 'DELETE':
        return allowed(resource, 'deletecollection') && deleteCollection(call);
      default:
        throw methodNotAllowed();
    }
  }
  switch (incoming.method) {
    case 'GET':
      return allowed(resource, 'get') && answerWith(call, 200, liveObject(call));
    case 'PUT':
      return allowed(resource, 'update') && update(call);
    case 'PATCH':
      return allowed(resource, 'patch') && patch(call);
    case 'DELETE':
      return allowed(resource, 'delete') && remove(call);
    default:
      throw methodNotAllowed();
  }
}

function allowed(resource: Resource, verb: string): true {
  if (!resource.verbs.includes(verb)) throw methodNotAllowed();
  return true;
}

function listOrWatch({ core, incoming, resource, target }: ResourceCall): Answer {
  const negotiated = negotiate(incoming.headers['accept'], incoming.query);
  const selection = selectionOf(resource, resource.namespaced ? target.namespace : undefined, incoming.query);
  if (isWatch(incoming.query)) {
    return watch(core, resource, selection, incoming.query, object => viewOfObject(core, resource, negotiated, object));
  }
  const body = viewOfList(core, resource, negotiated, listPage(core, resource, selection, incoming.query));
  return { ...json(200, body), ...(negotiated.format === 'yaml' ? { contentType: 'application/yaml' } : {}) };
}

function checkNamespace({ resource, target }: ResourceCall, object: KubeObject): void {
  const { namespace } = object.metadata;
  if (namespace && resource.namespaced && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** The body's name has to be the URL's. */
export function checkName(call: ResourceCall, object: KubeObject): void {
  const url = call.target.name ?? '';
  const { name } = object.metadata;
  if (!name) throw badRequest(`the name of the object (${url} based on URL) was undeterminable: name must be provided`);
  if (name !== url) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${url})`);
  checkNamespace(call, object);
}

function create(call: ResourceCall): Answer {
  const { core, incoming, resource, session } = call;
  const options = writeOptions(incoming, 'create', '');
  const request = requestOf(call, 'create', options);
  const object = decodeObject(incoming, request, resource);
  const review = reviewOf(core, session.user, object);
  if (review) return answerWith(call, 201, reviewed(call, review));
  checkNamespace(call, object);
  const made = createObject(core, request, applyDefaults(core, resource, stored(core.registry, resource, object)));
  return answerWith(call, 201, made);
}

function reviewed({ resource, target }: ResourceCall, review: KubeObject): KubeObject {
  return resource.namespaced && target.namespace
    ? { ...review, metadata: { ...review.metadata, namespace: target.namespace } }
    : review;
}

function update(call: ResourceCall): Answer {
  const { core, incoming, resource, target } = call;
  const request = requestOf(call, 'update', writeOptions(incoming, 'update', ''));
  const object = decodeObject(incoming, request, resource);
  checkName(call, object);
  const name = target.name ?? '';
  const wanted = applyDefaults(core, resource, stored(core.registry, resource, object));
  const exists = core.store.get(collectionOf(resource), request.namespace, name) !== undefined;
  if (!exists && createsOnUpdate(resource)) {
    return answerWith(call, 201, createObject(core, request, wanted));
  }
  return answerWith(
    call,
    200,
    updateObject(core, request, name, () => wanted),
  );
}

function patch(call: ResourceCall): Answer {
  const { object, created } = patchObject(call);
  return answerWith(call, created ? 201 : 200, object);
}

function remove(call: ResourceCall): Answer {
  const { core, resource, target } = call;
  const options = deleteOptions(call.incoming);
  const request = requestOf(call, 'delete', {
    manager: 'unknown',
    dryRun: options.dryRun ?? false,
    fieldValidation: 'Ignore',
    force: false,
  });
  const name = target.name ?? '';
  const deletion = deleteObject(core, request, name, options);
  if (returnsDeleted(resource, deletion)) return answerWith(call, 200, deletion.object);
  return json(200, success(resource, name, deletion.object.metadata.uid ?? ''));
}

function deleteCollection(call: ResourceCall): Answer {
  const { core, incoming, resource, target } = call;
  if (resource.namespaced && target.namespace === undefined) throw methodNotAllowed();
  const options = deleteOptions(incoming);
  const selection = selectionOf(resource, resource.namespaced ? target.namespace : undefined, incoming.query);
  const page = listPage(core, resource, selection, incoming.query);
  const request = requestOf(call, 'delete', {
    manager: 'unknown',
    dryRun: options.dryRun ?? false,
    fieldValidation: 'Ignore',
    force: false,
  });
  for (const { metadata } of page.items) {
    deleteObject(core, { ...request, namespace: metadata.namespace, name: metadata.name }, metadata.name, options);
  }
  return json(200, viewOfList(core, resource, negotiate(incoming.headers['accept']), page));
}
