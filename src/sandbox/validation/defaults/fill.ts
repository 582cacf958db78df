/** The mutable views that defaulting works on. Objects are cloned before. */
export type Loose = Record<string, unknown>;

/** Sets each field that is absent (or null) to its default. */
export function fill(target: Loose, defaults: Loose): void {
  for (const [key, value] of Object.entries(defaults)) target[key] ??= structuredClone(value);
}

/** The object under a key, made where it is absent. */
export function inside(target: Loose, key: string): Loose {
  target[key] ??= {};
  return target[key] as Loose;
}

export const listOf = <T = Loose>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

export const objectOf = (value: unknown): Loose | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : undefined;
