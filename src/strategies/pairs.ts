import type { Problem } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import type { Pair, RouterName, Track } from '../release/plan.ts';
import { isHeadless, podLabelsOf, type Service, selects } from '../traffic/services.ts';
import { hasNewVersion } from './changes.ts';
import { LONGEST_LABEL, LONGEST_WORKLOAD, suffixed } from './names.ts';
import { serviceProblems } from './service-problems.ts';
import type { DeploymentSpec } from './twin.ts';
import type { ProgressiveWish } from './wish.ts';

export interface Chosen {
  router: RouterName;
  pairs: Pair[];
  /** Every workload that gets a new version, in steps or at promotion. */
  changed: KubeObject[];
  /** Why workloads are rolled at promotion instead of moved in steps, and why the router is what it is. */
  notes: string[];
  problems: Problem[];
}

interface StatefulSetSpec {
  replicas?: number;
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
}

/** Which workloads move in step, and by what. */
export function choosePairs(wish: ProgressiveWish): Chosen {
  const wanted = wish.groups.flat();
  const notes: string[] = [];
  const changed = wanted.filter(
    object =>
      wish.live.objects.has(refKey(refOf(object))) &&
      isRolledByPods(object) &&
      hasNewVersion(object, wanted, wish.live),
  );
  const movable = changed.filter(object => {
    const why = whyNotInSteps(object, wish);
    if (why) notes.push(`${refText(refOf(object))} is rolled at promotion: ${why}.`);
    return why === undefined;
  });
  const candidates = new Map(movable.map(object => [object, servicesOf(object, wish)]));
  const { router, why, problems } = chooseRouter(wish, candidates);
  if (movable.length > 0) notes.push(`Traffic moves by the router ${router}: ${why}.`);
  const pairs = movable
    .filter(object => {
      const fits = router === 'pods' || object.kind === 'Deployment';
      if (!fits)
        notes.push(
          `${refText(refOf(object))} is rolled at promotion: its pods move by partition, which needs the router pods.`,
        );
      return fits;
    })
    .map(object => pairOf(object, router, candidates.get(object) ?? [], wish));
  return {
    router,
    pairs,
    notes,
    problems: [...problems, ...serviceProblems(pairs, wish, router === 'service')],
    changed,
  };
}

function isRolledByPods({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'apps/v1' && ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind);
}

function whyNotInSteps(object: KubeObject, { live, strategy }: ProgressiveWish): string | undefined {
  const present = live.objects.get(refKey(refOf(object))) as KubeObject<DeploymentSpec & StatefulSetSpec>;
  if (object.kind === 'DaemonSet') return 'a DaemonSet has one pod a node, and no second one beside it';
  if ((present.spec?.replicas ?? 1) === 0) return 'it has no pods now, so that there is no traffic to move';
  if (present.spec?.['paused']) return 'it is paused';
  if (object.kind === 'Deployment') return undefined;
  if (strategy === 'blue-green') return 'a StatefulSet cannot have a second set of the same pods beside it';
  if ((present.spec?.replicas ?? 1) === 1) return 'it has one pod, which can only be of one version';
  return present.spec?.updateStrategy?.type === 'OnDelete' ? 'its updateStrategy is OnDelete' : undefined;
}

/** The Services that send to the workload's pods, those with an address of their own first. */
function servicesOf(object: KubeObject, { live }: ProgressiveWish): Service[] {
  const present = live.objects.get(refKey(refOf(object))) as KubeObject;
  const found = (live.services as readonly Service[]).filter(service =>
    selects(service, object.metadata.namespace, podLabelsOf(present)),
  );
  return found.toSorted((a, b) => Number(isHeadless(a)) - Number(isHeadless(b)));
}

/** The one that has the traffic: as named, else the only one that could. */
function trafficService(services: readonly Service[], name: string | undefined): Service | undefined {
  if (name !== undefined) return services.find(({ metadata }) => metadata.name === name);
  const own = services.filter(service => !isHeadless(service));
  return own.length === 1 ? own[0] : undefined;
}

