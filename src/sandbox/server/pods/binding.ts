import type { KubeObject } from '../../../kube.ts';
import { type Core, type ResourceRequest, timestamp } from '../core.ts';
import { collectionOf } from '../registry.ts';
import { conflict, invalid, notFound } from '../statuses.ts';
import { tell } from '../tell.ts';

interface Condition {
  type: string;
  status: string;
  [field: string]: unknown;
}

/** Assigns a Pod to a node, once; what the binding says besides (labels, annotations) goes to the Pod. */
export function bindPod(core: Core, request: ResourceRequest, name: string, binding: KubeObject): void {
  const { resource, namespace } = request;
  const node = (binding['target'] as { name?: string } | undefined)?.name ?? '';
  if (node === '') {
    throw invalid({ group: '', kind: 'Binding' }, name, [
      { reason: 'FieldValueRequired', field: 'target.name', message: 'Required value' },
    ]);
  }
  const collection = collectionOf(resource);
  const pod = core.store.get(collection, namespace, name);
  if (!pod) throw notFound(resource, name);
  const spec = pod.spec as { nodeName?: string };
  const subject = { group: '', plural: 'pods/binding' };
  if (pod.metadata.deletionTimestamp)
    throw conflict(subject, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (spec.nodeName)
    throw conflict(subject, name, `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  if (request.dryRun) return;
  const status = pod.status as { conditions?: Condition[] } | undefined;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(core.clock.now()),
  };
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const { annotations, labels } = binding.metadata;
  const bound = {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(annotations ? { annotations: { ...pod.metadata.annotations, ...annotations } } : {}),
      ...(labels ? { labels: { ...labels, ...pod.metadata.labels } } : {}),
    },
    spec: { ...spec, nodeName: node },
    status: { ...status, conditions: [...others, scheduled] },
  };
  const stored = core.store.put(collection, bound);
  tell(core, { ...request, verb: 'update', resource, subresource: 'binding' }, { before: pod, after: stored });
}
