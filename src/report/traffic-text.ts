import { counted, timeText } from './plain-text.ts';
import type { ActualShare, PauseReport, TrafficReport, WeightReport } from './progress-model.ts';

/** `25 %`, `33.3 %`. */
export function percentText(share: number): string {
  return `${Math.round(share * 10) / 10} %`;
}

/** `50 %: 1 of 2 pods`. */
export function shareText({ share, pods }: Pick<ActualShare, 'share' | 'pods'>): string {
  return `${percentText(share)}${pods ? `: ${podsText(pods)}` : ''}`;
}

function podsText({ twin, stable }: NonNullable<ActualShare['pods']>): string {
  return `${twin} of ${counted(twin + stable, 'pod')}`;
}

/** Whether every workload has the share that was asked for. */
export function hasSharesAsked({ asked, actual }: WeightReport): boolean {
  return actual.every(({ share }) => percentText(share) === percentText(asked));
}

/** `50 % of the requests (asked: 10 %; 1 of 2 pods)`: what was asked for is said where it is not what came of it. */
export function requestsText(weight: WeightReport): string {
  const { asked, actual } = weight;
  if (hasSharesAsked(weight)) return `${percentText(asked)} of the requests`;
  const [first] = actual;
  const alike = actual.every(({ share }) => percentText(share) === percentText(first?.share ?? 0));
  if (!alike) {
    return `${sharesText(actual)} of the requests (asked: ${percentText(asked)})`;
  }
  const pods = actual.length === 1 && first?.pods ? `; ${podsText(first.pods)}` : '';
  return `${percentText(first?.share ?? 0)} of the requests (asked: ${percentText(asked)}${pods})`;
}

/** A few workloads by their names, more of them as a span. */
const MOST_NAMED = 3;

function sharesText(actual: readonly ActualShare[]): string {
  if (actual.length <= MOST_NAMED)
    return actual.map(({ workload, share }) => `${percentText(share)} (${workload.name})`).join(', ');
  const shares = actual.map(({ share }) => share);
  return `${percentText(Math.min(...shares))} to ${percentText(Math.max(...shares))}, by workload,`;
}

/** Which version has which share now, in a sentence. */
export function servingText(
  { now, weights }: TrafficReport,
  { revision, serving }: { revision?: number; serving?: number },
): string {
  const fresh = revision === undefined ? 'the new version' : `revision ${revision}`;
  const old = oldText(serving);
  const last = weights.at(-1);
  if (last?.end === 'promoted') return sentence(`${fresh} has all requests`);
  if (!last || now === 0)
    return sentence(`${old} has all requests${last?.end === 'taken-back' ? '' : `; ${fresh} has none yet`}`);
  if (now === 100 && hasSharesAsked(last)) return sentence(`${fresh} has all requests, and is not promoted yet`);
  return sentence(`${fresh} has ${requestsText(last)}, and ${old} has the rest`);
}

/** What serves where the release does not, as the middle of a sentence. */
export function oldText(serving: number | undefined): string {
  return serving === undefined ? 'what served before' : `revision ${serving}`;
}

export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** What a paused release does, after its name: `waits for approval at 25 %`. */
export function pauseText({ why, resumeAt }: PauseReport, weight: number | undefined): string {
  const at = weight === undefined ? '' : weight === 0 ? ' without traffic' : ` at ${percentText(weight)}`;
  switch (why) {
    case 'approval':
      return `waits for approval${at}`;
    case 'time':
      return `holds${at}${resumeAt === undefined ? '' : ` until ${minuteText(resumeAt)}`}`;
    case 'command':
      return `was stopped${at} on request`;
    case 'check-failed':
      return `failed a check${at} and waits for a decision`;
    case 'check-error':
      return `has a check that could not be measured${at}, and waits for a decision`;
    case 'check-inconclusive':
      return `has a check that did not decide${at}, and waits for a decision`;
    case 'failed':
      return `failed${at} and waits for a decision`;
    case 'cancelled':
      return `stands${at}: its run was cancelled`;
  }
}

/** `2026-03-01 14:05 UTC`: the full minute that is not before it. */
function minuteText(milliseconds: number): string {
  return timeText(Math.ceil(milliseconds / 60_000) * 60_000).replace(/:\d\d UTC$/, ' UTC');
}
