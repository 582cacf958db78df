import type { ObjectMeta } from '../../../kube.ts';
import { at } from '../field-errors.ts';
import { canonicalQuantity, nanoOf } from '../quantity.ts';
import type { Affinity, Container, ContainerPort, NodeSelectorTerm, PodSpec } from './pod-spec-view.ts';

const BYTES = ['memory', 'ephemeral-storage'];
const NANO = 10n ** 9n;
const NO_POD = 'a null labelSelector results in matching no pod';
const DEPRECATED_LABELS: Record<string, string> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const DEPRECATED_ANNOTATIONS: Record<string, string> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const DEPRECATED_VOLUMES: Record<string, string> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** What the API server remarks on a pod or a template, whose spec lies at `path`. */
export function podWarnings(spec: PodSpec, meta: Partial<ObjectMeta>, path: string): string[] {
  const containers = (['initContainers', 'containers'] as const).flatMap(kind =>
    (spec[kind] ?? []).map((container, index) => ({ container, here: at(`${path}.${kind}`, index) })),
  );
  return [
    ...placementWarnings(spec, path),
    ...Object.entries(DEPRECATED_ANNOTATIONS)
      .filter(([key]) => meta.annotations?.[key] !== undefined)
      .map(([key, text]) => `${at(path.replace(/spec$/, 'metadata.annotations'), key)}: ${text}`),
    ...(spec.volumes ?? []).flatMap((volume, index) =>
      Object.keys(volume)
        .filter(kind => DEPRECATED_VOLUMES[kind])
        .map(kind => `${at(`${path}.volumes`, index)}.${kind}: ${DEPRECATED_VOLUMES[kind]}`),
    ),
    ...repeated(spec.hostAliases, 'ip', `${path}.hostAliases`),
    ...repeated(spec.imagePullSecrets, 'name', `${path}.imagePullSecrets`),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      name ? [] : [`${at(`${path}.imagePullSecrets`, index)}.name: invalid empty name ""`],
    ),
    ...containers.flatMap(({ container, here }) => containerWarnings(container, here)),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec.affinity, `${path}.affinity`),
  ];
}

function placementWarnings(spec: PodSpec, path: string): string[] {
  const node = spec.affinity?.nodeAffinity;
  const nodePath = `${path}.affinity.nodeAffinity`;
  const selected = Object.keys(spec.nodeSelector ?? {}).filter(key => DEPRECATED_LABELS[key]);
  return [
    ...selected.map(key => `${at(`${path}.nodeSelector`, key)}: ${DEPRECATED_LABELS[key]}`),
    ...(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      termWarnings(term, at(`${nodePath}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`, index)),
    ),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, index) =>
      termWarnings(
        preference,
        `${at(`${nodePath}.preferredDuringSchedulingIgnoredDuringExecution`, index)}.preference`,
      ),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey = '', labelSelector }, index) => {
      const here = at(`${path}.topologySpreadConstraints`, index);
      const deprecated = DEPRECATED_LABELS[topologyKey];
      return [
        ...(deprecated ? [`${here}.topologyKey: ${topologyKey} is ${deprecated}`] : []),
        ...(labelSelector ? [] : [`${here}.labelSelector: ${NO_POD}`]),
      ];
    }),
  ];
}

function termWarnings(term: NodeSelectorTerm | undefined, path: string): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key = '' }, index) => {
    const deprecated = DEPRECATED_LABELS[key];
    return deprecated ? [`${at(`${path}.matchExpressions`, index)}.key: ${key} is ${deprecated}`] : [];
  });
}

function repeated<K extends string>(items: { [key in K]?: string }[] | undefined, field: K, path: string): string[] {
  return (items ?? []).flatMap((item, index) => {
    const value = item[field] ?? '';
    const first = items?.findIndex(other => (other[field] ?? '') === value) ?? index;
    return first < index ? [`${at(path, index)}.${field}: duplicate ${field} ${JSON.stringify(value)}`] : [];
  });
}

function containerWarnings(container: Container, path: string): string[] {
  const warnings = BYTES.flatMap(name =>
    (['limits', 'requests'] as const).flatMap(kind => {
      const quantity = container.resources?.[kind]?.[name];
      if (quantity === undefined || (nanoOf(quantity) ?? 0n) % NANO === 0n) return [];
      return fractionalBytes(at(`${path}.resources.${kind}`, name), quantity);
    }),
  );
  const env = container.env ?? [];
  env.forEach(({ name, value = '', valueFrom }, index) => {
    // A value that builds on the one it hides is meant so.
    const reference = `$(${name})`;
    const builds = !valueFrom && value !== reference && value.includes(reference);
    if (builds || env.findIndex(variable => variable.name === name) === index) return;
    const text = 'which may be dropped when using apply';
    warnings.push(`${at(`${path}.env`, index)}: hides previous definition of ${JSON.stringify(name)}, ${text}`);
  });
  return warnings;
}

export const fractionalBytes = (path: string, quantity: string): string[] => [
  `${path}: fractional byte value ${JSON.stringify(canonicalQuantity(quantity))} is invalid, must be an integer`,
];

/** Ports that more than one container names, or one names twice. */
function portWarnings(containers: readonly { container: Container; here: string }[]): string[] {
  const seen = new Map<string, { place: string; port: ContainerPort }[]>();
  return containers.flatMap(({ container, here }) =>
    (container.ports ?? []).flatMap((port, index) => {
      const place = at(`${here}.ports`, index);
      const { hostIP = '', hostPort = 0 } = port;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      seen.set(key, [...others, { place, port }]);
      return others.flatMap(other => {
        const [ip, number] = [other.port.hostIP ?? '', other.port.hostPort ?? 0];
        if (ip === hostIP && number === hostPort) return [`${place}: duplicate port definition with ${other.place}`];
        if (number === 0 || hostPort === 0) return [`${place}: overlapping port definition with ${other.place}`];
        const ambiguous = number === hostPort && (ip === '') !== (hostIP === '');
        return ambiguous ? [`${place}: dangerously ambiguous port definition with ${other.place}`] : [];
      });
    }),
  );
}

function affinityWarnings(affinity: Affinity | undefined, path: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap(kind => {
    const terms = affinity?.[kind];
    const required = 'requiredDuringSchedulingIgnoredDuringExecution';
    const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
    return [
      ...(terms?.[required] ?? []).flatMap(({ labelSelector }, index) =>
        labelSelector ? [] : [`${at(`${path}.${kind}.${required}`, index)}.labelSelector: ${NO_POD}`],
      ),
      ...(terms?.[preferred] ?? []).flatMap(({ podAffinityTerm }, index) =>
        podAffinityTerm?.labelSelector
          ? []
          : [`${at(`${path}.${kind}.${preferred}`, index)}.podAffinityTerm.labelSelector: ${NO_POD}`],
      ),
    ];
  });
}
