import type { Situation } from './advice.ts';
import type { Headline } from './model.ts';
import { firstLine } from './plain-text.ts';
import { oldText, percentText, sentence, servingText } from './traffic-text.ts';

/** With `status`: how it stands, whoever works on it. */
export function standingHeadline(situation: Situation): Headline | undefined {
  const { standing, outcome } = situation;
  if (!standing) return undefined;
  const { revision, serving } = outcome;
  const name = `Revision ${revision}`;
  switch (standing.status) {
    case 'succeeded':
      return { serves: `${name} serves.` };
    case 'rolled-back':
    case 'superseded':
      return { serves: `${sentence(`${oldText(serving)} serves`).slice(0, -1)}; revision ${revision} was taken back.` };
    case 'failed':
    case 'aborted':
      return {
        serves: `${name} did not succeed, and was left as it was.`,
        next: 'Deploy again, or deploy the version that you want.',
      };
    case 'paused':
      return { serves: servesNow(situation), next: decisionText(situation) };
    case 'in-progress':
      if (standing.holder)
        return { serves: servesNow(situation), next: 'Wait for the run that works on it: its log has more.' };
      return {
        serves: servesNow(situation),
        next: 'Its run has died. With `action: advance`, or its workflow once more, it goes on; with `action: reject` it is taken back.',
      };
  }
}

/** What was said to another run, or to none. */
export function commandHeadline({ taken, outcome, action, waiting, namespaces }: Situation): Headline | undefined {
  const where = namespaces.join(', ');
  if (taken && outcome.phase === 'unchanged')
    return {
      serves: `The run that works on revision ${outcome.revision} was told to go on, and has heard it.`,
      next: `See how it ends: ${taken.holder}`,
    };
  if (action !== 'advance' || outcome.phase !== 'unchanged' || outcome.revision !== undefined) return undefined;
  if (waiting.length === 0) return { serves: `No release in ${where} is under way.` };
  const names = waiting.join(', ');
  const wait =
    waiting.length === 1
      ? `release ${names} still waits, or a run works on it`
      : `releases ${names} still wait, or runs work on them`;
  return {
    serves: `Nothing was written: ${wait}.`,
    next: 'Nothing to do. `action: status` tells what a release waits for.',
  };
}

/** A release that waits: planned, or because it was left so. */
export function pausedHeadline(situation: Situation): Headline | undefined {
  const { pause, outcome } = situation;
  if (!pause || (outcome.phase !== 'paused' && outcome.phase !== 'failed')) return undefined;
  return { serves: servesNow(situation), next: decisionText(situation) };
}

function decisionText({ pause }: Situation): string {
  switch (pause?.why) {
    case 'approval':
      return 'Decide. With `action: promote` it goes on, with `action: reject` it is taken back.';
    case 'time':
      return 'Nothing now: a scheduled workflow with `action: advance` goes on when it is time. With `action: promote` it goes on at once, with `action: reject` it is taken back.';
    case 'check-failed':
    case 'check-error':
    case 'check-inconclusive':
      return 'See the check below, and decide. With `action: resume` it is checked again, with `action: promote` it goes on all the same, with `action: reject` it is taken back.';
    default:
      return 'Decide. With `action: resume` it goes on, with `action: reject` it is taken back.';
  }
}

/** How a release that moves traffic has ended; undefined where that is told as for every other. */
export function trafficHeadline(situation: Situation): Headline | undefined {
  const { traffic, outcome, error, wrote } = situation;
  if (!traffic) return undefined;
  const { revision, serving, phase } = outcome;
  switch (phase) {
    case 'rolled-back':
      return {
        serves: `${sentence(`${oldText(serving)} has all requests again`).slice(0, -1)}; revision ${revision} is taken away.`,
        next: firstLine(error?.hint) ?? 'Fix the cause below, then deploy again.',
      };
    case 'aborted':
      return {
        serves: `${wrote ? 'The run was cut. ' : ''}${servesNow(situation)}`,
        next:
          error?.code === 'cancelled'
            ? 'The end of this job does what `on-cancel` says (without it, the release is taken back). To go on where it was left, run the workflow again.'
            : (firstLine(error?.hint) ?? 'Run the workflow again to go on, or use `action: reject` to take it back.'),
      };
    case 'failed':
      // What is promoted and healthy, but not in the record, is told as for every other.
      if (revision !== undefined && serving === revision) return undefined;
      return {
        serves:
          error?.code === 'rollback-failed'
            ? `The way back is not complete. Nothing that serves was deleted. ${servesNow(situation)}`
            : `Revision ${revision} did not succeed. ${servesNow(situation)}`,
        next: firstLine(error?.hint) ?? 'Run again to go on, or use `action: reject` to take it back.',
      };
    default:
      return undefined;
  }
}

/** Who has the requests now. */
export function servesNow({ traffic, outcome, step }: Situation): string {
  const { revision, serving } = outcome;
  const before = serving === undefined ? '' : `, and ${oldText(serving)} served before`;
  if (!traffic) return sentence(`revision ${revision} is not finished${before}`);
  const names = { ...(revision === undefined ? {} : { revision }), ...(serving === undefined ? {} : { serving }) };
  if (!step?.promoting || traffic.weights.at(-1)?.end) return servingText(traffic, names);
  // Stable has the new version in part, so that shares by version are not known any more.
  return `The promotion of revision ${revision} is not complete: stable is being changed to it, and the ${traffic.track} keeps ${percentText(traffic.now)} of the requests.`;
}
