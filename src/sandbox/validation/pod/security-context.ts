import type { FieldError } from '../../types.ts';
import { at, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { goValue } from '../go-struct.ts';
import { inRange } from '../numbers.ts';
import type { PodSecurityContext, PodSpec, Profile, SecurityContext } from './pod-spec-view.ts';
import { validateDescending } from './volume-paths.ts';

const MOST = 2 ** 31 - 1;
const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const LONGEST_SYSCTL = 253;
const POD_CHOICES = {
  fsGroupChangePolicy: ['Always', 'OnRootMismatch'],
  supplementalGroupsPolicy: ['Merge', 'Strict'],
  seLinuxChangePolicy: ['MountOption', 'Recursive'],
} as const;

export function validateSecurityContext(
  context: SecurityContext | undefined,
  path: string,
  hostUsers = true,
): FieldError[] {
  if (!context) return [];
  const errors = [
    ...inRange(context.runAsUser, 0, MOST, `${path}.runAsUser`),
    ...inRange(context.runAsGroup, 0, MOST, `${path}.runAsGroup`),
    ...validateProcMount(context.procMount, `${path}.procMount`, hostUsers),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
  ];
  if (context.allowPrivilegeEscalation === false) {
    const rejects = (what: string): FieldError =>
      invalid(
        path,
        goValue('SecurityContext', context),
        `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
      );
    if (context.privileged) errors.push(rejects('`privileged` to true'));
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) errors.push(rejects('`capabilities.Add` CAP_SYS_ADMIN'));
  }
  return [...errors, ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`)];
}

function validateProcMount(type: string | undefined, path: string, hostUsers: boolean): FieldError[] {
  if (type === undefined) return [];
  const types = ['Default', 'Unmasked'];
  const errors = types.includes(type) ? [] : [notSupported(path, type, types)];
  if (hostUsers && type === 'Unmasked') errors.push(invalid(path, type, '`hostUsers` must be false to use `Unmasked`'));
  return errors;
}

export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const { securityContext: context = {} } = spec;
  const chosen = (field: keyof typeof POD_CHOICES): FieldError[] => {
    const value = context[field];
    const allowed: readonly string[] = POD_CHOICES[field];
    return value === undefined || allowed.includes(value) ? [] : [notSupported(`${path}.${field}`, value, allowed)];
  };
  return [
    ...inRange(context.fsGroup, 0, MOST, `${path}.fsGroup`),
    ...inRange(context.runAsUser, 0, MOST, `${path}.runAsUser`),
    ...inRange(context.runAsGroup, 0, MOST, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((group, index) =>
      inRange(group, 0, MOST, at(`${path}.supplementalGroups`, index)),
    ),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
    ...validateSysctls(context, spec, `${path}.sysctls`),
    ...chosen('fsGroupChangePolicy'),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
    ...chosen('supplementalGroupsPolicy'),
    ...chosen('seLinuxChangePolicy'),
  ];
}

function validateSysctls({ sysctls = [] }: PodSecurityContext, spec: PodSpec, path: string): FieldError[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name = '' }, index) => {
    const here = `${at(path, index)}.name`;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(here));
    else if (name.length > LONGEST_SYSCTL || !new RegExp(SYSCTL).test(name)) {
      errors.push(invalid(here, name, `must have at most ${LONGEST_SYSCTL} characters and match regex ${SYSCTL}`));
    } else if (names.has(name)) errors.push(duplicate(here, name));
    names.add(name);
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork && dotted.startsWith('net.')) {
      errors.push(invalid(here, name, "may not be specified when 'hostNetwork' is true"));
    }
    if (spec.hostIPC && /^(kernel\.shm|kernel\.msg|kernel\.sem$|fs\.mqueue\.)/.test(dotted)) {
      errors.push(invalid(here, name, "may not be specified when 'hostIPC' is true"));
    }
    return errors;
  });
}

function validateSeccomp(profile: Profile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type = '', localhostProfile } = profile;
  const here = `${path}.localhostProfile`;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, PROFILE_TYPES));
  if (type === 'Localhost') {
    if (localhostProfile === undefined)
      return [...errors, required(here, 'must be set when seccomp type is Localhost')];
    return [...errors, ...validateDescending(localhostProfile, here)];
  }
  if (localhostProfile === undefined) return errors;
  const shown = goValue('SeccompProfile', profile);
  return [...errors, invalid(here, shown, 'can only be set when seccomp type is Localhost')];
}

function validateAppArmor(profile: Profile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type = '', localhostProfile } = profile;
  const here = `${path}.localhostProfile`;
  switch (type) {
    case 'Localhost': {
      const missing = required(here, 'must be set when AppArmor type is Localhost');
      if (localhostProfile === undefined) return [missing];
      if (localhostProfile !== localhostProfile.trim()) {
        return [invalid(here, localhostProfile, 'must not be padded with whitespace')];
      }
      return localhostProfile === '' ? [missing] : [];
    }
    case 'RuntimeDefault':
    case 'Unconfined':
      return localhostProfile === undefined
        ? []
        : [invalid(here, localhostProfile, 'can only be set when AppArmor type is Localhost')];
    case '':
      return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
    default:
      return [notSupported(`${path}.type`, type, PROFILE_TYPES)];
  }
}

/** A pod with users of its own shares no other namespace with its host. */
export function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shared = { hostNetwork: spec.hostNetwork, HostPID: spec.hostPID, HostIPC: spec.hostIPC };
  return Object.entries(shared)
    .filter(([, on]) => on)
    .map(([field]) => forbidden(`${path}.${field}`, 'when `pod.Spec.HostUsers` is false'));
}
