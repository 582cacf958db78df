import type * as Core from '@actions/core';
import { addressFault, CREDENTIAL_NAME } from '../config/asking-keys.ts';
import { placeAt } from '../config/checks/prometheus.ts';
import { TRAFFIC } from '../config/config-keys.ts';
import { type InputReader, inputReader } from '../config/inputs.ts';
import { readSteps } from '../config/read-config.ts';
import type { ReleaseConfig } from '../config/release-config.ts';
import { SluiceError } from '../errors.ts';
import { type GitHubInputs, readGitHub } from './github-inputs.ts';
import type { InputName } from './interface.ts';
import type { Environment } from './origin.ts';

/** Which cluster, and which namespace of it. */
export interface ConnectionInputs {
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
}

export const ACTIONS = [
  'deploy',
  'promote',
  'reject',
  'rollback',
  'pause',
  'resume',
  'advance',
  'status',
  'comment',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What the inputs say of the configuration; it wins over the file. */
type Configured = Partial<ReleaseConfig>;

export interface Inputs extends ConnectionInputs {
  action: Action;
  manifests: readonly string[];
  images: readonly string[];
  createNamespace: boolean;
  release: string;
  /** The same, where the input was given. */
  namedRelease: string | undefined;
  force: boolean;
  prune: boolean;
  waitFor: 'all' | 'workloads';
  concurrency: 'wait' | 'fail' | 'supersede';
  /** A file, or YAML itself; empty where there is none. */
  config: string;
  configured: Configured;
  /** Values by name, for checks. */
  credentials: ReadonlyMap<string, string>;
  onCancel: 'rollback' | 'pause';
  /** For `rollback`. */
  revision: number | undefined;
  /** For `promote`. */
  full: boolean;
  github: GitHubInputs;
}

const MINUTE_MS = 60_000;
/** Longer than a job may take on any of GitHub's own runners. */
const LONGEST_MS = 6 * 60 * MINUTE_MS;
const LONGEST_RUN_MS = 20 * LONGEST_MS;
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
  const action = reader.oneOf('action' satisfies InputName, 'deploy', ACTIONS);
  const configured = readConfigured(reader);
  const namedRelease = reader.text('release' satisfies InputName);
  const inputs: Inputs = {
    ...readConnection(core),
    namespace: namespace && name('namespace', namespace, 63),
    action,
    manifests: action === 'deploy' ? reader.requiredLines('manifests' satisfies InputName) : [],
    images: reader.lines('images' satisfies InputName),
    createNamespace: reader.boolean('create-namespace' satisfies InputName, false),
    release: name('release', namedRelease ?? defaultRelease(env), LONGEST_RELEASE),
    namedRelease,
    force: reader.boolean('force-conflicts' satisfies InputName, false),
    prune: reader.boolean('prune' satisfies InputName, true),
    waitFor: reader.oneOf('wait-for' satisfies InputName, 'all', ['all', 'workloads']),
    concurrency: reader.oneOf('concurrency' satisfies InputName, 'wait', ['wait', 'fail', 'supersede']),
    config: reader.text('config' satisfies InputName) ?? '',
    configured,
    credentials: readCredentials(reader),
    onCancel: reader.oneOf('on-cancel' satisfies InputName, 'rollback', ['rollback', 'pause']),
    revision: reader.text('revision') ? reader.integer('revision' satisfies InputName, 1, { min: 1 }) : undefined,
    full: reader.boolean('full' satisfies InputName, false),
    github: readGitHub(reader),
  };
  reader.check();
  return inputs;
}

/** Only what was given: what an input does not say, the file or a default does. */
function readConfigured(reader: InputReader): Configured {
  const given = <T>(input: InputName, read: () => T): T | undefined => (reader.text(input) ? read() : undefined);
  const duration = (input: InputName, min: number, max: number): number | undefined =>
    given(input, () => reader.duration(input, min, { min, max }));
  return {
    strategy: given('strategy', () => reader.oneOf('strategy', 'rolling', ['rolling', 'canary', 'blue-green'])),
    traffic: given('traffic', () => reader.oneOf('traffic', 'auto', TRAFFIC)),
    service: reader.text('service' satisfies InputName),
    rules: given('routes', () => reader.lines('routes').flatMap(line => line.split(/[\s,]+/).filter(Boolean))),
    steps: given('steps', () => readInputSteps(reader)),
    holdMs: duration('hold', 0, LONGEST_RUN_MS),
    settleMs: duration('settle', 0, LONGEST_MS),
    drainMs: duration('drain', 0, LONGEST_MS),
    maxRunMs: duration('max-run', 1_000, LONGEST_RUN_MS),
    timeoutMs: duration('timeout', 1_000, LONGEST_MS),
    onFailure: given('on-failure', () => reader.oneOf('on-failure', 'rollback', ['rollback', 'pause', 'leave'])),
    prometheus: given('prometheus', () => readPrometheus(reader)),
    onDrift: given('on-drift', () => reader.oneOf('on-drift', 'correct', ['correct', 'fail', 'ignore'])),
  };
}

/** An address, or `namespace/name` or `namespace/name:port` of a Service. */
function readPrometheus(reader: InputReader): ReleaseConfig['prometheus'] {
  const text = reader.text('prometheus' satisfies InputName) ?? '';
  const [whole, service, port] = /^([a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9-]*)(?::([a-z0-9-]+))?$/.exec(text) ?? [];
  if (whole) return placeAt({ service, port });
  const fault = addressFault(text);
  if (fault === 'has credentials')
    reader.problem(
      'prometheus',
      'an address must not hold a password; give it by the input credentials, and name it under auth of the key prometheus of the config',
    );
  if (fault === 'no address') {
    // An address with a password may be ill-written, too.
    const given = /^[\w./:-]{1,60}$/.test(text) ? JSON.stringify(text) : 'what was given (not shown here)';
    reader.problem(
      'prometheus',
      `${given} is not allowed; give an http(s) address, or namespace/name or namespace/name:port of a Service`,
    );
  }
  return placeAt({ url: text });
}

/** Never says a value, whatever is wrong with it. */
function readCredentials(reader: InputReader): ReadonlyMap<string, string> {
  const credentials = new Map<string, string>();
  for (const [index, line] of reader.lines('credentials' satisfies InputName).entries()) {
    const [, name = '', value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
    const where = `line ${index + 1}`;
    if (!CREDENTIAL_NAME.test(name)) reader.problem('credentials', `${where} is not NAME=value`);
    else if (value === '')
      reader.problem('credentials', `${where}: ${name} is empty; is the secret there, and may this workflow read it?`);
    else if (credentials.has(name)) reader.problem('credentials', `${where}: ${name} is there twice`);
    else credentials.set(name, value);
  }
  return credentials;
}

function readInputSteps(reader: InputReader): ReleaseConfig['steps'] {
  try {
    return readSteps(reader.text('steps' satisfies InputName) ?? '');
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const problems = error.problems.length > 0 ? error.problems : [{ message: error.message }];
    for (const { message } of problems) reader.add({ message });
    return undefined;
  }
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
