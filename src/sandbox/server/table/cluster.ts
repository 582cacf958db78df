import { AGE, type Cell, type Column, column, NAME, type View, wide } from './column.ts';
import { since } from './duration.ts';

/** The value at a path of names, for columns that show one field. */
function at(object: View, path: string): unknown {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[part];
  return value;
}

function field(name: string, path: string, absent: Cell = '', type: Column['type'] = 'string'): Column {
  return column(name, object => (at(object, path) ?? absent) as Cell, type);
}

const size = (object: View, ...paths: string[]): number =>
  paths.reduce((sum, path) => sum + Object.keys((at(object, path) ?? {}) as object).length, 0);

interface Condition {
  type: string;
  status: string;
}

function nodeStatus(object: View): string {
  const ready = ((at(object, 'status.conditions') ?? []) as Condition[]).find(({ type }) => type === 'Ready');
  const text = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return at(object, 'spec.unschedulable') ? `${text},SchedulingDisabled` : text;
}

function nodeRoles({ metadata }: View): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(metadata.labels ?? {})
    .filter(label => label.startsWith(prefix))
    .map(label => label.slice(prefix.length));
  return roles.sort().join(',') || '<none>';
}

function nodeAddress(type: string): (object: View) => string {
  return object =>
    ((at(object, 'status.addresses') ?? []) as { type: string; address: string }[]).find(entry => entry.type === type)
      ?.address ?? '<none>';
}

function targets(object: View): string {
  const current = (at(object, 'status.currentMetrics') ?? []) as {
    resource?: { name: string; current?: { averageUtilization?: number } };
  }[];
  const wanted = (at(object, 'spec.metrics') ?? []) as {
    type: string;
    resource?: { name: string; target?: { averageUtilization?: number; averageValue?: string } };
  }[];
  const texts = wanted.map(({ resource }) => {
    const now = current.find(entry => entry.resource?.name === resource?.name)?.resource?.current?.averageUtilization;
    const goal =
      resource?.target?.averageUtilization === undefined
        ? (resource?.target?.averageValue ?? '<auto>')
        : `${resource.target.averageUtilization}%`;
    return `${resource?.name ?? ''}: ${now === undefined ? '<unknown>' : `${now}%`}/${goal}`;
  });
  return texts.join(', ') || '<none>';
}

function eventObject(object: View): string {
  const { kind = '', name = '' } = (at(object, 'involvedObject') ?? {}) as { kind?: string; name?: string };
  return `${kind.toLowerCase()}/${name}`;
}

function lastSeen(object: View, now: number): string {
  const series = at(object, 'series') as { count?: number; lastObservedTime?: string } | undefined;
  const time =
    series?.lastObservedTime ?? at(object, 'lastTimestamp') ?? at(object, 'firstTimestamp') ?? at(object, 'eventTime');
  return since((time ?? undefined) as string | undefined, now);
}

function quotaText(object: View, list: 'requests' | 'limits'): string {
  const hard = (at(object, 'status.hard') ?? {}) as Record<string, string>;
  const used = (at(object, 'status.used') ?? {}) as Record<string, string>;
  const names = Object.keys(hard)
    .sort()
    .filter(name => name.startsWith('limits.') === (list === 'limits'));
  return names.map(name => `${name}: ${used[name] ?? '0'}/${hard[name]}`).join(', ');
}

const accessModes = (object: View): string => {
  const short: Readonly<Record<string, string>> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  return ((at(object, 'status.accessModes') ?? []) as string[]).map(mode => short[mode] ?? mode).join(',');
};

