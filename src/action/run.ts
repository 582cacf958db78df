import { randomUUID } from 'node:crypto';
import type * as Core from '@actions/core';
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { connect } from '../cluster/connect.ts';
import { webFetch } from '../cluster/web.ts';
import type { GitHub } from '../github/github.ts';
import type { ReleaseDeps } from '../release/deps.ts';
import { asSluiceError } from '../release/engine.ts';
import type { Outcome, ReleaseEvent } from '../release/events.ts';
import { lockName } from '../release/labels.ts';
import type { Cancellation } from './cancellation.ts';
import { type Heard, hear } from './comment.ts';
import { configurationOf } from './configured.ts';
import { followersOf, openGitHub, pullRequestOf } from './github.ts';
import { defaultRelease, type Inputs, readInputs } from './inputs.ts';
import { obey } from './obey.ts';
import { type Environment, originOf, runUrlOf } from './origin.ts';
import { perform, read, type Task } from './perform.ts';
import { credentialForms, secretValues } from './redaction.ts';
import { openReporter, type Reporter } from './reporter.ts';
import { forgetLock, forgetOpen, type OpenRelease, saveEnded, saveLock, saveOpen } from './state.ts';

/** Of the five seconds that a cancelled run may take. */
const CUT_LAST_WORD_MS = 1_500;

export interface RunDeps {
  core: typeof Core;
  env: Environment;
  clock: Clock;
  cancellation: Cancellation;
}

/** One run of the action, from inputs to outputs. Every end is reported; nothing is thrown but defects of the reporting itself. */
export async function run({ core, env, clock, cancellation }: RunDeps): Promise<void> {
  const asked = askedAt(env, clock.now());
  const reporter = openReporter(core, clock, asked, env['GITHUB_STEP_SUMMARY']);
  const outcome = await attempt({ core, env, clock, cancellation }, reporter).catch(
    (error: unknown): Outcome | undefined => {
      const stopped = cancellation.stop.aborted;
      return {
        phase: stopped ? 'aborted' : 'failed',
        error: asSluiceError(stopped ? cancellation.stop.reason : error),
      };
    },
  );
  if (outcome) await reporter.end(outcome, cancellation.stop.aborted ? CUT_LAST_WORD_MS : undefined);
  else reporter.endQuietly();
  if (outcome?.phase !== 'aborted') forgetOpen(core);
  saveEnded(core);
  cancellation.done();
}

/** What is known of the question before the first input is read. */
export function askedAt(env: Environment, startedAt: number): Reporter['asked'] {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
  // How the workflow names this action, for advice that can be copied.
  const { GITHUB_ACTION_REPOSITORY: action, GITHUB_ACTION_REF: version } = env;
  const facts = {
    ...originOf(env),
    ...(server && repository ? { repositoryUrl: `${server}/${repository}` } : {}),
    ...(action && version ? { uses: `${action}@${version}` } : {}),
  };
  return {
    action: 'deploy',
    release: defaultRelease(env),
    strategy: 'rolling',
    namespaces: [],
    cluster: {},
    facts,
    startedAt,
    objects: [],
    substitutions: [],
  };
}

/** Undefined where there is nothing to be done, and so nothing to tell. */
async function attempt({ core, env, clock, cancellation }: RunDeps, reporter: Reporter): Promise<Outcome | undefined> {
  const inputs = readInputs(core, env);
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  reporter.hide(credentialForms(inputs.credentials));
  reporter.asked = { ...reporter.asked, action: inputs.action, release: inputs.release };
  const configuration = await configurationOf(inputs, workspace);
  reporter.asked = { ...reporter.asked, strategy: configuration.strategy };
  const github = openGitHub({ core, env, clock, signal: cancellation.giveUp }, inputs.github);
  const heard = inputs.action === 'comment' ? await listen({ core, env, clock }, github, inputs, reporter) : undefined;
  if (inputs.action === 'comment' && !heard) return undefined;
  if (github)
    for (const follower of followersOf(github, inputs.github, { core, env, clock }, heard?.event.pullRequest))
      reporter.follow(follower);
  const task: Task = { inputs, configuration, origin: originOf(env), holder: holderOf(env), reporter };
  const lookingUp =
    inputs.action === 'deploy' ? withPullRequest(task, github, { core, signal: cancellation.stop }) : undefined;
  const wanted =
    inputs.action === 'deploy' ? await read(task, { workspace, clock, signal: cancellation.stop }) : undefined;
  const cluster = await open({ core, env, clock, cancellation }, inputs);
  try {
    reporter.asked = {
      ...reporter.asked,
      cluster: { server: cluster.server, ...(inputs.context ? { context: inputs.context } : {}) },
    };
    await lookingUp;
    const deps = releaseDeps({ core, env, clock, cancellation }, cluster, reporter, task);
    return heard ? await obey(deps, task, heard) : await perform(deps, task, wanted);
  } finally {
    await cluster.close();
  }
}

