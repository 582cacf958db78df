import type { KubeObject } from '../../kube.ts';
import type { Resource } from '../types.ts';
import { groupKind } from './defaults/defaults.ts';
import { sameValue } from './equality.ts';
import { at } from './field-errors.ts';
import type { Container, PodSpec } from './pod/pod-spec-view.ts';
import type { ServiceSpec } from './prepare/service-type.ts';
import { canonicalQuantity, nanoOf } from './quantity.ts';

const BYTES = /^(memory|ephemeral-storage|storage|hugepages-.*)$/;
const NANO = 10n ** 9n;
const DEPRECATED_LABELS: Record<string, string> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** What the API server remarks on an accepted write: texts of Warning headers. An update is only remarked on where its pods change. */
export function warningsFor(resource: Resource, object: KubeObject, old?: KubeObject): string[] {
  const [path, spec] = podSpecOf(resource, object);
  const before = old && podSpecOf(resource, old)[1];
  const pods = spec && !(before && sameValue(spec, before)) ? podWarnings(spec, path) : [];
  return [...pods, ...kindWarnings(resource, object)];
}

interface Templated {
  template?: { spec?: PodSpec };
  jobTemplate?: { spec?: Templated };
}

function podSpecOf(resource: Resource, object: KubeObject): [string, PodSpec | undefined] {
  switch (groupKind(resource)) {
    case 'Pod':
      return ['spec', object.spec as PodSpec | undefined];
    case 'apps/Deployment':
    case 'apps/ReplicaSet':
    case 'apps/StatefulSet':
    case 'apps/DaemonSet':
    case 'batch/Job':
    case 'ReplicationController':
      return ['spec.template.spec', (object.spec as Templated | undefined)?.template?.spec];
    case 'batch/CronJob':
      return [
        'spec.jobTemplate.spec.template.spec',
        (object.spec as Templated | undefined)?.jobTemplate?.spec?.template?.spec,
      ];
    default:
      return ['', undefined];
  }
}

function podWarnings(spec: PodSpec, path: string): string[] {
  const nothing = 'a null labelSelector results in matching no pod';
  const warnings = Object.keys(spec.nodeSelector ?? {})
    .filter(key => DEPRECATED_LABELS[key])
    .map(key => `${at(`${path}.nodeSelector`, key)}: ${DEPRECATED_LABELS[key]}`);
  spec.topologySpreadConstraints?.forEach(({ labelSelector }, index) => {
    if (!labelSelector) warnings.push(`${at(`${path}.topologySpreadConstraints`, index)}.labelSelector: ${nothing}`);
  });
  spec.imagePullSecrets?.forEach(({ name }, index) => {
    const here = at(`${path}.imagePullSecrets`, index);
    if (!name) warnings.push(`${here}.name: invalid empty name ""`);
    else if (spec.imagePullSecrets?.findIndex(secret => secret.name === name) !== index) {
      warnings.push(`${here}.name: duplicate name ${JSON.stringify(name)}`);
    }
  });
  for (const kind of ['initContainers', 'containers'] as const) {
    spec[kind]?.forEach((container, index) => {
      warnings.push(...containerWarnings(container, at(`${path}.${kind}`, index)));
    });
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const text = 'must be >= 0; negative values are invalid and will be treated as 1';
    warnings.push(`${path}.terminationGracePeriodSeconds: ${text}`);
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach(({ labelSelector }, index) => {
      const here = at(`${path}.affinity.${kind}.requiredDuringSchedulingIgnoredDuringExecution`, index);
      if (!labelSelector) warnings.push(`${here}.labelSelector: ${nothing}`);
    });
  }
  return warnings;
}

function containerWarnings(container: Container, path: string): string[] {
  const warnings: string[] = [];
  for (const kind of ['limits', 'requests'] as const) {
    for (const [name, quantity] of Object.entries(container.resources?.[kind] ?? {})) {
      if (!BYTES.test(name) || (nanoOf(quantity) ?? 0n) % NANO === 0n) continue;
      const shown = JSON.stringify(canonicalQuantity(quantity));
      warnings.push(
        `${at(`${path}.resources.${kind}`, name)}: fractional byte value ${shown} is invalid, must be an integer`,
      );
    }
  }
  container.env?.forEach(({ name }, index) => {
    const first = container.env?.findIndex(variable => variable.name === name) ?? index;
    if (first === index) return;
    warnings.push(
      `${at(`${path}.env`, index)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    );
  });
  return warnings;
}

function kindWarnings(resource: Resource, object: KubeObject): string[] {
  switch (groupKind(resource)) {
    case 'Service': {
      const spec = (object.spec ?? {}) as ServiceSpec;
      const headless = spec.clusterIP === 'None';
      return headless && spec.sessionAffinity === 'ClientIP'
        ? ['spec.SessionAffinity is ignored for headless services']
        : [];
    }
    case 'networking.k8s.io/Ingress':
      return object.metadata.annotations?.['kubernetes.io/ingress.class'] === undefined
        ? []
        : [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`];
    default:
      return [];
  }
}
