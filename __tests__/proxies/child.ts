import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Path of a program on this machine. Those of root are looked for, too: Debian has proxies there. */
export function pathOf(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map(folder => join(folder, program)).find(existsSync);
}

/** A process of ours that tells on its standard error what it does. */
export interface Child {
  pid: number;
  log: readonly string[];
  /** Until it says the next line like this; rejects where it ends before. */
  says(line: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  ended: Promise<void>;
}

/** A test run that is cut short takes them along. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

export function startChild(program: string, args: readonly string[]): Child {
  const child = spawn(pathOf(program) ?? program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  const log: string[] = [];
  const hearers = new Set<(line: string) => void>();
  createInterface(child.stderr).on('line', line => {
    log.push(line);
    for (const hear of hearers) hear(line);
  });
  const ended = new Promise<void>(resolve => {
    const end = (): void => {
      running.delete(child);
      resolve();
    };
    child.once('close', end);
    child.once('error', error => {
      log.push(error.message);
      end();
    });
  });
  return {
    pid: child.pid ?? 0,
    log,
    says: awaited =>
      new Promise((resolve, reject) => {
        const hear = (line: string): void => {
          if (!awaited.test(line)) return;
          hearers.delete(hear);
          resolve();
        };
        hearers.add(hear);
        void ended.then(() => reject(new Error(`${program} ended, and did not say ${awaited}:\n${log.join('\n')}`)));
      }),
    kill: signal => {
      child.kill(signal);
    },
    ended,
  };
}
