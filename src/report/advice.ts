import type { SluiceError } from '../errors.ts';
import type { Outcome } from '../release/events.ts';
import type { Facts, FailureReport, Headline, StepReport, WorkloadReport } from './model.ts';
import { firstLine } from './plain-text.ts';
import { commandHeadline, pausedHeadline, standingHeadline, trafficHeadline } from './progress-advice.ts';
import type { PauseReport, StandingReport, TrafficReport } from './progress-model.ts';
import { oldText, sentence } from './traffic-text.ts';

/** What headline and advice are made of. */
export interface Situation {
  action: string;
  release: string;
  namespaces: readonly string[];
  facts: Facts;
  outcome: Outcome;
  error: SluiceError | undefined;
  failure: FailureReport | undefined;
  workloads: readonly WorkloadReport[];
  firstDeploy: boolean;
  /** Whether anything was written at all. */
  wrote: boolean;
  traffic?: TrafficReport;
  step?: StepReport;
  pause?: PauseReport;
  standing?: StandingReport;
  taken?: { verb: string; holder: string };
  /** With `advance`: releases that it was not time for. */
  waiting: readonly string[];
}

/** What serves now, and what to do about it, in a sentence each. */
export function headlineOf(situation: Situation): Headline {
  return (
    standingHeadline(situation) ??
    commandHeadline(situation) ??
    pausedHeadline(situation) ??
    trafficHeadline(situation) ??
    plainHeadline(situation)
  );
}

function plainHeadline(situation: Situation): Headline {
  const { outcome, error, namespaces, workloads } = situation;
  const count = `${workloads.length} workload${workloads.length === 1 ? '' : 's'}`;
  const where = `${count} in ${namespaces.join(', ')}`;
  // A run that only looked at what another did knows no workloads.
  const on = workloads.length > 0 || situation.wrote ? `, on ${where}` : '';
  const { revision, serving } = outcome;
  // A Job runs to its end and is not rolled: a rollback leaves it as it is.
  const rolled = workloads.filter(({ ref }) => ref.kind !== 'Job');
  const partly = rolled.filter(({ replicas }) => (replicas?.updated ?? Infinity) < (replicas?.desired ?? 0)).length;
  const lacking = `${partly} of ${where} ${partly === 1 ? 'does' : 'do'} not run it everywhere`;
  switch (outcome.phase) {
    case 'succeeded':
      return partly > 0
        ? {
            serves: `Revision ${revision} is applied, but ${lacking}.`,
            next: 'See the warnings below.',
          }
        : { serves: `Revision ${revision} serves${on}.` };
    case 'unchanged':
      if (error?.code === 'already-done') return { serves: error.message, ...(error.hint ? { next: error.hint } : {}) };
      return { serves: `Revision ${revision} serves${on}; nothing was written.` };
    case 'rolled-back':
      return {
        serves:
          partly > 0
            ? `Revision ${serving} is restored, but ${lacking}: see the warnings below.`
            : sentence(`${oldText(serving)} serves again${on}`),
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
    case 'aborted':
      return {
        serves: servesAfterAbort(situation),
        next:
          error?.code === 'cancelled'
            ? 'Run the workflow again to go on, or deploy the version that you want.'
            : (firstLine(error?.hint) ?? 'Run the workflow again to go on.'),
      };
    case 'paused':
    case 'failed':
      // Nothing is to be mended, and nobody is to deploy: the way out is in the hint, where there is one.
      if (error?.code === 'refused')
        return { serves: servesAfterFailure(situation), ...(error.hint ? { next: error.hint } : {}) };
      return {
        serves: servesAfterFailure(situation),
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
  }
}

function servesAfterAbort({ outcome: { revision }, error, release, wrote }: Situation): string {
  if (!wrote) return 'Nothing was changed.';
  const how = error?.code === 'lock-lost' ? `Another run took over release ${release}` : 'The run was cut';
  return `${how}. What this one had applied${revision ? ` of revision ${revision}` : ''} stays; nothing was taken back.`;
}

function servesAfterFailure({ outcome, error, firstDeploy, wrote }: Situation): string {
  const { revision, serving } = outcome;
  if (serving !== undefined && serving === revision)
    return wrote
      ? `Revision ${revision} serves and is healthy; only its record does not say so.`
      : `Revision ${revision} is what the manifests ask for, but it is not healthy; nothing was written.`;
  if (!wrote) return 'Nothing was changed.';
  if (!revision) return 'Namespaces were made, and nothing else.';
  if (error?.code === 'rollback-failed') return 'It is not certain what serves: the way back failed, too.';
  if (firstDeploy)
    return `Revision ${revision} did not succeed. What it created was left: there is no earlier revision to go back to.`;
  return `Revision ${revision} did not succeed; what it applied was left as it is (on-failure: leave).`;
}
