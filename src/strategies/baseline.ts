import type { CheckConfig } from '../config/check-config.ts';
import type { Problem } from '../errors.ts';
import { type KubeObject, type ObjectRef, refText } from '../kube.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';
import { BASELINE_LABEL, TRACK_LABEL } from '../release/labels.ts';
import type { Pair, RouterName, Step, TrafficPlan } from '../release/plan.ts';
import { podsFor } from '../traffic/arithmetic.ts';
import { LONGEST_WORKLOAD, suffixed } from '../traffic/names.ts';
import { isRouted } from '../traffic/routers.ts';
import { counted } from './rolling.ts';
import { besideOf, type DeploymentSpec } from './twin.ts';
import type { ProgressiveWish } from './wish.ts';

export const BASELINE = 'baseline';

/** Names of the checks that compare with a fresh baseline instead of all of stable. */
export function baselineChecks(checks: readonly CheckConfig[]): string[] {
  return checks.flatMap(check => (check.kind === 'compare' && check.baseline ? [check.name] : []));
}

/** Where the baseline of a pair is to be; nowhere for a workload that gets no requests by which it could be compared. */
export function baselineRef(
  stable: ObjectRef,
  hasService: boolean,
  { baselines }: ProgressiveWish,
  router: RouterName,
): { baseline?: ObjectRef } {
  if (baselines.length === 0 || !hasService || !isRouted(router)) return {};
  return { baseline: { ...stable, name: suffixed(stable.name, BASELINE, LONGEST_WORKLOAD) } };
}

/**
 * Fresh pods of the version that serves, at size 0: stable's template as it is in the cluster. They have no track at first, so
 * that no Service which is pinned to stable sends to them before they are let in, nor to those that start too late.
 */
export function baselineOf(wanted: KubeObject, present: KubeObject): KubeObject {
  const baseline = besideOf({ ...wanted, spec: structuredClone(present.spec) }, BASELINE, { [BASELINE_LABEL]: 'true' });
  const spec = baseline.spec as DeploymentSpec;
  const { [TRACK_LABEL]: _track, ...selected } = spec.selector?.matchLabels ?? {};
  spec.selector = { ...spec.selector, matchLabels: selected };
  for (const { template } of podTemplatesOf(baseline)) {
    const { [TRACK_LABEL]: _own, ...labels } = template.metadata?.labels ?? {};
    template.metadata = { ...template.metadata, labels };
  }
  return baseline;
}

/** Why there can be no baseline beside these pairs. */
export function baselineProblems(
  { baselines, strategy }: ProgressiveWish,
  router: RouterName,
  pairs: readonly Pair[],
): Problem[] {
  if (pairs.length === 0) return [];
  const why = [
    ...(strategy === 'canary'
      ? []
      : [
          'needs the strategy canary: with blue-green no part of the requests goes to the old version while the new one is judged by its own. Leave `baseline` out, or choose `strategy: canary`.',
        ]),
    ...(isRouted(router)
      ? []
      : [
          router === 'pods'
            ? 'is not possible with the router pods: the number of pods is what moves the traffic, and pods of the old version more would change it. Leave `baseline` out, or choose a router with weights of its own (gateway-api, istio, nginx).'
            : 'is not possible with the router service, which gives one version all or nothing, so that there are never requests to both. Leave `baseline` out, or choose a router with weights of its own (gateway-api, istio, nginx).',
        ]),
  ];
  return baselines.flatMap(name =>
    why.map(text => ({ message: `Check ${name}: a comparison with a baseline ${text}` })),
  );
}

/** What the cluster must have room for, and what else sees the pods. */
export function baselineNotes({ pairs }: TrafficPlan, steps: readonly Step[]): string[] {
  const scales = steps.filter(step => step.do === 'scale');
  return pairs.flatMap(({ baseline, size, stable }) => {
    if (!baseline) return [];
    const most = Math.max(0, ...scales.map(({ weight, replicas }) => baselineSize(weight, replicas, size)));
    return [
      `${refText(baseline)} runs beside ${refText(stable)} to be compared with: up to ${counted(most, 'more pod')} of the old version while the release runs, which get a part of stable’s requests; disruption budgets and autoscalers that select stable’s pods count them, too.`,
    ];
  });
}

/** As many pods as the new version has for this weight, never more than stable has; where stable gets nothing there is nothing to compare. */
export function baselineSize(weight: number, replicas: number | undefined, size: number): number {
  return weight >= 100 ? 0 : Math.min(size, Math.max(replicas ?? 0, podsFor(weight, size)));
}

export function baselinesOf({ pairs }: Pick<TrafficPlan, 'pairs'>): ObjectRef[] {
  return pairs.flatMap(({ baseline }) => baseline ?? []);
}

/** Empty where there is no baseline. */
export function dismissSteps(traffic: TrafficPlan): Step[] {
  const baselines = baselinesOf(traffic);
  if (baselines.length === 0) return [];
  const name = `Take ${baselines.length > 3 ? `${baselines.length} baselines` : baselines.map(refText).join(', ')} out of the traffic`;
  return [{ do: 'dismiss', name, baselines }];
}
