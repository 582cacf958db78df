import type { Problem } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import type { Pair, RouterName, Track } from '../release/plan.ts';
import { LONGEST_LABEL, LONGEST_WORKLOAD, suffixed } from '../traffic/names.ts';
import { isRouted } from '../traffic/routers.ts';
import { isHeadless, podLabelsOf, type Service, selects } from '../traffic/services.ts';
import { baselineProblems, baselineRef } from './baseline.ts';
import { hasNewVersion } from './changes.ts';
import { chooseRoute, comingRoutes, lookedText, routesFor, unknownRules } from './choose-route.ts';
import { serviceProblems } from './service-problems.ts';
import { trackOf } from './track.ts';
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
  /** Through which requests come, with routers that split by the percent; and what the release makes beside them. */
  routes: KubeObject[];
  made: KubeObject[];
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
  const { router, why, problems, routed } = chooseRouter(wish, candidates);
  if (movable.length > 0) notes.push(`Traffic moves by the router ${router}: ${why}.`, ...comingRoutes(wish));
  const pairs = movable
    .filter(object => {
      const reason = whyNotBy(router, object, candidates, routed);
      if (reason) notes.push(`${refText(refOf(object))} is rolled at promotion: ${reason}.`);
      return reason === undefined;
    })
    .map(object => pairOf(object, router, servicesFor(object, candidates, routed), wish));
  const found = routed && isRouted(router) ? routesFor(router, pairs, wish) : undefined;
  return {
    router,
    pairs,
    notes,
    problems: [
      ...problems,
      ...(found?.problems ?? []),
      ...serviceProblems(pairs, wish, router),
      ...baselineProblems(wish, router, pairs),
    ],
    changed,
    routes: found?.routes ?? [],
    made: found?.made ?? [],
  };
}

type Candidates = ReadonlyMap<KubeObject, readonly Service[]>;
/** By workload, the Service that routes name; absent where no routes are used. */
type Routed = ReadonlyMap<KubeObject, Service> | undefined;

function whyNotBy(router: RouterName, object: KubeObject, candidates: Candidates, routed: Routed): string | undefined {
  if (router !== 'pods' && object.kind !== 'Deployment')
    return 'its pods move by partition, which needs the router pods';
  const services = candidates.get(object) ?? [];
  if (!routed || routed.has(object) || services.length === 0) return undefined;
  return `no route names ${services.map(service => refText(refOf(service))).join(' or ')}, which has its traffic`;
}

function servicesFor(object: KubeObject, candidates: Candidates, routed: Routed): readonly Service[] {
  const own = routed?.get(object);
  return own ? [own] : (candidates.get(object) ?? []);
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
  candidates: Candidates,
): { router: RouterName; why: string; problems: Problem[]; routed?: Routed } {
  const { traffic, strategy, service } = wish;
  const problems: Problem[] = [];
  if (candidates.size === 0) return { router: 'pods', why: 'there is no traffic to move', problems };
  if (service !== undefined && ![...candidates.values()].flat().some(({ metadata }) => metadata.name === service))
    problems.push({
      message: `No Service named ${service} selects the pods of ${[...candidates.keys()].map(object => refText(refOf(object))).join(' or ')}; ${foundText([...candidates.values()].flat())}.`,
    });
  if (traffic === 'pods') return { router: 'pods', why: 'it was asked for', problems };
  const route = chooseRoute(wish, candidates);
  if (route) {
    const { router, why, services } = route;
    return { router, why, routed: services, problems: [...problems, ...route.problems] };
  }
  problems.push(...unknownRules(wish, candidates));
  const deployments = [...candidates].filter(([object]) => object.kind === 'Deployment');
  const reached = deployments.filter(([, services]) => services.length > 0);
  if (traffic === 'auto' && (strategy === 'canary' || reached.length === 0)) {
    const why =
      deployments.length === 0
        ? 'StatefulSets move by their partitions'
        : strategy === 'canary'
          ? `Services spread requests evenly over the pods that they select, so the number of pods decides; no route names them (looked at: ${lookedText(wish)})`
          : 'no Service selects the pods';
    return { router: 'pods', why, problems };
  }
  for (const [object, services] of reached) {
    const found = trafficService(services, service);
    if (!found)
      problems.push({
        message: `Which Service has the traffic of ${refText(refOf(object))} is not clear: ${foundText(services)}. Name it with \`service:\`, or choose \`traffic: pods\`.`,
      });
  }
  if (reached.length === 0)
    problems.push({
      message:
        'traffic: service needs a Service that selects the workloads, and there is none. Choose `traffic: pods`.',
    });
  return {
    router: 'service',
    why:
      traffic === 'service'
        ? 'it was asked for'
        : `one Service selects the pods, and its selector can switch at once; no route names it (looked at: ${lookedText(wish)})`,
    problems,
  };
}

function foundText(services: readonly Service[]): string {
  const names = [...new Set(services.map(({ metadata }) => metadata.name))];
  return names.length === 0 ? 'no Service selects them' : `these select them: ${names.join(', ')}`;
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
    ...baselineRef(stable, service !== undefined, wish, router),
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
