/** JSON, merge and strategic patches of a stored object: from the body of the request to the patched object of the kind. */
import type { Json, JsonObject, KubeObject } from '../../kube.ts';
import { apiVersionOf, type WrittenKind } from './api-version.ts';
import { isObject } from './atom.ts';
import { type Decoded, decodeParsed, type FieldValidation, kindMismatch } from './decode-body.ts';
import { fromUnstructuredError } from './from-unstructured.ts';
import { goText, jsonType, sortedKeys } from './go-text.ts';
import { jsonPatch, unknownOperationFields } from './json-patch.ts';
import { JsonSyntaxError, type JsonText, parseJson } from './json-text.ts';
import { mergePatch } from './merge-patch.ts';
import { invalidPatch, refusal } from './refusal.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

/** The live object with the patch applied, without its defaults. Throws StatusError: 400, 422 or 500, as the server answers. */
export function patchObject(
  kind: WrittenKind,
  live: KubeObject,
  type: PatchType,
  body: string,
  fieldValidation: FieldValidation,
): Decoded<KubeObject> {
  const patch = parsePatch(type, body);
  const document = live as unknown as JsonObject;
  const patched = sortedKeys(apply(kind, document, type, patch.value));
  const shown = type === 'strategic' ? goText(patch.value) : body;
  if (!isObject(patched))
    throw invalidPatch(shown, `json: cannot unmarshal ${jsonType(patched)} into Go value of type ${kind.kind}`);
  checkType(patched, kind);
  checkKind(patched, kind, type, shown);
  if (type === 'strategic') {
    const error = fromUnstructuredError(kind.schema, patched);
    if (error) throw invalidPatch(shown, error);
  }
  const result = decodeParsed(patched, { duplicates: [], offsetOf: () => 0 }, kind);
  if (typeof result === 'string') throw invalidPatch(shown, result);
  const prefix = type === 'json' ? 'json patch ' : '';
  const duplicates = patch.duplicates.map(({ path }) => `${prefix}duplicate field "${path}"`);
  const operations = type === 'json' ? unknownOperationFields(patch.value) : [];
  const problems = [...operations, ...duplicates, ...result.problems];
  if (fieldValidation === 'Strict' && problems.length > 0) {
    throw invalidPatch(shown, `strict decoding error: ${problems.join(', ')}`);
  }
  return { object: result.object, warnings: fieldValidation === 'Warn' ? problems : [] };
}

function apply(kind: WrittenKind, document: JsonObject, type: PatchType, patch: Json): Json {
  switch (type) {
    case 'json':
      return jsonPatch(document, patch);
    case 'merge':
      return mergePatch(document, patch);
    case 'strategic':
      return patch === null ? document : strategicMergePatch(document, patch as JsonObject, kind.schema);
  }
}

function parsePatch(type: PatchType, body: string): JsonText {
  const prefix = type === 'strategic' ? '' : 'error decoding patch: ';
  try {
    const patch = parseJson(body);
    const { value } = patch;
    if (type === 'json') return patch;
    if (value === null && type === 'merge') throw refusal(400, 'BadRequest', 'Invalid JSON Patch');
    if (value === null || isObject(value)) return patch;
    const why = `json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`;
    throw refusal(400, 'BadRequest', prefix + why);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw refusal(400, 'BadRequest', prefix + error.message);
  }
}

/** Only a strategic patch, which is applied to the typed object, passes over another kind. */
function checkKind(patched: JsonObject, kind: WrittenKind, type: PatchType, shown: string): void {
  if (kind.crd || patched['kind'] === kind.kind || patched['kind'] === undefined) return;
  if (type !== 'strategic') throw invalidPatch(shown, kindMismatch(patched, apiVersionOf(kind), kind));
  patched['kind'] = kind.kind;
}

/** A patch may not turn an object into one of another kind or version. */
function checkType(patched: JsonObject, kind: WrittenKind): void {
  const given = String(patched['apiVersion'] ?? '');
  if (given !== '' && given !== apiVersionOf(kind)) {
    const expected = `does not match the expected API version (${apiVersionOf(kind)})`;
    throw refusal(400, 'BadRequest', `the API version in the data (${given}) ${expected}`);
  }
}
