import type { PodsConfig } from '../config/check-config.ts';
import type { FindingReason } from '../health/finding.ts';
import { type ContainerStatus, containersOf, type Pod } from '../health/pod-view.ts';
import { type Sighting, see } from '../health/sightings.ts';
import { refText } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { readyOf, sizeOf } from '../traffic/readiness.ts';
import type { Check, CheckContext, Sample } from './check.ts';
import { newPods } from './new-pods.ts';

/** A pod may lose its readiness for a moment (a slow probe, a node that is drained); for longer it is a failure. */
const UNREADY_MS = 10_000;
const CRASHES = new Set<FindingReason>(['Crashed', 'CrashLoopBackOff', 'OOMKilled']);

/** Restarts, crashes and readiness of the new version's pods since the check began. Always on. */
export function podsCheck(config: PodsConfig, context: CheckContext): Check {
  const seen = new Map<string, Sighting>();
  const unreadySince = new Map<Pair, number>();

  const look = (): Sample => {
    const reports = context.pairs.map(pair => lookAt(pair, context, seen, unreadySince));
    const bad =
      reports.find(({ outcome }) => outcome === 'fail') ?? reports.find(({ outcome }) => outcome === 'no-data');
    const found = bad ?? { outcome: 'pass' as const, message: reports.map(({ message }) => message).join('; ') };
    return { ...found, message: context.redact(found.message) };
  };
  look();
  return {
    config,
    sample: async () => look(),
    alarm: () => {
      const sample = look();
      return sample.outcome === 'fail' ? sample : undefined;
    },
  };
}

function lookAt(
  pair: Pair,
  context: CheckContext,
  seen: Map<string, Sighting>,
  unreadySince: Map<Pair, number>,
): Sample {
  const now = context.clock.now();
  const pods = newPods(pair, context.view).filter(({ metadata }) => !metadata.deletionTimestamp);
  for (const pod of pods) {
    const key = pod.metadata.uid ?? pod.metadata.name;
    const sighting = see(seen.get(key), pod, now);
    seen.set(key, sighting);
    const crash = sighting.findings.find(({ reason }) => CRASHES.has(reason));
    if (crash) return { outcome: 'fail', message: crash.message, trouble: { workload: pair.twin, finding: crash } };
    const restarted = containersOf(pod).find(
      ({ status }) => (status.restartCount ?? 0) > (sighting.baseline.get(status.name) ?? 0),
    );
    const unseen = containersOf(pod).find(({ status }) => endedAfter(status, context.since));
    if (unseen) return { outcome: 'fail', message: restartText(pod, unseen.status) };
    if (restarted) return { outcome: 'fail', message: restartText(pod, restarted.status) };
  }
  if (isPartitioned(pair) && pods.length === 0)
    return { outcome: 'no-data', message: `${refText(pair.stable)} has no pod of the new version` };
  return readiness(pair, context, unreadySince, now);
}

/** By the cluster's clock: a restart that happened while no run looked. */
function endedAfter({ lastState }: ContainerStatus, since: number | undefined): boolean {
  const { finishedAt } = (lastState?.terminated ?? {}) as { finishedAt?: string };
  return since !== undefined && finishedAt !== undefined && Date.parse(finishedAt) > since;
}

function readiness(pair: Pair, { view }: CheckContext, unreadySince: Map<Pair, number>, now: number): Sample {
  const name = refText(pair.twin);
  // A StatefulSet counts the pods of both versions; that some of them are the old ones' makes it no better.
  const side = isPartitioned(pair) ? 'stable' : 'twin';
  const wanted = sizeOf(view, pair.twin);
  const ready = readyOf(view, pair, side);
  if (wanted === 0) return { outcome: 'no-data', message: `${name} has no pods` };
  const message = `${name}: ${ready} of ${wanted} pods can serve`;
  if (ready >= wanted) {
    unreadySince.delete(pair);
    return { outcome: 'pass', message };
  }
  const since = unreadySince.get(pair) ?? now;
  unreadySince.set(pair, since);
  const isLong = now - since >= UNREADY_MS;
  return ready === 0 || isLong ? { outcome: 'fail', message } : { outcome: 'pass', message };
}

function restartText(pod: Pod, status: ContainerStatus): string {
  const end = status.lastState?.terminated;
  const how = end ? ` (${end.reason === 'OOMKilled' ? 'OOMKilled, ' : ''}exit code ${end.exitCode})` : '';
  return `Pod ${pod.metadata.name}: container ${status.name} has restarted${how}`;
}
