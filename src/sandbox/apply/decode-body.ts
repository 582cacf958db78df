/** Bodies of requests: read, checked against the kind's schema and decoded, with the server's errors and warnings. */
import type { Json, JsonObject, KubeObject } from '../../kube.ts';
import { apiVersionOf, type WrittenKind } from './api-version.ts';
import { isObject } from './atom.ts';
import { decodeMetadata, decodeTyped, objectMeta } from './decode-typed.ts';
import { jsonType, sortedKeys } from './go-text.ts';
import { goTypeError } from './go-type-error.ts';
import { JsonSyntaxError, type JsonText, parseJson } from './json-text.ts';
import { refusal } from './refusal.ts';
import { schemaNodes } from './schema.ts';
import { pruned, unknownFields } from './unknown-fields.ts';
import { parseYaml, YamlSyntaxError } from './yaml-text.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface Decoded<T> {
  object: T;
  /** Texts for Warning headers, in order. */
  warnings: string[];
}

/** The object of a POST or PUT. Throws StatusError with code 400. */
export function decodeBody(
  text: string,
  format: 'json' | 'yaml',
  kind: WrittenKind,
  fieldValidation: FieldValidation,
): Decoded<KubeObject> {
  const { parsed, problems } =
    format === 'yaml' ? fromYaml(text, kind) : { parsed: fromJson(text, kind), problems: [] };
  const object = typed(parsed.value, text, kind);
  const result = decodeParsed(object, parsed, kind);
  if (typeof result === 'string') throw unhandled(object, kind, result);
  const strict = [...problems, ...result.problems];
  if (fieldValidation === 'Strict' && strict.length > 0) {
    throw unhandled(object, kind, `strict decoding error: ${strict.join(', ')}`);
  }
  return { object: result.object, warnings: fieldValidation === 'Warn' ? strict : [] };
}

