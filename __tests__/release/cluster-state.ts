import type { KubeObject } from '../../src/kube.ts';
import { RECORD_TYPE } from '../../src/release/record.ts';
import type { Api } from '../../src/sandbox/types.ts';
import { NAMESPACE } from './rig.ts';

const KINDS = [
  'apps/Deployment',
  'apps/StatefulSet',
  'Service',
  'ConfigMap',
  'Secret',
  'autoscaling/HorizontalPodAutoscaler',
  'coordination.k8s.io/Lease',
  'networking.k8s.io/Ingress',
];
/** Where their definitions are. */
const CUSTOM_KINDS = [
  'gateway.networking.k8s.io/HTTPRoute',
  'networking.istio.io/VirtualService',
  'networking.istio.io/DestinationRule',
];
const DEFINITION = 'apiextensions.k8s.io/CustomResourceDefinition';
const TRACK = 'sluice.dev/track';

/** What a namespace comes to: every object as it was asked for, with the owners of its fields that are ours, and the pods that run. */
export interface ClusterState {
  objects: Record<string, unknown>;
  /** `image track`, those that are going left out. */
  pods: string[];
}

/** `adopted`: the track label on stable's pod template is left out, which stays once a workload has it. */
export function stateOf(api: Api, { adopted = false } = {}): ClusterState {
  const definitions = api.list<KubeObject<{ group: string; names: { kind: string } }>>(DEFINITION);
  const defined = new Set(definitions.map(({ spec }) => `${spec?.group}/${spec?.names.kind}`));
  const served = [...KINDS, ...CUSTOM_KINDS.filter(kind => defined.has(kind))];
  const objects = served
    .flatMap(kind => [...api.list(kind, NAMESPACE)])
    .filter(object => object['type'] !== RECORD_TYPE && object.metadata.name !== 'kubernetes');
  const pods = api.list<KubeObject<{ containers: { image: string }[] }>>('Pod', NAMESPACE);
  return {
    objects: Object.fromEntries(
      objects.map(object => [`${object.kind}/${object.metadata.name}`, telling(object, adopted)]),
    ),
    pods: pods
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ spec, metadata }) => `${spec?.containers[0]?.image} ${adopted ? '' : (metadata.labels?.[TRACK] ?? '')}`)
      .sort(),
  };
}

/** Without what the server and its controllers write. */
function telling(object: KubeObject, adopted: boolean): unknown {
  const { metadata, status: _status, ...content } = structuredClone(object) as KubeObject;
  const { annotations = {}, labels, managedFields = [] } = metadata;
  if (adopted) {
    const spec = content.spec as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined;
    delete spec?.template?.metadata?.labels?.[TRACK];
  }
  return {
    ...content,
    labels,
    annotations: Object.fromEntries(
      Object.entries(annotations).filter(([key]) => !key.startsWith('deployment.kubernetes.io/')),
    ),
    held: managedFields.filter(({ manager }) => manager === 'sluice-release').map(({ fieldsV1 }) => fieldsV1),
  };
}

/** `revision status`, oldest first. */
export function recordsOf(api: Api): string[] {
  return api
    .list('Secret', NAMESPACE)
    .filter(({ type }) => type === RECORD_TYPE)
    .map(({ metadata: { labels = {} } }) => `${labels['sluice.dev/revision']} ${labels['sluice.dev/status']}`)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}
