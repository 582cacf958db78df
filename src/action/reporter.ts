import { appendFile } from 'node:fs/promises';
import type * as Core from '@actions/core';
import type { Clock } from '../clock.ts';
import type { SluiceError } from '../errors.ts';
import type { Follower } from '../github/follower.ts';
import type { Outcome, ReleaseEvent, TimedEvent } from '../release/events.ts';
import { isAsAsked } from '../report/as-asked.ts';
import type { LiveReport } from '../report/live-report.ts';
import { runLog } from '../report/log.ts';
import type { ReportModel } from '../report/model.ts';
import { type Asked, tell, tellSoFar } from '../report/story.ts';
import { summaryOf } from '../report/summary.ts';
import { annotateProblems } from './annotations.ts';
import { setOutputs } from './outputs.ts';
import { openPrinter } from './printer.ts';
import { redactor, redactReport } from './redaction.ts';

/** GitHub being slow must not keep the job. */
const LAST_WORD_MS = 10_000;

export interface Reporter {
  /** Adds to what is known of the question; the report says as much of it as was known when the run ended. */
  asked: Asked;
  /** Values that are shown nowhere, from now on. */
  hide(secrets: readonly string[]): void;
  redact: (text: string) => string;
  emit: (event: ReleaseEvent) => void;
  /** Tells somebody at GitHub, too, from now on. */
  follow(follower: Follower): void;
  /** Writes summary, outputs and annotations, and fails the step where the release did not come to what was asked. Whoever follows gets so many milliseconds for the last word. */
  end(outcome: Outcome, lastWordMs?: number): Promise<void>;
  /** Where there was nothing to be done: no summary, and outputs that say so. */
  endQuietly(): void;
}

export function openReporter(core: typeof Core, clock: Clock, asked: Asked, summaryPath: string | undefined): Reporter {
  const events: TimedEvent[] = [];
  const printer = openPrinter(core);
  const log = runLog(printer.style);
  const hidden = new Set<string>();
  const followers: Follower[] = [];
  let redact = (text: string): string => text;
  const soFar = (): LiveReport => redactReport(tellSoFar(reporter.asked, events, clock.now()), redact);
  const reporter: Reporter = {
    asked,
    redact: text => redact(text),
    hide(secrets) {
      for (const secret of secrets) {
        hidden.add(secret);
        // Lines one by one: the runner masks what it finds within a line.
        if (!secret.includes('\n')) core.setSecret(secret);
      }
      redact = redactor([...hidden].sort((a, b) => b.length - a.length));
    },
    emit(event) {
      const timed = { ...redactEvent(event, redact), at: clock.now() };
      events.push(timed);
      for (const line of log(timed)) printer.print({ ...line, text: redact(line.text) });
      for (const follower of followers) follower.see(timed, soFar);
    },
    follow: follower => {
      followers.push(follower);
    },
    async end(outcome, lastWordMs = LAST_WORD_MS) {
      reporter.emit({ type: 'ended', outcome });
      const model = redactReport(tell(reporter.asked, events, clock.now()), redact);
      await attempt(core, 'The job summary', () => writeSummary(model, summaryPath));
      await attempt(core, 'The outputs', () => setOutputs(core, model));
      const annotated = annotateProblems(core, model, outcome.error);
      if (!isAsAsked(model.action, outcome))
        core.setFailed(redact(failureText(outcome.error, annotated ? model.failure?.headline : undefined)));
      await Promise.all(
        followers.map(follower =>
          attempt(core, 'What is told at GitHub', () => follower.end(model, { forMs: lastWordMs })),
        ),
      );
    },
    endQuietly() {
      const at = clock.now();
      setOutputs(core, tell(asked, [{ type: 'ended', outcome: { phase: 'unchanged' }, at }], at));
    },
  };
  return reporter;
}

/** Errors keep their class; the log shows their messages through `redact` as everything else. */
function redactEvent(event: ReleaseEvent, redact: (text: string) => string): ReleaseEvent {
  if (event.type === 'warning') return { ...event, message: redact(event.message) };
  if (event.type === 'step-ended' && event.detail) return { ...event, detail: redact(event.detail) };
  return event;
}

async function writeSummary(model: ReportModel, path: string | undefined): Promise<void> {
  if (path) await appendFile(path, summaryOf(model));
}

/** One way of telling that fails must not take the others with it. */
async function attempt(core: typeof Core, what: string, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    core.warning(`${what} could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

/** `headline` in the place of a message that lists what is annotated one by one. */
function failureText(error: SluiceError | undefined, headline = error?.message): string {
  if (!error || !headline) return 'The release did not succeed.';
  return error.hint ? `${headline}\n${error.hint}` : headline;
}
