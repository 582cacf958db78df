import { sleep } from '../clock.ts';
import { dismiss } from './baselines.ts';
import { settleDrift } from './drift.ts';
import type { Drive, StepEnd } from './engine.ts';
import { guard, unguard } from './guard.ts';
import { type HoldEnd, hold } from './hold.ts';
import type { Command } from './mailbox.ts';
import { promotionStart, type Step, weightAt } from './plan.ts';
import type { Pause } from './record.ts';
import { restore } from './restore.ts';
import type { Stage } from './stage.ts';
import { adopt, capacity, drain, match, prepare, remove, scale, shift, unroute } from './traffic-steps.ts';
import { mustServe } from './twin-watch.ts';

type StagedStep = Exclude<Step, { do: 'apply' | 'establish' | 'await-health' | 'prune' }>;

/** What is looked at between two steps: words of others, and their writes. */
export async function betweenSteps(stage: Stage, steps: readonly Step[], index: number): Promise<Pause | undefined> {
  const { control, record } = stage;
  if (!control || index > promotionStart(record.plan)) return undefined;
  // Before that nothing is written that could drift.
  const isHeld = steps.slice(0, index).some(({ do: what }) => what === 'guard' || what === 'shift' || what === 'match');
  const isCorrected = isHeld && (await settleDrift(stage, weightAt(steps, index)));
  // What comes next goes by the traffic as it was written.
  if (isCorrected) await sleep(stage.deps.clock, stage.traffic.settleMs, stage.deps.signal);
  const word = control.wantsPause();
  return word && pausedBy(stage, word);
}

/** Drives one of the steps that only a release which moves traffic has. */
export async function performStaged(
  { objects, resume, steps }: Drive,
  stage: Stage,
  step: StagedStep,
  index: number,
  isFirst: boolean,
): Promise<StepEnd | undefined> {
  const { haste } = stage;
  const isSkipped = index < haste.until || (isFirst && resume?.skip);
  const isAhead = isBeforeTwins(steps, index);
  switch (step.do) {
    case 'adopt':
      return done(adopt(stage, step));
    case 'guard':
      return done(guard(stage, step));
    case 'prepare':
      return done(prepare(stage, step));
    case 'scale':
      return done(scale(stage, step, index));
    case 'shift':
      return done(shift(stage, step));
    case 'match':
      return done(match(stage, step, weightAt(steps, index)));
    case 'unroute':
      return done(unroute(stage));
    case 'dismiss':
      return done(dismiss(stage, step));
    case 'drain':
      return done(drain(stage, step));
    case 'remove':
      return done(remove(stage, step));
    case 'unguard':
      return done(unguard(stage, step, objects));
    case 'restore':
      return done(restore(stage, step));
    case 'capacity':
      return done(capacity(stage));
    case 'hold':
      return isSkipped
        ? glance(stage, { weight: step.weight, index, isAhead }, resume)
        : holdStep(stage, step, { index, isAhead, elapsedMs: isFirst ? (resume?.elapsedMs ?? 0) : 0 });
    case 'approve':
      return isSkipped
        ? glance(stage, { weight: step.weight, index, isAhead }, resume)
        : approveStep(stage, steps, index);
  }
}

/** By the plan, and not by what is there: a twin that somebody has taken away must be missed. */
function isBeforeTwins(steps: readonly Step[], index: number): boolean {
  return !steps.slice(0, index).some(({ do: what }) => what === 'scale' || what === 'shift' || what === 'match');
}

/** A person promotes what was healthy when he was asked: whether it still is must be seen, unless it is that which he overrules. */
async function glance(
  stage: Stage,
  at: { weight: number; index: number; isAhead: boolean },
  resume: Drive['resume'],
): Promise<undefined> {
  // What serves nobody at all cannot be promoted by anybody.
  mustServe(stage);
  if (resume?.overruled) return;
  const checks = stage.settings.checks
    .filter(({ kind }) => kind === 'pods')
    .map(one => ({ ...one, initialDelayMs: 0 }));
  // What is said meanwhile is about what comes, and left for that.
  await hold({ ...stage, control: undefined, settings: { ...stage.settings, checks } }, { ms: 0, ...at });
}

async function done(work: Promise<void>): Promise<undefined> {
  await work;
}

async function holdStep(
  stage: Stage,
  step: Step & { do: 'hold' },
  { index, isAhead, elapsedMs }: { index: number; isAhead: boolean; elapsedMs: number },
): Promise<StepEnd | undefined> {
  const { deps } = stage;
  const left = Math.max(0, step.ms - elapsedMs);
  const now = deps.clock.now();
  if (now + left > stage.endsAt) {
    const detail = 'the time that this run may take (max-run) is shorter than the hold';
    const resumeAt = new Date(now + left).toISOString();
    return { pause: { why: 'time', at: new Date(now).toISOString(), resumeAt, detail } };
  }
  const since = elapsedMs > 0 ? { since: now - elapsedMs } : {};
  const ended = await hold(stage, { ms: left, weight: step.weight, index, isAhead, ...since });
  return afterWord(stage, ended);
}

function afterWord(stage: Stage, ended: HoldEnd): StepEnd | undefined {
  if (ended.end === 'passed') return undefined;
  if (ended.end === 'paused') return { pause: pausedBy(stage, ended.by) };
  // The weights that are left are gone through all the same: some workloads are only promoted behind all of the traffic.
  const { full, before = 0 } = ended.by;
  stage.haste.until = Math.max(stage.haste.until, full ? Infinity : before);
  return undefined;
}

function approveStep(stage: Stage, steps: readonly Step[], index: number): StepEnd | undefined {
  const word = stage.control?.takePromotion(index);
  if (word) return afterWord(stage, { end: 'promoted', by: word });
  const at = new Date(stage.deps.clock.now()).toISOString();
  return { pause: { why: 'approval', at, detail: `at ${weightAt(steps, index)} %` } };
}

function pausedBy({ deps }: Stage, { by }: Command): Pause {
  return { why: 'command', at: new Date(deps.clock.now()).toISOString(), detail: `by ${by}` };
}
