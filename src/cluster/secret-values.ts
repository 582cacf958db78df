import type { KubeObject } from '../kube.ts';

/** The values of a Secret in every form that an answer of the API might quote; nothing for other kinds. */
export function secretValues(object: Pick<KubeObject, 'kind'> & Record<string, unknown>): { secrets?: string[] } {
  if (object.kind !== 'Secret') return {};
  const found = [...stringsIn(object['data']), ...stringsIn(object['stringData'])];
  return { secrets: found.flatMap(value => [value, decoded(value)]).filter(value => value !== '') };
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}
