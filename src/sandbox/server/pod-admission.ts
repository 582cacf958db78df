import type { KubeObject } from '../../kube.ts';
import { type Core, nameSuffix, type ResourceRequest } from './core.ts';
import { collectionOf } from './registry.ts';
import { forbiddenNew } from './statuses.ts';

interface Mount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
}
interface Container {
  name: string;
  volumeMounts?: Mount[];
}
interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}
interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name: string }[];
  volumes?: { name: string; [source: string]: unknown }[];
  containers?: Container[];
  initContainers?: Container[];
  tolerations?: Toleration[];
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
}
interface ServiceAccount extends KubeObject {
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name: string }[];
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_SECONDS = 3607;
const NOT_READY_SECONDS = 300;
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** What a cluster adds to each new Pod: service account and its token, priority, tolerations of nodes that fail. */
export function admitPod(core: Core, request: ResourceRequest, pod: KubeObject): KubeObject {
  const spec: PodSpec = { ...(pod.spec as PodSpec | undefined) };
  addServiceAccount(core, request, pod, spec);
  addPriority(core, request, pod, spec);
  addTolerations(spec);
  return { ...pod, spec };
}

function addServiceAccount(core: Core, { resource, namespace }: ResourceRequest, pod: KubeObject, spec: PodSpec): void {
  const name = spec.serviceAccountName || 'default';
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
  const account = core.store.get(collectionOf({ group: '', plural: 'serviceaccounts' }), namespace, name) as
    | ServiceAccount
    | undefined;
  if (!account) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
    throw forbiddenNew(resource, pod, why);
  }
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
    spec.imagePullSecrets = account.imagePullSecrets;
  if ((spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) === false) return;
  mountToken(core, spec);
}

function mountToken(core: Core, spec: PodSpec): void {
  const volumes = spec.volumes ?? [];
  const present = volumes.find(({ name }) => name.startsWith('kube-api-access-'))?.name;
  const volume = present ?? `kube-api-access-${nameSuffix(core.random)}`;
  let used = false;
  const mounted = (container: Container): Container => {
    const mounts = container.volumeMounts ?? [];
    if (mounts.some(({ mountPath }) => mountPath === TOKEN_PATH)) return container;
    used = true;
    return { ...container, volumeMounts: [...mounts, { name: volume, readOnly: true, mountPath: TOKEN_PATH }] };
  };
  if (spec.initContainers) spec.initContainers = spec.initContainers.map(mounted);
  if (spec.containers) spec.containers = spec.containers.map(mounted);
  if (used && present === undefined) spec.volumes = [...volumes, { name: volume, projected: tokenSources() }];
}

function tokenSources(): object {
  const file = (name: string, key: string): object => ({ configMap: { name, items: [{ key, path: key }] } });
  return {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
      file('kube-root-ca.crt', 'ca.crt'),
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
      file('openshift-service-ca.crt', 'service-ca.crt'),
    ],
    defaultMode: 420,
  };
}

function addPriority(core: Core, { resource }: ResourceRequest, pod: KubeObject, spec: PodSpec): void {
  const name = spec.priorityClassName;
  spec.priority ??= 0;
  spec.preemptionPolicy ??= 'PreemptLowerPriority';
  if (!name) return;
  const found = core.store.get(
    collectionOf({ group: 'scheduling.k8s.io', plural: 'priorityclasses' }),
    undefined,
    name,
  );
  const value = (found?.['value'] as number | undefined) ?? SYSTEM_PRIORITIES[name];
  if (value === undefined) {
    throw forbiddenNew(resource, pod, `no PriorityClass with name ${name} was found`);
  }
  spec.priority = value;
}

function addTolerations(spec: PodSpec): void {
  const tolerations = [...(spec.tolerations ?? [])];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const covered = tolerations.some(
      toleration =>
        (toleration.key === key || !toleration.key) && (!toleration.effect || toleration.effect === 'NoExecute'),
    );
    if (!covered)
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: NOT_READY_SECONDS });
  }
  spec.tolerations = tolerations;
}