/** The configuration of an apply patch, as it was written. Throws StatusError with code 400. */
export function decodeApply(text: string, fieldValidation: FieldValidation): Decoded<JsonObject> {
  const failed = (what: string, why: string): never => {
    throw refusal(400, 'BadRequest', `error ${what}decoding YAML: error converting YAML to JSON: ${why}`);
  };
  try {
    const { value, duplicates } = parseYaml(text);
    if (fieldValidation === 'Strict' && duplicates.length > 0) {
      failed('strict ', ['yaml: unmarshal errors:', ...duplicates.map(line => `  ${line}`)].join('\n'));
    }
    if (value !== null && !isObject(value)) {
      const why = `json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`;
      throw refusal(400, 'BadRequest', `error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
    }
    return { object: value ?? {}, warnings: fieldValidation === 'Warn' ? duplicates : [] };
  } catch (error) {
    if (error instanceof YamlSyntaxError) return failed('', error.message);
    throw error;
  }
}

/**
 * What a patched object becomes once it went through the codec of its kind: the object with what strict validation
 * would find, or the text of the decoder's error.
 */
export function decodeParsed(
  object: JsonObject,
  parsed: Pick<JsonText, 'duplicates' | 'offsetOf'>,
  kind: WrittenKind,
): { object: KubeObject; problems: string[] } | string {
  const duplicates = parsed.duplicates.map(({ path, offset }) => ({ text: `duplicate field "${path}"`, offset }));
  if (kind.crd) {
    const error = metadataError(object);
    if (error) return error;
    const { object: kept, unknown } = pruned(kind.schema, object);
    const problems = [...duplicates.map(({ text }) => text), ...unknown.map(path => `unknown field "${path}"`)];
    return { object: decodeMetadata(kept) as unknown as KubeObject, problems };
  }
  const error = goTypeError(kind.schema, object);
  if (error) return error;
  const unknown = unknownFields(kind.schema, object).map(field => ({
    text: `unknown field "${field.path}"`,
    offset: parsed.offsetOf(field.object, field.key),
  }));
  const problems = [...unknown, ...duplicates].sort((a, b) => a.offset - b.offset).map(({ text }) => text);
  return { object: decodeTyped(kind.schema, object) as unknown as KubeObject, problems };
}

function metadataError({ metadata }: JsonObject): string | undefined {
  const fields = { metadata: objectMeta };
  return goTypeError({ type: 'object', fields }, { metadata: metadata ?? null });
}

function fromJson(text: string, kind: WrittenKind): JsonText {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unrecognized(text, kind, error.message);
    throw error;
  }
}

/** The server turns YAML into JSON with sorted keys before it decodes; what it finds twice it finds in the YAML. */
function fromYaml(text: string, kind: WrittenKind): { parsed: JsonText; problems: string[] } {
  try {
    const { value, duplicates } = parseYaml(text);
    const lines = ['error converting YAML to JSON: yaml: unmarshal errors:', ...duplicates.map(line => `  ${line}`)];
    const problems = duplicates.length > 0 ? [lines.join('\n')] : [];
    return { parsed: { value: sortedKeys(value), duplicates: [], offsetOf: () => 0 }, problems };
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const why = `error converting YAML to JSON: ${error.message}`;
    throw refusal(400, 'BadRequest', `${unrecognizedStart(kind)}: ${why} (${summary(text)})`);
  }
}

const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The value as an object of the kind, with apiVersion and kind filled in where the body leaves them out. */
function typed(value: Json, text: string, kind: WrittenKind): JsonObject {
  if (value !== null && !isObject(value)) {
    const why = `json: cannot unmarshal ${jsonType(value)} into Go value of type ${TYPE_META}`;
    throw unrecognized(text, kind, why);
  }
  const { apiVersion, kind: name, ...rest } = value ?? {};
  for (const [field, given] of [
    ['apiVersion', apiVersion],
    ['kind', name],
  ] as const) {
    if (given === undefined || given === null || typeof given === 'string') continue;
    const why = `json: cannot unmarshal ${jsonType(given)} into Go struct field .${field} of type string`;
    throw unrecognized(text, kind, why);
  }
  const object: JsonObject = {
    ...(value ?? {}),
    apiVersion: apiVersion || apiVersionOf(kind),
    kind: name || kind.kind,
    ...rest,
  };
  checkKind(object, kind);
  return object;
}

function checkKind(object: JsonObject, kind: WrittenKind): void {
  const given = String(object['apiVersion']);
  if (kind.crd) {
    if (given === apiVersionOf(kind)) return;
    const expected = `does not match the expected API version (${apiVersionOf(kind)})`;
    throw refusal(400, 'BadRequest', `the API version in the data (${given}) ${expected}`);
  }
  if (given === apiVersionOf(kind) && object['kind'] === kind.kind) return;
  throw unhandled(object, kind, kindMismatch(object, given, kind));
}

/** Why an object of one kind cannot be read as another. */
export function kindMismatch(object: JsonObject, given: string, kind: WrittenKind): string {
  const [group, version] = given.includes('/') ? given.split('/') : ['', given];
  const internal = (name: string | undefined): string => name?.split('.')[0] || 'core';
  const suffix = `.${internal(group)}.${version}.${object['kind']}`;
  const served = Object.keys(schemaNodes).some(name => name.endsWith(suffix));
  if (served) {
    return `converting (${version}.${object['kind']}) to (${internal(kind.group)}.${kind.kind}): unknown conversion`;
  }
  return `no kind "${object['kind']}" is registered for version "${given}" in scheme "pkg/runtime/scheme.go:111"`;
}

function unhandled(object: JsonObject, kind: WrittenKind, why: string): Error {
  const given = String(object['apiVersion']);
  const version = given.slice(given.indexOf('/') + 1);
  const what = `${object['kind']} in version ${JSON.stringify(version)} cannot be handled as a ${kind.kind}`;
  return refusal(400, 'BadRequest', `${what}: ${why}`);
}

function unrecognizedStart({ kind }: WrittenKind): string {
  return `the object provided is unrecognized (must be of type ${kind})`;
}

function unrecognized(text: string, kind: WrittenKind, why: string): Error {
  const cause = `couldn't get version/kind; json parse error: ${why}`;
  return refusal(400, 'BadRequest', `${unrecognizedStart(kind)}: ${cause} (${summary(text)})`);
}

/** The start of a body: as it is where it looks like JSON, else in hexadecimal. */
function summary(text: string): string {
  if (text === '') return '<empty>';
  const bytes = new TextEncoder().encode(text);
  const start = bytes.slice(0, 30);
  const more = bytes.length > start.length ? ' ...' : '';
  if (text.startsWith('{')) return new TextDecoder().decode(start) + more;
  return [...start].map(byte => byte.toString(16).padStart(2, '0')).join('') + more;
}
