import type { Clock } from '../clock.ts';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import { PATIENCE } from './finding.ts';
import { health } from './health.ts';
import type { Inquiries } from './inquiries.ts';
import { type PodBook, podBook, workloadKey } from './pod-book.ts';
import { makesPods } from './pod-selector.ts';
import type { Pod } from './pod-view.ts';
import { fatalAt, type Sighting } from './sightings.ts';
import { isUnproven, STEADY_MS } from './steadiness.ts';
import { isOlder, type Tracked, tracked } from './tracked.ts';
import { failed } from './verdict.ts';
import type { Watch } from './watches.ts';

/** How long a workload stands still before its events are looked at; each further look waits twice as long. */
const STILL_MS = 15_000;
const NEVER = Number.POSITIVE_INFINITY;

export interface BoardDeps {
  clock: Clock;
  inquiries: Inquiries;
  onChange: (one: Tracked) => void;
  /** Called once: all are healthy, or one has failed. */
  onEnd: (end: 'healthy' | 'failed') => void;
  /** What is thrown while judging: it happens in timers too, where nobody else would catch it. */
  onError: (error: unknown) => void;
}

export interface Board {
  readonly all: readonly Tracked[];
  readonly pods: PodBook;
  /** Judges what is known at the beginning. */
  start(): void;
  stop(): void;
  /** Whether all are healthy, and only have to stay so for a moment. */
  isSteadying(): boolean;
  changed(object: KubeObject): void;
  removed(object: KubeObject): void;
  /** The first state of a watch has been told: what it covers and was not `seen` is gone. */
  synced(watch: Watch, seen: ReadonlySet<string>): void;
  podChanged(pod: Pod): void;
  podRemoved(pod: Pod): void;
}

/** A reason to give an object up, once its time has come. */
interface Ground {
  at: number;
  reason: string;
  message: string;
}

