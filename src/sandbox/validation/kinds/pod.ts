import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { at, forbidden, invalid, required } from '../field-errors.ts';
import { goDiff } from '../go-struct.ts';
import { inRange } from '../numbers.ts';
import { validatePodSpec } from '../pod/pod-spec.ts';
import type { Container, PodSpec } from '../pod/pod-spec-view.ts';
import { validateTolerations } from '../pod/scheduling.ts';

const ALLOWED =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePod(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as PodSpec;
  return [
    ...validatePodSpec(spec, 'spec'),
    ...validateImages(spec.containers, 'spec.containers'),
    ...validateImages(spec.initContainers, 'spec.initContainers'),
  ];
}

/** A new pod has no debugging containers yet, and is not placed before its gates open. */
export function validateNewPod(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as PodSpec;
  const errors: FieldError[] = [];
  if (spec.ephemeralContainers?.length) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && spec.schedulingGates?.length) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}

/** Of pods only: templates may have anything here. */
function validateImages(containers: Container[] = [], path: string): FieldError[] {
  return containers.flatMap(({ image = '' }, index) =>
    image === image.trim()
      ? []
      : [invalid(`${at(path, index)}.image`, image, 'must not have leading or trailing whitespace')],
  );
}

/** A pod is what it was created as, but for images, its deadline and further tolerations. */
export function validatePodUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [object.spec ?? {}, old.spec ?? {}] as [PodSpec, PodSpec];
  for (const kind of ['containers', 'initContainers'] as const) {
    if ((spec[kind]?.length ?? 0) !== (before[kind]?.length ?? 0)) {
      return [forbidden(`spec.${kind}`, 'pod updates may not add or remove containers')];
    }
  }
  const errors = (['containers', 'initContainers'] as const).flatMap(kind => [
    ...(spec[kind] ?? []).flatMap(({ image }, index) =>
      image ? [] : [required(`${at(`spec.${kind}`, index)}.image`)],
    ),
    ...validateImages(spec[kind], `spec.${kind}`),
  ]);
  const deadline = validateDeadline(spec, before);
  errors.push(...deadline);
  if (deadline.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...validateTolerationsUpdate(spec, before), ...validateGatesUpdate(spec, before));
  const allowed = withAllowedChanges(spec, before);
  if (sameValue(allowed, before)) return errors;
  return [...errors, forbidden('spec', `${ALLOWED}\n${goDiff('PodSpec', before, allowed)}`)];
}

function validateDeadline(
  { activeDeadlineSeconds: deadline }: PodSpec,
  { activeDeadlineSeconds: before }: PodSpec,
): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (deadline !== undefined && (deadline < 0 || deadline > 2 ** 31 - 1))
    return inRange(deadline, 0, 2 ** 31 - 1, path);
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
  return kept ? validateTolerations(tolerations, path) : [forbidden(path, text)];
}

function validateGatesUpdate({ schedulingGates = [] }: PodSpec, before: PodSpec): FieldError[] {
  return schedulingGates.flatMap(({ name }, index) => {
    if (before.schedulingGates?.some(gate => gate.name === name)) return [];
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbidden(`${at('spec.schedulingGates', index)}.name`, text)];
  });
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
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates'] as const) {
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
