import type { Check, CheckContext, Sample } from '../checks/check.ts';
import {
  counted,
  earlyVerdict,
  finalVerdict,
  gateVerdict,
  isSettled,
  type Judged,
  NOTHING_SAMPLED,
  type Tally,
  type Verdict,
} from '../checks/judge.ts';
import { openCheck } from '../checks/kinds.ts';
import { type Reason, SluiceError } from '../errors.ts';
import { sizeOf } from '../traffic/readiness.ts';
import type { CheckReport } from './events.ts';
import type { Stage } from './stage.ts';

/** The checks of one hold. */
export interface Gate {
  /** Looks at what changed: a failure that is seen as it happens counts at once. */
  look(): void;
  /** Samples that are due at the end of the hold; resolves when they are counted. */
  last(): Promise<void>;
  /** What the checks saw of pods when they failed. */
  troubles(): NonNullable<Sample['trouble']>[];
  verdict(): Verdict;
  reports(): CheckReport[];
  /** Ends it; resolves when the samples that were under way have cleared away what they had begun. */
  stop(): Promise<void>;
}

interface Running {
  check: Check;
  tally: Tally;
  /** Ends with the sample that is being taken. */
  current: Promise<void> | undefined;
  /** Nothing is asked earlier. */
  startsAt: number;
  cancel: () => void;
}

/** Begins to sample; `onEarly` is called when the verdict is certain before the end. */
export function openGate(stage: Stage, weight: number, onEarly: () => void, since: number | undefined): Gate {
  const { deps, settings, traffic, view } = stage;
  const { clock } = deps;
  const context = contextOf(stage, weight, since);
  const ended = new AbortController();
  let isOver = false;
  // Before there are any pods there is nothing to ask about.
  const isAhead = traffic.pairs.every(({ twin }) => sizeOf(view, twin) === 0);
  const running: Running[] = (isAhead ? [] : settings.checks).map(config => ({
    check: openCheck(config, context),
    tally: NOTHING_SAMPLED,
    current: undefined,
    startsAt: clock.now() + config.initialDelayMs,
    cancel: () => undefined,
  }));

  const count = (one: Running, sample: Sample): void => {
    if (ended.signal.aborted) return;
    const { config } = one.check;
    one.tally = counted(one.tally, sample, config);
    deps.emit({ type: 'sampled', check: config.name, sample, dryRun: config.dryRun });
    if (!config.dryRun && earlyVerdict(one.tally, config)) onEarly();
    else if (isSettled(running.map(judged))) onEarly();
  };
  const take = async (one: Running, isLast: boolean): Promise<void> => {
    let sample: Sample;
    try {
      sample = await one.check.sample(ended.signal, isLast);
    } catch (error) {
      sample = unmeasured(error, deps.redact);
    }
    one.current = undefined;
    count(one, sample);
  };
  const isDue = ({ check, tally, startsAt }: Running): boolean =>
    clock.now() >= startsAt && (check.config.count === undefined || tally.samples < check.config.count);
  const sample = (one: Running, isEnd: boolean): void => {
    if (one.current || !isDue(one)) return;
    one.current = take(one, isEnd || one.tally.samples + 1 === one.check.config.count);
  };
  /** At whole intervals from the start, however late a timer or a sample may be. */
  const next = (one: Running, at: number): void => {
    one.cancel = clock.after(Math.max(0, at - clock.now()), () => {
      sample(one, false);
      next(one, at + one.check.config.intervalMs);
    });
  };
  const lastOf = async (one: Running): Promise<void> => {
    // What was asked before the end says nothing of the end.
    await one.current;
    sample(one, true);
    await one.current;
  };
  for (const one of running) next(one, one.startsAt);

  return {
    look() {
      for (const one of running) {
        const alarm = clock.now() < one.startsAt ? undefined : one.check.alarm?.();
        // The same trouble is counted once a sample, not once a change.
        if (alarm && one.tally.last?.message !== alarm.message) count(one, alarm);
      }
    },
    async last() {
      await Promise.all(running.map(lastOf));
      isOver = true;
    },
    verdict: () =>
      gateVerdict(
        running.map(({ check, tally }) => ({
          verdict: finalVerdict(tally, check.config),
          dryRun: check.config.dryRun,
        })),
      ),
    troubles: () => running.flatMap(({ tally }) => tally.trouble?.trouble ?? []),
    reports: () => running.map(one => reportOf(one, isOver)),
    async stop() {
      ended.abort();
      for (const { cancel } of running) cancel();
      await Promise.all(running.map(({ current }) => current));
    },
  };
}

function contextOf(
  { deps, traffic, view, record, memory }: Stage,
  weight: number,
  since: number | undefined,
): CheckContext {
  const { release, namespace, revision, origin } = record;
  const { commit, runUrl, pullRequest } = origin;
  return {
    view,
    pairs: traffic.pairs,
    clock: deps.clock,
    facts: {
      release,
      namespace,
      revision,
      weight,
      router: traffic.router,
      ...(commit ? { commit } : {}),
      ...(runUrl ? { runUrl } : {}),
      ...(pullRequest ? { pullRequest } : {}),
    },
    cluster: deps.cluster,
    outside: deps.outside,
    redact: deps.redact,
    memory,
    ...(since === undefined ? {} : { since }),
  };
}

function judged({ check: { config }, tally }: Running): Judged {
  return { tally, settings: config, mayEndHold: config.kind === 'compare' && config.earlyPass };
}

/** A check that breaks its promise never to throw has measured nothing. */
function unmeasured(error: unknown, redact: (text: string) => string): Sample {
  return { outcome: 'error', message: redact(error instanceof Error ? error.message : String(error)) };
}

function reportOf({ check: { config }, tally }: Running, isOver: boolean): CheckReport {
  const { samples, failures, errors, noData, answer, trouble } = tally;
  const early = earlyVerdict(tally, config);
  const isCut = !isOver && !early && answer?.outcome === 'undecided';
  const verdict = isCut ? 'undecided' : finalVerdict(tally, config);
  const decisive = early ? trouble : (answer ?? trouble);
  return {
    name: config.name,
    verdict,
    dryRun: config.dryRun,
    samples,
    failures,
    errors,
    noData,
    message: decisive?.message ?? 'not sampled',
  };
}

const CODES = {
  fail: 'check-failed',
  error: 'check-error',
  inconclusive: 'check-inconclusive',
} as const satisfies Record<Exclude<Verdict, 'pass'>, Reason>;

const WORDS: Readonly<Record<Exclude<Verdict, 'pass'>, { what: string; hint: string }>> = {
  fail: { what: 'failed', hint: 'Look at what the check saw, correct it and deploy again.' },
  error: {
    what: 'could not be measured',
    hint: 'Whether the new version is well is not known: mend what the check asks, then deploy again.',
  },
  inconclusive: {
    what: 'did not decide',
    hint: 'No data is not health: see why there is not enough, then promote or reject by hand.',
  },
};

/** Why the gate does not let the release through. */
export function gateError(
  verdict: Exclude<Verdict, 'pass'>,
  reports: readonly CheckReport[],
  weight: number,
): SluiceError {
  const decisive = reports.filter(report => report.verdict === verdict && !report.dryRun);
  const { what, hint } = WORDS[verdict];
  const words = decisive.map(({ name, message }) => `check ${name} ${what}: ${message}`).join('; ');
  return new SluiceError(CODES[verdict], `At ${weight} %, ${words || `a check ${what}`}.`, { hint });
}
