import { readFileSync } from 'node:fs';
import type { Origin } from '../release/record.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where this run comes from, by the variables that the runner sets. Outside a runner there is less to tell, and nothing fails. */
export function originOf(env: Environment): Origin {
  const { GITHUB_SHA: commit, GITHUB_REF: ref, GITHUB_ACTOR: actor, GITHUB_EVENT_PATH: eventPath } = env;
  const pullRequest = eventPath ? pullRequestOf(eventPath) : undefined;
  const runUrl = runUrlOf(env);
  return {
    ...(commit ? { commit } : {}),
    ...(ref ? { ref } : {}),
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

function pullRequestOf(eventPath: string): number | undefined {
  try {
    const event = JSON.parse(readFileSync(eventPath, 'utf8')) as { pull_request?: { number?: unknown } } | null;
    const number = event?.pull_request?.number;
    return typeof number === 'number' ? number : undefined;
  } catch {
    // The payload is the runner's; what it lacks is only one fact fewer in the record.
    return undefined;
  }
}