/** What a comment asks for, told as the run's own question from then on. */
function listen(
  deps: Pick<RunDeps, 'core' | 'env' | 'clock'>,
  github: GitHub | undefined,
  { github: inputs }: Inputs,
  reporter: Reporter,
): Promise<Heard | undefined> {
  return hear(deps, {
    github,
    inputs,
    follow: reporter.follow,
    understood: verb => {
      reporter.asked = { ...reporter.asked, action: verb };
    },
  });
}

/** Completes where the release comes from; the manifests are read meanwhile. */
async function withPullRequest(
  task: Task,
  github: GitHub | undefined,
  deps: Pick<RunDeps, 'core'> & { signal: AbortSignal },
): Promise<void> {
  const { inputs, origin, reporter } = task;
  if (origin.pullRequest !== undefined) return;
  const pullRequest = await pullRequestOf(github, origin, inputs.github, deps);
  if (pullRequest === undefined) return;
  task.origin = { ...origin, pullRequest };
  reporter.asked = { ...reporter.asked, facts: { ...reporter.asked.facts, pullRequest } };
}

/** This run's name on locks and records: its URL, and after a `#` something that no other run has. */
export function holderOf(env: Environment): string {
  return `${runUrlOf(env) ?? `a run outside GitHub on ${env['HOSTNAME'] ?? 'an unnamed host'}`}#${randomUUID()}`;
}

/** What a release needs of the world; `post` must be able to find the lock that a run leaves behind. */
export function releaseDeps(
  { core, env, clock, cancellation }: RunDeps,
  cluster: Cluster,
  reporter: Reporter,
  task: { inputs: Pick<Inputs, 'release' | 'credentials'>; holder: string },
): ReleaseDeps {
  const { holder } = task;
  let advancing: string | undefined;
  // Which release a comment is about is known only when the cluster has been asked.
  const releaseOf = (): string => advancing ?? task.inputs.release;
  return {
    cluster,
    clock,
    signal: cancellation.stop,
    halt: cancellation.halt,
    emit: event => {
      if (event.type === 'advancing') advancing = event.release;
      const release = releaseOf();
      if (event.type === 'locking') saveLock(core, { namespace: cluster.namespace, name: lockName(release), holder });
      if (event.type === 'unlocked') forgetLock(core);
      noteOpen(core, event, { namespace: cluster.namespace, release, holder });
      reporter.emit(event);
    },
    outside: { fetch: webFetch(), credential: name => task.inputs.credentials.get(name), env },
    redact: reporter.redact,
    conceal: objects => reporter.hide(secretValues(objects)),
  };
}

/** From the first step of a release that moves traffic until this run has told its end, `post` must know of it. */
function noteOpen(core: typeof Core, event: ReleaseEvent, release: Omit<OpenRelease, 'revision'>): void {
  if ((event.type === 'started' || event.type === 'resumed') && event.plan.traffic)
    saveOpen(core, { ...release, revision: event.revision });
}

/** The cluster that the inputs name; also used by `post`. */
export function open(
  { core, env, clock, cancellation }: RunDeps,
  inputs: Pick<Inputs, 'kubeconfig' | 'context' | 'namespace'>,
): Promise<Cluster> {
  return connect({
    kubeconfig: inputs.kubeconfig,
    context: inputs.context,
    namespace: inputs.namespace,
    env,
    clock,
    // On a terminal nobody turns them off, and they would run into the live line.
    log: { debug: process.stdout.isTTY ? () => {} : core.debug, warning: core.warning },
    mask: core.setSecret,
    signal: cancellation.giveUp,
  });
}
