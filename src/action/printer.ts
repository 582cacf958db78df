import type * as Core from '@actions/core';
import type { LogLine, LogStyle } from '../report/log.ts';

export interface Printer {
  style: LogStyle;
  print(line: LogLine): void;
}

/** Prints to the runner's log; to a terminal without groups, and with one line that keeps changing while things are on their way. */
export function openPrinter(core: typeof Core): Printer {
  const live = process.stdout.isTTY === true;
  const colour = !process.env['NO_COLOR'] && (live || process.env['GITHUB_ACTIONS'] === 'true');
  let pending = false;
  const clear = (): void => {
    if (pending) process.stdout.write('\r\u001b[K');
    pending = false;
  };
  return {
    style: { colour, live },
    print({ kind, text }) {
      clear();
      switch (kind) {
        case 'live':
          // Some terminals do not tell their width, or say 0. A line that wraps could not be overwritten.
          process.stdout.write(text.slice(0, (process.stdout.columns || 80) - 1));
          pending = true;
          return;
        case 'group':
          return live ? core.info(`▸ ${text}`) : core.startGroup(text);
        case 'end-group':
          return live ? undefined : core.endGroup();
        case 'warning':
          return core.warning(text);
        case 'line':
        case 'error':
          return core.info(text);
      }
    },
  };
}
