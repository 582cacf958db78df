import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const contract = path.resolve('../shared/contract');
const LIMIT = 180_000;

/** Starts `npm run sandbox`'s program as a process of its own; resolves with its address when it says that it is ready. */
async function start(controllers: 'on' | 'off'): Promise<{ url: string; stop: () => Promise<number | null> }> {
  const server = spawn(process.execPath, ['src/sandbox/serve.ts', '--port', '0', '--controllers', controllers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>(resolve => server.on('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\/\/\S+/.exec(said)?.[0];
      if (found) resolve(found);
    });
    server.on('exit', () => reject(new Error(`the sandbox ended before it was ready: ${said}`)));
  });
  const stop = (): Promise<number | null> => {
    server.kill('SIGTERM');
    return ended;
  };
  return { url, stop };
}

function replay(url: string, controllers: string, only = '.'): Promise<string> {
  const cases = path.join(contract, 'cases');
  const place = ['--controllers', controllers, '--server', url];
  const args = [path.join(contract, 'replay.mjs'), cases, ...place, '--only', only];
  return new Promise(resolve => {
    execFile(process.execPath, args, { maxBuffer: 1 << 26 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

/** Replays of what failed, beside the first one. A table tells an age in whole seconds: a case that was recorded within one may come over its end. */
const AGAIN = 2;

/** Names of the cases that are answered otherwise each time. */
async function different(
  url: string,
  controllers: string,
  cases?: readonly string[],
  again = AGAIN,
): Promise<string[]> {
  const output = await replay(url, controllers, cases && `^(${cases.join('|')})[.]json`);
  expect(output).toMatch(/\d+ passed, \d+ failed/);
  const failed = [...output.matchAll(/^FAIL (\S+)/gm)].map(([, name = '']) => name);
  if (failed.length === 0) expect(output).toMatch(/[1-9]\d* passed, 0 failed/);
  return failed.length > 0 && again > 0 ? different(url, controllers, failed, again - 1) : failed;
}

// The recorded answers lie beside the checkout and are no part of it.
const beside = existsSync(contract) ? describe : describe.skip;

beside('the recorded contract', () => {
  for (const controllers of ['off', 'on'] as const) {
    it(
      `is answered equally with controllers ${controllers}, by a server that ends cleanly`,
      async () => {
        const { url, stop } = await start(controllers);
        const failed = await different(url, controllers);
        expect(await stop()).toBe(0);
        expect(failed).toEqual([]);
      },
      LIMIT,
    );
  }
});
