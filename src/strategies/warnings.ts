import { type KubeObject, refOf, refText } from '../kube.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';

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
