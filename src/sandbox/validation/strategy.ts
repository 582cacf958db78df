import type { KubeObject } from '../../kube.ts';
import { applySchemaDefaults } from '../crd/defaulting.ts';
import type { FieldError, Resource } from '../types.ts';
import { canonicalForm } from './canonical.ts';
import { groupKind } from './defaults/defaults.ts';
import { labelJob } from './defaults/workloads.ts';
import type { StrategyContext } from './prepare/context.ts';
import { prepareForCreate, prepareForUpdate } from './prepare/prepare.ts';
import { withStringData } from './prepare/secret-data.ts';
import { allocate } from './prepare/service-allocation.ts';
import type { Service } from './prepare/service-type.ts';
import { validateCreate, validateUpdate } from './validate.ts';

/** An object on its way into the store. With errors it must not be stored. */
export interface Prepared {
  object: KubeObject;
  errors: FieldError[];
}

/** The whole way of a new, decoded and defaulted object up to the store: prepared, validated, given addresses, in stored form. */
export function createStrategy(resource: Resource, object: KubeObject, context: StrategyContext): Prepared {
  const prepared = finish(resource, prepareForCreate(resource, withData(resource, object)));
  const errors = validateCreate(resource, prepared);
  if (errors.length > 0) return { object: prepared, errors };
  return withAllocations(resource, prepared, undefined, context);
}

/** The same for a change of `old`; `subresource` is the one that was written, if any. */
export function updateStrategy(
  resource: Resource,
  object: KubeObject,
  old: KubeObject,
  context: StrategyContext,
  subresource?: string,
): Prepared {
  const prepared = finish(resource, prepareForUpdate(resource, withData(resource, object), old, subresource));
  const errors = validateUpdate(resource, prepared, old, subresource);
  if (errors.length > 0 || subresource === 'status') return { object: prepared, errors };
  return withAllocations(resource, prepared, old, context);
}

const withData = (resource: Resource, object: KubeObject): KubeObject =>
  groupKind(resource) === 'Secret' ? withStringData(object) : object;

function finish(resource: Resource, object: KubeObject): KubeObject {
  if (resource.crd) return applySchemaDefaults(resource, object);
  const stored = canonicalForm(resource, object);
  if (groupKind(resource) === 'batch/Job') labelJob(stored as unknown as Record<string, unknown>);
  // Errors name the object even where it has no name.
  return { ...stored, metadata: { ...stored.metadata, name: stored.metadata.name ?? '' } };
}

function withAllocations(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): Prepared {
  if (groupKind(resource) !== 'Service') return { object, errors: [] };
  const { object: service, errors } = allocate(object as Service, old as Service | undefined, context);
  return { object: canonicalForm(resource, service), errors };
}
