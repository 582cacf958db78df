/** What the kinds do to objects on their way into the store: the strategy of validation/ and the field managers of apply/. */
import type { JsonObject, KubeObject } from '../../kube.ts';
import { builtinSchema } from '../apply/schema.ts';
import { serverSideApply } from '../apply/server-side-apply.ts';
import { trackUpdate } from '../apply/tracking.ts';
import { type FieldError, type Resource, StatusError } from '../types.ts';
import { applyDefaults as defaultsOf } from '../validation/defaults/defaults.ts';
import { validateEvent, validateNewStyleEvent, validateNewStyleEventUpdate } from '../validation/kinds/event.ts';
import type { StrategyContext } from '../validation/prepare/context.ts';
import { createStrategy, type Prepared, updateStrategy } from '../validation/strategy.ts';
import { warningsFor } from '../validation/warnings.ts';
import type { Core, ResourceRequest } from './core.ts';
import { prepareDebugging } from './pods/debugging.ts';
import { collectionOf } from './registry.ts';

const SERVICES = collectionOf({ group: '', plural: 'services' });

/** The kind whose schema and rules hold for an object in its storage version. */
function writtenKind(core: Core, resource: Resource): Resource {
  return resource.crd || resource === SCALE ? resource : core.registry.storage(resource);
}

function contextOf(core: Core): StrategyContext {
  return { services: () => core.store.list(SERVICES) };
}

export function prepareCreate(core: Core, request: ResourceRequest, object: KubeObject): Prepared {
  const kind = writtenKind(core, request.resource);
  const strategy = createStrategy(kind, object, contextOf(core));
  const prepared = { ...strategy, errors: [...strategy.errors, ...eventErrors(request.resource, strategy.object)] };
  if (prepared.errors.length === 0) request.warnings.push(...warningsFor(kind, prepared.object));
  return prepared;
}

export function prepareUpdate(core: Core, request: ResourceRequest, object: KubeObject, live: KubeObject): Prepared {
  const kind = writtenKind(core, request.resource);
  if (request.subresource === 'ephemeralcontainers') return prepareDebugging(kind, object, live);
  const strategy = updateStrategy(kind, object, live, contextOf(core), request.subresource);
  const prepared = {
    ...strategy,
    errors: [...strategy.errors, ...eventErrors(request.resource, strategy.object, live)],
  };
  if (prepared.errors.length === 0 && !request.subresource)
    request.warnings.push(...warningsFor(kind, prepared.object, live));
  return prepared;
}

/** Both APIs write the same Events; events.k8s.io holds them to stricter rules. */
function eventErrors(resource: Resource, event: KubeObject, live?: KubeObject): FieldError[] {
  if (resource.kind !== 'Event' || resource.crd) return [];
  if (resource.group === '') return validateEvent(event);
  return [...validateEvent(event), ...(live ? validateNewStyleEventUpdate(event, live) : validateNewStyleEvent(event))];
}

export function applyDefaults(core: Core, resource: Resource, object: KubeObject): KubeObject {
  return defaultsOf(writtenKind(core, resource), object);
}

/** The object with the managed fields that a write other than an apply leaves. */
export function trackFields(
  core: Core,
  request: ResourceRequest,
  live: KubeObject | undefined,
  updated: KubeObject,
): KubeObject {
  const kind = writtenKind(core, request.resource);
  const { manager, subresource } = request;
  try {
    return trackUpdate({
      kind,
      live,
      updated,
      manager,
      now: core.clock.now(),
      ...(subresource ? { subresource } : {}),
    });
  } catch (error) {
    if (error instanceof StatusError) throw error;
    // An object whose fields cannot be named (a list element without its key) goes on untracked: validation tells what is wrong.
    const { managedFields: _, ...metadata } = updated.metadata;
    return { ...updated, metadata };
  }
}

export interface Application {
  applied: JsonObject;
  force: boolean;
}

/** The live object (none yet, where it is undefined) after a server-side apply, not yet defaulted. */
export function applyTo(
  core: Core,
  request: ResourceRequest,
  live: KubeObject | undefined,
  { applied, force }: Application,
): KubeObject {
  // A configuration is in the version of its endpoint, as is the live object that it is merged into.
  const { manager, subresource, resource: kind } = request;
  return serverSideApply({
    kind,
    live,
    applied,
    force,
    manager,
    now: core.clock.now(),
    ...(subresource ? { subresource } : {}),
  });
}

/** A Scale as the field managers see it: a kind of its own, written by way of the subresource. */
export const SCALE: Resource = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  listKind: 'ScaleList',
  plural: 'scales',
  singular: 'scale',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: [],
  subresources: [],
  schema: builtinSchema('autoscaling', 'v1', 'Scale') ?? { type: 'any' },
};
