import type { GitHub, ListItem, Patience } from '../github.ts';
import type { Refusal } from './authorise.ts';
import type { CommandPolicy } from './policy.ts';
import { failureText, learned, lookUpRefusal, namesText, refusal, shortSha } from './refusal.ts';

type CheckRun = ListItem<'GET /repos/{owner}/{repo}/commits/{ref}/check-runs'>;
type Status = ListItem<'GET /repos/{owner}/{repo}/commits/{ref}/status'>;

/** A check run or a commit status; to whoever names it, they are the same. */
interface Check {
  name: string;
  state: 'green' | 'pending' | 'failed';
}

const GREEN = ['success', 'neutral', 'skipped'];
/** Statuses under this name are what releases report themselves. */
const OWN_CONTEXT = 'sluice/';
/** A run of GitHub Actions, without its attempt or job. */
const ACTIONS_RUN = /^(https?:\/\/[^?#]+\/actions\/runs\/[0-9]+)(?=[/?#]|$)/i;

/**
 * The checks of one commit, where the policy wants green ones: for a record's commit that is not the pull request's own.
 *
 * Not asked of a commit is what comes of the release itself: the check runs of `ownRuns` (addresses of runs of GitHub
 * Actions, with or without an attempt), those with the same name and app, which other comments started, and statuses
 * that a release wrote. A check that is required by name and is one of those is missing. Of several with one name all
 * must be green.
 */
export async function checksRefusal(
  github: GitHub,
  sha: string,
  { requiredChecks: required }: CommandPolicy,
  { patience, ownRuns }: { patience: Patience; ownRuns: readonly string[] },
): Promise<Refusal | undefined> {
  if (required === 'none' || required.length === 0) return undefined;
  const what = `whether the checks of commit ${shortSha(sha)} are green`;
  const answer = await learned(
    Promise.all([
      github.list('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ref: sha, filter: 'latest' }, patience),
      github.list('GET /repos/{owner}/{repo}/commits/{ref}/status', { ref: sha }, patience),
    ]),
  );
  if ('failure' in answer) return lookUpRefusal(what, [failureText(answer.failure)]);
  const [runs, statuses] = answer.value;
  if (runs.more || statuses.more)
    return lookUpRefusal(what, [`it has more than the ${(runs.more ? runs : statuses).items.length} that are read`]);
  const checks = [...foreignRuns(runs.items, ownRuns).map(ofRun), ...foreignStatuses(statuses.items).map(ofStatus)];
  return judged(checks, required, sha);
}

function judged(checks: readonly Check[], required: 'all' | readonly string[], sha: string): Refusal | undefined {
  const commit = `commit ${shortSha(sha)}`;
  const again = 'then say it again';
  const wanted = required === 'all' ? checks : checks.filter(({ name }) => required.includes(name));
  const asks = `required-checks asks for ${required === 'all' ? 'all checks' : namesText(required)} of ${commit} to be green`;
  const inState = (state: Check['state']): string[] => [
    ...new Set(wanted.filter(check => check.state === state).map(({ name }) => name)),
  ];

  const failed = inState('failed');
  if (failed.length > 0)
    return refusal('checks', `${asks}, and ${namesText(failed)} failed: make what failed succeed, ${again}.`);
  const missing = required === 'all' ? [] : required.filter(name => !checks.some(check => check.name === name));
  const others = [...new Set(checks.map(({ name }) => name))];
  if (missing.length > 0)
    return refusal(
      'checks',
      `${asks}, and it has no check with the name ${namesText(missing, 'or')}${others.length > 0 ? ` (only ${namesText(others)})` : ''}: let it run for this commit, or correct the name, ${again}.`,
    );
  const pending = inState('pending');
  if (pending.length > 0)
    return refusal('checks', `${asks}, and ${namesText(pending)} did not finish yet: wait until then, ${again}.`);
  return wanted.length > 0
    ? undefined
    : refusal('checks', `${asks}, and it has none but those of the release: let checks run for this commit, ${again}.`);
}

function foreignRuns(runs: readonly CheckRun[], ownRuns: readonly string[]): CheckRun[] {
  const own = new Set(ownRuns.map(runOf).filter(run => run !== undefined));
  const isOwn = (run: CheckRun): boolean =>
    [run.details_url, run.html_url].some(address => own.has(runOf(address) ?? ''));
  const kinds = new Set(runs.filter(isOwn).map(kindOf));
  return runs.filter(run => !isOwn(run) && (!run.app || !kinds.has(kindOf(run))));
}

/** What the check runs of one job have in common, in whichever run. */
function kindOf({ name, app }: CheckRun): string {
  return JSON.stringify([name, app?.id]);
}

function runOf(address: string | null): string | undefined {
  return ACTIONS_RUN.exec(address ?? '')?.[1]?.toLowerCase();
}

function foreignStatuses(statuses: readonly Status[]): Status[] {
  return statuses.filter(({ context }) => !context.startsWith(OWN_CONTEXT));
}

function ofRun({ name, status, conclusion }: CheckRun): Check {
  if (status !== 'completed') return { name, state: 'pending' };
  return { name, state: GREEN.includes(conclusion ?? '') ? 'green' : 'failed' };
}

function ofStatus({ context: name, state }: Status): Check {
  if (state === 'pending') return { name, state };
  return { name, state: state === 'success' ? 'green' : 'failed' };
}
