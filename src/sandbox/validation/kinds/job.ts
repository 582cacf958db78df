import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { invalid, notSupported, required } from '../field-errors.ts';
import { goValue } from '../go-struct.ts';
import { type LabelSelector, labelMismatch, selects, shownSelector, validateLabelSelector } from '../label-selector.ts';
import { nonNegative } from '../numbers.ts';
import { validatePodTemplate } from '../pod/pod-spec.ts';
import type { PodTemplate } from '../pod/pod-spec-view.ts';

export interface JobSpec {
  parallelism?: number;
  completions?: number;
  activeDeadlineSeconds?: number;
  backoffLimit?: number;
  ttlSecondsAfterFinished?: number;
  completionMode?: string;
  suspend?: boolean;
  selector?: LabelSelector;
  manualSelector?: boolean;
  template?: PodTemplate;
  podFailurePolicy?: unknown;
  podReplacementPolicy?: string;
  backoffLimitPerIndex?: number;
  [field: string]: unknown;
}

const NUMBERS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
] as const;

/** The rules that a Job and the template of a CronJob share. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const { completionMode, template = {} } = spec;
  const policy = template.spec?.restartPolicy;
  const errors = NUMBERS.flatMap(field => nonNegative(spec[field], `${path}.${field}`));
  if (completionMode !== undefined && completionMode !== 'NonIndexed' && completionMode !== 'Indexed') {
    errors.push(notSupported(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed']));
  }
  if (completionMode === 'Indexed' && spec.completions === undefined) {
    errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  if (spec.podReplacementPolicy && !['TerminatingOrFailed', 'Failed'].includes(spec.podReplacementPolicy)) {
    errors.push(
      notSupported(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, ['Failed', 'TerminatingOrFailed']),
    );
  }
  errors.push(...validatePodTemplate(template, `${path}.template`));
  if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  } else if (spec.podFailurePolicy && policy !== 'Never') {
    const text = 'only "Never" is supported when podFailurePolicy is specified';
    errors.push(invalid(`${path}.template.spec.restartPolicy`, policy, text));
  }
  return errors;
}

export function validateJob(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as JobSpec;
  const selectorErrors = spec.selector
    ? validateLabelSelector(spec.selector, 'spec.selector')
    : [required('spec.selector')];
  const labels = spec.template?.metadata?.labels;
  return [
    ...validateGenerated(object, spec),
    ...validateJobSpec(spec, 'spec'),
    ...selectorErrors,
    ...(selectorErrors.length === 0 && !selects(spec.selector, labels) ? [labelMismatch(labels)] : []),
  ];
}

/** Unless its author manages the selector, a Job selects by its own uid and nothing else. */
function validateGenerated(object: KubeObject, spec: JobSpec): FieldError[] {
  if (spec.manualSelector) return [];
  const wanted = { matchLabels: { 'batch.kubernetes.io/controller-uid': object.metadata.uid ?? '' } };
  if (!spec.selector || sameValue(spec.selector, wanted)) return [];
  return [invalid('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated')];
}

export function validateJobUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [object.spec ?? {}, old.spec ?? {}] as JobSpec[] as [JobSpec, JobSpec];
  const changed = (field: string): boolean => !sameValue(spec[field], before[field]);
  const immutable = (field: string, value: unknown): FieldError[] =>
    changed(field) ? [invalid(`spec.${field}`, value, 'field is immutable')] : [];
  return [
    ...(spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
      ? []
      : immutable('completions', spec.completions)),
    ...immutable('selector', shownSelector(spec.selector)),
    ...(before.suspend && spec.suspend !== undefined && mutableWhileSuspended(spec, before)
      ? []
      : immutable('template', goValue('PodTemplateSpec', spec.template))),
    ...immutable('completionMode', spec.completionMode),
    ...immutable('podFailurePolicy', spec.podFailurePolicy),
    ...immutable('backoffLimitPerIndex', spec.backoffLimitPerIndex),
    ...immutable('managedBy', spec.managedBy),
    ...immutable('successPolicy', spec.successPolicy),
  ];
}

/** A Job that never started lets its pods be placed anew: labels, annotations and what the scheduler reads may change. */
function mutableWhileSuspended(spec: JobSpec, before: JobSpec): boolean {
  const fixed = ({ template }: JobSpec): unknown => {
    const {
      nodeSelector: _selector,
      tolerations: _tolerations,
      affinity: _affinity,
      schedulingGates: _gates,
      ...rest
    } = template?.spec ?? {};
    return rest;
  };
  return sameValue(fixed(spec), fixed(before));
}
