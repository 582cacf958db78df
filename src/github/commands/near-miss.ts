/** Which of the names was meant by a word that is none of them: the one with the fewest slips, if they are few enough. */
export function nearMiss<Name extends string>(typed: string, names: readonly Name[]): Name | undefined {
  let best: { name: Name; slips: number } | undefined;
  for (const name of names) {
    const most = slipsAllowed(name);
    if (Math.abs(name.length - typed.length) > most) continue;
    const slips = editDistance(typed, name);
    if (slips <= most && (best === undefined || slips < best.slips)) best = { name, slips };
  }
  return best?.name;
}

/** In a short word one slip makes another tool's command of it. */
function slipsAllowed(name: string): number {
  if (name.length >= 7) return 2;
  return name.length >= 5 ? 1 : 0;
}

/** Damerau-Levenshtein: two letters in the wrong order are one slip. */
function editDistance(one: string, two: string): number {
  const rows: number[][] = [];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 0; i <= one.length; i += 1) {
    const row: number[] = [];
    rows.push(row);
    for (let j = 0; j <= two.length; j += 1) {
      if (i === 0 || j === 0) {
        row.push(i + j);
        continue;
      }
      const change = at(i - 1, j - 1) + (one[i - 1] === two[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && one[i - 1] === two[j - 2] && one[i - 2] === two[j - 1];
      const swap = isSwapped ? at(i - 2, j - 2) + 1 : change;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swap));
    }
  }
  return at(one.length, two.length);
}
