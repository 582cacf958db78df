/**
 * Where a value has not what an example of it has, by keys and types: `issue.user.id: number, but is string`. More than the
 * example it may have, and null fits everything, as does the example's.
 */
export function shapeDifferences(example: unknown, value: unknown, place = ''): string[] {
  if (example === null || value === null) return [];
  if (kindOf(example) !== kindOf(value)) return [`${place}: ${kindOf(example)}, but is ${kindOf(value)}`];
  if (Array.isArray(example) && Array.isArray(value)) {
    return example.length > 0 && value.length > 0 ? shapeDifferences(example[0], value[0], `${place}[0]`) : [];
  }
  if (typeof example !== 'object') return [];
  const members = value as Record<string, unknown>;
  return Object.entries(example).flatMap(([name, child]) => {
    const at = place === '' ? name : `${place}.${name}`;
    return name in members ? shapeDifferences(child, members[name], at) : [`${at}: is missing`];
  });
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);
