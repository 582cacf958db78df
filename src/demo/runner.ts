import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StepOptions {
  /** Path of `main.js` or `post.js`. */
  bundle: string;
  inputs: Record<string, string>;
  workspace: string;
  env?: Record<string, string>;
  /** What an earlier entry of the same step saved for `post`. */
  state?: Record<string, string>;
  /** Called with the process and each piece of its log as it comes. */
  onLog?: (text: string, child: ChildProcess) => void;
}

export interface StepResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  log: string;
  summary: string;
  outputs: Record<string, string>;
  state: Record<string, string>;
}

/** Runs a bundle of the action as GitHub's runner does: a process of its own, inputs as variables, files for what it has to say. */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-step-'));
  const file = async (name: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, '');
    return path;
  };
  const files = { output: await file('output'), summary: await file('summary'), state: await file('state') };
  const child = spawn(process.execPath, [options.bundle], {
    cwd: options.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: directory,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: options.workspace,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_STATE: files.state,
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '1001',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_SHA: '4f5a1c09b7d2e3f6a8b9c0d1e2f3a4b5c6d7e8f9',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_ACTOR: 'ada',
      ...inputVariables(options.inputs),
      ...stateVariables(options.state ?? {}),
      ...options.env,
    },
  });
  let log = '';
  const hear = (piece: Buffer): void => {
    const text = piece.toString('utf8');
    log += text;
    options.onLog?.(text, child);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => resolve([code, killedBy]));
  });
  return {
    exitCode,
    signal,
    log,
    summary: await readFile(files.summary, 'utf8'),
    outputs: keyValues(await readFile(files.output, 'utf8')),
    state: keyValues(await readFile(files.state, 'utf8')),
  };
}

function inputVariables(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

function stateVariables(state: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
}

/** The runner's file format: `name<<DELIMITER`, the value, the delimiter again. */
function keyValues(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const match of text.matchAll(/^(.+?)<<(.+)\r?\n([\s\S]*?)\r?\n\2$/gm))
    values[match[1] as string] = match[3] as string;
  return values;
}
