import type * as Core from '@actions/core';
import { inputReader } from '../config/inputs.ts';
import type { InputName } from './interface.ts';
import type { Environment } from './origin.ts';

/** Which cluster, and which namespace of it. */
export interface ConnectionInputs {
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
}

export interface Inputs extends ConnectionInputs {
  action: 'deploy';
  manifests: readonly string[];
  images: readonly string[];
  createNamespace: boolean;
  release: string;
  strategy: 'rolling';
  timeoutMs: number;
  onFailure: 'rollback' | 'leave';
  force: boolean;
  prune: boolean;
  waitFor: 'all' | 'workloads';
  concurrency: 'wait' | 'fail';
}

const MINUTE_MS = 60_000;
/** Longer than a job may take on any of GitHub's own runners. */
const LONGEST_MS = 6 * 60 * MINUTE_MS;
/** With what is put around it, a release's name stays within the 63 characters of a label. */
const LONGEST_RELEASE = 50;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Reads every input; all problems are thrown as one error. */
export function readInputs(core: typeof Core, env: Environment): Inputs {
  const reader = inputReader(core.getInput);
  const name = <T extends string>(input: InputName, value: T, longest: number): T => {
    if (!NAME.test(value) || value.length > longest)
      reader.problem(
        input,
        `${JSON.stringify(value)} is not allowed; give at most ${longest} small letters, digits and hyphens, with a letter or digit at both ends`,
      );
    return value;
  };
  const namespace = reader.text('namespace' satisfies InputName);
  const inputs: Inputs = {
    ...readConnection(core),
    namespace: namespace && name('namespace', namespace, 63),
    action: reader.oneOf('action' satisfies InputName, 'deploy', ['deploy']),
    manifests: reader.requiredLines('manifests' satisfies InputName),
    images: reader.lines('images' satisfies InputName),
    createNamespace: reader.boolean('create-namespace' satisfies InputName, false),
    release: name('release', reader.text('release') ?? defaultRelease(env), LONGEST_RELEASE),
    strategy: reader.oneOf('strategy' satisfies InputName, 'rolling', ['rolling']),
    timeoutMs: reader.duration('timeout' satisfies InputName, 10 * MINUTE_MS, { min: 1_000, max: LONGEST_MS }),
    onFailure: reader.oneOf('on-failure' satisfies InputName, 'rollback', ['rollback', 'leave']),
    force: reader.boolean('force-conflicts' satisfies InputName, false),
    prune: reader.boolean('prune' satisfies InputName, true),
    waitFor: reader.oneOf('wait-for' satisfies InputName, 'all', ['all', 'workloads']),
    concurrency: reader.oneOf('concurrency' satisfies InputName, 'wait', ['wait', 'fail']),
  };
  reader.check();
  return inputs;
}

export function readConnection(core: typeof Core): ConnectionInputs {
  const text = (input: InputName): string | undefined => core.getInput(input).trim() || undefined;
  return { kubeconfig: text('kubeconfig'), context: text('context'), namespace: text('namespace') };
}

/** The repository's name, in the form of a release's name. */
export function defaultRelease(env: Environment): string {
  const repository = env['GITHUB_REPOSITORY']?.split('/')[1] ?? 'release';
  const name = repository
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_RELEASE);
  return name.replace(/^-+|-+$/g, '') || 'release';
}
