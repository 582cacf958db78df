import { openView, type View, type ViewPart } from '../cluster/view.ts';
import { LONGEST_SELECTOR, podSelector } from '../health/pod-selector.ts';
import { UnhealthyError, waitForHealth } from '../health/wait.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { partitioned } from '../traffic/partition.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { POD, SERVICE_OF_SLICE, SLICE } from '../traffic/readiness.ts';
import type { Router, RouterContext } from '../traffic/router.ts';
import { openRouter } from '../traffic/routers.ts';
import type { Control } from './control.ts';
import type { ReleaseDeps } from './deps.ts';
import { labelled } from './labels.ts';
import { isMatchedAt, matchOf, type Pair, type TrafficPlan } from './plan.ts';
import type { ReleaseRecord, ReleaseSettings } from './record.ts';

/** All that the steps which move traffic work with, for one release and one direction. */
export interface Stage {
  deps: ReleaseDeps;
  /** Of the release, as it is written in the cluster. */
  record: ReleaseRecord;
  traffic: TrafficPlan;
  settings: ReleaseSettings;
  view: View;
  context: RouterContext;
  router: Router;
  /** What the release makes for itself, as it is applied, by refKey. */
  made: ReadonlyMap<string, KubeObject>;
  before: ReadonlyMap<string, KubeObject>;
  /** On the way back nobody is listened to. */
  control: Control | undefined;
  /** Somebody has said that no hold and no approval is to be waited for before the step with this index; 0 where nobody has. */
  haste: { until: number };
  /** When the traffic had settled that this run moved last, in milliseconds since the epoch. */
  shifted: { at: number | undefined };
  /** Whether requests that match go to the new version, so far. */
  matching: { on: boolean };
  /** What checks keep from one hold to the next, by their names. */
  memory: Map<string, unknown>;
  /** Drift that was told already. */
  reported: Set<string>;
  /** When this run's time is up, in milliseconds since the epoch. */
  endsAt: number;
}

export interface StageParts
  extends Omit<Stage, 'context' | 'router' | 'made' | 'before' | 'traffic' | 'settings' | 'matching'> {
  matching?: Stage['matching'];
}

export function makeStage(parts: StageParts): Stage {
  const { deps, record, view } = parts;
  const traffic = record.plan.traffic as TrafficPlan;
  const settings = record.settings as ReleaseSettings;
  const made = new Map(
    (record.made ?? []).map(object => [refKey(refOf(object)), labelled(object, record, record.revision)]),
  );
  const before = new Map((record.before ?? []).map(object => [refKey(refOf(object)), object]));
  const wanted = new Map(record.objects.map(object => [refKey(refOf(object)), object]));
  const sizeOf = (object: KubeObject | undefined): number | undefined =>
    (object?.spec as { replicas?: number } | undefined)?.replicas;
  const context: RouterContext = {
    deps,
    cluster: deps.cluster,
    signal: deps.signal,
    view,
    traffic,
    match: matchOf(record.plan),
    timeoutMs: settings.timeoutMs,
    force: settings.force,
    twinAt: (pair, replicas) => twinAt(made, pair, replicas),
    made: ref => made.get(refKey(ref)),
    wanted: ref => {
      const object = wanted.get(refKey(ref));
      return object && labelled(object, record, record.revision, record.marks);
    },
    wantedSize: ({ stable }) => sizeOf(wanted.get(refKey(stable))),
    before: ref => before.get(refKey(ref)),
    healthy: (objects, until) => awaitHealthy(deps, settings, objects, until),
  };
  // On the way back nobody is chosen any more.
  const matching = parts.matching ?? {
    on: parts.control !== undefined && isMatchedAt(record.plan.steps, record.cursor),
  };
  return { ...parts, traffic, settings, made, before, matching, context, router: openRouter(traffic.router, context) };
}

function twinAt(made: ReadonlyMap<string, KubeObject>, pair: Pair, replicas: number): KubeObject {
  const twin = made.get(refKey(pair.twin)) as KubeObject;
  if (isPartitioned(pair)) return partitioned(twin, pair.size, replicas);
  return { ...twin, spec: { ...(twin.spec as object), replicas } };
}

/** Follows what the steps look at, in every namespace with a workload that moves. */
export function openStageView(
  deps: ReleaseDeps,
  { pairs, pins, floors, routes = [] }: TrafficPlan,
  before: readonly KubeObject[],
): Promise<View> {
  // One watch a kind and namespace.
  const ofRoutes = new Map(
    routes.map(({ apiVersion, kind, namespace }) => [
      `${apiVersion}/${kind}/${namespace}`,
      { apiVersion, kind, selection: namespace ? { namespace } : {} },
    ]),
  );
  const namespaces = [...new Set(pairs.map(({ stable }) => stable.namespace))];
  const parts = namespaces.flatMap(namespace => {
    const here = pairs.filter(({ stable }) => stable.namespace === namespace);
    const kinds = new Set(here.map(({ stable }) => stable.kind));
    const services = here.flatMap(({ service }) => (service ? [service.stable, service.twin, service.ownStable] : []));
    const names = [...new Set(services.flatMap(ref => ref?.name ?? []))];
    const selection = namespace ? { namespace } : {};
    const workloads = before.filter(object => here.some(({ stable }) => refKey(stable) === refKey(refOf(object))));
    // A twin's pods have all the labels of stable's.
    const ofPods = podSelector(workloads);
    const ofSlices = `${SERVICE_OF_SLICE} in (${names.join(',')})`;
    const isHere = (ref: ObjectRef): boolean => ref.namespace === namespace;
    return [
      ...[...kinds].map(kind => ({ apiVersion: 'apps/v1', kind, selection })),
      { ...POD, selection: { ...selection, ...(ofPods ? { labelSelector: ofPods } : {}) } },
      ...(names.length > 0
        ? [
            {
              ...SLICE,
              selection: { ...selection, ...(ofSlices.length > LONGEST_SELECTOR ? {} : { labelSelector: ofSlices }) },
            },
          ]
        : []),
      ...(pins.some(isHere) || names.length > 0 ? [{ apiVersion: 'v1', kind: 'Service', selection }] : []),
      ...(floors.some(isHere) ? [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', selection }] : []),
    ] satisfies ViewPart[];
  });
  return openView(deps.cluster, [...parts, ...ofRoutes.values()], deps.signal);
}

/** Resolves when all are healthy, or when `until` ends the wait; a failure is thrown with its explanation. */
async function awaitHealthy(
  deps: ReleaseDeps,
  { timeoutMs }: ReleaseSettings,
  objects: readonly KubeObject[],
  until: AbortSignal | undefined,
): Promise<void> {
  try {
    const outcome = await waitForHealth({
      ...deps,
      signal: until ? AbortSignal.any([deps.signal, until]) : deps.signal,
      objects,
      waitFor: 'all',
      timeoutMs,
      onProgress: progress => deps.emit({ type: 'health', progress }),
    });
    if (!outcome.healthy) throw new UnhealthyError(outcome.error, outcome.failures);
  } catch (error) {
    if (until?.aborted && !deps.signal.aborted) return;
    throw error;
  }
}
