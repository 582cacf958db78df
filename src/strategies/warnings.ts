import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';
import type { TrafficPlan } from '../release/plan.ts';
import { isRouted } from '../traffic/routers.ts';
import { stops } from './service-problems.ts';
import type { ProgressiveWish } from './wish.ts';

interface PodView {
  hostNetwork?: boolean;
  volumes?: { name?: string; persistentVolumeClaim?: { claimName?: string } }[];
  containers?: { ports?: { hostPort?: number }[] }[];
  affinity?: { podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: unknown[] } };
}

/** What a second version beside the first may get in the way of. */
export function doublingWarnings(workloads: readonly KubeObject[]): string[] {
  return workloads
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap(workload => {
      const name = refText(refOf(workload));
      const spec = podTemplatesOf(workload)[0]?.template.spec as PodView | undefined;
      const claims = (spec?.volumes ?? []).flatMap(volume => volume.persistentVolumeClaim?.claimName ?? []);
      const ports = (spec?.containers ?? []).flatMap(({ ports = [] }) =>
        ports.flatMap(({ hostPort }) => hostPort ?? []),
      );
      const anti = spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      return [
        ...(claims.length > 0
          ? [
              `${name}: both versions mount ${claims.join(', ')}; a ReadWriteOnce volume keeps the new pods on the same node, or from starting.`,
            ]
          : []),
        ...(ports.length > 0 || spec?.hostNetwork
          ? [
              `${name}: ${ports.length > 0 ? `host port ${ports.join(', ')}` : 'the host network'} can be had once a node; the new pods need free nodes.`,
            ]
          : []),
        ...(anti.length > 0
          ? [`${name}: its required pod anti-affinity counts the pods of both versions; the new ones need free nodes.`]
          : []),
      ];
    });
}

/** Over a route all of its requests go to the new version while stable stops; those that come another way find nobody. */
export function bypassNotes({ router, pairs }: TrafficPlan, { live }: ProgressiveWish): string[] {
  if (!isRouted(router)) return [];
  return pairs
    .filter(({ stable, size, service }) => service && stops(stable, size, live))
    .map(
      ({ stable, service }) =>
        `${refText(stable)} stops to roll (Recreate, or no surge): while it does, requests to ${refText(service?.stable as ObjectRef)} that do not come by the route find no pods.`,
    );
}

/** Why there are no steps, nor the holds in which checks would be asked. */
export function whyRolled({ live, groups, strategy, asked }: ProgressiveWish): string {
  const workloads = groups.flat().filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  const isFirst = workloads.length > 0 && workloads.every(one => !live.objects.has(refKey(refOf(one))));
  const unasked = asked.length > 0 ? ` and no checks asked (${asked.join(', ')})` : '';
  if (isFirst)
    return `The first deploy: nothing serves yet, so there is nothing to compare with, and no ${strategy} steps are taken${unasked}.`;
  return `No workload gets a new version that could run beside the old one, so everything is rolled at once: no ${strategy} steps are taken${unasked}.`;
}
