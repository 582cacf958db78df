import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateWorkloadSelector } from '../label-selector.ts';
import { dnsLabel } from '../names.ts';
import { atMost100Percent, leadingNumber, nonNegative, nonNegativeOrPercent } from '../numbers.ts';
import { validateAnnotations, validateLabels } from '../object-meta.ts';
import { validateLongRunning } from './deployment.ts';
import type { Strategy, WorkloadSpec } from './workload-view.ts';

const TEXTS = { empty: 'empty selector is invalid for statefulset', unreadable: '' };
const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const; // prettier-ignore

export function validateStatefulSet(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  const { template = {}, serviceName, podManagementPolicy } = spec;
  // Volume mounts may refer to claim templates, so the server does not look into the pod spec here.
  const templateErrors = (): FieldError[] => [
    ...validateLabels(template.metadata?.labels, 'spec.template.labels'),
    ...validateAnnotations(template.metadata?.annotations, 'spec.template.annotations'),
  ];
  return [
    ...validatePolicy(podManagementPolicy),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy ?? {}),
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...nonNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...(serviceName ? dnsLabel(serviceName).map(text => invalid('spec.serviceName', serviceName, text)) : []),
    ...validateWorkloadSelector(spec.selector, template.metadata?.labels, TEXTS, templateErrors).map(
      withoutDanglingColon,
    ),
    ...validateLongRunning(template, 'StatefulSet'),
  ];
}

const withoutDanglingColon = (error: FieldError): FieldError => ({
  ...error,
  message: error.message.replace(/: $/, ''),
});

function validatePolicy(policy: string | undefined): FieldError[] {
  if (!policy) return [required('spec.podManagementPolicy')];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateUpdateStrategy({ type, rollingUpdate }: Strategy): FieldError[] {
  const path = 'spec.updateStrategy';
  const rolling = `${path}.rollingUpdate`;
  switch (type) {
    case undefined:
    case '':
      return [required(path)];
    case 'OnDelete':
      return rollingUpdate
        ? [invalid(rolling, shown(rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")]
        : [];
    case 'RollingUpdate': {
      if (!rollingUpdate) return [];
      const { partition, maxUnavailable } = rollingUpdate;
      return [
        ...nonNegative(partition, `${rolling}.partition`),
        ...nonNegativeOrPercent(maxUnavailable, `${rolling}.maxUnavailable`),
        ...(maxUnavailable !== undefined && leadingNumber(maxUnavailable) === 0
          ? [invalid(`${rolling}.maxUnavailable`, maxUnavailable, 'cannot be 0')]
          : []),
        ...atMost100Percent(maxUnavailable, `${rolling}.maxUnavailable`),
      ];
    }
    default:
      return [
        invalid(path, { Type: type, RollingUpdate: shown(rollingUpdate) }, "must be 'RollingUpdate' or 'OnDelete'"),
      ];
  }
}

/** MaxUnavailable lies behind a feature gate that is off: the server drops it before it looks. */
const shown = (rolling: Strategy['rollingUpdate']): unknown =>
  rolling ? { Partition: rolling.partition ?? 0, MaxUnavailable: null } : null;

function validateRetention(policy: { whenDeleted?: string; whenScaled?: string }): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap(field => {
    const value = policy[field] ?? 'Retain';
    const path = `spec.persistentVolumeClaimRetentionPolicy.${field}`;
    return ['Retain', 'Delete'].includes(value) ? [] : [notSupported(path, value, ['Delete', 'Retain'])];
  });
}

export function validateStatefulSetUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const fixed = (of: KubeObject): Record<string, unknown> => {
    const spec = { ...(of.spec as Record<string, unknown>) };
    for (const field of CHANGEABLE) delete spec[field];
    return spec;
  };
  if (sameValue(fixed(object), fixed(old))) return [];
  const names = CHANGEABLE.map(name => `'${name}'`);
  const listed = `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
  return [forbidden('spec', `updates to statefulset spec for fields other than ${listed} are forbidden`)];
}
