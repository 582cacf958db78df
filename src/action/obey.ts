import { holderUrl } from '../cluster/lease.ts';
import { SluiceError } from '../errors.ts';
import { checksRefusal } from '../github/commands/checks.ts';
import type { SpokenCommand } from '../github/commands/parse.ts';
import type { CommandPolicy } from '../github/commands/policy.ts';
import type { Patience } from '../github/github.ts';
import { type PullRequest, readPullRequest } from '../github/pull-request.ts';
import type { ReleaseDeps } from '../release/deps.ts';
import type { Outcome } from '../release/events.ts';
import { type FoundReleases, findReleases } from '../release/find.ts';
import { isOpen, type ReleaseRecord } from '../release/record.ts';
import { confirmWord, type Word } from '../release/word.ts';
import { type Heard, known, PATIENCE } from './comment.ts';
import { perform, type Task } from './perform.ts';

/** While others wait for the lock: what is asked for the second time then is not waited for as long. */
const BRIEF = { forMs: 5_000 };

/** Finds the release that a comment is about, and does with it what the comment says. */
export async function obey(deps: ReleaseDeps, task: Task, heard: Heard): Promise<Outcome> {
  const { command, event, pull, github } = heard;
  const { owner, repo } = github.repository;
  const release = command.release ?? task.inputs.namedRelease;
  const { namespace } = deps.cluster;
  const found = await findReleases(deps.cluster, {
    namespace,
    repository: `${owner}/${repo}`,
    pullRequest: event.pullRequest,
    commits: commitsOf(pull),
    release,
  });
  const record = oneOf(found, heard, namespace, release);
  deps.conceal(record.objects);
  task.inputs = {
    ...task.inputs,
    action: command.verb === 'help' ? 'status' : command.verb,
    release: record.release,
    revision: command.revision,
    full: command.full === true,
    // Who comments while a run goes on is told so, and does not wait for its end.
    ...(command.verb === 'resume' ? { concurrency: 'fail' as const } : {}),
  };
  task.reporter.asked = { ...task.reporter.asked, release: record.release, namespaces: [namespace] };
  const word: Word = {
    at: event.at,
    confirm: (newest, isLocked) =>
      confirm(heard, task.inputs.github.policy, record, newest, isLocked ? BRIEF : PATIENCE),
  };
  try {
    refuseDone(command, record);
    if (command.verb === 'rollback') await confirmWord({ word }, 'rollback', record);
    return await perform(
      deps,
      { ...task, said: { word, ...(command.to === undefined ? {} : { to: command.to }) } },
      undefined,
    );
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'already-done') throw error;
    return { phase: 'unchanged', revision: record.revision, error };
  }
}

function commitsOf({ headSha, mergeSha }: PullRequest): string[] {
  return mergeSha ? [headSha, mergeSha] : [headSha];
}

/** The release that is meant; every other case is told with what there is instead. */
function oneOf(
  { own, passed }: FoundReleases,
  { event, command }: Heard,
  namespace: string,
  release: string | undefined,
): ReleaseRecord {
  const open = own.filter(isOpen);
  const candidates = open.length === 1 && command.verb !== 'status' ? open : own;
  const [only, ...others] = candidates;
  if (only && others.length === 0) return only;
  if (only)
    throw new SluiceError(
      'refused',
      `Pull request #${event.pullRequest} has several releases in namespace ${namespace}: ${candidates.map(one => one.release).join(', ')}.`,
      { hint: `Say which one is meant: add --release ${only.release} to the command.` },
    );
  const [newer] = passed;
  if (newer)
    throw new SluiceError(
      'refused',
      `Release ${newer.release} is at revision ${newer.revision} by now, which comes from ${sourceOf(newer)} and not from this pull request.`,
      { hint: 'Say it where that comes from; a revision that is not the newest can be neither promoted nor rejected.' },
    );
  throw new SluiceError(
    'no-release',
    `Namespace ${namespace} has no release ${release ? `${release} ` : ''}of pull request #${event.pullRequest}.`,
    {
      hint: 'Deploy it first. A release is found by the pull request, or the commit, that its record names; look whether the input namespace is right.',
    },
  );
}

