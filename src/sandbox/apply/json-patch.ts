/** RFC 6902 as the API server does it (evanphx/json-patch). */
import type { Json, JsonObject } from '../../kube.ts';
import { equalJson, isObject } from './atom.ts';
import { jsonType } from './go-text.ts';
import { refusal, unprocessable } from './refusal.ts';

/** More operations are refused with 413. */
const MAX_OPERATIONS = 10_000;

/** Where an operation does not fit the document: the server tells the client no more than that. */
class PatchMismatch extends Error {}

/** The document after the operations, in order. Throws StatusError: 400 for what is no patch, 422 for one that does not fit. */
export function jsonPatch(document: Json, patch: Json): Json {
  const operations = operationsOf(patch);
  if (operations.length > MAX_OPERATIONS) {
    const message = `Request entity is too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`;
    throw refusal(413, 'RequestEntityTooLarge', message);
  }
  try {
    return operations.reduce<Json>((current, operation) => apply(current, operation), structuredClone(document));
  } catch (error) {
    if (!(error instanceof PatchMismatch)) throw error;
    throw unprocessable();
  }
}

function operationsOf(patch: Json): JsonObject[] {
  if (patch === null) return [];
  const type = 'handlers.jsonPatchOp';
  const refuse = (value: Json, what: string): never => {
    throw refusal(400, 'BadRequest', `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go ${what}`);
  };
  if (!Array.isArray(patch)) return refuse(patch, `value of type []${type}`);
  return patch.map(operation => {
    if (!isObject(operation)) return refuse(operation, `value of type ${type}`);
    for (const name of ['op', 'path', 'from']) {
      const value = operation[name] ?? null;
      if (value !== null && typeof value !== 'string') refuse(value, `struct field jsonPatchOp.${name} of type string`);
    }
    return operation;
  });
}

const FIELDS = new Set(['op', 'path', 'from', 'value']);

/** What strict field validation finds in the operations themselves. */
export function unknownOperationFields(patch: Json): string[] {
  return operationsOf(patch).flatMap((operation, index) =>
    Object.keys(operation)
      .filter(name => !FIELDS.has(name))
      .map(name => `json patch unknown field "[${index}].${name}"`),
  );
}

function apply(document: Json, operation: JsonObject): Json {
  const path = tokens(operation['path']);
  switch (operation['op']) {
    case 'add':
      return add(document, path, givenValue(operation));
    case 'replace':
      return replace(document, path, givenValue(operation));
    case 'remove':
      return remove(document, path);
    case 'move': {
      const from = tokens(operation['from']);
      return add(remove(document, from), path, find(document, from));
    }
    case 'copy':
      return add(document, path, structuredClone(lookUp(document, tokens(operation['from'])) ?? null));
    case 'test': {
      const wanted = operation['value'] ?? null;
      const found = lookUp(document, path);
      if (!equalJson(found ?? null, wanted)) throw new PatchMismatch('a test failed');
      return document;
    }
    default:
      throw new PatchMismatch('unknown operation');
  }
}

function givenValue(operation: JsonObject): Json {
  return structuredClone(operation['value'] ?? null);
}

function tokens(pointer: Json | undefined): string[] {
  if (pointer === '') return [];
  // What stands before the first slash is not looked at.
  if (typeof pointer !== 'string' || !pointer.includes('/')) throw new PatchMismatch('not a JSON pointer');
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function lookUp(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const token of path) {
    if (Array.isArray(value)) value = value[position(token, value.length - 1)];
    else if (isObject(value)) value = Object.hasOwn(value, token) ? value[token] : undefined;
    else throw new PatchMismatch('the path leads through a scalar');
  }
  return value;
}

function find(document: Json, path: readonly string[]): Json {
  const value = lookUp(document, path);
  if (value === undefined) throw new PatchMismatch('nothing is at the path');
  return value;
}

/** Negative positions count from the end, an extension of the server's library. */
function position(token: string, last: number): number {
  if (!/^-?\d+$/.test(token)) throw new PatchMismatch('not a position of a list');
  const index = Number(token);
  const counted = index < 0 ? index + last + 1 : index;
  if (counted < 0 || counted > last) throw new PatchMismatch('beyond the end of a list');
  return counted;
}

function add(document: Json, path: readonly string[], value: Json): Json {
  return (
    change(document, path, (container, token) => {
      if (!Array.isArray(container)) define(container, token, value);
      else container.splice(token === '-' ? container.length : position(token, container.length), 0, value);
    }) ?? value
  );
}

/** An object may lack the field: the server's library sets it then. */
function replace(document: Json, path: readonly string[], value: Json): Json {
  return (
    change(document, path, (container, token) => {
      if (Array.isArray(container)) container[position(token, container.length - 1)] = value;
      else define(container, token, value);
    }) ?? value
  );
}

function remove(document: Json, path: readonly string[]): Json {
  if (path.length > 0) find(document, path);
  return (
    change(document, path, (container, token) => {
      if (Array.isArray(container)) container.splice(position(token, container.length - 1), 1);
      else delete container[token];
    }) ?? null
  );
}

/** Never through the prototype, whatever the key is called. */
function define(container: JsonObject, name: string, value: Json): void {
  Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true });
}

/** A copy of the document with the container at the path's parent changed; undefined where the path is the document itself. */
function change(
  document: Json,
  path: readonly string[],
  alter: (container: JsonObject | Json[], token: string) => void,
): Json | undefined {
  const token = path.at(-1);
  if (token === undefined) return undefined;
  const copy = structuredClone(document);
  const container = find(copy, path.slice(0, -1));
  if (container === null || typeof container !== 'object') throw new PatchMismatch('the path leads through a scalar');
  alter(container, token);
  return copy;
}
