import type { KubeObject, ObjectMeta } from '../../kube.ts';
import type { Resource } from '../types.ts';

/** Inside the server a field, and only in the whole object an annotation. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** An object reduced to its metadata, as PartialObjectMetadata. */
export function partialOf(resource: Resource, version: string, { metadata }: KubeObject): object {
  const shown = resource.kind === 'DaemonSet' && resource.group === 'apps' ? withoutGeneration(metadata) : metadata;
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: shown };
}

function withoutGeneration({ annotations, ...metadata }: ObjectMeta): ObjectMeta {
  const { [TEMPLATE_GENERATION]: _, ...others } = annotations ?? {};
  return Object.keys(others).length > 0 ? { ...metadata, annotations: others } : metadata;
}
