import type { Clock } from '../clock.ts';
import type { Outcome, ReleaseEvent } from '../release/events.ts';
import type { LiveReport } from '../report/live-report.ts';
import type { ReportModel } from '../report/model.ts';
import type { Follower } from './follower.ts';
import type { NextPatience } from './lane.ts';
import { noAnswer, openLane } from './lane.ts';
import { type Message, type Paced, paced } from './paced.ts';
import { isFinal, type Trouble, troubleKind, troubleText } from './trouble-text.ts';

/** What this run has had to do with the release that a report is about. */
export interface Part {
  /** It has moved the release, and not only asked, told another run, or failed before there was any. */
  moved: boolean;
  /** It has seen a release under way. */
  saw: boolean;
}

/** One kind of thing at GitHub that shows how a release stands. */
export interface Showing<M extends Message> {
  /** Which thing it is for this release; undefined where there is none. The same revision may not have two. */
  subjectOf(report: LiveReport): string | undefined;
  /** Whether what it shows may have changed. */
  matters(event: ReleaseEvent): boolean;
  /** Undefined where this run is not to say anything. */
  messageOf(report: LiveReport, part: Part): M | undefined;
  /** Who sends what is to be said of the release of this report. */
  sender(report: LiveReport): (message: M, patience: NextPatience) => Promise<void>;
  trouble(report: LiveReport | undefined): Trouble;
}

export interface FollowingDeps {
  clock: Clock;
  /** Called once for each kind of trouble. */
  warn: (message: string) => void;
}

interface Thread<M extends Message> {
  subject: string;
  part: Part;
  /** The newest that is known. */
  report: LiveReport;
  paced: Paced<M>;
}

/**
 * Follows the releases of a run, one after another: a deploy may take an unfinished one back before its own begins, and `advance`
 * goes on with several. A release that the run leaves behind is told its end from the report of that moment.
 */
export function following<M extends Message>(showing: Showing<M>, { clock, warn }: FollowingDeps): Follower {
  const lane = openLane(clock);
  const threads = new Map<string, Thread<M>>();
  const told = new Set<string>();
  /** Of the release that is under way. */
  let current: Thread<M> | undefined;
  /** Of the one before: its last word is said when it is known that the next release does not go on in its place. */
  let left: { thread: Thread<M>; report: LiveReport } | undefined;
  let isOver = false;

  function threadOf(report: LiveReport): Thread<M> | undefined {
    const subject = showing.subjectOf(report);
    if (subject === undefined) return undefined;
    const known = threads.get(subject);
    if (known) return known;
    const thread: Thread<M> = {
      subject,
      report,
      part: { moved: false, saw: false },
      paced: paced<M>({
        clock,
        lane,
        send: showing.sender(report),
        failed: error => {
          if (isFinal(error)) thread.paced.stop();
          tell(error, thread.report);
        },
      }),
    };
    threads.set(subject, thread);
    return thread;
  }

  function tell(error: unknown, report?: LiveReport): void {
    const kind = troubleKind(error);
    if (isOver || told.has(kind)) return;
    told.add(kind);
    warn(troubleText(showing.trouble(report), error));
  }

  function note(event: ReleaseEvent, now: () => LiveReport): void {
    switch (event.type) {
      case 'advancing':
        current = undefined;
        return;
      case 'advanced':
      case 'superseded':
        if (current && event.outcome) leave(current, now(), event.outcome);
        return;
      case 'started':
      case 'resumed':
      case 'going-back':
        meet(now(), true);
        break;
      case 'paused':
      case 'status':
        if (!current) meet(now(), event.type === 'paused' && event.isOwn === true);
        break;
    }
    const thread = current;
    if (thread && showing.matters(event)) thread.paced.offer(() => read(thread, now()));
  }

  function meet(report: LiveReport, moved: boolean): void {
    current = threadOf(report);
    if (left && left.thread !== current) void close(left.thread, left.report);
    left = undefined;
    if (!current) return;
    current.report = report;
    current.part = { saw: true, moved: current.part.moved || moved };
  }

  function leave(thread: Thread<M>, report: LiveReport, { phase, error }: Outcome): void {
    if (left) void close(left.thread, left.report);
    const own = ownOf(thread, report) ?? thread.report;
    left = { thread, report: { ...own, phase, ...(error ? { reason: error.code } : {}) } };
    current = undefined;
  }

  /** A message is read late: it must not be about the release that came after. */
  function read(thread: Thread<M>, report: LiveReport): M | undefined {
    const own = ownOf(thread, report);
    if (!own) return undefined;
    thread.report = own;
    return showing.messageOf(own, thread.part);
  }

  function ownOf({ subject }: Thread<M>, report: LiveReport): LiveReport | undefined {
    return newestBySubject(report).get(subject);
  }

  function newestBySubject(report: LiveReport): Map<string, LiveReport> {
    const found = new Map<string, LiveReport>();
    for (const one of [report, ...(report.others ?? [])]) {
      const subject = showing.subjectOf(one);
      if (subject === undefined) continue;
      const known = found.get(subject);
      if (!known || revisionOf(one) > revisionOf(known)) found.set(subject, one);
    }
    return found;
  }

  async function close(thread: Thread<M>, report: LiveReport): Promise<void> {
    thread.report = report;
    try {
      const last = showing.messageOf(report, thread.part);
      if (last) await thread.paced.finish(last);
      else thread.paced.stop();
    } catch (error) {
      tell(error, report);
    }
  }

  async function closeAll(report: ReportModel): Promise<void> {
    const last = newestBySubject(current ? wholeOf(report, current.report) : report);
    if (left && !last.has(left.thread.subject)) last.set(left.thread.subject, left.report);
    const closing = [...last.values()].map(async one => {
      const thread = threadOf(one);
      if (thread) await close(thread, one);
    });
    await Promise.all(closing);
  }

  return {
    see(event, now) {
      if (isOver) return;
      try {
        note(event, now);
      } catch (error) {
        tell(error);
      }
    },
    async end(report, { forMs }) {
      if (isOver) return;
      try {
        if (!(await lane.end(() => closeAll(report), forMs))) tell(noAnswer(), report);
      } catch (error) {
        tell(error, report);
      }
      isOver = true;
      for (const thread of threads.values()) thread.paced.stop();
    },
  };
}

/** A run that was thrown out of a release does not name its revision, nor who began it. */
function wholeOf(last: ReportModel, { release, revision, origin }: LiveReport): LiveReport {
  if (last.release !== release || revision === undefined || (last.revision ?? revision) !== revision) return last;
  return { ...last, revision, ...(origin && !last.origin ? { origin } : {}) };
}

/** What has no revision came to its end before it had one, after all that have. */
function revisionOf({ revision = Number.POSITIVE_INFINITY }: LiveReport): number {
  return revision;
}
