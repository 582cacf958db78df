import type { KubeObject } from '../../../kube.ts';
import { JsonSyntaxError, parseJson } from '../../apply/json-text.ts';
import { checkFieldTerms, type FieldTerm, fieldsMatch, parseFieldSelector } from '../../store/field-selector.ts';
import { labelsMatch, parseLabelSelector, type Requirement } from '../../store/label-selector.ts';
import type { FieldError, Resource, StatusError } from '../../types.ts';
import { presented } from '../convert.ts';
import type { Core } from '../core.ts';
import { collectionOf } from '../registry.ts';
import { badRequest, expired, failure, invalid } from '../statuses.ts';

const LIST_OPTIONS = { group: 'meta.k8s.io', kind: 'ListOptions' };

/** Which objects of a collection a list, watch or deletecollection is about. */
export interface Selection {
  namespace: string | undefined;
  labels: readonly Requirement[];
  fields: readonly FieldTerm[];
}

export interface Page {
  items: readonly KubeObject[];
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

export function selectionOf(resource: Resource, namespace: string | undefined, query: URLSearchParams): Selection {
  try {
    const labels = parseLabelSelector(query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
    checkFieldTerms(resource, fields);
    return { namespace, labels, fields };
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

export function selected(selection: Selection, object: KubeObject): boolean {
  if (selection.namespace !== undefined && object.metadata.namespace !== selection.namespace) return false;
  return labelsMatch(selection.labels, object.metadata.labels) && fieldsMatch(selection.fields, object);
}

function forbiddenOption(field: string, message: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${message}` };
}

/** The rules of `ValidateListOptions`. */
export function checkListOptions(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch');
  const version = query.get('resourceVersion') ?? '';
  const errors: FieldError[] = [];
  const initial = query.get('sendInitialEvents');
  if (initial !== null) {
    if (match === null)
      errors.push(
        forbiddenOption(
          'resourceVersionMatch',
          'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        ),
      );
    else if (match !== 'NotOlderThan')
      errors.push({
        reason: 'FieldValueNotSupported',
        field: 'resourceVersionMatch',
        message: `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`,
      });
    if (!isWatch(query)) errors.push(forbiddenOption('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  } else if (match) {
    if (isWatch(query))
      errors.push(
        forbiddenOption(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ),
      );
    else if (version === '')
      errors.push(
        forbiddenOption('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    if (query.get('continue'))
      errors.push(
        forbiddenOption('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'),
      );
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push({
        reason: 'FieldValueNotSupported',
        field: 'resourceVersionMatch',
        message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
      });
    }
    if (match === 'Exact' && version === '0')
      errors.push(
        forbiddenOption('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
  }
  if (errors.length > 0) throw invalid(LIST_OPTIONS, '', errors);
}

export function isWatch(query: URLSearchParams): boolean {
  return /^(true|1)$/i.test(query.get('watch') ?? '');
}

/** A whole number of the query, 0 where it is not given. */
export function integerOf(query: URLSearchParams, name: string): number {
  const given = query.get(name) ?? '';
  if (!/^([-+]?\d+)?$/.test(given)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`);
  }
  return Number(given);
}

/** What is wrong with a resourceVersion, as Go's parser says it; undefined where nothing is. */
export function versionProblem(version: string): string | undefined {
  if (version === '' || /^\d+$/.test(version)) return undefined;
  return `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`;
}

interface Continuation {
  v: 'meta.k8s.io/v1';
  rv: number;
  start: string;
}

const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function continuation(token: string): Continuation {
  const refuse = (why: string): StatusError => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  try {
    const { value } = parseJson(Buffer.from(token, 'base64url').toString());
    const { rv, start } = (value ?? {}) as Partial<Continuation>;
    if (typeof rv === 'number' && typeof start === 'string') return { v: 'meta.k8s.io/v1', rv, start };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw refuse(error.message);
    throw error;
  }
  throw refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
}

/** One page of a collection, at the version that the options ask for. */
export function listPage(core: Core, resource: Resource, selection: Selection, query: URLSearchParams): Page {
  checkListOptions(query);
  const version = query.get('resourceVersion') ?? '';
  const token = query.get('continue') ?? '';
  const limit = integerOf(query, 'limit');
  if (token !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const problem = versionProblem(version);
  if (problem) throw badRequest(`invalid resource version: ${problem}`);
  const start = token === '' ? undefined : continuation(token);
  const at = start?.rv ?? versionToRead(core, query, version, limit);
  const collection = collectionOf(resource);
  const objects =
    at === undefined
      ? core.store.list(collection, selection.namespace)
      : core.store.listAt(collection, selection.namespace, at);
  if (!objects) {
    throw expired(
      start
        ? 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.'
        : `The resourceVersion for the provided list is too old.`,
    );
  }
  const matching = objects.filter(
    object => selected(selection, object) && (start === undefined || keyOf(object) >= start.start),
  );
  const read = at ?? core.store.version();
  const items = (limit > 0 ? matching.slice(0, limit) : matching).map(object =>
    presented(core.registry, resource, object),
  );
  const next = limit > 0 ? matching[limit] : undefined;
  const counted = selection.labels.length === 0 && selection.fields.length === 0;
  return {
    items,
    resourceVersion: String(read),
    ...(next
      ? {
          continue: Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: read, start: keyOf(next) })).toString(
            'base64url',
          ),
        }
      : {}),
    ...(next && counted ? { remainingItemCount: matching.length - limit } : {}),
  };
}

/** The past version to read at; undefined for the newest. */
function versionToRead(core: Core, query: URLSearchParams, version: string, limit: number): number | undefined {
  if (version === '' || version === '0') return undefined;
  const current = core.store.version();
  if (Number(version) > current) {
    const details = {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    };
    throw failure(504, 'Timeout', `Timeout: Too large resource version: ${version}, current: ${current}`, details);
  }
  const match = query.get('resourceVersionMatch');
  return match === 'Exact' || (match === null && limit > 0) ? Number(version) : undefined;
}
