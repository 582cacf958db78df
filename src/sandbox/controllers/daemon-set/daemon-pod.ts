import type { KubeObject } from '../../../kube.ts';
import { podFromTemplate } from '../pod-control.ts';
import type { NodeSelector, Pod, PodTemplate, Toleration } from '../pods.ts';

export const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const GENERATION = 'deprecated.daemonset.template.generation';

/** Daemon pods stay on nodes that are in trouble. */
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

type Daemon = KubeObject & { spec: { template: PodTemplate } };

/** The pod of one node: the default scheduler binds it, but to that node alone. */
export function daemonPod(set: Daemon, hash: string, node: string): Pod {
  const pod = podFromTemplate(set, set.spec.template);
  const spec = pod.spec ?? { containers: [] };
  const thisNode = { key: 'metadata.name', operator: 'In', values: [node] };
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms ?? [{}];
  const selector: NodeSelector = { nodeSelectorTerms: terms.map(term => ({ ...term, matchFields: [thisNode] })) };
  const generation = set.metadata.annotations?.[GENERATION];
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: {
        ...pod.metadata.labels,
        [HASH_LABEL]: hash,
        ...(generation ? { [GENERATION_LABEL]: generation } : {}),
      },
    },
    spec: {
      ...spec,
      affinity: {
        ...spec.affinity,
        nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: selector },
      },
      tolerations: [...(spec.tolerations ?? []), ...TOLERATIONS],
    },
  };
}

/** The node that a daemon pod runs on or is meant for. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.flatMap(({ matchFields }) => matchFields ?? []).find(({ key }) => key === 'metadata.name')?.values?.[0];
}
