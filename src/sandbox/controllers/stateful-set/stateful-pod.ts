import { StatusError } from '../../types.ts';
import { type ControllerContext, clone, MANAGER } from '../context.ts';
import type { ControllerRevision } from '../controller-revisions.ts';
import { podFromTemplate } from '../pod-control.ts';
import type { Pod, Volume } from '../pods.ts';
import { POD_INDEX_LABEL, POD_NAME_LABEL, REVISION_LABEL, type StatefulSet } from './types.ts';

const COMPONENT = 'statefulset-controller';

/** The pod of one ordinal, from a revision's template, with its identity and its claims. */
function podFor(set: StatefulSet, revision: ControllerRevision, ordinal: number): Pod {
  const { $patch: _, ...template } = revision.data.spec.template;
  const pod = podFromTemplate(set, template);
  const name = `${set.metadata.name}-${ordinal}`;
  const { generateName: _generated, ...metadata } = pod.metadata;
  const claims: Volume[] = (set.spec.volumeClaimTemplates ?? []).map(({ metadata: { name: volume } }) => ({
    name: volume,
    persistentVolumeClaim: { claimName: `${volume}-${name}` },
  }));
  const claimed = new Set(claims.map(({ name: volume }) => volume));
  const spec = pod.spec ?? { containers: [] };
  const volumes = [...(spec.volumes ?? []).filter(({ name: volume }) => !claimed.has(volume)), ...claims];
  return {
    ...pod,
    metadata: {
      ...metadata,
      name,
      labels: {
        ...metadata.labels,
        [POD_INDEX_LABEL]: String(ordinal),
        [REVISION_LABEL]: revision.metadata.name,
        [POD_NAME_LABEL]: name,
      },
    },
    spec: {
      ...spec,
      ...(volumes.length ? { volumes } : {}),
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
    },
  };
}

export function createStatefulPod(
  context: ControllerContext,
  set: StatefulSet,
  revision: ControllerRevision,
  ordinal: number,
): void {
  const { api, record } = context;
  const pod = podFor(set, revision, ordinal);
  const { name } = pod.metadata;
  try {
    createClaims(context, set, name);
    api.create(pod, MANAGER);
  } catch (error) {
    if (error instanceof StatusError)
      record(
        COMPONENT,
        set,
        'Warning',
        'FailedCreate',
        `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
      );
    throw error;
  }
  record(
    COMPONENT,
    set,
    'Normal',
    'SuccessfulCreate',
    `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
  );
}

/** Claims outlive the pods: one that exists is used again. */
function createClaims({ api, record }: ControllerContext, set: StatefulSet, pod: string): void {
  const { namespace } = set.metadata;
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = `${template.metadata.name}-${pod}`;
    if (api.get('PersistentVolumeClaim', namespace, name)) continue;
    const labels = { ...template.metadata.labels, ...set.spec.selector.matchLabels };
    const { annotations } = clone(template.metadata);
    api.create(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, ...(namespace ? { namespace } : {}), labels, ...(annotations ? { annotations } : {}) },
        spec: clone(template.spec),
      },
      MANAGER,
    );
    const message = `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
    record(COMPONENT, set, 'Normal', 'SuccessfulCreate', message);
  }
}

export function deleteStatefulPod({ api, record }: ControllerContext, set: StatefulSet, pod: Pod): void {
  const { namespace, name, uid } = pod.metadata;
  api.delete('Pod', namespace, name, uid ? { preconditions: { uid } } : {});
  record(
    COMPONENT,
    set,
    'Normal',
    'SuccessfulDelete',
    `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`,
  );
}
