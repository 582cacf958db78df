/** JSON with sorted keys, so that their order is no difference. */
export function stableText(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? ''
  );
}

export const sameValue = (a: unknown, b: unknown): boolean => stableText(a) === stableText(b);
