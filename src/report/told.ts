import type { SluiceError } from '../errors.ts';
import type { HealthFailure } from '../health/wait.ts';
import { type KubeObject, type ObjectRef, refKey } from '../kube.ts';
import type { Change, Outcome, ReleaseEvent, TimedEvent } from '../release/events.ts';
import type { Plan, Step } from '../release/plan.ts';
import type { Origin, Pause, ReleaseRecord } from '../release/record.ts';
import type { TimelineStep, WorkloadReport } from './model.ts';
import type { CheckRow, Decision, PauseReport, StandingReport, WeightReport } from './progress-model.ts';
import { change, namesOf, type Way, wayFrom } from './timeline.ts';
import { plannedSizes, plannedWeights, shiftedTo } from './weights.ts';

/** What the facts of a run come to, before it is put into words. */
export interface Told {
  ways: Way[];
  /** Of the newest release that the facts are about. */
  plan?: Plan;
  revision?: number;
  origin?: Origin;
  /** Index of the step where the way forward stands. */
  cursor?: number;
  isGoingBack: boolean;
  changes: Map<string, { ref: ObjectRef; change: Change; at: number }>;
  health: Map<string, Partial<WorkloadReport> & { at: number }>;
  /** Pods asked for, by refKey. */
  sizes: Map<string, number>;
  /** Twins that run, by refKey. */
  twins: Set<string>;
  objects: readonly KubeObject[];
  previous: readonly KubeObject[];
  weights: WeightReport[];
  checks: CheckRow[];
  /** Of the hold that is under way, by check. */
  sampling: Map<string, CheckRow>;
  drift: Map<string, { times: number; corrected: boolean }>;
  warnings: string[];
  decisions: Decision[];
  pause?: PauseReport;
  standing?: StandingReport;
  taken?: { verb: string; holder: string };
  failure?: { error: SluiceError; failures: readonly HealthFailure[] };
  rollback?: { toRevision?: number };
  outcome?: Outcome;
  firstDeploy?: boolean;
}

export function fold(events: readonly TimedEvent[]): Told {
  const told: Told = {
    ways: [],
    isGoingBack: false,
    changes: new Map(),
    health: new Map(),
    sizes: new Map(),
    twins: new Set(),
    objects: [],
    previous: [],
    weights: [],
    checks: [],
    sampling: new Map(),
    drift: new Map(),
    warnings: [],
    decisions: [],
  };
  for (const event of events) add(told, event);
  return told;
}

function add(told: Told, event: TimedEvent): void {
  switch (event.type) {
    case 'checked':
    case 'waiting-for-lock':
    case 'locking':
    case 'unlocked':
    case 'advancing':
    case 'advanced':
      return;
    case 'started':
      open(told, event, 0);
      told.firstDeploy = event.firstDeploy;
      return;
    case 'resumed':
      open(told, event, event.cursor);
      told.objects = event.objects;
      return;
    case 'going-back':
      goBack(told, event);
      return;
    case 'rollback-started':
      told.rollback = { toRevision: event.revision };
      told.ways.push(wayFrom(told.revision, event.steps, { rollback: true }));
      return;
    case 'step-started':
      change(lastWay(told), event.index, { startedAt: event.at, outcome: 'running' });
      if (!told.isGoingBack && !told.rollback) told.cursor = event.index;
      return;
    case 'step-ended':
      closeHold(told);
      change(lastWay(told), event.index, {
        endedAt: event.at,
        outcome: event.outcome,
        ...(event.detail ? { detail: event.detail } : {}),
      });
      return;
    case 'written':
      told.changes.set(refKey(event.ref), { ref: event.ref, change: event.change, at: event.at });
      if (event.change === 'pruned') told.twins.delete(refKey(event.ref));
      return;
    case 'health': {
      const { ref, status, message, replicas } = event.progress;
      told.health.set(refKey(ref), { health: status, message, ...(replicas ? { replicas } : {}), at: event.at });
      return;
    }
    case 'resized':
      told.sizes.set(refKey(event.ref), event.replicas);
      if (event.replicas > 0 && twinsOf(told.plan).has(refKey(event.ref))) told.twins.add(refKey(event.ref));
      return;
    case 'shifted':
      told.weights.push(shiftedTo(event, told));
      settleSizes(told, event.at);
      return;
    case 'sampled':
      sample(told, event);
      return;
    case 'judged':
      told.checks.push(...event.checks.map(check => ({ ...check, step: stepName(told) })));
      told.sampling.clear();
      return;
    case 'drift':
      for (const text of event.found)
        told.drift.set(text, { times: (told.drift.get(text)?.times ?? 0) + 1, corrected: event.corrected });
      return;
    case 'commanded':
      told.decisions.push({ at: event.at, verb: event.verb, by: event.by });
      return;
    case 'command-taken':
      told.taken = { verb: event.verb, holder: event.holder };
      return;
    case 'paused':
      // A run that only looked has driven nothing.
      if (told.plan === undefined) readRecord(told, event.record);
      told.pause = pauseReport(event.pause);
      return;
    case 'status':
      readRecord(told, event.record);
      told.standing = standingOf(event.record, event.holder);
      if (event.record.pause) told.pause = pauseReport(event.record.pause);
      return;
    case 'failed':
      told.failure = event;
      return;
    case 'warning':
      told.warnings.push(event.message);
      return;
    case 'superseded':
    case 'ended':
      told.outcome = event.outcome;
      return;
  }
}

type Opening = Pick<ReleaseEvent & { type: 'started' }, 'revision' | 'origin' | 'plan' | 'previous'>;

