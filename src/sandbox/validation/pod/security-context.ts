import type { FieldError } from '../../types.ts';
import { at, invalid, notSupported, required } from '../field-errors.ts';
import { goValue } from '../go-struct.ts';
import { inRange } from '../numbers.ts';
import type { PodSecurityContext, SecurityContext } from './pod-spec-view.ts';

const MOST = 2 ** 31 - 1;

export function validateSecurityContext(context: SecurityContext | undefined, path: string): FieldError[] {
  if (!context) return [];
  const errors = [
    ...inRange(context.runAsUser, 0, MOST, `${path}.runAsUser`),
    ...inRange(context.runAsGroup, 0, MOST, `${path}.runAsGroup`),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
  ];
  if (context.allowPrivilegeEscalation !== false) return errors;
  const rejects = (what: string): FieldError =>
    invalid(path, goValue('SecurityContext', context), `cannot set \`allowPrivilegeEscalation\` to false and ${what}`);
  if (context.privileged) errors.push(rejects('`privileged` to true'));
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) errors.push(rejects('`capabilities.Add` CAP_SYS_ADMIN'));
  return errors;
}

export function validatePodSecurityContext(context: PodSecurityContext | undefined, path: string): FieldError[] {
  if (!context) return [];
  const { fsGroupChangePolicy } = context;
  return [
    ...inRange(context.fsGroup, 0, MOST, `${path}.fsGroup`),
    ...inRange(context.runAsUser, 0, MOST, `${path}.runAsUser`),
    ...inRange(context.runAsGroup, 0, MOST, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((group, index) =>
      inRange(group, 0, MOST, at(`${path}.supplementalGroups`, index)),
    ),
    ...(fsGroupChangePolicy && !['OnRootMismatch', 'Always'].includes(fsGroupChangePolicy)
      ? [notSupported(`${path}.fsGroupChangePolicy`, fsGroupChangePolicy, ['Always', 'OnRootMismatch'])]
      : []),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
  ];
}

function validateSeccomp(profile: SecurityContext['seccompProfile'], path: string): FieldError[] {
  if (!profile) return [];
  const types = ['Localhost', 'RuntimeDefault', 'Unconfined'];
  if (profile.type === 'Localhost') {
    return profile.localhostProfile
      ? []
      : [required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost')];
  }
  if (profile.localhostProfile !== undefined) {
    return [
      invalid(`${path}.localhostProfile`, profile.localhostProfile, 'can only be set when seccomp type is Localhost'),
    ];
  }
  if (!profile.type) return [required(`${path}.type`, 'type is required when seccompProfile is set')];
  return types.includes(profile.type) ? [] : [notSupported(`${path}.type`, profile.type, types)];
}
