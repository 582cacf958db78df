import type { Json, JsonObject } from '../kube.ts';
import type { Path } from './yaml/construct.ts';

export interface FieldProblem {
  path: Path;
  message: string;
}

/** What etcd takes in one request by default. */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
/** What the API server takes in the data of a ConfigMap or Secret. */
const MAX_DATA_BYTES = 1024 * 1024;

/** What would keep an object from being one that any API server takes, whatever its kind. Values are never quoted. */
export function fieldProblems(object: JsonObject): FieldProblem[] {
  const { apiVersion, kind, metadata } = object;
  const problems = [...textProblems(object, ['apiVersion']), ...textProblems(object, ['kind'])];
  if (isMapping(metadata)) problems.push(...metadataProblems(metadata));
  else if (metadata === undefined || metadata === null)
    problems.push({ path: [], message: 'metadata.name is missing' });
  else problems.push({ path: ['metadata'], message: `metadata must be a mapping, not ${typeText(metadata)}` });
  if (problems.length === 0 && String(apiVersion).startsWith('kustomize.config.k8s.io/'))
    problems.push({
      path: [],
      message: `a ${kind} is for kustomize, not for the cluster: run "kubectl kustomize FOLDER > FILE" in a step before, and give that file`,
    });
  return [...problems, ...sizeProblems(object)];
}

function metadataProblems(metadata: JsonObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (metadata['name'] === undefined && typeof metadata['generateName'] === 'string')
    problems.push({
      path: ['metadata', 'generateName'],
      message:
        'metadata.generateName cannot be applied, since each run would make another object: give it a metadata.name',
    });
  else problems.push(...textProblems(metadata, ['metadata', 'name']));
  if (metadata['namespace'] !== undefined && metadata['namespace'] !== null)
    problems.push(...textProblems(metadata, ['metadata', 'namespace']));
  for (const field of ['labels', 'annotations'])
    problems.push(...textMapProblems(metadata[field], ['metadata', field]));
  return problems;
}

function textProblems(parent: JsonObject, path: readonly string[]): FieldProblem[] {
  const value = parent[path.at(-1) as string];
  const name = path.join('.');
  if (value === undefined || value === null || value === '')
    return [{ path: value === undefined ? path.slice(0, -1) : path, message: `${name} is missing` }];
  return typeof value === 'string' ? [] : [{ path, message: `${name} must be a text, not ${typeText(value)}` }];
}

function textMapProblems(map: Json | undefined, path: Path): FieldProblem[] {
  if (map === undefined || map === null) return [];
  if (!isMapping(map)) return [{ path, message: `${path.join('.')} must be a mapping, not ${typeText(map)}` }];
  return Object.entries(map)
    .filter(([, value]) => typeof value !== 'string' && value !== null)
    .map(([key, value]) => ({
      path: [...path, key],
      message: `${path.join('.')}: ${key} must be a text, not ${typeText(value)}`,
    }));
}

function sizeProblems(object: JsonObject): FieldProblem[] {
  const size = Buffer.byteLength(JSON.stringify(object));
  if (size > MAX_OBJECT_BYTES)
    return [{ path: [], message: `the object has ${mebibytes(size)} MiB; the API server takes at most 1.5 MiB` }];
  if (size <= MAX_DATA_BYTES || !['ConfigMap', 'Secret'].includes(String(object['kind']))) return [];
  const data = dataBytes(object);
  if (data <= MAX_DATA_BYTES) return [];
  return [{ path: [], message: `its data has ${mebibytes(data)} MiB; the API server takes at most 1 MiB` }];
}

function dataBytes(object: JsonObject): number {
  const encoded = object['kind'] === 'Secret' ? ['data'] : ['binaryData'];
  return ['data', 'binaryData', 'stringData'].reduce((sum, field) => {
    const values = isMapping(object[field]) ? Object.values(object[field]) : [];
    const encoding = encoded.includes(field) ? 'base64' : 'utf8';
    return values.reduce<number>((total, value) => total + Buffer.byteLength(String(value), encoding), sum);
  }, 0);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(2);
}

export function isMapping(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function typeText(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'boolean' || typeof value === 'number' ? `a ${typeof value}: quote it` : 'a text';
}
