import type { LiveReport } from '../report/live-report.ts';
import type { Follower } from './follower.ts';
import { type FollowingDeps, following } from './following.ts';
import { type GitHub, GitHubError, type ListItem } from './github.ts';
import type { NextPatience } from './lane.ts';
import type { Message } from './paced.ts';
import { changesState } from './state-events.ts';
import { type StateWords, stateWords, statusText } from './state-words.ts';

export interface DeploymentsDeps extends FollowingDeps {
  github: GitHub;
  /** `production` */
  environment: string;
  environmentUrl?: string;
  /** The release's commit; undefined where it has none: then there is no deployment. */
  commit: (report: LiveReport) => string | undefined;
}

type State = 'in_progress' | 'queued' | 'success' | 'failure' | 'error' | 'inactive';

interface DeploymentMessage extends Message {
  state: State;
  description: string;
  logUrl: string | undefined;
}

const STATE: Readonly<Record<StateWords['state'], State | undefined>> = {
  running: 'in_progress',
  waiting: 'queued',
  succeeded: 'success',
  unchanged: undefined,
  superseded: 'inactive',
  failed: 'failure',
  cancelled: 'error',
};

/** Those that GitHub shows as active, or as about to be. */
const ACTIVE: readonly string[] = ['success', 'in_progress', 'queued'];
/** Of one release and environment: older ones were looked at when these began. */
const MOST_DEPLOYMENTS = 30;

const CREATE = 'POST /repos/{owner}/{repo}/deployments';
const LIST = 'GET /repos/{owner}/{repo}/deployments';
const STATUSES = 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
const ADD_STATUS = 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';

type Deployment = ListItem<typeof LIST>;

/** Which deployment is meant, as its payload says. */
interface Payload {
  release: string;
  namespace: string;
  revision: number;
}

/** One of GitHub's deployments for each revision of a release, with a status for each change of its state. */
export function deployments(deps: DeploymentsDeps): Follower {
  const { commit, environment } = deps;
  return following<DeploymentMessage>(
    {
      subjectOf: report => {
        const payload = payloadOf(report);
        const sha = commit(report);
        return payload && sha ? `${sha} ${JSON.stringify(payload)}` : undefined;
      },
      matters: changesState,
      messageOf: (report, { moved }) => (moved ? messageOf(report) : undefined),
      sender: report => deploymentSender(deps, report),
      trouble: report => ({
        what: `The deployment of ${report ? nameOf(report) : 'the release'} to environment ${environment}`,
        needs: 'deployments: write',
        without: 'leave the input `environment` out',
      }),
    },
    deps,
  );
}

function nameOf({ release, revision }: LiveReport): string {
  return `${release}${revision === undefined ? '' : ` revision ${revision}`}`;
}

function payloadOf({ release, namespaces: [namespace], revision }: LiveReport): Payload | undefined {
  return namespace === undefined || revision === undefined ? undefined : { release, namespace, revision };
}

function messageOf(report: LiveReport): DeploymentMessage | undefined {
  const { state: own, words } = stateWords(report);
  const state = STATE[own];
  if (!state) return undefined;
  const text = state === 'in_progress' ? state : `${state} ${words}`;
  return { state, description: words, logUrl: report.facts.runUrl, text };
}

function deploymentSender(
  { github, environment, environmentUrl, commit }: DeploymentsDeps,
  report: LiveReport,
): (message: DeploymentMessage, patience: NextPatience) => Promise<void> {
  const payload = payloadOf(report) as Payload;
  const sha = commit(report) as string;
  // Deployments of other releases to the same environment are none of ours: GitHub filters by the task, and shows all tasks alike.
  const task = `deploy:sluice/${payload.namespace}/${payload.release}`;
  let id: number | undefined;

  async function add(to: number, message: DeploymentMessage, patience: NextPatience): Promise<void> {
    await github.ask(
      ADD_STATUS,
      {
        deployment_id: to,
        state: message.state,
        description: message.description,
        // Left alone, it makes all earlier ones in the environment inactive, those of other releases too.
        auto_inactive: false,
        ...(message.logUrl ? { log_url: message.logUrl } : {}),
        ...(environmentUrl ? { environment_url: environmentUrl } : {}),
      },
      // The same state twice is no other state.
      { ...patience(), mayRepeat: true },
    );
  }

  async function list(more: { sha?: string }, patience: NextPatience): Promise<Deployment[]> {
    const question = { environment, task, per_page: MOST_DEPLOYMENTS, ...more };
    const { items } = await github.list(LIST, question, patience(), MOST_DEPLOYMENTS);
    return items.filter(item => isOf(item, payload));
  }

  async function find(patience: NextPatience): Promise<number | undefined> {
    const found = (await list({ sha }, patience)).find(
      item => readPayload(item.payload)?.['revision'] === payload.revision,
    );
    return found && Number(found.id);
  }

  async function create(patience: NextPatience): Promise<number> {
    const made = await github.ask(
      CREATE,
      {
        ref: sha,
        task,
        // The commit is deployed as it is, whatever other checks say of it.
        auto_merge: false,
        required_contexts: [],
        environment,
        description: statusText(nameOf(report)),
        payload: { ...payload },
      },
      patience(),
    );
    if ('id' in made) return Number(made.id);
    // 202: GitHub has merged something in the place of making a deployment.
    throw new GitHubError('refused', `GitHub made no deployment of ${sha}: ${made.message ?? 'it has not said why'}`, {
      status: 202,
    });
  }

  /**
   * GitHub itself does this only for deployments to environments that are neither transient nor production ("Adds a new `inactive`
   * status to all prior non-transient, non-production environment deployments", REST API, "Create a deployment status"), and only
   * where the last status was a success. A later deployment is a later release's.
   */
  async function retireOthers(own: number, patience: NextPatience): Promise<void> {
    const words = statusText(`superseded by revision ${payload.revision}`);
    for (const other of (await list({}, patience)).map(({ id }) => Number(id))) {
      if (other >= own || !(await isActive(other, patience))) continue;
      await add(other, { state: 'inactive', description: words, logUrl: report.facts.runUrl, text: words }, patience);
    }
  }

  async function isActive(deployment: number, patience: NextPatience): Promise<boolean> {
    const statuses = await github.ask(STATUSES, { deployment_id: deployment, per_page: 100 }, patience());
    const latest = statuses.reduce<(typeof statuses)[number] | undefined>(
      (newest, status) => (newest && newest.id > status.id ? newest : status),
      undefined,
    );
    return latest !== undefined && ACTIVE.includes(latest.state);
  }

  return async (message, patience) => {
    // After a creation without an answer, too: it may be there all the same.
    id ??= await find(patience);
    if (id === undefined && message.state === 'inactive') return;
    const isNew = id === undefined;
    id ??= await create(patience);
    await add(id, message, patience).catch((error: unknown) => {
      // Not every part of GitHub knows it at once: that is no reason to give up for good.
      const isEarly = isNew && error instanceof GitHubError && error.trouble === 'not-found';
      throw isEarly ? new GitHubError('unreachable', error.message, { status: error.status, cause: error }) : error;
    });
    if (message.state === 'success') await retireOthers(id, patience);
  };
}

function isOf({ payload }: Deployment, { release, namespace }: Payload): boolean {
  const read = readPayload(payload);
  return read?.['release'] === release && read['namespace'] === namespace;
}

/** GitHub gives back an object, or the JSON of one; others may have written anything. */
function readPayload(payload: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof payload === 'object' && payload !== null) return payload as Record<string, unknown>;
  if (typeof payload !== 'string') return undefined;
  try {
    const read: unknown = JSON.parse(payload);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
