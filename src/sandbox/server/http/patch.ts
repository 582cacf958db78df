import type { JsonObject, KubeObject } from '../../../kube.ts';
import { decodeApply } from '../../apply/decode-body.ts';
import { patchObject as applyPatch, type PatchType } from '../../apply/patch-object.ts';
import type { Resource } from '../../types.ts';
import { presented, stored } from '../convert.ts';
import type { ResourceRequest } from '../core.ts';
import { authorize, refusal } from '../rbac.ts';
import { collectionOf } from '../registry.ts';
import { badRequest, failure, forbidden, notFound } from '../statuses.ts';
import { applyDefaults, applyTo } from '../strategy.ts';
import { createObject, updateObject } from '../write.ts';
import { contentTypeOf } from './body.ts';
import type { Incoming } from './message.ts';
import { type ResourceCall, requestOf } from './resource.ts';
import { writeOptions } from './write-options.ts';

export interface Patched {
  object: KubeObject;
  created: boolean;
}

const TYPES: Readonly<Record<string, PatchType | 'apply'>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Which of the four kinds of patch a request is; 415 where the resource does not take it. */
export function patchTypeOf({ incoming, resource }: ResourceCall): PatchType | 'apply' {
  const type = TYPES[contentTypeOf(incoming.headers)];
  if (type === undefined) throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  if (resource.crd && type === 'strategic') {
    const taken = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    throw failure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${taken}`,
    );
  }
  return type;
}

/** What a patch that is no apply makes of an object of a kind. */
export function patched(
  call: ResourceCall,
  request: ResourceRequest,
  kind: Resource,
  type: PatchType,
  live: KubeObject,
): KubeObject {
  const { object, warnings } = applyPatch(kind, live, type, call.incoming.body.toString(), request.fieldValidation);
  request.warnings.push(...warnings);
  checkPatchedName(call, object);
  return object;
}

/** The configuration of a server-side apply; it has to name the object of the URL. */
export function appliedOf(_call: ResourceCall, request: ResourceRequest, incoming: Incoming): JsonObject {
  const { object, warnings } = decodeApply(incoming.body.toString(), request.fieldValidation);
  request.warnings.push(...warnings);
  return object;
}

/** Patches an object; an apply may create it. */
export function patchObject(call: ResourceCall): Patched {
  const type = patchTypeOf(call);
  const options = writeOptions(call.incoming, 'patch', contentTypeOf(call.incoming.headers));
  const request = requestOf(call, 'patch', options);
  if (type === 'apply') return applyObject(call, request, options.force);
  const { core, resource, target } = call;
  const change = (live: KubeObject): KubeObject => {
    const wanted = patched(call, request, resource, type, presented(core.registry, resource, live));
    return applyDefaults(core, resource, stored(core.registry, resource, wanted));
  };
  const object = updateObject(core, request, target.name ?? '', change, { patch: true });
  return { object, created: false };
}

/** A patch may not rename. */
function checkPatchedName({ target }: ResourceCall, object: KubeObject): void {
  const { name, namespace } = object.metadata;
  if (!name)
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  if (name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  if (namespace && target.namespace && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** An apply that makes the object needs the right to create it, beside that to patch. */
function permitCreation({ core, target }: ResourceCall, { user, namespace, name }: ResourceRequest): void {
  const { group, plural: resource } = target;
  const asked = { verb: 'create', group, resource, ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) };
  if (!authorize(core, user, asked).allowed) throw forbidden(target, target.name, refusal(user, asked));
}

function applyObject(call: ResourceCall, request: ResourceRequest, force: boolean): Patched {
  const { core, resource, target, incoming } = call;
  const applied = appliedOf(call, request, incoming);
  const live = core.store.get(collectionOf(resource), request.namespace, target.name ?? '');
  const result = (of: KubeObject | undefined): KubeObject => {
    const before = of && presented(core.registry, resource, of);
    const merged = applyTo(core, request, before, { applied, force });
    checkPatchedName(call, merged);
    return applyDefaults(core, resource, stored(core.registry, resource, merged));
  };
  if (live) {
    const object = updateObject(core, request, target.name ?? '', result, { patch: true, tracked: true });
    return { object, created: false };
  }
  if (request.subresource) throw notFound(resource, target.name ?? '');
  permitCreation(call, request);
  return { object: createObject(core, { ...request, verb: 'create' }, result(undefined), true), created: true };
}
