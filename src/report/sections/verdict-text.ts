import { code, type Markdown } from '../markdown.ts';
import type { ReportModel } from '../model.ts';
import type { StandingReport } from '../progress-model.ts';
import { pauseText, percentText } from '../traffic-text.ts';

/** Did it work, in a line. */
export function verdictText(model: ReportModel): Markdown {
  if (model.standing) return `Status: ${nameOf(model)} ${standingText(model, model.standing)}`;
  switch (model.phase) {
    case 'succeeded':
      return succeededText(model);
    case 'unchanged':
      return unchangedText(model);
    case 'paused':
      return `Paused: ${nameOf(model)} ${model.pause ? pauseText(model.pause, model.traffic?.now) : 'waits for a decision'}`;
    case 'rolled-back':
      return rolledBackText(model);
    case 'failed':
      return failedText(model);
    case 'aborted':
      return model.revision === undefined
        ? `Cancelled: ${code(model.release)} was not ${DONE[model.action] ?? 'deployed'}`
        : `Cancelled: ${nameOf(model)} is not complete${standsAt(model, ' and')}`;
  }
}

function nameOf({ release, revision }: ReportModel): Markdown {
  return `${code(release)}${revision === undefined ? '' : ` revision ${revision}`}`;
}

/** Where it stands between none and all of the requests. */
function standsAt({ traffic }: ReportModel, joint: string): string {
  const last = traffic?.weights.at(-1);
  return last && !last.end ? `${joint} stands at ${percentText(last.asked)}` : '';
}

const DONE: Readonly<Record<string, string>> = {
  deploy: 'deployed',
  promote: 'promoted',
  reject: 'rejected',
  rollback: 'rolled back',
  pause: 'paused',
  resume: 'resumed',
};

function succeededText(model: ReportModel): Markdown {
  const { action, firstDeploy } = model;
  const name = nameOf(model);
  switch (action) {
    case 'promote':
      return `Promoted: ${name}`;
    case 'rollback':
      return `Rolled back as asked: ${name} serves, an earlier version`;
    case 'reject':
    case 'pause':
      return `Too late to ${action}: ${name} was promoted before`;
    default:
      return `Deployed: ${name}${firstDeploy ? ', the first' : ''}`;
  }
}

function unchangedText(model: ReportModel): Markdown {
  const { action, taken, revision, namespaces, reason } = model;
  if (taken) return `Told: the run that works on ${nameOf(model)} goes on`;
  if (action === 'advance' && revision === undefined)
    return `Nothing was due in ${namespaces.map(name => code(name)).join(', ')}`;
  if (reason === 'already-done') return `Nothing to do: ${nameOf(model)} has gone on already`;
  return `Nothing to change: ${nameOf(model)} is in place`;
}

function rolledBackText(model: ReportModel): Markdown {
  const { reason, rollback } = model;
  const name = nameOf(model);
  const to = rollback?.toRevision;
  const old = to === undefined ? 'what served before' : `revision ${to}`;
  // What moves traffic has not touched what served before, in most cases.
  const restored = model.traffic || to === undefined ? `${old} serves again` : `${old} was restored`;
  switch (reason) {
    case 'rejected':
      return `Rejected: ${name} was taken back`;
    case 'superseded':
      return `Superseded: ${name} was taken back for a newer deploy`;
    case 'cancelled':
      return `Cancelled: ${name} was taken back`;
    case 'check-failed':
      return `Rolled back: ${name} failed a check${before(model)}, ${restored}`;
    case 'check-error':
      return `Rolled back: a check of ${name} could not be measured${before(model)}, ${restored}`;
    default:
      return `Rolled back: ${name} failed${before(model)}, ${restored}`;
  }
}

/** The share that it had when it was turned back. */
function before({ traffic }: ReportModel): string {
  const last = traffic?.weights.findLast(({ end }) => end === undefined);
  if (last) return ` at ${percentText(last.asked)}`;
  return traffic ? ' before it had any traffic' : '';
}

function failedText(model: ReportModel): Markdown {
  const { action, reason, release, revision, rollback } = model;
  const name = nameOf(model);
  if (reason === 'refused') return `Refused: ${code(release)} was not ${DONE[action] ?? 'touched'}`;
  if (rollback && reason === 'rollback-failed') {
    const to = rollback.toRevision;
    return `Failed: ${name}, and the ${to === undefined ? 'way back' : `rollback to revision ${to}`} too`;
  }
  if (revision !== undefined) return `Failed: ${name}${standsAt(model, ', which')}`;
  if (action === 'status') return `Failed: the status of ${code(release)} could not be read`;
  if (action === 'advance') return `Failed: ${code(release)} could not go on`;
  return `Failed: ${code(release)} was not ${DONE[action] ?? 'deployed'}`;
}

function standingText(model: ReportModel, { status, holder, back }: StandingReport): string {
  switch (status) {
    case 'paused':
      return model.pause ? pauseText(model.pause, model.traffic?.now) : 'is paused';
    case 'in-progress':
      return `is ${back ? 'being taken back' : `in progress${standsAt(model, ' and')}`}${holder ? '' : ', but no run works on it'}`;
    case 'succeeded':
      return 'is in place';
    case 'rolled-back':
      return 'was taken back';
    case 'superseded':
      return 'was taken back for a newer deploy';
    case 'failed':
      return 'failed and was left as it was';
    case 'aborted':
      return 'was cancelled and is not complete';
  }
}
