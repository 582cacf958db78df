import type * as Core from '@actions/core';

/** Stands for the toolkit: keeps what it is told. */
export interface Toolkit {
  core: typeof Core;
  outputs: Map<string, string>;
  failures: string[];
  secrets: string[];
}

export function toolkit(): Toolkit {
  const outputs = new Map<string, string>();
  const failures: string[] = [];
  const secrets: string[] = [];
  const ignored = (): void => undefined;
  const core = {
    info: ignored,
    warning: ignored,
    error: ignored,
    startGroup: ignored,
    endGroup: ignored,
    setSecret: (secret: string) => secrets.push(secret),
    setOutput: (name: string, value: string) => outputs.set(name, value),
    setFailed: (message: string) => failures.push(message),
  } as unknown as typeof Core;
  return { core, outputs, failures, secrets };
}
