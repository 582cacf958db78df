import type { Json } from '../../kube.ts';
import { isObject } from './atom.ts';

/** RFC 7386; where a patch replaces a value, nulls below it are dropped, in elements of lists too (as evanphx/json-patch does). */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return isObject(target) ? patch : withoutNulls(patch);
  if (!isObject(target)) return withoutNulls(patch);
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    const current = merged.get(name);
    if (value === null) merged.delete(name);
    else merged.set(name, current === undefined || current === null ? withoutNulls(value) : mergePatch(current, value));
  }
  return Object.fromEntries(merged);
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(kept.map(([name, child]) => [name, withoutNulls(child)]));
}
