/** Turns the runner's log commands into what a terminal can show; pieces of text may end anywhere. */
export function plainLog(print: (text: string) => void): (text: string) => void {
  let rest = '';
  return text => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const shown = plainLine(line);
      if (shown !== undefined) print(`${shown}\n`);
    }
  };
}

function plainLine(line: string): string | undefined {
  const command = /^::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line);
  if (!command) return line;
  const text = (command[2] ?? '').replaceAll('%0D', '').replaceAll('%0A', '\n').replaceAll('%25', '%');
  switch (command[1]) {
    case 'group':
      return `\u001b[36m▸ ${text}\u001b[0m`;
    case 'error':
      return `\u001b[31m${text}\u001b[0m`;
    case 'warning':
    case 'notice':
      return `\u001b[33m${text}\u001b[0m`;
    default:
      // endgroup, add-mask, debug: meant for the runner.
      return undefined;
  }
}
