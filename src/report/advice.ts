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
        : { serves: `Revision ${revision} serves, on ${where}.` };
    case 'unchanged':
      return { serves: `Revision ${revision} serves, on ${where}; nothing was written.` };
    case 'rolled-back':
      return {
        serves:
          partly > 0
            ? `Revision ${serving} is restored, but ${lacking}: see the warnings below.`
            : `Revision ${serving} serves again, on ${where}.`,
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

/** What a person can do now, with commands to copy. */
export function nextStepsOf({ outcome, failure, namespaces, release, firstDeploy }: Situation): NextStep[] {
  const namespace = namespaces[0] ?? 'default';
  const steps: NextStep[] = [];
  // Only what has run has written a log.
  const pod = failure?.logTail ?? failure?.findings.find(({ exitCode }) => exitCode !== undefined);
  if (outcome.phase === 'rolled-back') {
    // Its pods are gone, and the object is well again; only the events stay, for about an hour.
    const name = pod?.pod ?? failure?.findings.find(finding => finding.pod)?.pod ?? failure?.object?.name;
    if (name)
      steps.push({
        text: `See the events of ${name}, which the cluster keeps for about an hour`,
        command: `kubectl -n ${failure?.object?.namespace ?? namespace} get events --field-selector involvedObject.name=${name}`,
      });
  } else if (failure?.object) {
    const { kind, name, namespace: at = namespace } = failure.object;
    steps.push({ text: `Look at ${kind} ${name}`, command: `kubectl -n ${at} describe ${kind.toLowerCase()} ${name}` });
  }
  if (pod?.pod && outcome.phase !== 'rolled-back') {
    const container = pod.container ? ` -c ${pod.container}` : '';
    const previous = failure?.logTail?.previous ? ' --previous' : '';
    steps.push({
      text: `Read the log of ${pod.pod}`,
      command: `kubectl -n ${failure?.object?.namespace ?? namespace} logs ${pod.pod}${container}${previous}`,
    });
  }
  if (outcome.phase === 'succeeded' || outcome.phase === 'unchanged') {
    if (!firstDeploy && (outcome.revision ?? 0) > 1)
      steps.push({ text: 'To go back, deploy the commit before: run its workflow again' });
  } else if (outcome.revision && outcome.phase !== 'aborted')
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
