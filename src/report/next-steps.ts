import type { Situation } from './advice.ts';
import type { NextStep } from './model.ts';

/** What a person can do now, with what is to be copied. */
export function nextStepsOf(situation: Situation): NextStep[] {
  const { outcome, pause, standing, taken, action } = situation;
  // What the other run comes to is its own to tell.
  if (taken && outcome.phase === 'unchanged') return [];
  if (standing) return standing.status === 'paused' ? decisionSteps(situation) : [historyStep(situation)];
  if (action === 'advance' && !outcome.revision) return [];
  // Also where `on-failure: leave` has failed the run: the release waits all the same.
  if (pause && (outcome.phase === 'paused' || outcome.phase === 'failed'))
    return [...decisionSteps(situation), ...evidenceSteps(situation)];
  return [...evidenceSteps(situation), ...againSteps(situation), ...(outcome.revision ? [historyStep(situation)] : [])];
}

type Choice = readonly [action: 'promote' | 'resume' | 'advance' | 'reject', words: string];

const REJECT: Choice = ['reject', 'Take it back'];

/** What may become of a paused release, the likeliest first. */
function choicesFor({ pause }: Situation): readonly [Choice, ...Choice[]] {
  switch (pause?.why) {
    case 'approval':
      return [['promote', 'Let it go on'], REJECT];
    case 'time':
      return [['advance', 'Let it go on when it is time'], ['promote', 'Go on at once'], REJECT];
    case 'check-failed':
    case 'check-error':
    case 'check-inconclusive':
      return [['resume', 'Hold and check once more'], ['promote', 'Go on all the same'], REJECT];
    case 'command':
      return [['resume', 'Let it go on as planned'], ['promote', 'Leave out what it waits for'], REJECT];
    case 'cancelled':
      return [['resume', 'Let it go on'], REJECT];
    case 'failed':
    case undefined:
      return [['resume', 'Try the same step again'], REJECT];
  }
}

/** One step to copy, and what else it may say. */
function decisionSteps(situation: Situation): NextStep[] {
  const { release, facts, namespaces } = situation;
  const [[action, words], ...others] = choicesFor(situation);
  // Whatever is due in the namespace goes on: it need not be named.
  const name = action === 'advance' ? [] : [`    release: ${release}`];
  const workflow = [
    `- uses: ${facts.uses ?? 'OWNER/sluice@v0'}`,
    '  with:',
    `    action: ${action}`,
    ...name,
    `    namespace: ${namespaces[0] ?? 'default'}`,
  ].join('\n');
  const kind = action === 'advance' ? 'scheduled workflow' : 'workflow';
  const and = action === 'advance' ? ` and \`release: ${release}\`` : '';
  return [
    { text: `${words}: a step in a ${kind} that reaches the same cluster`, workflow },
    ...others.map(([other, what]) => ({ text: `${what}: the same step with \`action: ${other}\`${and}` })),
  ];
}

/** Where to look for more of the cause. */
function evidenceSteps({ outcome, failure, namespaces }: Situation): NextStep[] {
  const namespace = failure?.object?.namespace ?? namespaces[0] ?? 'default';
  // Only what has run has written a log.
  const pod = failure?.logTail ?? failure?.findings.find(({ exitCode }) => exitCode !== undefined);
  if (outcome.phase === 'rolled-back') {
    // Its pods are gone, and the object is well again; only the events stay, for about an hour.
    const name = pod?.pod ?? failure?.findings.find(finding => finding.pod)?.pod ?? failure?.object?.name;
    if (!name) return [];
    return [
      {
        text: `See the events of ${name}, which the cluster keeps for about an hour`,
        command: `kubectl -n ${namespace} get events --field-selector involvedObject.name=${name}`,
      },
    ];
  }
  const steps: NextStep[] = [];
  if (failure?.object) {
    const { kind, name } = failure.object;
    steps.push({
      text: `Look at ${kind} ${name}`,
      command: `kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}`,
    });
  }
  if (pod?.pod) {
    const container = pod.container ? ` -c ${pod.container}` : '';
    const previous = failure?.logTail?.previous ? ' --previous' : '';
    steps.push({
      text: `Read the log of ${pod.pod}`,
      command: `kubectl -n ${namespace} logs ${pod.pod}${container}${previous}`,
    });
  }
  return steps;
}

const TAKEN_BACK = ['superseded', 'rejected', 'cancelled'];

function againSteps({ outcome, firstDeploy, error }: Situation): NextStep[] {
  const { phase, revision } = outcome;
  if (phase === 'succeeded' || phase === 'unchanged')
    return !firstDeploy && (revision ?? 0) > 1
      ? [{ text: 'To go back, deploy the commit before: run its workflow again' }]
      : [];
  // What was taken back by somebody's word has no cause to be mended.
  if (!revision || phase === 'aborted' || TAKEN_BACK.includes(error?.code ?? '')) return [];
  return [{ text: 'Fix the cause and push, or run this workflow again to try the same once more' }];
}

function historyStep({ namespaces, release }: Situation): NextStep {
  return {
    text: 'See every revision of this release',
    command: `kubectl -n ${namespaces[0] ?? 'default'} get secrets -l sluice.dev/record=${release} -L sluice.dev/revision,sluice.dev/status`,
  };
}
