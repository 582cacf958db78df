import type { LiveReport } from '../live-report.ts';
import { code, link, type Markdown } from '../markdown.ts';
import { timeText } from '../plain-text.ts';
import type { CommentDetail } from './detail.ts';
import { commitUrl, knownLink, personText } from './links.ts';
import { quoted } from './quote.ts';

/** In the past, as they are told. */
const DECIDED: Readonly<Record<string, string>> = {
  promote: 'promoted',
  reject: 'rejected',
  pause: 'paused',
  resume: 'resumed',
  rollback: 'rolled back',
  supersede: 'superseded',
};

/** Who has decided what: whoever began this run to say it, and those whom it has heard. */
export function decisionsPart(report: LiveReport, detail: CommentDetail): Markdown | undefined {
  const { decisions, facts, action, standing } = report;
  const heard = decisions
    .slice(-detail.rows)
    .map(({ verb, by, at }) => `${DECIDED[verb] ?? quoted(verb, 40)} by ${personText(by, facts)} at ${minuteText(at)}`);
  // With `status` the report is of what others do.
  const own = facts.actor && !standing && DECIDED[action];
  const all = own ? [`${own} by ${quoted(facts.actor ?? '', 80)}`, ...heard] : heard;
  if (all.length === 0) return undefined;
  const earlier = decisions.length - heard.length;
  return `**Decisions:** ${all.join('; ')}${earlier > 0 ? `; ${earlier} more before` : ''}.`;
}

/** Where it comes from and where there is more. `at`: when the release has changed last, in milliseconds since the epoch. */
export function footerPart(report: LiveReport, at: number): Markdown {
  const { facts, origin, revision, startedAt, standing } = report;
  // A run that only commands has a commit of its own, which is another one.
  const begun = origin ?? (report.action === 'deploy' ? facts : undefined);
  const { commit, actor } = begun ?? {};
  const began = standing?.startedAt ?? startedAt;
  return [
    ...runLinks(report),
    commit && link(code(commit.slice(0, 7)), commitUrl(commit, origin?.repository, facts)),
    revision === undefined ? undefined : `revision ${revision}`,
    actor && `begun by ${quoted(actor, 80)}`,
    `started ${minuteText(began)}`,
    `last changed ${timeText(at).slice(dayOf(at) === dayOf(began) ? dayOf(at).length + 1 : 0)}`,
  ]
    .filter(part => part)
    .join(' · ');
}

/** This run, the one that works on the release, and the one that began it: each once. */
function runLinks({ facts, origin, standing }: LiveReport): Markdown[] {
  const runs = new Map<string | undefined, string>();
  const note = (url: string | undefined, words: string): void => {
    if (!runs.has(url)) runs.set(url, words);
  };
  note(facts.runUrl, 'run and summary');
  note(standing?.holder, 'the run that works on it');
  note(origin?.runUrl, 'the run that began it');
  return [...runs].flatMap(([url, words]) => knownLink(words, url, facts) ?? []);
}

function dayOf(milliseconds: number): string {
  return timeText(milliseconds).slice(0, 10);
}

/** `2026-03-01 14:05 UTC` */
export function minuteText(milliseconds: number): string {
  return timeText(milliseconds).replace(/:\d\d UTC$/, ' UTC');
}