/** What is told from here on is about this revision, which stands at this step. */
function open(told: Told, { revision, origin, plan, previous }: Opening, cursor: number): void {
  know(told, { revision, origin, plan, cursor, before: previous });
  told.ways.push(wayFrom(revision, namesOf(plan.steps), { cursor }));
}

type Known = Pick<ReleaseRecord, 'revision' | 'origin' | 'plan' | 'cursor' | 'before'> & Partial<ReleaseRecord>;

/** What the record says of a release that others have driven so far. */
function know(told: Told, { revision, origin, plan, cursor, before = [], objects = [] }: Known): void {
  told.origin = origin;
  told.plan = plan;
  told.revision = revision;
  told.cursor = cursor;
  told.isGoingBack = false;
  told.previous = before;
  told.objects = objects;
  told.weights = plannedWeights(plan, cursor);
  told.sizes = plannedSizes(plan, cursor);
  told.twins = runsTwins(plan.steps.slice(0, cursor)) ? twinsOf(plan) : new Set();
  told.checks = [];
  told.sampling.clear();
  delete told.pause;
  delete told.rollback;
  delete told.outcome;
}

/** A release that this run has only read about. */
function readRecord(told: Told, record: ReleaseRecord): void {
  const { revision, plan, cursor, back, status } = record;
  know(told, record);
  const at = back ? undefined : AT_CURSOR[status];
  told.ways.push(wayFrom(revision, namesOf(plan.steps), { cursor, ...(at ? { at } : {}) }));
  if (!back) return;
  told.ways.push(wayFrom(revision, namesOf(back.steps), { cursor: back.cursor, rollback: true }));
  takeBack(told, back.steps.slice(0, back.cursor));
}

const AT_CURSOR: Partial<Record<ReleaseRecord['status'], TimelineStep['outcome']>> = {
  paused: 'paused',
  'in-progress': 'running',
  failed: 'failed',
  aborted: 'stopped',
};

function goBack(told: Told, event: ReleaseEvent & { type: 'going-back' }): void {
  const { revision, origin, plan, reached, steps, cursor, objects, previous } = event;
  if (told.revision !== revision) {
    // A run that was only told to take it back has not gone forward.
    know(told, { revision, origin, plan, cursor: reached, before: previous });
    told.ways.push(wayFrom(revision, namesOf(plan.steps), { cursor: reached, at: 'stopped' }));
  }
  told.objects = objects;
  told.isGoingBack = true;
  told.rollback = {};
  told.ways.push(wayFrom(revision, namesOf(steps), { cursor, rollback: true }));
  takeBack(told, steps.slice(0, cursor));
}

/** The keys of the twins, which a StatefulSet does not have, and of their baselines. */
function twinsOf(plan: Plan | undefined): Set<string> {
  const pairs = plan?.traffic?.pairs ?? [];
  const twins = pairs.filter(({ stable, twin }) => refKey(stable) !== refKey(twin)).map(({ twin }) => twin);
  return new Set([...twins, ...pairs.flatMap(({ baseline }) => baseline ?? [])].map(refKey));
}

function runsTwins(done: readonly Step[]): boolean {
  return done.some(step => step.do === 'scale' || step.do === 'shift') && !done.some(step => step.do === 'remove');
}

function takeBack(told: Told, done: readonly Step[]): void {
  if (done.some(step => step.do === 'shift')) told.weights.push({ asked: 0, actual: [], end: 'taken-back' });
  if (done.some(step => step.do === 'remove')) told.twins.clear();
}

/** Where pods make the share, traffic has moved once all of them can serve: what was waited for last is over. */
function settleSizes({ plan, health, sizes }: Told, at: number): void {
  if (plan?.traffic?.router !== 'pods') return;
  for (const key of plan.traffic.pairs.flatMap(({ stable, twin }) => [refKey(stable), refKey(twin)])) {
    const size = sizes.get(key);
    if (size !== undefined && health.get(key)?.health === 'progressing')
      health.set(key, { health: 'healthy', replicas: { ready: size, desired: size }, at });
  }
}

function lastWay({ ways }: Told): Way {
  return ways.at(-1) ?? wayFrom(undefined, []);
}

function stepName({ plan, cursor }: Told): string {
  return plan?.steps[cursor ?? 0]?.name ?? '';
}

function sample(told: Told, { check, sample: { outcome, message }, dryRun }: ReleaseEvent & { type: 'sampled' }): void {
  const known = told.sampling.get(check);
  const count = (before: number | undefined, isOne: boolean): number => (before ?? 0) + (isOne ? 1 : 0);
  told.sampling.set(check, {
    name: check,
    step: stepName(told),
    verdict: 'undecided',
    dryRun,
    samples: count(known?.samples, true),
    failures: count(known?.failures, outcome === 'fail'),
    errors: count(known?.errors, outcome === 'error'),
    noData: count(known?.noData, outcome === 'no-data'),
    message,
  });
}

/** A hold that ended without a verdict: its samples are told all the same. */
function closeHold(told: Told): void {
  told.checks.push(...told.sampling.values());
  told.sampling.clear();
}

export function pauseReport({ why, at, resumeAt, detail }: Pause): PauseReport {
  return {
    why,
    at: Date.parse(at),
    ...(resumeAt ? { resumeAt: Date.parse(resumeAt) } : {}),
    ...(detail ? { detail } : {}),
  };
}

function standingOf({ status, startedAt, endedAt, back }: ReleaseRecord, holder: string | undefined): StandingReport {
  return {
    status,
    startedAt: Date.parse(startedAt),
    ...(endedAt ? { endedAt: Date.parse(endedAt) } : {}),
    ...(holder ? { holder } : {}),
    ...(back ? { back: back.message } : {}),
  };
}