export const CLUSTER_COLUMNS: Readonly<Record<string, () => readonly Column[]>> = {
  Namespace: () => [NAME, field('Status', 'status.phase'), AGE],
  ConfigMap: () => [NAME, column('Data', object => size(object, 'data', 'binaryData'), 'integer'), AGE],
  Secret: () => [NAME, field('Type', 'type'), column('Data', object => size(object, 'data'), 'integer'), AGE],
  ServiceAccount: () => [
    NAME,
    column('Secrets', object => ((at(object, 'secrets') ?? []) as unknown[]).length, 'integer'),
    AGE,
  ],
  Node: () => [
    NAME,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    AGE,
    field('Version', 'status.nodeInfo.kubeletVersion'),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
    { ...field('OS-Image', 'status.nodeInfo.osImage', '<unknown>'), priority: 1 },
    { ...field('Kernel-Version', 'status.nodeInfo.kernelVersion', '<unknown>'), priority: 1 },
    { ...field('Container-Runtime', 'status.nodeInfo.containerRuntimeVersion', '<unknown>'), priority: 1 },
  ],
  Event: () => [
    column('Last Seen', lastSeen),
    field('Type', 'type'),
    field('Reason', 'reason'),
    column('Object', eventObject),
    { ...field('Subobject', 'involvedObject.fieldPath'), priority: 1 },
    { ...field('Source', 'source.component'), priority: 1 },
    column('Message', object => String(at(object, 'message') ?? '').trim()),
    wide('First Seen', (object, now) => since((at(object, 'firstTimestamp') ?? undefined) as string | undefined, now)),
    { ...field('Count', 'count', 1), priority: 1 },
    { ...NAME, priority: 1 },
  ],
  ResourceQuota: () => [
    NAME,
    column('Request', object => quotaText(object, 'requests')),
    column('Limit', object => quotaText(object, 'limits')),
    AGE,
  ],
  PersistentVolumeClaim: () => [
    NAME,
    column('Status', object =>
      object.metadata.deletionTimestamp ? 'Terminating' : String(at(object, 'status.phase') ?? ''),
    ),
    field('Volume', 'spec.volumeName'),
    field('Capacity', 'status.capacity.storage'),
    column('Access Modes', accessModes),
    field('StorageClass', 'spec.storageClassName'),
    field('VolumeAttributesClass', 'spec.volumeAttributesClassName', '<unset>'),
    AGE,
    { ...field('VolumeMode', 'spec.volumeMode', '<unset>'), priority: 1 },
  ],
  'autoscaling/HorizontalPodAutoscaler': () => [
    NAME,
    column(
      'Reference',
      object =>
        `${String(at(object, 'spec.scaleTargetRef.kind') ?? '')}/${String(at(object, 'spec.scaleTargetRef.name') ?? '')}`,
    ),
    column('Targets', targets),
    field('MinPods', 'spec.minReplicas', '<unset>'),
    field('MaxPods', 'spec.maxReplicas', 0, 'integer'),
    field('Replicas', 'status.currentReplicas', 0, 'integer'),
    AGE,
  ],
  'policy/PodDisruptionBudget': () => [
    NAME,
    column('Min Available', object => String(at(object, 'spec.minAvailable') ?? 'N/A')),
    column('Max Unavailable', object => String(at(object, 'spec.maxUnavailable') ?? 'N/A')),
    field('Allowed Disruptions', 'status.disruptionsAllowed', 0, 'integer'),
    AGE,
  ],
  'coordination.k8s.io/Lease': () => [NAME, field('Holder', 'spec.holderIdentity'), AGE],
  'apps/ControllerRevision': () => [
    NAME,
    column('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller);
      return owner ? `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0]}/${owner.name}` : '<none>';
    }),
    field('Revision', 'revision', 0, 'integer'),
    AGE,
  ],
  'rbac.authorization.k8s.io/RoleBinding': () => [
    NAME,
    column('Role', object => `${String(at(object, 'roleRef.kind'))}/${String(at(object, 'roleRef.name'))}`),
    AGE,
  ],
  'rbac.authorization.k8s.io/ClusterRoleBinding': () => [
    NAME,
    column('Role', object => `${String(at(object, 'roleRef.kind'))}/${String(at(object, 'roleRef.name'))}`),
    AGE,
  ],
  'storage.k8s.io/StorageClass': () => [NAME, field('Provisioner', 'provisioner'), AGE],
  'scheduling.k8s.io/PriorityClass': () => [
    NAME,
    field('Value', 'value', 0, 'integer'),
    field('Global-Default', 'globalDefault', false, 'boolean'),
    AGE,
  ],
};
