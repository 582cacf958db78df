import type { KubeObject } from '../../kube.ts';
import type { Container, KeyRef, Pod } from '../controllers/pods.ts';
import type { Api } from '../types.ts';

interface Data {
  kind: 'ConfigMap' | 'Secret';
  name: string | undefined;
  optional: boolean | undefined;
}

/** Why a container's environment cannot be built, in the kubelet's words; undefined where it can. */
export function environmentProblem(api: Api, pod: Pod, container: Container): string | undefined {
  const namespace = pod.metadata.namespace ?? '';
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const problem =
      (configMapRef &&
        missing(api, namespace, { kind: 'ConfigMap', name: configMapRef.name, optional: configMapRef.optional })) ??
      (secretRef && missing(api, namespace, { kind: 'Secret', name: secretRef.name, optional: secretRef.optional }));
    if (problem) return problem;
  }
  for (const { valueFrom } of container.env ?? []) {
    const problem =
      (valueFrom?.configMapKeyRef && missingKey(api, namespace, 'ConfigMap', valueFrom.configMapKeyRef)) ??
      (valueFrom?.secretKeyRef && missingKey(api, namespace, 'Secret', valueFrom.secretKeyRef));
    if (problem) return problem;
  }
  return undefined;
}

/** Why a volume cannot be mounted; the pod then stays in ContainerCreating. */
export function volumeProblem(api: Api, pod: Pod): { volume: string; message: string } | undefined {
  const namespace = pod.metadata.namespace ?? '';
  for (const { name: volume, configMap, secret } of pod.spec?.volumes ?? []) {
    const data: Data | undefined = configMap
      ? { kind: 'ConfigMap', name: configMap.name, optional: configMap.optional }
      : secret
        ? { kind: 'Secret', name: secret.secretName, optional: secret.optional }
        : undefined;
    if (!data || data.optional) continue;
    const message =
      missing(api, namespace, data) ?? missingItem(api, namespace, data, configMap?.items ?? secret?.items);
    if (message) return { volume, message };
  }
  return undefined;
}

function find(api: Api, namespace: string, { kind, name }: Data): KubeObject | undefined {
  return name ? api.get(kind, namespace, name) : undefined;
}

function missing(api: Api, namespace: string, data: Data): string | undefined {
  if (data.optional || find(api, namespace, data)) return undefined;
  return `${data.kind.toLowerCase()} "${data.name ?? ''}" not found`;
}

function hasKey(object: KubeObject, key: string): boolean {
  return [object['data'], object['binaryData']].some(data => data instanceof Object && Object.hasOwn(data, key));
}

function missingKey(api: Api, namespace: string, kind: Data['kind'], reference: KeyRef): string | undefined {
  const data: Data = { kind, name: reference.name, optional: reference.optional };
  if (reference.optional) return undefined;
  const object = find(api, namespace, data);
  if (!object) return missing(api, namespace, data);
  return hasKey(object, reference.key)
    ? undefined
    : `couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name ?? ''}`;
}

function missingItem(api: Api, namespace: string, data: Data, items: { key: string }[] = []): string | undefined {
  const object = find(api, namespace, data);
  const lost = object && items.find(({ key }) => !hasKey(object, key));
  return lost ? `references non-existent ${data.kind === 'Secret' ? 'secret' : 'config'} key: ${lost.key}` : undefined;
}
