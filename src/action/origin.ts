import { readFileSync } from 'node:fs';
import type { Origin } from '../release/record.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where this run comes from, by the variables that the runner sets. Outside a runner there is less to tell, and nothing fails. */
export function originOf(env: Environment): Origin {
  const { GITHUB_REPOSITORY: repository, GITHUB_SHA: sha, GITHUB_REF: ref, GITHUB_ACTOR: actor } = env;
  const event = readEvent(env);
  const { pullRequest, ...subject } = subjectOf(event);
  // A comment is about neither the default branch nor its newest commit, which are the runner's then.
  const own = isAboutIssue(event) ? {} : { commit: sha, ref };
  const commit = subject.commit ?? own.commit;
  const runUrl = runUrlOf(env);
  return {
    ...(repository ? { repository } : {}),
    ...(commit ? { commit } : {}),
    ...(own.ref ? { ref: own.ref } : {}),
    ...(actor ? { actor } : {}),
    ...(runUrl ? { runUrl } : {}),
    ...(pullRequest ? { pullRequest } : {}),
  };
}

export function runUrlOf({
  GITHUB_SERVER_URL: server,
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: run,
  GITHUB_RUN_ATTEMPT: attempt,
}: Environment): string | undefined {
  if (!server || !repository || !run) return undefined;
  return `${server}/${repository}/actions/runs/${run}${attempt && attempt !== '1' ? `/attempts/${attempt}` : ''}`;
}

/** The payload of the event that began the run; undefined where there is none that can be read. */
export function readEvent({ GITHUB_EVENT_PATH: path }: Environment): unknown {
  if (!path) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // The payload is the runner's; what it lacks is only a fact fewer in the record.
    return undefined;
  }
}

interface Payload {
  pull_request?: { number?: unknown; head?: { sha?: unknown } };
  issue?: { number?: unknown; pull_request?: unknown };
  workflow_run?: { head_sha?: unknown; pull_requests?: { number?: unknown }[] };
}

function isAboutIssue(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'issue' in event;
}

/**
 * The commit and the pull request that the event is about. For events of pull requests the runner's own commit is a merge
 * that nobody has seen (or the base branch's), for those of other workflows the newest of the default branch.
 */
function subjectOf(event: unknown): { commit?: string; pullRequest?: number } {
  const { pull_request: pull, issue, workflow_run: run } = (event ?? {}) as Payload;
  const commit = [pull?.head?.sha, run?.head_sha].find(sha => typeof sha === 'string') as string | undefined;
  const ofRun = Array.isArray(run?.pull_requests) ? run.pull_requests[0]?.number : undefined;
  const number = pull?.number ?? (issue?.pull_request ? issue.number : undefined) ?? ofRun;
  return {
    ...(commit ? { commit } : {}),
    ...(typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? { pullRequest: number } : {}),
  };
}
