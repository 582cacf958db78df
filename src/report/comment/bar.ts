import type { LiveReport } from '../live-report.ts';
import type { Markdown } from '../markdown.ts';
import { counted } from '../plain-text.ts';
import type { ActualShare, WeightReport } from '../progress-model.ts';
import { percentText, shareText } from '../traffic-text.ts';
import { quoted } from './quote.ts';
import { standOf } from './stand.ts';

/** With more of them the words beside it would not fit on a phone. */
const CELLS = 10;
/** Shares by workload are shown each with a bar, up to so many. */
const MOST_BARS = 3;
const MOST_NAMED = 3;

/** The new version's share of the requests, while it has one of its own: a bar, and the same in words. */
export function barPart(report: LiveReport): Markdown | undefined {
  const { traffic } = report;
  const stand = standOf(report);
  // Once stable is being changed nobody can tell the versions' shares apart; at the end one has all.
  if (!traffic || report.step?.promoting || stand === 'over' || stand === 'in-place') return undefined;
  const last = traffic.weights.at(-1);
  if (!last || last.end || last.actual.length === 0) return barLine(traffic.now, 'of the requests');
  return lines(last).join('\\\n');
}

function lines({ asked, actual }: WeightReport): Markdown[] {
  const groups = [...groupsOf(actual).values()];
  const isAsked = ({ share }: ActualShare): boolean => percentText(share) === percentText(asked);
  if (groups.length > MOST_BARS) {
    const shares = actual.map(({ share }) => share);
    const span = `${percentText(Math.min(...shares))} to ${percentText(Math.max(...shares))}`;
    return [barLine(asked, `of the requests asked for; actual: ${span}, by workload`)];
  }
  return groups.map(group => {
    const [first] = group as [ActualShare];
    const whose = groups.length > 1 ? `of requests to ${namesText(group)}` : 'of the requests';
    // As many pods of as many: only of one workload that can be said.
    const pods = group.length === 1 && first.pods ? shareText(first).split(': ')[1] : undefined;
    const notes = [isAsked(first) ? undefined : `asked: ${percentText(asked)}`, isAsked(first) ? undefined : pods];
    const known = notes.filter(note => note !== undefined);
    return barLine(first.share, `${whose}${known.length > 0 ? ` (${known.join('; ')})` : ''}`);
  });
}

function groupsOf(actual: readonly ActualShare[]): Map<string, ActualShare[]> {
  const groups = new Map<string, ActualShare[]>();
  for (const one of actual) groups.set(percentText(one.share), [...(groups.get(percentText(one.share)) ?? []), one]);
  return groups;
}

function namesText(group: readonly ActualShare[]): Markdown {
  return group.length > MOST_NAMED
    ? counted(group.length, 'workload')
    : group.map(({ workload }) => quoted(workload.name, 63)).join(', ');
}

/** A screen reader leaves the bar out and reads the words. */
function barLine(share: number, words: Markdown): Markdown {
  return `<code aria-hidden="true">${bar(share)}</code> **${percentText(share)}** ${words}`;
}

/** Only what is nothing looks empty, and only what is all looks full. */
function bar(share: number): string {
  const exact = (share / 100) * CELLS;
  const filled = share <= 0 ? 0 : share >= 100 ? CELLS : Math.min(CELLS - 1, Math.max(1, Math.round(exact)));
  return '█'.repeat(filled) + '░'.repeat(CELLS - filled);
}