function sourceOf({ origin: { pullRequest, commit } }: ReleaseRecord): string {
  if (pullRequest !== undefined) return `pull request #${pullRequest}`;
  return commit ? `commit ${commit.slice(0, 7)}` : 'elsewhere';
}

/** What was asked for is so already: said by somebody else, or the same comment's run once more. */
function refuseDone({ verb }: SpokenCommand, { status, revision, endedAt }: ReleaseRecord): void {
  const when = endedAt ? ` at ${endedAt}` : '';
  if ((verb === 'promote' || verb === 'resume') && status === 'succeeded')
    throw new SluiceError('already-done', `Revision ${revision} was promoted already${when}.`);
  if (verb === 'reject' && (status === 'rolled-back' || status === 'superseded'))
    throw new SluiceError('already-done', `Revision ${revision} was taken back already${when}.`);
}

/** At the moment of the change: is it still the release that was looked at, and the commit that the pull request stands for? */
async function confirm(
  { command, github, event, ownRuns }: Heard,
  policy: CommandPolicy,
  seen: ReleaseRecord,
  record: ReleaseRecord,
  patience: Patience,
): Promise<void> {
  if (record.revision !== seen.revision || record.digest !== seen.digest)
    throw new SluiceError(
      'refused',
      `Release ${record.release} has come to revision ${record.revision} meanwhile; revision ${seen.revision} was meant.`,
      { hint: 'Look at the new one, and say it again.' },
    );
  if (command.verb !== 'promote' && command.verb !== 'resume') return;
  const { commit } = record.origin;
  if (command.sha && !commit?.startsWith(command.sha))
    throw new SluiceError(
      'refused',
      `You named commit ${command.sha}, and revision ${record.revision} is of ${commit ? `commit ${commit}` : 'no known commit'}.`,
      { hint: 'Look which one is meant; without a commit the release is promoted as it is recorded.' },
    );
  const pull = await known(() => readPullRequest(github, event.pullRequest, patience));
  const moved = movedOn(record, pull, policy);
  if (moved) throw moved;
  // The run that holds the release waits itself, and so does its check.
  const runs = [...ownRuns, record.origin.runUrl ?? '', holderUrl(record.holder)];
  const refusal = await checksRefusal(github, commit ?? pull.headSha, policy, { patience, ownRuns: runs });
  if (refusal) throw new SluiceError('refused', refusal.message);
}

/**
 * A pull request that has newer commits than the release, or is not what it was. What is merged stands still: there only a
 * release of its branch must be of its last commit, and one of the branch that it was merged into has been assigned to it by GitHub.
 */
function movedOn(
  { origin, revision }: ReleaseRecord,
  pull: PullRequest,
  policy: CommandPolicy,
): SluiceError | undefined {
  const { commit, ref } = origin;
  if (pull.state === 'closed')
    return new SluiceError('refused', `Pull request #${pull.number} was closed without being merged.`, {
      hint: 'Reopen it to promote its release, or reject the release.',
    });
  if (policy.allowSuperseded || commitsOf(pull).some(one => one === commit)) return undefined;
  const isOfBranch = ref === `refs/heads/${pull.headRef}` || ref?.startsWith('refs/pull/') === true;
  if (pull.state === 'merged' && commit && ref && !isOfBranch) return undefined;
  return new SluiceError(
    'refused',
    `Revision ${revision} is of commit ${commit ?? 'that nobody recorded'}, and pull request #${pull.number} has come to ${pull.headSha} since.`,
    { hint: 'Deploy that commit first; or, with allow-superseded: true, the older one may be promoted.' },
  );
}
