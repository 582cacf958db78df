import type { KubeObject } from '../../../kube.ts';
import { nanoOf } from '../../validation/quantity.ts';
import type { NodeRequirement, NodeSelector, Pod, Toleration } from '../pods.ts';

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

export type Node = KubeObject<
  { unschedulable?: boolean; taints?: Taint[] },
  { allocatable?: Record<string, string>; addresses?: { type: string; address: string }[]; [field: string]: unknown }
>;

function meets({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** Terms are alternatives; an empty term matches nothing. */
function selectorMatches({ nodeSelectorTerms }: NodeSelector, node: Node): boolean {
  return nodeSelectorTerms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every(requirement => meets(requirement, node.metadata.labels?.[requirement.key])) &&
      matchFields.every(requirement => meets(requirement, node.metadata.name))
    );
  });
}

export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (!required || selectorMatches(required, node))
  );
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
}

export function untolerated(pod: Pod, node: Node): Taint | undefined {
  const taints = node.spec?.unschedulable
    ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }, ...(node.spec.taints ?? [])]
    : (node.spec?.taints ?? []);
  return taints
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .find(taint => !(pod.spec?.tolerations ?? []).some(toleration => tolerates(toleration, taint)));
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** What a pod asks of a node: the sum of its containers, or the largest init container where that is more. In 10^-9. */
function requestsOf(pod: Pod): Map<string, bigint> {
  const sum = new Map<string, bigint>();
  const add = (
    requests: Record<string, string | number> | undefined,
    combine: (a: bigint, b: bigint) => bigint,
  ): void => {
    for (const [name, text] of Object.entries(requests ?? {}))
      sum.set(name, combine(sum.get(name) ?? 0n, nanoOf(text) ?? 0n));
  };
  for (const { resources } of pod.spec?.containers ?? []) add(resources?.requests, (a, b) => a + b);
  for (const { resources } of pod.spec?.initContainers ?? []) add(resources?.requests, larger);
  return sum;
}

/** Why the node has no room left for the pod, beside those it holds: `Insufficient cpu`, `Too many pods`. */
export function shortages(pod: Pod, node: Node, others: readonly Pod[]): string[] {
  const allocatable = node.status?.allocatable ?? {};
  const short: string[] = [];
  const podLimit = Number(allocatable['pods'] ?? Number.POSITIVE_INFINITY);
  if (others.length + 1 > podLimit) short.push('Too many pods');
  const used = others.map(requestsOf);
  for (const [name, wanted] of requestsOf(pod)) {
    if (wanted === 0n) continue;
    const taken = used.reduce((sum, requests) => sum + (requests.get(name) ?? 0n), 0n);
    if (taken + wanted > (nanoOf(allocatable[name]) ?? 0n)) short.push(`Insufficient ${name}`);
  }
  return short;
}
