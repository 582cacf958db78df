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
import { sleep } from '../clock.ts';
import { type CheckConfig, needsTraffic } from '../config/check-config.ts';
import { type Reason, SluiceError } from '../errors.ts';
import type { CheckReport } from './events.ts';
import type { Stage } from './stage.ts';

/** A sample that would be taken so near to the end of the hold is its last one. */
const AT_ONCE_MS = 50;
/** Longest time until a last sample that could not be taken is tried again. */
const LONGEST_RETRY_MS = 10_000;

/** The checks of one hold. */
export interface Gate {
  /** Looks at what changed: a failure that is seen as it happens counts at once. */
  look(): void;
  /** Takes the last sample of each check, after which none is taken any more; resolves when they are counted. */
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

export interface GateOptions {
  weight: number;
  /** Before the first pod of the new version is planned there is nothing to ask about. */
  isAhead: boolean;
  /** When the hold began, where nobody has looked for a part of it: in milliseconds since the epoch. */
  since: number | undefined;
  /** When the hold ends, in milliseconds since the epoch: then the last samples are taken, and no others beside them. */
  endsAt: number;
  /** Called when the verdict is certain before the end. */
  onCertain: () => void;
  /** Called when nothing more is to be learnt, and all is well so far: the last samples may be taken now. */
  onSettled: () => void;
}

/** Begins to sample. */
export function openGate(stage: Stage, options: GateOptions): Gate {
  const { weight, isAhead, since, endsAt, onCertain, onSettled } = options;
  const { deps, settings, matching } = stage;
  const { clock } = deps;
  const context = contextOf(stage, weight, since);
  const ended = new AbortController();
  const began = since ?? clock.now();
  let isEnding = false;
  let isOver = false;
  const checks = isAhead ? [] : settings.checks;
  const hasTraffic = weight > 0 || matching.on;
  const unasked = checks.filter(config => !hasTraffic && needsTraffic(config));
  const asked = checks.filter(config => !unasked.includes(config));
  const running: Running[] = asked.map(config => ({
    check: openCheck(config, context),
    tally: NOTHING_SAMPLED,
    current: undefined,
    startsAt: began + config.initialDelayMs,
    cancel: () => undefined,
  }));

  const count = (one: Running, sample: Sample): void => {
    if (ended.signal.aborted) return;
    const { config } = one.check;
    one.tally = counted(one.tally, sample, config);
    deps.emit({ type: 'sampled', check: config.name, sample, dryRun: config.dryRun });
    if (!config.dryRun && earlyVerdict(one.tally, config)) onCertain();
    else if (!isEnding && isSettled(running.map(other => judged(other, clock.now())))) onSettled();
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
  /** At whole intervals from the start, however late a timer or a sample may be; those that were missed are not made up for. */
  const next = (one: Running, at: number): void => {
    const { intervalMs } = one.check.config;
    const missed = Math.max(0, Math.ceil((clock.now() - at) / intervalMs));
    const due = at + missed * intervalMs;
    one.cancel = clock.after(due - clock.now(), () => {
      if (Math.abs(due - endsAt) > AT_ONCE_MS) sample(one, false);
      next(one, due + intervalMs);
    });
  };
  const endSampling = (): void => {
    for (const { cancel } of running) cancel();
  };
  /** One that cannot be taken is tried again, until it can, or there were more errors in a row than are let pass. */
  const lastOf = async (one: Running): Promise<void> => {
    if (one.current) return;
    sample(one, true);
    await one.current;
    const { config } = one.check;
    while (one.tally.last?.outcome === 'error' && !config.dryRun && isDue(one) && !earlyVerdict(one.tally, config)) {
      const isStopped = await sleep(clock, Math.min(config.intervalMs, LONGEST_RETRY_MS), ended.signal).then(
        () => false,
        () => true,
      );
      if (isStopped) return;
      sample(one, true);
      await one.current;
    }
  };
  // The first sample is never waited for a whole interval, however long ago the hold began.
  for (const one of running) next(one, Math.max(one.startsAt, clock.now()));

  return {
    look() {
      for (const one of running) {
        const alarm = clock.now() < one.startsAt ? undefined : one.check.alarm?.();
        // The same trouble is counted once a sample, not once a change.
        if (alarm && one.tally.last?.message !== alarm.message) count(one, alarm);
      }
    },
    async last() {
      isEnding = true;
      // What was asked before the end says nothing of the end. Meanwhile the others go on, however long that takes.
      // What has no say keeps nobody waiting.
      const counting = running.filter(({ check }) => !check.config.dryRun);
      await Promise.all(counting.map(({ current }) => current));
      endSampling();
      await Promise.all(counting.map(({ current }) => current));
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
    reports: () => [...running.map(one => reportOf(one, isOver)), ...unasked.map(unaskedReport)],
    async stop() {
      ended.abort();
      endSampling();
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
      startedAt: Date.parse(record.startedAt),
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

function judged({ check: { config }, tally, startsAt }: Running, now: number): Judged {
  return {
    tally,
    settings: config,
    mayEndHold: config.kind === 'compare' && config.earlyPass,
    isFilled: now >= startsAt + ('windowMs' in config ? config.windowMs : 0),
  };
}

/** A check that breaks its promise never to throw has measured nothing. */
function unmeasured(error: unknown, redact: (text: string) => string): Sample {
  return { outcome: 'error', message: redact(error instanceof Error ? error.message : String(error)) };
}

function reportOf({ check: { config }, tally }: Running, isOver: boolean): CheckReport {
  const { samples, failures, errors, noData, answer, trouble } = tally;
  const early = earlyVerdict(tally, config);
  const isOpen = answer === undefined || answer.outcome === 'undecided' || answer.outcome === 'too-early';
  const isCut = !isOver && !early && isOpen;
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

function unaskedReport({ name, dryRun }: CheckConfig): CheckReport {
  const message = 'not asked: the new version has no traffic yet';
  return { name, dryRun, verdict: 'undecided', samples: 0, failures: 0, errors: 0, noData: 0, message };
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
