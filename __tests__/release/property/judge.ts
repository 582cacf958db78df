import { SluiceError } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube.ts';
import type { Phase } from '../../../src/release/events.ts';
import type { Violation } from '../../../src/sandbox/laws/monitor.ts';
import type { Loss } from '../../../src/sandbox/traffic/traffic.ts';
import { recordsOf } from '../cluster-state.ts';
import { NAMESPACE } from '../rig.ts';
import { again, calm, command, type End, endText, errorText } from './play.ts';
import type { Scenario } from './scenario.ts';
import type { KnownPod } from './seen.ts';
import { imageOf, NAME, sizeIn, type World, workloadKind } from './world.ts';

/** Beyond what its pods need, for controllers and nodes to take notice. */
const NOTICE_MS = 3_000;
/** What a node of the traffic model takes at most to learn of an endpoint, after the controller has noted it. */
const PROPAGATION_MS = 250;
/** Words that a release may need: one for each approval, and for what fails on the way. */
const MOST_WORDS = 8;
const PHASES: readonly Phase[] = ['succeeded', 'rolled-back', 'paused', 'failed', 'aborted', 'unchanged'];
/** What may end a run that could not do what it was asked. Defects of the product are never among them. */
const NOT_ALLOWED = new Set(['internal', 'record-unreadable']);

/** What is wrong with how a scenario went, in words; empty where nothing is. Ends that are made for it are added. */
export async function judge(world: World, ends: End[]): Promise<string[]> {
  const wrong = ends.flatMap(end => wrongEnd(end));
  calm(world);
  wrong.push(...(await finish(world, ends)));
  return [...wrong, ...broken(world), ...lost(world)];
}

function wrongEnd(end: End): string[] {
  const { outcome, error, isDead } = end;
  if (isDead) return [];
  const cause = outcome ? outcome.error : error;
  const isWrong = outcome
    ? !PHASES.includes(outcome.phase) || (outcome.phase === 'failed' && !outcome.error)
    : !(error instanceof SluiceError);
  const isCancelled = outcome?.phase === 'aborted' && end.run.deps.signal.aborted;
  const isDefect = cause instanceof SluiceError && NOT_ALLOWED.has(cause.code) && !isCancelled;
  return isWrong || isDefect ? [`${endText(end)} is no end of a run`, ...(isDefect ? [causesText(cause)] : [])] : [];
}

function causesText(error: SluiceError): string {
  return error.cause === undefined ? '' : `caused by ${errorText(error.cause)}`;
}

export function statusOf({ h }: World): string | undefined {
  return recordsOf(h.api).at(-1)?.split(' ')[1];
}

const isOpen = (world: World): boolean => ['in-progress', 'paused'].includes(statusOf(world) ?? '');
const isLocked = ({ h }: World): boolean => h.api.list('coordination.k8s.io/Lease', NAMESPACE).length > 0;

/** Brings what was left open to its end, and looks at it. */
async function finish(world: World, ends: End[]): Promise<string[]> {
  const { h, scenario } = world;
  for (let words = 0; (isOpen(world) || isLocked(world)) && words < MOST_WORDS; words += 1) {
    const end = await command(world, scenario.finish === 'promote' && words < MOST_WORDS - 2 ? 'promote' : 'reject');
    ends.push(end);
    const wrong = wrongEnd(end);
    if (wrong.length > 0) return wrong;
    h.clock.advance(60_000);
  }
  // A version that was promoted and then broke cannot be gone back to: what works keeps the traffic, and the record says so.
  if (isOpen(world) && isBuiltOnBroken(world)) return [];
  if (isOpen(world) || isLocked(world))
    return [`the release does not come to an end: ${isOpen(world) ? `it is ${statusOf(world)}` : 'the Lease is left'}`];
  h.clock.advance(60_000);
  const status = statusOf(world);
  const wrong = status === undefined || status === 'aborted' ? [] : endState(world, status);
  return [...wrong, ...(await repeated(world, status))];
}

function isBuiltOnBroken({ h, scenario }: World): boolean {
  const { failure, isReleased } = scenario;
  const good = recordsOf(h.api).findLast(record => record.endsWith('succeeded'));
  return failure.kind !== 'none' && Number.parseInt(good ?? '0', 10) > (isReleased ? 1 : 0);
}

type Sized = KubeObject<{ template: { spec: { containers: { image: string }[] } } }, { readyReplicas?: number }>;

/** Stable has one version, all of it can serve, and nothing else is there. */
function endState({ h, scenario }: World, status: string): string[] {
  h.laws.endOfRelease(NAMESPACE);
  const stable = h.api.get<Sized & { spec: { replicas: number } }>(workloadKind(scenario), NAMESPACE, NAME);
  const image = stable?.spec?.template.spec.containers[0]?.image;
  const good = recordsOf(h.api).findLast(record => record.endsWith('succeeded'));
  const isNew = good !== undefined && Number.parseInt(good, 10) > (scenario.isReleased ? 1 : 0);
  const wrong: string[] = [];
  if (!isNew && image !== imageOf(1)) wrong.push(`after ${status}, stable runs ${image} instead of ${imageOf(1)}`);
  if (isNew && image === imageOf(1)) wrong.push(`after ${status}, stable still runs ${image}`);
  const [asked, ready] = [stable?.spec.replicas ?? 0, stable?.status?.readyReplicas ?? 0];
  const isItsOwn = image === imageOf(2) && scenario.failure.kind !== 'none';
  if (ready < asked && !isItsOwn) wrong.push(`after ${status}, ${ready} of ${asked} pods of stable are ready`);
  const wanted = isNew ? sizeIn(scenario, 2) : undefined;
  const isScaled = scenario.autoscaler || scenario.happenings.some(({ happening }) => happening.do === 'scale');
  if (wanted !== undefined && !isScaled && asked !== wanted)
    wrong.push(`after ${status}, stable has the size ${asked} instead of ${wanted}`);
  return wrong;
}

