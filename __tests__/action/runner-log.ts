import type * as Core from '@actions/core';

/** The toolkit, which writes what the real one writes, and the runner, which reads it. */
export interface Log {
  core: typeof Core;
  /** All that was printed, as the runner gets it. */
  printed(): string;
  /** What the toolkit was asked to tell the runner: `warning GitHub did not …`. */
  issued: string[];
  outputs: Map<string, string>;
}

export function openLog(inputs: Readonly<Record<string, string>>): Log {
  let printed = '';
  const issued: string[] = [];
  const outputs = new Map<string, string>();
  const print = (line: string): void => {
    printed += `${line}\n`;
  };
  const issue = (name: string, message: string): void => {
    issued.push(`${name} ${message}`);
    print(`::${name}::${message.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')}`);
  };
  const core = {
    getInput: (name: string) => inputs[name] ?? '',
    info: print,
    debug: (message: string) => issue('debug', message),
    warning: (message: string | Error) => issue('warning', String(message)),
    error: (message: string | Error) => issue('error', String(message)),
    setFailed: (message: string | Error) => issue('error', String(message)),
    startGroup: (name: string) => issue('group', name),
    endGroup: () => issue('endgroup', ''),
    setSecret: (secret: string) => issue('add-mask', secret),
    // By files.
    setOutput: (name: string, value: string) => outputs.set(name, value),
    saveState: () => undefined,
  } as unknown as typeof Core;
  return { core, printed: () => printed, issued, outputs };
}

/**
 * What a runner takes for commands (actions/runner, ActionCommand.cs): `::` where a line begins, after white space, with
 * another `::` in it; and `##[…]` anywhere in a line.
 */
export function obeyedBy(printed: string): string[] {
  return printed.split(/\r\n|\r|\n/).flatMap(line => {
    const [, name, data = ''] = /^\s*::(.*?)::(.*)$/su.exec(line) ?? [];
    if (name !== undefined) return [`${name} ${data.replace(/%0A/g, '\n').replace(/%0D/g, '\r').replace(/%25/g, '%')}`];
    return /##\[[^\]]*\]/.test(line) ? [line] : [];
  });
}
