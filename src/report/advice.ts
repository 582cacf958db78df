import type { SluiceError } from '../errors.ts';
import type { Outcome } from '../release/events.ts';
import type { FailureReport, Headline, NextStep, WorkloadReport } from './model.ts';

/** What headline and advice are made of. */
export interface Situation {
  release: string;
  namespaces: readonly string[];
  outcome: Outcome;
  error: SluiceError | undefined;
  failure: FailureReport | undefined;
  workloads: readonly WorkloadReport[];
  firstDeploy: boolean;
  /** Whether anything was written at all. */
  wrote: boolean;
}

/** What serves now, and what to do about it, in a sentence each. */
export function headlineOf(situation: Situation): Headline {
  const { outcome, error, namespaces, workloads } = situation;
  const where = `${workloads.length} workload${workloads.length === 1 ? '' : 's'} in ${namespaces.join(', ')}`;
  const { revision, serving } = outcome;
  const partly = workloads.filter(({ replicas }) => (replicas?.updated ?? Infinity) < (replicas?.desired ?? 0)).length;
  switch (outcome.phase) {
    case 'succeeded':
      return partly > 0
        ? {
            serves: `Revision ${revision} is applied, but ${partly} of ${where} do not run it everywhere.`,
            next: 'See the warnings below.',
          }
        : { serves: `Revision ${revision} serves, on ${where}.` };
    case 'unchanged':
      return { serves: `Revision ${revision} serves, on ${where}; nothing was written.` };
    case 'rolled-back':
      return {
        serves: `Revision ${serving} serves again, on ${where}.`,
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
    case 'aborted':
      return {
        serves: servesAfterAbort(situation),
        next: firstLine(error?.hint) ?? 'Run the workflow again to go on.',
      };
    case 'failed':
      return {
        serves: servesAfterFailure(situation),
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
  }
}

function servesAfterAbort({ outcome: { revision }, error, release, wrote }: Situation): string {
  if (!wrote) return 'Nothing was changed.';
  const how = error?.code === 'lock-lost' ? `Another run took over release ${release}` : 'The run was cut';
  return `${how}: what this one had applied${revision ? ` of revision ${revision}` : ''} stays, and nothing was taken back.`;
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
  if (firstDeploy) return `What revision ${revision} created was left: there is no earlier revision to go back to.`;
  return `Revision ${revision} was left as it is (on-failure: leave).`;
}

/** What a person can do now, with commands to copy. */
export function nextStepsOf({ outcome, failure, namespaces, release }: Situation): NextStep[] {
  const namespace = namespaces[0] ?? 'default';
  const steps: NextStep[] = [];
  if (failure?.object) {
    const { kind, name, namespace: at = namespace } = failure.object;
    steps.push({ text: `Look at ${kind} ${name}`, command: `kubectl -n ${at} describe ${kind.toLowerCase()} ${name}` });
  }
  // Only what has run has written something.
  const pod = failure?.logTail ?? failure?.findings.find(({ exitCode }) => exitCode !== undefined);
  if (pod?.pod) {
    const container = pod.container ? ` -c ${pod.container}` : '';
    const previous = failure?.logTail?.previous ? ' --previous' : '';
    steps.push({
      text: `Read the log of ${pod.pod}`,
      command: `kubectl -n ${failure?.object?.namespace ?? namespace} logs ${pod.pod}${container}${previous}`,
    });
  }
  if (outcome.phase === 'succeeded' || outcome.phase === 'unchanged')
    steps.push({ text: 'To go back, deploy the commit before: run its workflow again' });
  else if (outcome.revision)
    steps.push({ text: 'Fix the cause and push, or run this workflow again to try the same once more' });
  if (outcome.revision)
    steps.push({
      text: 'See every revision of this release',
      command: `kubectl -n ${namespace} get secrets -l sluice.dev/record=${release} -L sluice.dev/revision,sluice.dev/status`,
    });
  return steps;
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n')[0] || undefined;
}
