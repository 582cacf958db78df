import type { LiveReport } from '../report/live-report.ts';
import type { Follower } from './follower.ts';
import { type FollowingDeps, following } from './following.ts';
import type { GitHub } from './github.ts';
import type { Message } from './paced.ts';
import { changesState } from './state-events.ts';
import { type StateWords, stateWords } from './state-words.ts';

export interface CommitStatusDeps extends FollowingDeps {
  github: GitHub;
  /** The release's commit; undefined where it has none: then there is no status. */
  commit: (report: LiveReport) => string | undefined;
  /** `sluice/shop` unless said otherwise. */
  context?: (report: LiveReport) => string;
}

interface StatusMessage extends Message {
  state: 'pending' | 'success' | 'failure' | 'error';
  description: string;
  targetUrl: string | undefined;
}

const STATE: Readonly<Record<StateWords['state'], StatusMessage['state']>> = {
  running: 'pending',
  waiting: 'pending',
  succeeded: 'success',
  // Where the status is required, a deploy that has nothing to do must not leave its commit without one.
  unchanged: 'success',
  superseded: 'failure',
  failed: 'failure',
  cancelled: 'error',
};

/** The status of the release's commit. Only changes are sent: GitHub keeps at most 1,000 for a commit and context. */
export function commitStatus(deps: CommitStatusDeps): Follower {
  const { github, commit, context = ({ release }) => `sluice/${release}` } = deps;
  return following<StatusMessage>(
    {
      subjectOf: report => {
        const sha = commit(report);
        return sha && `${sha} ${context(report)}`;
      },
      matters: changesState,
      messageOf: (report, { moved }) => (moved || isDeployAlone(report) ? messageOf(report) : undefined),
      sender: report => {
        const sha = commit(report) as string;
        const name = context(report);
        return async ({ state, description, targetUrl }, patience) => {
          await github.ask(
            'POST /repos/{owner}/{repo}/statuses/{sha}',
            { sha, state, context: name, description, ...(targetUrl ? { target_url: targetUrl } : {}) },
            // The same state twice is no other state.
            { ...patience(), mayRepeat: true },
          );
        };
      },
      trouble: report => ({
        what: `The commit status${report ? ` ${context(report)} of ${commit(report)?.slice(0, 12) ?? 'its commit'}` : ''}`,
        needs: 'statuses: write',
        without: 'set `commit-status: false`',
      }),
    },
    deps,
  );
}

/** A deploy that did not come to a release says so of its commit; what another run moves is told by that run. */
function isDeployAlone({ action, taken }: LiveReport): boolean {
  return action === 'deploy' && !taken;
}

function messageOf(report: LiveReport): StatusMessage {
  const { state, words } = stateWords(report);
  return {
    state: STATE[state],
    description: words,
    targetUrl: report.facts.runUrl,
    text: state === 'running' ? state : `${state} ${words}`,
  };
}
