import { spawn } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import type { RequestLog } from '../../src/sandbox/server/faults.ts';
import type { Counted, Target } from './target.ts';

const SERVE = join(import.meta.dirname, '../../src/sandbox/serve.ts');
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** A sandbox in a process of its own, so that its work counts for neither contender. */
export async function openSandboxTarget(folder: string): Promise<Target> {
  const kubeconfig = join(folder, 'sandbox.kubeconfig');
  const options = ['--port', '0', '--tls-port', '0', '--admin', '--kubeconfig', kubeconfig];
  const child = spawn(process.execPath, [SERVE, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`The sandbox ended with ${code} before it was ready.`)));
    let said = '';
    child.stdout.on('data', (piece: Buffer) => {
      said += piece.toString('utf8');
      const found = /(http:\/\/\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
  });
  return {
    name: 'sandbox',
    kubeconfig,
    reset: async () => {
      await order(url, 'POST', 'reset');
    },
    counted: async () => {
      const requests = (await order(url, 'GET', 'requests')) as readonly RequestLog[];
      const { connections } = (await order(url, 'GET', 'counters')) as { connections: number };
      // Each of these two orders came over a connection of its own.
      return { ...summed(requests), connections: connections - 2 };
    },
    close: () =>
      new Promise(resolve => {
        child.removeAllListeners('exit').once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function summed(requests: readonly RequestLog[]): Pick<Counted, 'requests' | 'writes'> {
  const writes = requests.filter(
    ({ verb, resource, query }) =>
      WRITES.has(verb) && resource !== '' && !query.includes('dryRun=All') && !resource.endsWith('reviews'),
  );
  return { requests: requests.length, writes: writes.length };
}

/** Asks the sandbox itself, over a connection that lasts for this alone and so can be told from the others. */
function order(url: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/_sandbox/${path}`, { method, agent: false }, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      answer.once('end', () => resolve(JSON.parse(text)));
    });
    request.once('error', reject).end();
  });
}
