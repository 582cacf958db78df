/** The difference of two texts, line by line, as `diff -u` prints it without the names of files. */

const CONTEXT = 3;

interface Edit {
  sign: ' ' | '-' | '+';
  line: string;
  before: number;
  after: number;
}

export function unifiedDiff(before: string[], after: string[]): string {
  const edits = editScript(before, after);
  const near = (index: number): boolean =>
    edits.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(edit => edit.sign !== ' ');
  const hunks: Edit[][] = [];
  edits.forEach((edit, index) => {
    if (!near(index)) return;
    const last = hunks[hunks.length - 1];
    if (last && index > 0 && near(index - 1)) last.push(edit);
    else hunks.push([edit]);
  });
  return hunks.map(printHunk).join('');
}

function printHunk(hunk: Edit[]): string {
  const first = hunk[0];
  const count = (sign: '-' | '+'): number => hunk.filter(edit => edit.sign === ' ' || edit.sign === sign).length;
  const header = `@@ -${(first?.before ?? 0) + 1},${count('-')} +${(first?.after ?? 0) + 1},${count('+')} @@\n`;
  return header + hunk.map(({ sign, line }) => `${sign}${line}\n`).join('');
}

/** The longest common subsequence, after what is equal at both ends. */
function editScript(before: string[], after: string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const [a, b] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const lengths = commonLengths(a, b);
  const edits: Edit[] = [];
  const add = (sign: Edit['sign'], line: string, i: number, j: number): void => {
    edits.push({ sign, line, before: i, after: j });
  };
  before.slice(0, start).forEach((line, index) => {
    add(' ', line, index, index);
  });
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [mine, theirs] = [a[i], b[j]];
    const down = lengths[i + 1]?.[j] ?? -1;
    if (mine !== undefined && mine === theirs) add(' ', mine, start + i++, start + j++);
    else if (mine !== undefined && (theirs === undefined || down >= (lengths[i]?.[j + 1] ?? -1)))
      add('-', mine, start + i++, start + j);
    else add('+', theirs ?? '', start + i, start + j++);
  }
  before.slice(before.length - end).forEach((line, index) => {
    add(' ', line, before.length - end + index, after.length - end + index);
  });
  return edits;
}

function commonLengths(a: string[], b: string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i] as number[];
      row[j] = a[i] === b[j] ? (table[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}
