/** Names and values, as Prometheus has them; a label that is absent and one that is empty are the same. */
export type Labels = Readonly<Record<string, string>>;

/** The label that a metric's name is. */
export const NAME = '__name__';

/** Series are scraped again and again under the same objects. */
const keys = new WeakMap<Labels, string>();

/** The same text for the same labels, in whatever order they were given. */
export function labelsKey(labels: Labels): string {
  const known = keys.get(labels);
  if (known !== undefined) return known;
  const parts = Object.keys(labels)
    .sort()
    .map(name => `${name}\u0001${labels[name]}`);
  const key = parts.join('\u0002');
  keys.set(labels, key);
  return key;
}

export function onlyLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const name of names) if (labels[name] !== undefined) kept[name] = labels[name];
  return kept;
}

export function withoutLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) if (!names.includes(name)) kept[name] = value;
  return kept;
}
