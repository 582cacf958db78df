import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { runStep } from '../../src/demo/runner.ts';
import { deploymentNames } from './manifests.ts';
import type { Target } from './target.ts';

export type Operation = 'first deploy' | 'upgrade' | 're-run';
export const OPERATIONS: readonly Operation[] = ['first deploy', 'upgrade', 're-run'];

export interface Task {
  operation: Operation;
  folder: string;
  namespace: string;
  pairs: number;
}

/** What one run took; a figure that nobody could count is absent. */
export interface Sample {
  wallMs: number;
  /** Of kubectl: the `apply` alone. */
  applyMs?: number;
  connections: number;
  requests?: number;
  writes?: number;
  memoryMiB?: number;
  cpuMs?: number;
  /** From the start of the process to the first request. */
  startUpMs?: number;
}

const ROOT = join(import.meta.dirname, '../..');
const MEASURE = join(import.meta.dirname, 'measure.js');
const PHASES: Record<Operation, string> = { 'first deploy': 'succeeded', upgrade: 'succeeded', 're-run': 'unchanged' };

/** The bundle, as the runner starts it. */
export async function runSluice(target: Target, task: Task, work: string): Promise<Sample> {
  const usage = join(work, 'usage.json');
  await target.reset();
  const began = performance.now();
  const { outputs, log } = await runStep({
    bundle: join(ROOT, 'dist/main.js'),
    workspace: work,
    inputs: { manifests: task.folder, namespace: task.namespace, release: 'bench', timeout: '10m' },
    env: {
      ...ownEnvironment(target),
      NODE_OPTIONS: `--import=${new URL(`file://${MEASURE}`).href}`,
      SLUICE_BENCH_MEASURE: usage,
    },
  });
  const wallMs = performance.now() - began;
  const counted = await target.counted();
  if (outputs['phase'] !== PHASES[task.operation])
    throw new Error(`Sluice, ${task.operation} of ${task.pairs}: ended as ${outputs['phase']}\n${log.slice(-4_000)}`);
  // Each attempt is a line of the debug log, so that requests to a server that counts nothing are known, too.
  const requests = log.match(/^::debug::(GET|POST|PUT|PATCH|DELETE) \//gm)?.length ?? 0;
  return { wallMs, requests, ...counted, ...(JSON.parse(await readFile(usage, 'utf8')) as Partial<Sample>) };
}

/** `kubectl apply --server-side` of the same folder, then `kubectl rollout status` of one Deployment after another, as a script would. */
export async function runKubectl(kubectl: string, target: Target, task: Task): Promise<Sample> {
  const { folder, namespace, pairs } = task;
  const run = (...words: string[]): Promise<void> => call(kubectl, ['--namespace', namespace, ...words], target);
  await target.reset();
  const began = performance.now();
  await run('apply', '--server-side', '--filename', folder);
  const applyMs = performance.now() - began;
  for (const name of deploymentNames(pairs)) await run('rollout', 'status', `deployment/${name}`);
  return { wallMs: performance.now() - began, applyMs, ...(await target.counted()) };
}

/** Whether the command is there and runs. */
export async function hasKubectl(kubectl: string): Promise<boolean> {
  return call(kubectl, ['version', '--client']).then(
    () => true,
    () => false,
  );
}

function call(command: string, words: readonly string[], target?: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...(target ? ownEnvironment(target) : {}) };
    const child = spawn(command, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (piece: Buffer) => {
      complaint += piece.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve();
      else
        reject(new Error(`${command} ${words.slice(0, 4).join(' ')} ended with ${code}: ${complaint.slice(0, 2_000)}`));
    });
  });
}

/** The kubeconfig, and the home in which the plugins that it names keep their sessions. */
function ownEnvironment({ kubeconfig }: Target): Record<string, string> {
  return { KUBECONFIG: kubeconfig, ...(process.env['HOME'] ? { HOME: process.env['HOME'] } : {}) };
}
