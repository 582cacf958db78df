import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '../names.ts';
import { inRange } from '../numbers.ts';
import { validateAnnotations, validateLabels } from '../object-meta.ts';
import { validateContainers, validateInitContainers } from './containers.ts';
import type { PodSpec, PodTemplate } from './pod-spec-view.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateImagePullSecrets, validateVolumes } from './volumes.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** The rules for a pod template, with its labels and annotations. */
export function validatePodTemplate(template: PodTemplate, path: string): FieldError[] {
  const errors = [
    ...validateLabels(template.metadata?.labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec ?? {}, `${path}.spec`),
  ];
  if (template.spec?.ephemeralContainers?.length) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
}

export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map(volume => volume.name ?? ''));
  const named: [string | undefined, string, (value: string) => string[]][] = [
    [spec.serviceAccountName, 'serviceAccountName', dnsSubdomain],
    [spec.nodeName, 'nodeName', dnsSubdomain],
  ];
  const checkName = ([value, field, check]: (typeof named)[number]): FieldError[] =>
    value ? check(value).map(text => invalid(`${path}.${field}`, value, text)) : [];
  return [
    ...validateVolumes(spec.volumes, `${path}.volumes`),
    ...validateContainers(spec, volumes, `${path}.containers`),
    ...validateInitContainers(spec, volumes, `${path}.initContainers`),
    ...validateHostNetwork(spec, path),
    ...validateChoice(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...validateChoice(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec.securityContext, `${path}.securityContext`),
    ...validateImagePullSecrets(spec.imagePullSecrets, `${path}.imagePullSecrets`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDnsConfig(spec, `${path}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, index) =>
      qualifiedName(conditionType).map(text =>
        invalid(`${at(`${path}.readinessGates`, index)}.conditionType`, conditionType, text),
      ),
    ),
    ...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...named.flatMap(checkName),
    ...inRange(spec.activeDeadlineSeconds, 1, 2 ** 31 - 1, `${path}.activeDeadlineSeconds`),
    ...checkName([spec.hostname, 'hostname', dnsLabel]),
    ...checkName([spec.subdomain, 'subdomain', dnsLabel]),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...checkName([spec.priorityClassName, 'priorityClassName', dnsSubdomain]),
    ...checkName([spec.runtimeClassName, 'runtimeClassName', dnsSubdomain]),
    ...(spec.preemptionPolicy
      ? validateChoice(spec.preemptionPolicy, ['Never', 'PreemptLowerPriority'], `${path}.preemptionPolicy`)
      : []),
  ];
}

function validateChoice(value: string | undefined, allowed: string[], path: string): FieldError[] {
  if (!value) return [required(path)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

function validateHostNetwork(spec: PodSpec, path: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, number) =>
      port.hostPort === port.containerPort
        ? []
        : [
            invalid(
              `${at(`${at(`${path}.containers`, index)}.ports`, number)}.containerPort`,
              port.containerPort ?? 0,
              'must match `hostPort` when `hostNetwork` is true',
            ),
          ],
    ),
  );
}

function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  if (dnsPolicy === 'None' && !dnsConfig) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (dnsPolicy === 'None' && !dnsConfig?.nameservers?.length) {
    return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  return (dnsConfig?.options ?? []).flatMap((option, index) =>
    option.name ? [] : [required(at(`${path}.options`, index), 'must not be empty')],
  );
}