function chooseRouter(
  wish: ProgressiveWish,
  candidates: ReadonlyMap<KubeObject, readonly Service[]>,
): { router: RouterName; why: string; problems: Problem[] } {
  const { traffic, strategy, service } = wish;
  const problems: Problem[] = [];
  if (candidates.size === 0) return { router: 'pods', why: 'there is no traffic to move', problems };
  if (service !== undefined && ![...candidates.values()].flat().some(({ metadata }) => metadata.name === service))
    problems.push({
      message: `No Service named ${service} selects the pods of ${[...candidates.keys()].map(object => refText(refOf(object))).join(' or ')}; ${foundText([...candidates.values()].flat())}.`,
    });
  if (traffic === 'pods') return { router: 'pods', why: 'it was asked for', problems };
  const deployments = [...candidates].filter(([object]) => object.kind === 'Deployment');
  const reached = deployments.filter(([, services]) => services.length > 0);
  if (traffic === 'auto' && (strategy === 'canary' || reached.length === 0)) {
    const why =
      strategy === 'canary'
        ? 'Services spread requests evenly over the pods that they select, so the number of pods decides'
        : 'no Service selects the pods';
    return { router: 'pods', why, problems };
  }
  for (const [object, services] of reached) {
    const found = trafficService(services, service);
    if (!found)
      problems.push({
        message: `Which Service has the traffic of ${refText(refOf(object))} is not clear: ${foundText(services)}. Name it with \`service:\`, or choose \`traffic: pods\`.`,
      });
    else
      problems.push(
        ...strangers(
          found,
          deployments.map(([one]) => one),
          wish,
        ),
      );
  }
  if (reached.length === 0)
    problems.push({
      message:
        'traffic: service needs a Service that selects the workloads, and there is none. Choose `traffic: pods`.',
    });
  return {
    router: 'service',
    why:
      traffic === 'service' ? 'it was asked for' : 'one Service selects the pods, and its selector can switch at once',
    problems,
  };
}

function foundText(services: readonly Service[]): string {
  const names = [...new Set(services.map(({ metadata }) => metadata.name))];
  return names.length === 0 ? 'no Service selects them' : `these select them: ${names.join(', ')}`;
}

/** Pods of other workloads behind the same Service would lose its traffic when the selector names one track. */
function strangers(service: Service, moved: readonly KubeObject[], { live }: ProgressiveWish): Problem[] {
  const known = new Set(moved.map(object => refKey(refOf(object))));
  const others = live.workloads.filter(
    workload =>
      !known.has(refKey(refOf(workload))) && selects(service, workload.metadata.namespace, podLabelsOf(workload)),
  );
  return others.map(other => ({
    message: `${refText(refOf(service))} also sends to the pods of ${refText(refOf(other))}, which have no new version: they would lose its traffic. Choose \`traffic: pods\`, or give them a Service of their own.`,
  }));
}

function pairOf(object: KubeObject, router: RouterName, services: readonly Service[], wish: ProgressiveWish): Pair {
  const stable = refOf(object);
  const present = wish.live.objects.get(refKey(stable)) as KubeObject<DeploymentSpec>;
  const size = present.spec?.replicas ?? 1;
  const track = trackOf(wish.strategy);
  const autoscaler = autoscalerOf(stable, wish.live.autoscalers);
  // By partition, Services need not be looked at: the pods keep their names and their place.
  const service = stable.kind === 'Deployment' ? (trafficService(services, wish.service) ?? services[0]) : undefined;
  const twin = stable.kind === 'Deployment' ? suffixed(stable.name, track, LONGEST_WORKLOAD) : stable.name;
  return {
    stable,
    twin: { ...stable, name: twin },
    size,
    surge: wish.strategy === 'blue-green' ? size : surgeOf(present, size),
    ...(autoscaler ? { autoscaler: refOf(autoscaler) } : {}),
    ...(service ? { service: serviceRefs(refOf(service), track, router) } : {}),
  };
}

function serviceRefs(stable: ObjectRef, track: Track, router: RouterName): NonNullable<Pair['service']> {
  const named = (suffix: string): ObjectRef => ({ ...stable, name: suffixed(stable.name, suffix, LONGEST_LABEL) });
  return { stable, twin: named(track), ...(router === 'service' ? { ownStable: named('stable') } : {}) };
}

export function trackOf(strategy: 'canary' | 'blue-green'): Track {
  return strategy === 'canary' ? 'canary' : 'preview';
}

export function autoscalerOf(target: ObjectRef, autoscalers: readonly KubeObject[]): KubeObject | undefined {
  return autoscalers.find(({ metadata, spec }) => {
    const { kind, name } =
      (spec as { scaleTargetRef?: { kind?: string; name?: string } } | undefined)?.scaleTargetRef ?? {};
    return metadata.namespace === target.namespace && kind === target.kind && name === target.name;
  });
}

/** At least one pod more than the size, else nothing could be moved without a pod too few. */
function surgeOf({ spec }: KubeObject<DeploymentSpec>, size: number): number {
  const surge = spec?.strategy?.rollingUpdate?.maxSurge;
  const pods = typeof surge === 'string' ? Math.ceil((Number.parseFloat(surge) * size) / 100) : (surge ?? 1);
  return Math.max(1, Number.isFinite(pods) ? pods : 1);
}
