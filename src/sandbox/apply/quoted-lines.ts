/**
 * The text with the further lines of quoted scalars indented below their key. The Go library takes them at any
 * indentation (CRDs of older tools have them so), the parser here does not; to the value it makes no difference.
 */
export function indentQuotedLines(text: string): string {
  let quote = '';
  let padding = '';
  /** Indentation of the key whose block scalar (`|`, `>`) the lines belong to. */
  let block: number | undefined;
  const lines = text.split('\n').map(line => {
    if (quote) {
      if (closes(line, quote)) quote = '';
      return padding + line;
    }
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (block !== undefined && (line.trim() === '' || indent > block)) return line;
    block = /(?::|-) +[|>][-+\d]*\s*$/.test(line) ? indent : undefined;
    const [, start, opening = '', rest = ''] = /^((?: *- )* *(?:[^\s'"#][^'"#]*: +))(['"])(.*)$/.exec(line) ?? [];
    if (start !== undefined && !closes(rest, opening)) {
      quote = opening;
      padding = ' '.repeat(start.length);
    }
    return line;
  });
  return lines.join('\n');
}

function closes(line: string, quote: string): boolean {
  const within = quote === "'" ? line.replaceAll("''", '') : line.replaceAll(/\\./g, '');
  return within.includes(quote);
}
