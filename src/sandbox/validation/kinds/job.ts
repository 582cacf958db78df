import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { invalid, notSupported, required, tooLong } from '../field-errors.ts';
import { goValue } from '../go-struct.ts';
import { type LabelSelector, labelMismatch, selects, shownSelector, validateLabelSelector } from '../label-selector.ts';
import { dnsLabel } from '../names.ts';
import { nonNegative } from '../numbers.ts';
import { validatePodTemplate } from '../pod/pod-spec.ts';
import type { PodTemplate } from '../pod/pod-spec-view.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.ts';

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
  successPolicy?: unknown;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  managedBy?: string;
  [field: string]: unknown;
}

const NUMBERS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;
const MODES = ['NonIndexed', 'Indexed'];
const LONGEST_MANAGER = 63;
const DOMAIN_PATH = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/\S+$/;

/** Above so many completions, an Indexed Job with a limit per index is held shorter. */
const MANY_COMPLETIONS = 100_000;
const MOST_PARALLEL = 100_000;
const MOST_PARALLEL_OF_MANY = 10_000;

/** The rules that a Job and the template of a CronJob share. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const { completionMode, template = {} } = spec;
  const errors = NUMBERS.flatMap(field => nonNegative(spec[field], `${path}.${field}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  errors.push(...validateManager(spec.managedBy, `${path}.managedBy`));
  if (completionMode !== undefined && !MODES.includes(completionMode)) {
    errors.push(notSupported(`${path}.completionMode`, completionMode, MODES));
  }
  if (completionMode === 'Indexed') errors.push(...validateIndexed(spec, path));
  if (completionMode === undefined || completionMode === 'NonIndexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      const value = spec[field];
      if (value !== undefined) errors.push(invalid(`${path}.${field}`, value, 'requires indexed completion mode'));
    }
  }
  if (spec.podFailurePolicy) errors.push(...validateFailurePolicy(spec, `${path}.podFailurePolicy`));
  if (spec.successPolicy) {
    errors.push(
      ...(completionMode === 'Indexed'
        ? validateSuccessPolicy(spec, `${path}.successPolicy`)
        : [
            invalid(
              `${path}.successPolicy`,
              goValue('SuccessPolicy', spec.successPolicy),
              'requires indexed completion mode',
            ),
          ]),
    );
  }
  return [
    ...errors,
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplate(template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateManager(manager: string | undefined, path: string): FieldError[] {
  if (manager === undefined) return [];
  const errors: FieldError[] = [];
  if (manager === '') errors.push(required(path));
  else if (!DOMAIN_PATH.test(manager)) {
    errors.push(invalid(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  }
  return manager.length > LONGEST_MANAGER ? [...errors, tooLong(path, LONGEST_MANAGER)] : errors;
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  const errors: FieldError[] = [];
  const atMost = (field: string, value: number, most: number, when: string): void => {
    if (value > most) errors.push(invalid(`${path}.${field}`, value, `must be less than or equal to ${most}${when}`));
  };
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  atMost('parallelism', parallelism, MOST_PARALLEL, ' when completion mode is Indexed');
  if (completions !== undefined && failed !== undefined && failed > completions) {
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'));
  }
  atMost('maxFailedIndexes', failed ?? 0, MOST_PARALLEL, '');
  if ((completions ?? 0) <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return errors;
  const when = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (failed === undefined) {
    const text = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    errors.push(required(`${path}.maxFailedIndexes`, text));
  }
  atMost('parallelism', parallelism, MOST_PARALLEL_OF_MANY, when);
  atMost('maxFailedIndexes', failed ?? 0, MOST_PARALLEL_OF_MANY, when);
  return errors;
}

function validateReplacement({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const allowed = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined || allowed.includes(policy) ? [] : [notSupported(path, policy, allowed)];
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy;
  if (!policy || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  if (!podFailurePolicy || policy === 'Never') return [];
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}

/** The template of a CronJob leaves the selector to the Jobs made of it. */
export function validateJobTemplate(spec: JobSpec, path: string): FieldError[] {
  const errors = validateJobSpec(spec, path);
  if (spec.selector) {
    errors.push(invalid(`${path}.selector`, shownSelector(spec.selector), '`selector` will be auto-generated'));
  }
  if (spec.manualSelector) errors.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
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

/** The pods of a new Indexed Job take its name and their index for their host names. */
export function validateIndexedNames({ metadata: { name }, spec }: KubeObject): FieldError[] {
  const { completionMode, completions = 0 } = (spec ?? {}) as JobSpec;
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const host = `${name}-${completions - 1}`;
  if (dnsLabel(host).length === 0) return [];
  return [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${host}`)];
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
    ...(spec.completionMode === 'Indexed'
      ? validateElastic(spec, changed('completions'))
      : immutable('completions', spec.completions)),
    ...immutable('selector', shownSelector(spec.selector)),
    ...(before.suspend && spec.suspend !== undefined && mutableWhileSuspended(spec, before)
      ? []
      : immutable('template', goValue('PodTemplateSpec', spec.template))),
    ...immutable('completionMode', spec.completionMode),
    ...immutable('podFailurePolicy', spec.podFailurePolicy && goValue('PodFailurePolicy', spec.podFailurePolicy)),
    ...immutable('backoffLimitPerIndex', spec.backoffLimitPerIndex),
    ...immutable('managedBy', spec.managedBy),
    ...immutable('successPolicy', spec.successPolicy && goValue('SuccessPolicy', spec.successPolicy)),
  ];
}

/** An Indexed Job may change its completions together with its parallelism. */
function validateElastic({ completions, parallelism }: JobSpec, changed: boolean): FieldError[] {
  if (!changed || completions === undefined || completions === parallelism) return [];
  return [invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')];
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
