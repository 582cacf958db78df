/** Up to three of the names that look most like the one that was not found: those that end alike first. */
export function nearest(name: string, names: Iterable<string>): string[] {
  const ranked = [...new Set(names)].map(other => ({
    other,
    alike: lastPart(other) === lastPart(name) ? 0 : 1,
    distance: editDistance(name, other),
  }));
  ranked.sort((one, two) => one.alike - two.alike || one.distance - two.distance || (one.other < two.other ? -1 : 1));
  return ranked.slice(0, 3).map(({ other }) => other);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Levenshtein. */
function editDistance(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= two.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === two[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[two.length] ?? 0;
}
