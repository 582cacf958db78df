import type { KubeObject } from '../../kube.ts';
import { StatusError } from '../types.ts';
import { type ControllerContext, clone, MANAGER } from './context.ts';
import { controllerReference } from './ownership.ts';
import type { Pod, PodTemplate } from './pods.ts';

/** The pod that a controller makes from its template. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate): Pod {
  const { labels, annotations, finalizers } = clone(template.metadata ?? {});
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${owner.metadata.name}-`,
      ...(owner.metadata.namespace ? { namespace: owner.metadata.namespace } : {}),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: clone(template.spec),
  };
}

/** Creates a pod and tells the owner's events of it, or of the refusal, which it then throws. */
export function createPod({ api, record }: ControllerContext, component: string, owner: KubeObject, pod: Pod): Pod {
  try {
    const created = api.create(pod, MANAGER);
    record(component, owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (error instanceof StatusError)
      record(component, owner, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    throw error;
  }
}

export function deletePod({ api, record }: ControllerContext, component: string, owner: KubeObject, pod: Pod): void {
  const { namespace, name, uid } = pod.metadata;
  const preconditions = uid ? { preconditions: { uid } } : {};
  const gone = api.delete('Pod', namespace, name, preconditions);
  if (gone) record(component, owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
}

/** A namespace that is going away takes nothing new: no failure of the workload, and no use in trying again. */
export function isOfEndingNamespace({ status }: StatusError): boolean {
  const causes = (status.details?.['causes'] ?? []) as { reason?: string }[];
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}

/**
 * Creates so many pods in batches of 1, 2, 4, …, so that a quota that refuses them all is asked once and not a hundred
 * times. Returns the first refusal.
 */
export function createInBatches(count: number, create: () => void): StatusError | undefined {
  let left = count;
  for (let batch = 1; left > 0; batch *= 2) {
    let refusal: StatusError | undefined;
    for (let index = 0; index < Math.min(batch, left); index++) {
      try {
        create();
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refusal ??= error;
      }
    }
    if (refusal) return refusal;
    left -= batch;
  }
  return undefined;
}
