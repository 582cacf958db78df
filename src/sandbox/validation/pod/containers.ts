import type { FieldError } from '../../types.ts';
import { at, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { dnsLabel, portName, portNumber } from '../names.ts';
import { validateEnvironment } from './environment.ts';
import type { Container, ContainerPort, PodSpec } from './pod-spec-view.ts';
import { validateProbesAndHooks } from './probes.ts';
import { validateResources } from './resources.ts';
import { validateSecurityContext } from './security-context.ts';
import { type VolumeSources, validateVolumeDevices, validateVolumeMounts } from './volume-mounts.ts';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
/** Of a single container; what only init containers with `Always` use to keep running. */
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const RESIZED = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

export function validateContainers(spec: PodSpec, volumes: VolumeSources, path: string): FieldError[] {
  const containers = spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  return [
    ...containers.flatMap((container, index) => {
      const here = at(path, index);
      const errors = validateContainer(container, volumes, here, spec.restartPolicy);
      if (names.has(container.name ?? '')) errors.push(duplicate(`${here}.name`, container.name ?? ''));
      names.add(container.name ?? '');
      return [...errors, ...validateProbesAndHooks(container, here, spec.terminationGracePeriodSeconds)];
    }),
    ...hostPortConflicts(containers, path),
  ];
}

export function validateInitContainers(spec: PodSpec, volumes: VolumeSources, path: string): FieldError[] {
  const names = new Set((spec.containers ?? []).map(container => container.name ?? ''));
  return (spec.initContainers ?? []).flatMap((container, index) => {
    const here = at(path, index);
    const sidecar = container.restartPolicy === 'Always';
    const errors = validateContainer(container, volumes, here, spec.restartPolicy);
    if (container.restartPolicy !== undefined && !RESTART_POLICIES.includes(container.restartPolicy)) {
      errors.push(notSupported(`${here}.restartPolicy`, container.restartPolicy, RESTART_POLICIES));
    }
    if (container.name && names.has(container.name)) errors.push(duplicate(`${here}.name`, container.name));
    names.add(container.name ?? '');
    errors.push(...hostPortConflicts([container], path));
    if (sidecar) return [...errors, ...validateProbesAndHooks(container, here, spec.terminationGracePeriodSeconds)];
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (container[field])
        errors.push(forbidden(`${here}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
    }
    return errors;
  });
}

function validateContainer(
  container: Container,
  volumes: VolumeSources,
  path: string,
  podRestartPolicy: string | undefined,
): FieldError[] {
  const { name, image, terminationMessagePolicy, imagePullPolicy } = container;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  else errors.push(...dnsLabel(name).map(text => invalid(`${path}.name`, name, text)));
  if (!image) errors.push(required(`${path}.image`));
  if (terminationMessagePolicy && !MESSAGE_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupported(`${path}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES));
  }
  errors.push(
    ...validatePorts(container.ports, `${path}.ports`),
    ...validateEnvironment(container, path),
    ...validateVolumeMounts(container, volumes, `${path}.volumeMounts`),
    ...validateVolumeDevices(container, volumes, `${path}.volumeDevices`),
  );
  if (imagePullPolicy && !PULL_POLICIES.includes(imagePullPolicy)) {
    errors.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES));
  }
  errors.push(
    ...validateResources(container.resources, `${path}.resources`),
    ...validateResizePolicy(container, `${path}.resizePolicy`, podRestartPolicy),
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`),
  );
  return errors;
}

function validateResizePolicy(
  { resizePolicy = [] }: Container,
  path: string,
  podRestartPolicy: string | undefined,
): FieldError[] {
  const seen = new Set<string>();
  return resizePolicy.flatMap(({ resourceName = '', restartPolicy = '' }, index) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(at(path, index), resourceName));
    seen.add(resourceName);
    if (resourceName === '') errors.push(required(path));
    else if (!RESIZED.includes(resourceName)) errors.push(notSupported(path, resourceName, RESIZED));
    if (restartPolicy === '') errors.push(required(path));
    else if (!RESIZE_POLICIES.includes(restartPolicy)) errors.push(notSupported(path, restartPolicy, RESIZE_POLICIES));
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

function validatePorts(ports: ContainerPort[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap((port, index) => {
    const here = at(path, index);
    const { name, containerPort = 0, hostPort, protocol } = port;
    const errors: FieldError[] = [];
    if (name) {
      errors.push(...portName(name).map(text => invalid(`${here}.name`, name, text)));
      if (errors.length === 0 && names.has(name)) errors.push(duplicate(`${here}.name`, name));
      else names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${here}.containerPort`));
    else errors.push(...portNumber(containerPort).map(text => invalid(`${here}.containerPort`, containerPort, text)));
    if (hostPort) errors.push(...portNumber(hostPort).map(text => invalid(`${here}.hostPort`, hostPort, text)));
    if (!protocol) errors.push(required(`${here}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${here}.protocol`, protocol, PROTOCOLS));
    return errors;
  });
}

function hostPortConflicts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, number) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) return [duplicate(`${at(`${at(path, index)}.ports`, number)}.hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}
