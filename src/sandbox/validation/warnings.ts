import type { KubeObject } from '../../kube.ts';
import type { Resource } from '../types.ts';
import { groupKind } from './defaults/defaults.ts';
import { sameValue } from './equality.ts';
import type { ClaimSpec } from './kinds/volume-claim.ts';
import { dnsLabel } from './names.ts';
import { isLooseFinalizer } from './object-meta.ts';
import type { PodTemplate } from './pod/pod-spec-view.ts';
import { fractionalBytes, podWarnings } from './pod/pod-warnings.ts';
import type { ServiceSpec } from './prepare/service-type.ts';
import { nanoOf } from './quantity.ts';

const NANO = 10n ** 9n;

/** What the API server remarks on an accepted write: texts of Warning headers. An update is only remarked on where its pods change. */
export function warningsFor(resource: Resource, object: KubeObject, old?: KubeObject): string[] {
  const [path, template] = podOf(resource, object);
  const before = old && podOf(resource, old)[1];
  const pods = template?.spec && !(before && sameValue(template.spec, before.spec));
  return [
    ...(old ? [] : nameWarnings(resource, object)),
    ...(pods ? podWarnings(template.spec ?? {}, template.metadata ?? {}, path) : []),
    ...(resource.crd ? finalizerWarnings(object, old) : kindWarnings(resource, object)),
  ];
}

/** What the API server remarks on every request for a kind that is going out of use, reads included. */
export function deprecationOf(resource: Resource): string | undefined {
  return groupKind(resource) === 'Endpoints'
    ? 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'
    : undefined;
}

interface Templated {
  template?: PodTemplate;
  jobTemplate?: { spec?: Templated };
}

/** The pod, or the template of pods, in an object, and where its spec lies. */
function podOf(resource: Resource, object: KubeObject): [string, PodTemplate | undefined] {
  const spec = object.spec as Templated | undefined;
  switch (groupKind(resource)) {
    case 'Pod':
      return ['spec', object as PodTemplate];
    case 'apps/Deployment':
    case 'apps/ReplicaSet':
    case 'apps/StatefulSet':
    case 'apps/DaemonSet':
    case 'batch/Job':
    case 'ReplicationController':
      return ['spec.template.spec', spec?.template];
    case 'batch/CronJob':
      return ['spec.jobTemplate.spec.template.spec', spec?.jobTemplate?.spec?.template];
    default:
      return ['', undefined];
  }
}

/** Kinds whose name ends up in the names of pods. */
const POD_NAMES = new Set([
  'ReplicationController',
  'apps/Deployment',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
]); // prettier-ignore

function nameWarnings(resource: Resource, { metadata: { name } }: KubeObject): string[] {
  const kind = groupKind(resource);
  const use = kind === 'Pod' ? "the Pod's hostname" : POD_NAMES.has(kind) ? 'Pod names and hostnames' : undefined;
  const problems = use ? dnsLabel(name) : [];
  if (problems.length === 0) return [];
  const advice = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in ${use}, ${advice}: [${problems.join(' ')}]`];
}

function finalizerWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  const added = (metadata.finalizers ?? []).filter(name => !old?.metadata.finalizers?.includes(name));
  const advice = 'to avoid accidental conflicts with other finalizer writers';
  return [...new Set(added)]
    .filter(isLooseFinalizer)
    .sort()
    .map(
      name =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) ${advice}`,
    );
}

function serviceWarnings(spec: ServiceSpec): string[] {
  const headless = spec.clusterIP === 'None';
  const external = spec.type === 'ExternalName';
  const given: [boolean, string][] = [
    [headless && !!spec.loadBalancerIP, 'spec.loadBalancerIP is ignored for headless services'],
    [headless && !!spec.externalIPs?.length, 'spec.externalIPs is ignored for headless services'],
    [headless && spec.sessionAffinity === 'ClientIP', 'spec.SessionAffinity is ignored for headless services'],
    [external && !!spec.externalIPs?.length, 'spec.externalIPs is ignored when spec.type is "ExternalName"'],
    [!external && !!spec.externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'],
  ];
  return given.filter(([applies]) => applies).map(([, text]) => text);
}

function kindWarnings(resource: Resource, object: KubeObject): string[] {
  switch (groupKind(resource)) {
    case 'Service':
      return serviceWarnings((object.spec ?? {}) as ServiceSpec);
    case 'PersistentVolumeClaim': {
      const storage = (object.spec as ClaimSpec | undefined)?.resources?.requests?.storage;
      const whole = storage === undefined || (nanoOf(storage) ?? 0n) % NANO === 0n;
      return whole ? [] : fractionalBytes('spec.resources.requests[storage]', storage);
    }
    case 'networking.k8s.io/Ingress':
      return object.metadata.annotations?.['kubernetes.io/ingress.class'] === undefined
        ? []
        : [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`];
    default:
      return [];
  }
}
