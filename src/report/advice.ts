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
}

/** What serves now, and what to do about it, in a sentence each. */
export function headlineOf(situation: Situation): Headline {
  const { outcome, error, namespaces, workloads } = situation;
  const where = `${workloads.length} workload${workloads.length === 1 ? '' : 's'} in ${namespaces.join(', ')}`;
  const { revision, serving } = outcome;
  switch (outcome.phase) {
    case 'succeeded':
      return { serves: `Revision ${revision} serves, on ${where}.` };
    case 'unchanged':
      return { serves: `Revision ${revision} serves, on ${where}; nothing was written.` };
    case 'rolled-back':
      return {
        serves: `Revision ${serving} serves again, on ${where}.`,
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
    case 'aborted':
      return {
        serves: revision
          ? `The run was cut: what it had applied of revision ${revision} stays, and nothing was taken back.`
          : 'Nothing was changed.',
        next: 'Run the workflow again to go on, or deploy the version that you want.',
      };
    case 'failed':
      return {
        serves: servesAfterFailure(situation),
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
  }
}

function servesAfterFailure({ outcome, error, firstDeploy }: Situation): string {
  const { revision, serving } = outcome;
  if (!revision) return 'Nothing was changed.';
  if (error?.code === 'lock-lost')
    return `Another run has taken over release; this run stopped in the middle of revision ${revision}.`;
  if (error?.code === 'rollback-failed') return 'It is not certain what serves: the way back failed, too.';
  if (serving === revision)
    return `Revision ${revision} is what the manifests ask for, but it is not healthy; nothing was written.`;
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
  const pod = failure?.logTail ?? failure?.findings.find(finding => finding.pod);
  if (pod?.pod) {
    const container = pod.container ? ` -c ${pod.container}` : '';
    const previous = failure?.logTail?.previous ? ' --previous' : '';
    steps.push({
      text: `Read the log of ${pod.pod}`,
      command: `kubectl -n ${namespace} logs ${pod.pod}${container}${previous}`,
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
