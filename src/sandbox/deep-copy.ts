/** A deep copy of what JSON can say; several times as fast as structuredClone, which every write would feel. */
export function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(deepCopy) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // An assignment would set the prototype instead.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: deepCopy(item), writable: true, enumerable: true, configurable: true });
    else copy[key] = deepCopy(item);
  }
  return copy as T;
}
