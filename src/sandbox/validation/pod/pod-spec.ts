import type { FieldError } from '../../types.ts';
import { at, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateIp } from '../ip-addresses.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '../names.ts';
import { inRange } from '../numbers.ts';
import { validateAnnotations, validateLabels } from '../object-meta.ts';
import { validateContainers, validateInitContainers } from './containers.ts';
import { validateDnsConfig } from './dns-config.ts';
import type { PodSpec, PodTemplate } from './pod-spec-view.ts';
import { validateAffinity, validateTolerations } from './scheduling.ts';
import { validateHostUsers, validatePodSecurityContext } from './security-context.ts';
import { validateTopologySpread } from './topology-spread.ts';
import { validateVolumes } from './volumes.ts';

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
  const volumes = validateVolumes(spec.volumes, `${path}.volumes`);
  const named: [string | undefined, string, (value: string) => string[]][] = [
    [spec.serviceAccountName, 'serviceAccountName', dnsSubdomain],
    [spec.nodeName, 'nodeName', dnsSubdomain],
  ];
  const checkName = ([value, field, check]: (typeof named)[number]): FieldError[] =>
    value ? check(value).map(text => invalid(`${path}.${field}`, value, text)) : [];
  return [
    ...volumes.errors,
    ...validateContainers(spec, volumes.sources, `${path}.containers`),
    ...validateInitContainers(spec, volumes.sources, `${path}.initContainers`),
    ...validateHostNetwork(spec, path),
    ...validateChoice(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...validateChoice(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDnsConfig(spec, `${path}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, index) =>
      qualifiedName(conditionType).map(text =>
        invalid(`${at(`${path}.readinessGates`, index)}.conditionType`, conditionType, text),
      ),
    ),
    ...validateSchedulingGates(spec, `${path}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateHostUsers(spec, path),
    ...named.flatMap(checkName),
    ...inRange(spec.activeDeadlineSeconds, 1, 2 ** 31 - 1, `${path}.activeDeadlineSeconds`),
    ...checkName([spec.hostname, 'hostname', dnsLabel]),
    ...checkName([spec.subdomain, 'subdomain', dnsLabel]),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateHostAliases(spec, `${path}.hostAliases`),
    ...checkName([spec.priorityClassName, 'priorityClassName', dnsSubdomain]),
    ...checkName([spec.runtimeClassName, 'runtimeClassName', dnsSubdomain]),
    ...(spec.preemptionPolicy
      ? validateChoice(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`)
      : []),
    ...(spec.os ? validateOs(spec.os.name, `${path}.os`) : []),
  ];
}

function validateChoice(value: string | undefined, allowed: string[], path: string): FieldError[] {
  if (!value) return [required(path)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

function validateHostNetwork(spec: PodSpec, path: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  // A template may leave the port of the host to the pods made of it.
  const isPod = path === 'spec';
  return (spec.containers ?? []).flatMap((container, index) =>
    (container.ports ?? []).flatMap(({ hostPort = 0, containerPort = 0 }, number) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      const here = at(`${at(`${path}.containers`, index)}.ports`, number);
      return [invalid(`${here}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function validateSchedulingGates({ schedulingGates = [] }: PodSpec, path: string): FieldError[] {
  return schedulingGates.flatMap(({ name = '' }, index) => {
    const errors = qualifiedName(name).map(text => invalid(at(path, index), name, text));
    const first = schedulingGates.findIndex(gate => gate.name === name);
    return first < index ? [...errors, duplicate(at(path, index), name)] : errors;
  });
}

function validateHostAliases({ hostAliases = [] }: PodSpec, path: string): FieldError[] {
  return hostAliases.flatMap(({ ip = '', hostnames = [] }, index) => [
    ...validateIp(ip, `${at(path, index)}.ip`),
    ...hostnames.flatMap((name, number) =>
      dnsSubdomain(name).map(text => invalid(at(`${at(path, index)}.hostnames`, number), name, text)),
    ),
  ]);
}

function validateOs(name: string | undefined, path: string): FieldError[] {
  const known = ['linux', 'windows'];
  if (!name) return [required(`${path}.name`, 'cannot be empty')];
  return known.includes(name) ? [] : [notSupported(path, name, known)];
}
