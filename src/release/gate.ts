import type { Check, CheckContext, Sample } from '../checks/check.ts';
import {
  counted,
  earlyVerdict,
  finalVerdict,
  gateVerdict,
  NOTHING_SAMPLED,
  type Tally,
  type Verdict,
} from '../checks/judge.ts';
import { podsCheck } from '../checks/pods.ts';
import type { CheckConfig } from '../config/release-config.ts';
import { type Reason, SluiceError } from '../errors.ts';
import { sizeOf } from '../traffic/readiness.ts';
import type { CheckReport } from './events.ts';
import type { Stage } from './stage.ts';

/** One check for each kind that a configuration can name. */
const KINDS: Readonly<Record<CheckConfig['kind'], (config: CheckConfig, context: CheckContext) => Check>> = {
  pods: podsCheck,
};

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
  stop(): void;
}

interface Running {
  check: Check;
  tally: Tally;
  isBusy: boolean;
  /** Nothing is asked earlier. */
  startsAt: number;
  cancel: () => void;
}

/** Begins to sample; `onEarly` is called when the verdict is certain before the end. */
export function openGate(stage: Stage, onEarly: () => void, since: number | undefined): Gate {
  const { deps, settings, traffic, view } = stage;
  const context: CheckContext = {
    view,
    pairs: traffic.pairs,
    now: () => deps.clock.now(),
    redact: deps.redact,
    ...(since === undefined ? {} : { since }),
  };
  const ended = new AbortController();
  // Before there are any pods there is nothing to ask about.
  const isAhead = traffic.pairs.every(({ twin }) => sizeOf(view, twin) === 0);
  const running: Running[] = (isAhead ? [] : settings.checks).map(config => ({
    check: KINDS[config.kind](config, context),
    tally: NOTHING_SAMPLED,
    isBusy: false,
    startsAt: deps.clock.now() + config.initialDelayMs,
    cancel: () => undefined,
  }));

  const count = (one: Running, sample: Sample): void => {
    if (ended.signal.aborted) return;
    const { config } = one.check;
    one.tally = counted(one.tally, sample, config);
    deps.emit({ type: 'sampled', check: config.name, sample, dryRun: config.dryRun });
    if (!config.dryRun && earlyVerdict(one.tally, config)) onEarly();
  };
  const sample = async (one: Running): Promise<void> => {
    const { count: most } = one.check.config;
    if (one.isBusy || deps.clock.now() < one.startsAt || (most !== undefined && one.tally.samples >= most)) return;
    one.isBusy = true;
    try {
      count(one, await one.check.sample(ended.signal));
    } finally {
      one.isBusy = false;
    }
  };
  const next = (one: Running, milliseconds: number): void => {
    one.cancel = deps.clock.after(milliseconds, () => {
      void sample(one);
      next(one, one.check.config.intervalMs);
    });
  };
  for (const one of running) next(one, one.check.config.initialDelayMs);

  return {
    look() {
      for (const one of running) {
        const alarm = deps.clock.now() < one.startsAt ? undefined : one.check.alarm?.();
        // The same trouble is counted once a sample, not once a change.
        if (alarm && one.tally.last?.message !== alarm.message) count(one, alarm);
      }
    },
    last: async () => void (await Promise.all(running.map(sample))),
    verdict: () =>
      gateVerdict(
        running.map(({ check, tally }) => ({
          verdict: finalVerdict(tally, check.config),
          dryRun: check.config.dryRun,
        })),
      ),
    troubles: () => running.flatMap(({ tally }) => tally.trouble?.trouble ?? []),
    reports: () => running.map(reportOf),
    stop() {
      ended.abort();
      for (const { cancel } of running) cancel();
    },
  };
}

function reportOf({ check: { config }, tally }: Running): CheckReport {
  const { samples, failures, errors, noData, last, trouble } = tally;
  const verdict = finalVerdict(tally, config);
  const decisive = verdict === 'pass' ? last : (trouble ?? last);
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

/** Why the gate does not let the release through. */
export function gateError(
  verdict: Exclude<Verdict, 'pass'>,
  reports: readonly CheckReport[],
  weight: number,
): SluiceError {
  const decisive = reports.filter(report => report.verdict === verdict && !report.dryRun);
  const what = { fail: 'failed', error: 'could not be measured', inconclusive: 'had no data to decide by' }[verdict];
  const words = decisive.map(({ name, message }) => `check ${name} ${what}: ${message}`).join('; ');
  const hint =
    verdict === 'fail'
      ? 'Look at what the check saw, correct it and deploy again.'
      : 'No data is not health: see why there is none, then promote or reject by hand.';
  return new SluiceError(CODES[verdict], `At ${weight} %, ${words || `a check ${what}`}.`, { hint });
}
