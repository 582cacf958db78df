import { type Clock, sleep } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { refOf } from '../kube.ts';
import { creationFinding, mountFinding, withEventWords } from './event-findings.ts';
import type { KubeEvent } from './event-view.ts';
import { condensed, type Finding } from './finding.ts';
import type { Inquiries } from './inquiries.ts';
import type { PodBook } from './pod-book.ts';
import { makesPods } from './pod-selector.ts';
import { containersOf, type Pod } from './pod-view.ts';
import type { Sighting } from './sightings.ts';
import type { Tracked } from './tracked.ts';
import { watchesFor } from './watches.ts';

const LOG_LINES = 20;
/** Of so many workloads the causes are looked up; more would not be read. */
const EXPLAINED = 10;
const LOGGED = 3;
/** An explanation that takes longer than this is given without what is missing. */
const PATIENCE_MS = 5_000;

const HAS_LOG = new Set(['CrashLoopBackOff', 'OOMKilled', 'Crashed', 'Unhealthy']);

export interface ExplainDeps {
  cluster: Cluster;
  clock: Clock;
  signal: AbortSignal;
  inquiries: Inquiries;
  pods: PodBook;
  /** Namespaces whose pods are known; those of others are listed. */
  podsTold: ReadonlySet<string>;
}

/** What each of these suffers from, the cause first, with the events' words and the end of the logs. */
export async function explain(unwell: readonly Tracked[], deps: ExplainDeps): Promise<Map<Tracked, Finding[]>> {
  const causes = new Map(unwell.map(one => [one, condensed(one.told ? [...one.findings, one.told] : one.findings)]));
  const done = new AbortController();
  const work = explainAll(
    unwell.filter(({ object }) => makesPods(object) || object.kind === 'Pod').slice(0, EXPLAINED),
    deps,
    causes,
  );
  const late = sleep(deps.clock, PATIENCE_MS, AbortSignal.any([deps.signal, done.signal])).then(
    () =>
      void deps.inquiries.attempt('Part of the events and logs', () =>
        Promise.reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)),
      ),
    () => undefined,
  );
  await Promise.race([work, late]);
  done.abort();
  return causes;
}

async function explainAll(
  unwell: readonly Tracked[],
  deps: ExplainDeps,
  causes: Map<Tracked, Finding[]>,
): Promise<void> {
  const { inquiries, pods } = deps;
  const namespaces = [...new Set(unwell.map(({ ref }) => ref.namespace ?? ''))];
  const warnings = new Map(
    await Promise.all(namespaces.map(async name => [name, await inquiries.warnings(name)] as const)),
  );
  await listPods(unwell, deps);
  let logs = LOGGED;
  await Promise.all(
    unwell.map(async one => {
      const { unknown } = pods.of(one.object);
      await Promise.all(unknown.map(({ uid, ref }) => inquiries.replicaSet(pods, uid, ref)));
      const found = causesOf(one, pods, warnings.get(one.ref.namespace ?? '') ?? []);
      causes.set(one, found);
      const logged = found.findIndex(({ reason, container }) => container !== undefined && HAS_LOG.has(reason));
      if (logged < 0 || logs === 0) return;
      logs -= 1;
      const log = await logOf(found[logged] as Finding, one, deps);
      if (log) causes.set(one, found.with(logged, { ...(found[logged] as Finding), log }));
    }),
  );
}

/** Where the wait was over before the pods were told, or before it had begun. */
async function listPods(unwell: readonly Tracked[], deps: ExplainDeps): Promise<void> {
  const { cluster, inquiries, pods, podsTold } = deps;
  const missing = watchesFor(unwell.map(({ object }) => object)).filter(
    watch => watch.pods && !podsTold.has(watch.selection.namespace ?? ''),
  );
  const lists = missing.map(watch => inquiries.attempt('Pods', () => cluster.list<Pod>(watch, watch.selection)));
  for (const listed of await Promise.all(lists)) {
    for (const pod of listed?.items ?? []) pods.enter({ ...pod, apiVersion: 'v1', kind: 'Pod' });
  }
}

function causesOf(one: Tracked, pods: PodBook, events: readonly KubeEvent[]): Finding[] {
  const { current, earlier } = pods.of(one.object);
  const own = current.flatMap(({ pod, findings }) =>
    findings.length > 0 ? findings.map(finding => withEventWords(finding, pod, events)) : [mountFinding(pod, events)],
  );
  const creation = one.ref.kind === 'Deployment' ? undefined : creationFinding(one.object, events);
  const found = [...own, creation, one.told].filter(finding => finding !== undefined);
  if (found.length > 0 || one.ref.kind !== 'StatefulSet') return condensed(found);
  return condensed(earlier.flatMap(sighting => sighting.findings.map(finding => leftBehind(sighting, finding))));
}

/** A StatefulSet waits for a broken pod of an earlier revision for ever. */
function leftBehind({ pod }: Sighting, finding: Finding): Finding {
  const { name } = pod.metadata;
  return {
    ...finding,
    reason: 'EarlierRevision',
    message: `Pod ${name} of an earlier revision is broken, and the StatefulSet does not replace it by itself: delete it. ${finding.message}`,
  };
}

async function logOf(
  finding: Finding,
  one: Tracked,
  { cluster, inquiries, pods }: ExplainDeps,
): Promise<string | undefined> {
  const pod = pods.of(one.object).current.find(sighting => sighting.pod.metadata.name === finding.pod)?.pod;
  const { container } = finding;
  if (!pod || !container) return undefined;
  const state = containersOf(pod).find(({ status }) => status.name === container)?.status;
  // What has been restarted said its last words in its previous life.
  const previous = (state?.restartCount ?? 0) > 0 && !state?.state?.terminated && finding.reason !== 'Unhealthy';
  const read = (before: boolean): Promise<string | undefined> =>
    inquiries.attempt(`The log of pod ${pod.metadata.name}`, () =>
      cluster.logTail(refOf(pod), { container, lines: LOG_LINES, previous: before }),
    );
  return ((await read(previous)) || (previous ? await read(false) : undefined))?.trimEnd();
}
