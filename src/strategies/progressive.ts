import { type Problem, SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { groupNameOf } from '../manifests/order.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';
import type { Marks, TemplateMarks } from '../release/labels.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Pair, Plan, RouterName, Step, TrafficPlan } from '../release/plan.ts';
import { isRouted, ROUTED } from '../traffic/routers.ts';
import { podLabelsOf, type Service, selects } from '../traffic/services.ts';
import { baselineNotes, baselineOf, baselinesOf, dismissSteps } from './baseline.ts';
import { changedConfig } from './changes.ts';
import { choosePairs } from './pairs.ts';
import { applySteps, counted, kindsText, leftOver, planRolling, pruneStep } from './rolling.ts';
import { pinned } from './service-problems.ts';
import { trackOf } from './track.ts';
import { trafficSteps } from './traffic-steps.ts';
import { configOf, contentHash, copyOf, twinOf, twinServiceOf, useCopies } from './twin.ts';
import { bypassNotes, doublingWarnings, whyRolled } from './warnings.ts';
import type { ProgressiveWish } from './wish.ts';

export interface Progressive {
  plan: Plan;
  /** Twins at size 0, copies of configuration and Services of one version: what the release makes and takes away again. */
  made: readonly KubeObject[];
  /** Marks of the pod templates that the release gives a new version. */
  marks: Marks;
}

/** Kinds that act on what is there already: a new one would touch stable before the new version was checked. */
const LATE_KINDS = new Set([
  'NetworkPolicy',
  'PodDisruptionBudget',
  'DestinationRule',
  'LimitRange',
  'ResourceQuota',
  'Job',
  'CronJob',
]);

/** The steps of a release that moves traffic: new objects first, stable last. */
export function planProgressive(wish: ProgressiveWish): Progressive {
  const wanted = wish.groups.flat();
  const { router, pairs, notes, problems, changed, routes, made } = choosePairs(wish);
  refuse([...problems, ...stepProblems(wish, router, pairs)]);
  if (pairs.length === 0) {
    const plan = planRolling({ groups: wish.groups, previous: wish.previous, prune: wish.prune });
    return { plan: { ...plan, notes: [whyRolled(wish), ...notes] }, made: [], marks: {} };
  }
  const track = trackOf(wish.strategy);
  const byKey = new Map(wanted.map(object => [refKey(refOf(object)), object]));
  const workloads = pairs.map(pair => byKey.get(refKey(pair.stable)) as KubeObject);
  // What is checked must be what is promoted: the manifests with all that others have put beside them.
  const served = (object: KubeObject): KubeObject => wish.live.merged.get(refKey(refOf(object))) ?? object;
  const copies = unique(
    workloads.flatMap(one => changedConfig(one, wanted, wish.live).map(config => copyOf(served(config), track))),
  );
  const services = unique(pairs.flatMap(pair => ownServices(pair, wish, track)));
  // Routes of its own get their first share with the first shift, and go before what they name.
  const ownRoutes = unique(made.filter(object => isRouteOf(router, object)));
  const aids = unique(made.filter(object => !isRouteOf(router, object)));
  const prepared = [...copies, ...services, ...aids];
  const twins = workloads.map(one =>
    one.kind === 'Deployment'
      ? twinOf(withSpecOf(one, served(one)), track, copiesFor(one, copies))
      : partitioned(one, copiesFor(one, copies)),
  );
  const baselines = pairs.flatMap(({ stable, baseline }) => {
    const [key, present] = [refKey(stable), wish.live.objects.get(refKey(stable))];
    return baseline && present ? [baselineOf(byKey.get(key) as KubeObject, present)] : [];
  });
  const traffic: TrafficPlan = {
    router,
    track,
    settleMs: wish.settleMs,
    drainMs: wish.drainMs,
    pairs,
    ...(isRouted(router) ? { routes: routes.map(refOf), ...(wish.rules ? { rules: wish.rules } : {}) } : {}),
    pins: router === 'pods' ? [] : pinned(pairs, wish.live).map(refOf),
    floors: pairs.flatMap(({ autoscaler }) => autoscaler ?? []),
  };
  const steps = [
    ...beginning(wish, traffic, prepared.map(refOf)),
    ...trafficSteps(wish, traffic, workloads),
    ...dismissSteps(traffic),
    ...promotion(wish, traffic, prepared.map(refOf)),
  ];
  return {
    plan: {
      strategy: wish.strategy,
      steps,
      traffic,
      notes: [
        ...notes,
        ...bypassNotes(traffic, wish),
        ...doublingWarnings(workloads),
        ...baselineNotes(traffic, steps),
      ],
    },
    made: [...twins, ...baselines, ...prepared, ...ownRoutes],
    marks: Object.fromEntries(changed.map(one => [refKey(refOf(one)), marksOf(one, wanted, workloads.includes(one))])),
  };
}

/** Every workload that has a new version rolls at promotion, also for its configuration alone. */
function marksOf(workload: KubeObject, wanted: readonly KubeObject[], isPaired: boolean): TemplateMarks {
  const config = configOf(workload, wanted);
  return {
    ...(isPaired && workload.kind === 'Deployment' ? { track: true as const } : {}),
    ...(config.length > 0 ? { config: contentHash(config) } : {}),
  };
}

/** What must be there, and what must not move, before the first new pod. */
function beginning(wish: ProgressiveWish, traffic: TrafficPlan, made: readonly ObjectRef[]): Step[] {
  const fresh = wish.groups
    .map(group => group.filter(object => isEarly(object, wish)))
    .filter(group => group.length > 0);
  const adopted = traffic.router === 'pods' ? [] : traffic.pairs.filter(pair => !hasTrack(pair, wish));
  const { floors, pins } = traffic;
  const steps: Step[] = applySteps(fresh);
  if (fresh.length > 0)
    steps.push({ do: 'await-health', name: 'Wait for the new objects', objects: fresh.flat().map(refOf) });
  if (adopted.length > 0)
    steps.push({
      do: 'adopt',
      name: `Adopt ${names(adopted.map(pair => pair.stable))}`,
      workloads: adopted.map(pair => pair.stable),
    });
  if (floors.length + pins.length > 0) steps.push({ do: 'guard', name: guardName(floors, pins), floors, pins });
  if (made.length > 0) steps.push({ do: 'prepare', name: `Prepare ${kindsText(made)}`, objects: made });
  return steps;
}

function promotion(wish: ProgressiveWish, traffic: TrafficPlan, made: readonly ObjectRef[]): Step[] {
  const { floors, pins, pairs } = traffic;
  const held = new Set(floors.map(refKey));
  const groups = wish.groups
    .map(group => group.filter(object => !isEarly(object, wish) && !held.has(refKey(refOf(object)))))
    .filter(group => group.length > 0);
  const all = wish.groups.flat();
  const unwanted = wish.prune ? leftOver(wish.previous, all) : [];
  const twins = pairs.filter(pair => pair.twin.name !== pair.stable.name).map(pair => pair.twin);
  const steps: Step[] = applySteps(groups).map(step =>
    step.do === 'apply' ? { ...step, name: step.name.replace('Apply', 'Promote'), promotion: true } : step,
  );
  steps.push({
    do: 'await-health',
    name: 'Wait until stable is the new version',
    objects: all.filter(one => !held.has(refKey(refOf(one)))).map(refOf),
  });
  if (twins.length > 0) {
    steps.push({ do: 'shift', name: 'Give the traffic back to stable', weight: 0 });
    steps.push({ do: 'drain', name: 'Drain', ms: wish.drainMs });
    steps.push(...unrouteStep(traffic));
  }
  steps.push(...removeStep([...twins, ...baselinesOf(traffic)], made));
  if (floors.length + pins.length > 0 || traffic.router === 'pods')
    steps.push({ do: 'unguard', name: 'Take back what was held', floors, pins });
  return [...steps, ...pruneStep(unwanted)];
}

/** Empty with routers that need no routes. */
export function unrouteStep({ routes = [] }: TrafficPlan): Step[] {
  return routes.length > 0 ? [{ do: 'unroute', name: `Give back ${names(routes)}`, routes }] : [];
}

/** Whether the release has the object beside the user's routes, to give the new version its share. */
function isRouteOf(router: RouterName, { kind }: KubeObject): boolean {
  return isRouted(router) && ROUTED[router].kinds.flat().some(one => one.kind === kind);
}

/** Empty where there is nothing to remove. */
export function removeStep(twins: readonly ObjectRef[], objects: readonly ObjectRef[]): Step[] {
  if (twins.length + objects.length === 0) return [];
  return [{ do: 'remove', name: `Remove ${twins.length > 0 ? names(twins) : kindsText(objects)}`, twins, objects }];
}

/** What does not exist yet, acts on nothing that does, and neither needs what changes at promotion nor gets traffic before it. */
function isEarly(object: KubeObject, { live, groups }: ProgressiveWish): boolean {
  const group = groupNameOf(object);
  const isLate = LATE_KINDS.has(object.kind) || group === 'routes and scaling' || group === 'admission';
  if (isLate || live.objects.has(refKey(refOf(object)))) return false;
  const template = podTemplatesOf(object)[0]?.template;
  if (!template) return true;
  const { namespace } = object.metadata;
  const isReached = (live.services as readonly Service[]).some(
    service => service.metadata.uid && selects(service, namespace, template.metadata?.labels ?? {}),
  );
  return !isReached && changedConfig(object, groups.flat(), live).length === 0;
}

/** The manifest, with the pods as the API server would make them of it. */
function withSpecOf(wanted: KubeObject, served: KubeObject): KubeObject {
  return { ...wanted, spec: structuredClone(served.spec) };
}

/** A StatefulSet has no twin: its own pods are replaced from the highest number down, as far as its partition lets them. */
function partitioned(wanted: KubeObject, copies: readonly KubeObject[]): KubeObject {
  const copy = structuredClone(wanted);
  useCopies(copy, copies);
  return copy;
}

function copiesFor(workload: KubeObject, copies: readonly KubeObject[]): KubeObject[] {
  return copies.filter(({ metadata }) => metadata.namespace === workload.metadata.namespace);
}

function ownServices({ service }: Pair, { live }: ProgressiveWish, track: TrafficPlan['track']): KubeObject[] {
  const users = service && live.services.find(one => refKey(refOf(one)) === refKey(service.stable));
  if (!users) return [];
  const twin = twinServiceOf(users, track);
  if (!service.ownStable) return [twin];
  const spec = twin.spec as { selector: Record<string, string> };
  const stable = {
    ...twin,
    metadata: { ...twin.metadata, name: service.ownStable.name },
    spec: { ...spec, selector: { ...spec.selector, [TRACK_LABEL]: 'stable' } },
  };
  return [twin, stable];
}

function hasTrack({ stable }: Pair, { live }: ProgressiveWish): boolean {
  return podLabelsOf(live.objects.get(refKey(stable)) as KubeObject)[TRACK_LABEL] === 'stable';
}

function stepProblems({ steps }: ProgressiveWish, router: RouterName, pairs: readonly Pair[]): Problem[] {
  if (pairs.length === 0 || isRouted(router)) return [];
  const matched = matchProblems(steps, router);
  if (matched.length > 0) return matched;
  if (router === 'pods')
    return steps.some(({ kind }) => kind === 'replicas')
      ? [
          {
            message:
              'A step with replicas is not possible with the router pods: the number of pods is what moves the traffic. Leave it out, or choose another router.',
          },
        ]
      : [];
  return steps.flatMap(step =>
    step.kind === 'weight' && step.weight < 100
      ? [
          {
            message: `A weight of ${step.weight} % is not possible with the router service, which gives one version all or nothing. Use the weight 100, or \`traffic: pods\`.`,
          },
        ]
      : [],
  );
}

function matchProblems(steps: ProgressiveWish['steps'], router: RouterName): Problem[] {
  if (!steps.some(({ kind }) => kind === 'match')) return [];
  return [
    {
      message: `The router ${router} looks at no headers and cookies: a step with match needs a route, by gateway-api, istio or nginx.`,
    },
  ];
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (!first) return;
  throw new SluiceError(
    'invalid-input',
    problems.length === 1 ? first.message : `The release cannot be planned: ${problems.length} problems.`,
    {
      problems,
      hint: 'Nothing was written. See docs/traffic.md for what each router can do.',
    },
  );
}

function guardName(floors: readonly ObjectRef[], pins: readonly ObjectRef[]): string {
  const parts = [
    ...(pins.length > 0 ? [`pin ${counted(pins.length, 'Service')} to stable`] : []),
    ...(floors.length > 0 ? [`hold the floor of ${counted(floors.length, 'autoscaler')}`] : []),
  ].join(', ');
  return parts.charAt(0).toUpperCase() + parts.slice(1);
}

function names(refs: readonly ObjectRef[]): string {
  return refs.length > 3 ? `${refs.length} objects` : refs.map(refText).join(', ');
}

function unique(objects: readonly KubeObject[]): KubeObject[] {
  return [...new Map(objects.map(object => [refKey(refOf(object)), object])).values()];
}
