import type { LiveReport } from '../live-report.ts';
import { code, type Markdown } from '../markdown.ts';
import type { ReportModel, ReportPhase } from '../model.ts';
import { verdictText } from '../sections/verdict-text.ts';
import { hasSharesAsked, percentText } from '../traffic-text.ts';
import { standOf, waysOf } from './stand.ts';

/** Actions that bring a release somewhere; by any other, one that goes on all the same ends as its deploy. */
const OF_THE_RELEASE = ['deploy', 'promote', 'rollback'];

/** How the release stands, whatever this run was asked to do with it: a sign, and words that say the same. */
export function releaseHeading(report: LiveReport): Markdown {
  return headingText(OF_THE_RELEASE.includes(report.action) ? report : { ...report, action: 'deploy' });
}

/** The same as the answer to what this run was asked to do. */
export function headingText(report: LiveReport): Markdown {
  return isEnded(report) ? `${signOf(report)} ${verdictText(report)}` : runningText(report);
}

function isEnded(report: LiveReport): report is ReportModel {
  return report.phase !== 'running';
}

const SIGN: Readonly<Record<ReportPhase, string>> = {
  succeeded: '✅',
  unchanged: '✅',
  paused: '⏸️',
  'rolled-back': '↩️',
  failed: '❌',
  aborted: '🛑',
};

function signOf({ phase, standing }: ReportModel): string {
  if (!standing) return SIGN[phase];
  if (standing.status === 'in-progress') return '▶️';
  return SIGN[standing.status === 'superseded' ? 'rolled-back' : standing.status];
}

function runningText(report: LiveReport): Markdown {
  const name = `${code(report.release, 120)}${report.revision === undefined ? '' : ` revision ${report.revision}`}`;
  const parts = (...given: (string | undefined)[]): string => {
    const known = given.filter(part => part);
    return known.length > 0 ? `: ${known.join(', ')}` : '';
  };
  switch (standOf(report)) {
    case 'back':
      return `↩️ Taking back ${name}${parts(backText(report))}`;
    case 'promoting':
      return `▶️ Promoting ${name}${parts(stepText(report))}`;
    default:
      return `▶️ Releasing ${name}${parts(weightText(report), stepText(report))}`;
  }
}

function stepText({ step }: LiveReport): string | undefined {
  return step && `step ${step.index} of ${step.of}`;
}

function backText(report: LiveReport): string | undefined {
  const { back } = waysOf(report);
  const done = back.filter(({ outcome }) => outcome === 'done').length;
  return back.length > 0 ? `step ${Math.min(done + 1, back.length)} of ${back.length}` : undefined;
}

/** What was asked for; what came of it stands beside the bar. */
function weightText({ traffic }: LiveReport): string | undefined {
  if (!traffic) return undefined;
  const last = traffic.weights.at(-1);
  if (!last || last.end) return 'no requests yet';
  return `${percentText(last.asked)} of requests${hasSharesAsked(last) ? '' : ' asked for'}`;
}