/** Judges each object anew whenever something that concerns it changes or a patience runs out. */
export function makeBoard(objects: readonly KubeObject[], deps: BoardDeps): Board {
  const { clock, inquiries } = deps;
  const byRef = new Map<string, Tracked>();
  const byWorkload = new Map<string, Tracked>();
  for (const object of objects) {
    const one = tracked(object, clock.now());
    byRef.set(refKey(one.ref), one);
    if (!runsPods(object)) continue;
    byWorkload.set(workloadKey(object), one);
  }
  const pods = podBook(clock, key => byWorkload.has(key));
  const unhealthy = new Set(byRef.keys());
  /** Whether pods were rolled here whose readiness proves nothing. */
  let unproven = false;
  let cancelSteady: (() => void) | undefined;
  let ended = false;

  function stop(): void {
    ended = true;
    cancelSteady?.();
    for (const one of byRef.values()) one.cancelWake();
  }

  function judge(one: Tracked): void {
    if (one.gone) return;
    const before = JSON.stringify(one.health);
    one.health = health(one.object, { bindingMode: inquiries.bindingMode(() => examine(one)) });
    if (JSON.stringify(one.health) === before) return;
    one.stillSince = clock.now();
    one.lookAt = clock.now() + STILL_MS;
    one.told = undefined;
  }

  function examine(one: Tracked): void {
    if (ended) return;
    one.cancelWake();
    try {
      decide(one);
    } catch (error) {
      stop();
      deps.onError(error);
    }
  }

  function decide(one: Tracked): void {
    judge(one);
    const wakeAt = one.health.status === 'progressing' ? giveUpOrWake(one) : NEVER;
    if (one.health.status === 'healthy') unhealthy.delete(refKey(one.ref));
    else unhealthy.add(refKey(one.ref));
    if (one.health.status === 'progressing') unproven ||= isUnproven(one.object);
    deps.onChange(one);
    if (one.health.status === 'failed') end('failed');
    else if (unhealthy.size === 0) endWhenSteady();
    else {
      cancelSteady?.();
      cancelSteady = undefined;
      if (wakeAt < NEVER) one.cancelWake = clock.after(wakeAt - clock.now(), () => examine(one));
    }
  }

  function end(how: 'healthy' | 'failed'): void {
    stop();
    deps.onEnd(how);
  }

  function endWhenSteady(): void {
    if (!unproven) end('healthy');
    else cancelSteady ??= clock.after(STEADY_MS, () => end('healthy'));
  }

  /** Fails an object whose time is up; else answers when to look at it again. */
  function giveUpOrWake(one: Tracked): number {
    const now = clock.now();
    const grounds = [...refusals(one, now), ...(runsPods(one.object) ? troubles(one, now) : [])];
    const due = grounds.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
    if (due) {
      const { replicas } = one.health;
      one.health = failed(due.reason, due.message, replicas ? { replicas } : {});
      return NEVER;
    }
    if (runsPods(one.object) && now >= one.lookAt) {
      one.lookAt = now + 2 * (now - one.stillSince);
      inquiries.look(pods, one, () => examine(one));
    }
    return Math.min(NEVER, ...grounds.map(({ at }) => at), runsPods(one.object) ? one.lookAt : NEVER);
  }

  function troubles(one: Tracked, now: number): Ground[] {
    const { current, unknown } = pods.of(one.object, isAlarming);
    for (const { uid, ref } of unknown) void inquiries.replicaSet(pods, uid, ref, () => examine(one));
    one.findings = current.flatMap(({ findings }) => findings);
    const grounds = current.flatMap(sighting => podGrounds(one, sighting, now));
    if (one.told) grounds.push({ at: one.stillSince + PATIENCE[one.told.reason].afterMs, ...one.told });
    return grounds.filter(({ at }) => at < NEVER);
  }

  function podGrounds(one: Tracked, sighting: Sighting, now: number): Ground[] {
    return sighting.findings
      .map(finding => ({
        at: fatalAt(sighting, finding, one.ref.kind),
        reason: finding.reason,
        message: finding.message,
      }))
      .filter(
        ({ at, reason }) =>
          reason !== 'Unschedulable' || at > now || !inquiries.mayGetNode(one, sighting.pod, () => examine(one)),
      );
  }

  function removed(object: KubeObject, reason = 'Deleted', message = 'It was deleted while it was waited for'): void {
    const one = byRef.get(refKey(refOf(object)));
    if (!one || one.gone) return;
    one.gone = true;
    one.health = failed(reason, message);
    examine(one);
  }

  function reexamine(keys: readonly string[]): void {
    for (const key of keys) {
      const one = byWorkload.get(key);
      if (one?.health.status === 'progressing') examine(one);
    }
  }

  return {
    all: [...byRef.values()],
    pods,
    start() {
      for (const one of byRef.values()) judge(one);
      for (const one of byRef.values()) examine(one);
    },
    stop,
    isSteadying: () => cancelSteady !== undefined,
    changed(object) {
      const one = byRef.get(refKey(refOf(object)));
      if (!one || one.gone || isOlder(object, one.applied)) return;
      if (object.metadata.uid !== one.applied.metadata.uid) {
        removed(object, 'Replaced', 'It was deleted and made anew by somebody else while it was waited for');
        return;
      }
      one.object = object;
      if (object.kind === 'Pod') pods.enter(object as Pod);
      examine(one);
    },
    removed(object) {
      const one = byRef.get(refKey(refOf(object)));
      if (one?.applied.metadata.uid === object.metadata.uid) removed(object);
    },
    synced({ apiVersion, kind, selection }, seen) {
      for (const [key, { ref, object, health: last }] of byRef) {
        const covered = ref.apiVersion === apiVersion && ref.kind === kind && ref.namespace === selection.namespace;
        if (covered && !seen.has(key) && last.status === 'progressing') removed(object);
      }
    },
    podChanged: pod => reexamine(pods.enter(pod)),
    podRemoved: pod => reexamine(pods.remove(pod)),
  };
}

function runsPods(object: KubeObject): boolean {
  return makesPods(object) || (object.kind === 'Pod' && object.apiVersion === 'v1');
}

/** Running and not ready yet is how every pod begins: whose it is need not be asked. */
function isAlarming({ findings }: Sighting): boolean {
  return findings.some(({ reason }) => reason !== 'Unhealthy');
}

/** What the object's own controller refuses, from when it was first seen to do so. */
function refusals(one: Tracked, now: number): Ground[] {
  const { patienceMs, reason = 'Refused', message } = one.health;
  if (patienceMs === undefined) {
    one.refusal = undefined;
    return [];
  }
  if (one.refusal?.key !== reason) one.refusal = { key: reason, since: now };
  return [{ at: one.refusal.since + patienceMs, reason, message }];
}
