import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { forbidden, invalid } from '../field-errors.ts';
import { goDiff } from '../go-struct.ts';
import { validatePodSpec } from '../pod/pod-spec.ts';
import type { Container, PodSpec } from '../pod/pod-spec-view.ts';

const ALLOWED =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export const validatePod = (object: KubeObject): FieldError[] =>
  validatePodSpec((object.spec ?? {}) as PodSpec, 'spec');

/** A pod is what it was created as, but for images, its deadline and further tolerations. */
export function validatePodUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [object.spec ?? {}, old.spec ?? {}] as [PodSpec, PodSpec];
  for (const kind of ['containers', 'initContainers'] as const) {
    if ((spec[kind]?.length ?? 0) !== (before[kind]?.length ?? 0)) {
      return [forbidden(`spec.${kind}`, 'pod updates may not add or remove containers')];
    }
  }
  const errors = [...validateDeadline(spec, before), ...validateTolerationsUpdate(spec, before)];
  const allowed = withAllowedChanges(spec, before);
  if (sameValue(allowed, before)) return errors;
  return [...errors, forbidden('spec', `${ALLOWED}\n${goDiff('PodSpec', before, allowed)}`)];
}

function validateDeadline(
  { activeDeadlineSeconds: deadline }: PodSpec,
  { activeDeadlineSeconds: before }: PodSpec,
): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (before === undefined || deadline === before) return [];
  if (deadline === undefined) return [invalid(path, null, 'must not update from a positive integer to nil value')];
  return deadline > before ? [invalid(path, deadline, `must be less than or equal to previous value`)] : [];
}

function validateTolerationsUpdate(spec: PodSpec, before: PodSpec): FieldError[] {
  const path = 'spec.tolerations';
  const { tolerations = [] } = spec;
  const text = 'existing toleration can not be modified except its tolerationSeconds';
  const kept = (before.tolerations ?? []).every(old =>
    tolerations.some(({ tolerationSeconds: _new, ...rest }) => {
      const { tolerationSeconds: _old, ...same } = old;
      return sameValue(rest, same);
    }),
  );
  return kept ? [] : [forbidden(path, text)];
}

/** The changed pod, with what may change put back, so that what is left are the forbidden changes. */
function withAllowedChanges(spec: PodSpec, before: PodSpec): PodSpec {
  const withImages = (mine: Container[] | undefined, old: Container[] | undefined): Container[] | undefined =>
    mine?.map((container, index) => ({
      ...container,
      ...(old?.[index]?.image === undefined ? {} : { image: old[index].image }),
    }));
  const next: PodSpec = { ...spec };
  const containers = withImages(spec.containers, before.containers);
  const initContainers = withImages(spec.initContainers, before.initContainers);
  if (containers) next.containers = containers;
  if (initContainers) next.initContainers = initContainers;
  for (const field of ['activeDeadlineSeconds', 'tolerations'] as const) {
    delete next[field];
    if (before[field] !== undefined) Object.assign(next, { [field]: before[field] });
  }
  // Its old name always follows the new one.
  if (before.serviceAccount !== undefined) next.serviceAccount = before.serviceAccount;
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    next.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds ?? 0;
  }
  return next;
}