/** Law 11: what has succeeded is not done again. */
async function repeated(world: World, status: string | undefined): Promise<string[]> {
  const { h, scenario } = world;
  const live = h.api.get<Sized>(workloadKind(scenario), NAMESPACE, NAME);
  const version = [2, 3].find(one => imageOf(one) === live?.spec?.template.spec.containers[0]?.image);
  if (status !== 'succeeded' || !version || (version === 2 && scenario.failure.kind !== 'none')) return [];
  // What others have made of its size since is a difference that is put right.
  if (scenario.happenings.some(({ happening }) => happening.do === 'scale' || happening.do === 'load')) return [];
  const mark = h.laws.mark();
  const end = await again(world, version);
  const writes = h.laws.writesSince(mark);
  if (end.outcome?.phase === 'unchanged' && writes.length === 0) return [];
  return [`the same once more: ${endText(end)}, with the writes ${writes.join('; ')}`];
}

function broken({ h, scenario }: World): string[] {
  return h.laws.violations
    .filter(violation => !isDoubtful(violation, scenario))
    .map(({ law, at, message, write }) => `law ${law} at ${timeText(at)}: ${message}${write ? ` (${write})` : ''}`);
}

/** Where the monitor asks for more than the design does. */
function isDoubtful({ law, message }: Violation, { kind, autoscaler }: Scenario): boolean {
  // With the router pods the replica count is a release's to write, of a StatefulSet, too.
  if (law === 2 && kind === 'StatefulSet') return message.endsWith('is promoted: spec.replicas');
  // The twin follows the size that the autoscaler gives stable now, which may be less than when the release began.
  const moved = /to track (?:canary|preview) while (\d+) pods .* are needed, and (\d+) are ready/.exec(message);
  return law === 1 && autoscaler !== undefined && moved !== null && Number(moved[1]) >= Number(moved[2]);
}

function lost(world: World): string[] {
  const unexplained = world.traffic.losses.filter(loss => !isExplained(world, loss));
  return unexplained.slice(0, 5).map(({ at, service, why }) => `lost at ${timeText(at)} by ${service}: ${why}`);
}

/** By the version's own crash, or by somebody who took the pods away; nothing else may lose a request. */
function isExplained({ seen, disruptions, scenario }: World, { at, sentAt, pod: full, why }: Loss): boolean {
  const { failure, kind, pods: behaviour } = scenario;
  const crashes = failure.kind === 'crash-after' || failure.kind === 'oom-after';
  const isGone = / (?:is gone|ended)\b/.test(why);
  const known = full === undefined ? [] : seen.pods(full.slice(full.indexOf('/') + 1), at);
  const pod = isGone ? known.find(({ goingSince }) => (goingSince ?? Infinity) <= sentAt) : known[0];
  // Nodes send to a pod that has been going for a while only where no other is ready.
  const isLast = pod?.goingSince !== undefined && sentAt - pod.goingSince > PROPAGATION_MS;
  if (pod && !isLast) return crashes && pod.image === imageOf(2) && (pod.crashedAt ?? Infinity) <= at;
  // No endpoint at all: of the pods that should be, each is broken by itself, or was taken away or begun a moment ago.
  const { startMs, readyMs, minReadySeconds, terminateMs } = behaviour;
  const window = startMs + readyMs + minReadySeconds * 1_000 + terminateMs + NOTICE_MS;
  if (disruptions.some(when => at >= when && at <= when + window)) return true;
  // Whoever takes a pod from a StatefulSet that is being promoted gets one of the new version, which may never be ready.
  if (kind === 'StatefulSet' && failure.kind !== 'none' && disruptions.some(when => when <= at)) return true;
  const named = [...why.matchAll(/([a-z0-9-]+) (?:terminates|is not ready)/g)].map(
    ([, name = '']) => seen.pods(name, at)[0],
  );
  const isNew = (one: KnownPod | undefined): boolean => one?.image === imageOf(2);
  const isYoung = (one: KnownPod | undefined): boolean => at - (one?.bornAt ?? 0) <= window;
  const switched = seen.switchedAt(at);
  const isStale = switched !== undefined && at - switched <= PROPAGATION_MS;
  const isBroken = isStale || isLast || named.every(one => isNew(one) || isYoung(one));
  const hasBroken = crashes ? seen.hadCrashed(imageOf(2), at) : failure.kind === 'unready-after';
  return isBroken && hasBroken;
}

function timeText(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
