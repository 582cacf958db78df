import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { dnsLabel, pathSegment } from '../names.ts';
import { positive } from '../numbers.ts';
import { validateContainerResourceName } from '../pod/resources.ts';
import { canonicalQuantity, nanoOf } from '../quantity.ts';

interface Target {
  type?: string;
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

interface MetricSource {
  name?: string;
  container?: string;
  metric?: { name?: string };
  describedObject?: { kind?: string; name?: string };
  target?: Target;
}

interface Metric {
  type?: string;
  resource?: MetricSource;
  containerResource?: MetricSource;
  pods?: MetricSource;
  object?: MetricSource;
  external?: MetricSource;
}

interface Rules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type?: string; value?: number; periodSeconds?: number }[];
}

interface AutoscalerSpec {
  minReplicas?: number;
  maxReplicas?: number;
  scaleTargetRef?: { kind?: string; name?: string };
  metrics?: Metric[];
  behavior?: { scaleUp?: Rules; scaleDown?: Rules };
}

const SOURCES = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const LONGEST_WINDOW = 3600;
const LONGEST_PERIOD = 1800;

export function validateAutoscaler(object: KubeObject): FieldError[] {
  const {
    minReplicas,
    maxReplicas = 0,
    scaleTargetRef = {},
    metrics = [],
    behavior = {},
  } = (object.spec ?? {}) as AutoscalerSpec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  errors.push(...validateReference(scaleTargetRef, 'spec.scaleTargetRef'));
  errors.push(...metrics.flatMap((metric, index) => validateMetric(metric, at('spec.metrics', index))));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbidden('spec.metrics', text));
  }
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = behavior[direction];
    if (rules) errors.push(...validateRules(rules, `spec.behavior.${direction}`));
  }
  return errors;
}

function validateReference(reference: { kind?: string; name?: string }, path: string): FieldError[] {
  return (['kind', 'name'] as const).flatMap(field => {
    const value = reference[field];
    if (!value) return [required(`${path}.${field}`)];
    return pathSegment(value).map(text => invalid(`${path}.${field}`, value, text));
  });
}

function validateMetric(metric: Metric, path: string): FieldError[] {
  const { type = '' } = metric;
  const given = SOURCES.filter(name => metric[name]);
  const [first] = given;
  const expected = type.charAt(0).toLowerCase() + type.slice(1);
  const unknown = TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, TYPES)];
  const errors = [
    ...(type === '' ? [required(`${path}.type`, 'must specify a metric source type')] : []),
    ...unknown,
    ...(first ? validateSource(first, metric[first] ?? {}, `${path}.${first}`) : []),
    // The server looks at the type twice.
    ...unknown,
  ];
  if (unknown.length === 0 && !given.some(name => name === expected)) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  if (given.length < 2) return errors;
  const others = given.filter(name => name !== expected);
  return [...errors, ...others.map(name => forbidden(`${path}.${name}`, 'must populate the given metric source only'))];
}

function validateSource(kind: (typeof SOURCES)[number], source: MetricSource, path: string): FieldError[] {
  const { target = {} } = source;
  const errors: FieldError[] = [];
  if (kind === 'object') errors.push(...validateReference(source.describedObject ?? {}, `${path}.describedObject`));
  if (kind === 'resource' || kind === 'containerResource') {
    if (!source.name) errors.push(required(`${path}.name`, 'must specify a resource name'));
    else if (kind === 'containerResource') {
      errors.push(...validateContainerResourceName(source.name, `${path}.name`));
    }
    if (kind === 'containerResource') errors.push(...validateContainerName(source.container, `${path}.container`));
  } else errors.push(...validateMetricName(source.metric?.name, `${path}.metric.name`));
  errors.push(...validateTarget(target, `${path}.target`));
  const { averageUtilization, averageValue, value } = target;
  if (kind === 'resource' || kind === 'containerResource') {
    if (averageUtilization === undefined && averageValue === undefined) {
      errors.push(
        required(`${path}.target.averageUtilization`, 'must set either a target raw value or a target utilization'),
      );
    }
    if (averageUtilization !== undefined && averageValue !== undefined) {
      errors.push(
        forbidden(`${path}.target.averageValue`, 'may not set both a target raw value and a target utilization'),
      );
    }
  } else if (kind === 'pods' && averageValue === undefined) {
    errors.push(required(`${path}.target.averageValue`, 'must specify a positive target averageValue'));
  } else if (kind !== 'pods' && value === undefined && averageValue === undefined) {
    const choice = kind === 'object' ? 'value or averageValue' : 'value for metric or a per-pod target';
    errors.push(required(`${path}.target.averageValue`, `must set either a target ${choice}`));
  }
  if (kind === 'external' && value !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbidden(`${path}.target.value`, text));
  }
  return errors;
}

function validateContainerName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path, 'must specify a container')];
  return dnsLabel(name).map(text => invalid(path, name, text));
}

function validateMetricName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path, 'must specify a metric name')];
  return pathSegment(name).map(text => invalid(path, name, text));
}

function validateTarget({ type, value, averageValue, averageUtilization }: Target, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const allowed = ['AverageValue', 'Utilization', 'Value'];
  if (!type) errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!type || !allowed.includes(type)) {
    errors.push(invalid(`${path}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  }
  if (value !== undefined && (nanoOf(value) ?? 0n) <= 0n)
    errors.push(invalid(`${path}.value`, canonicalQuantity(value), 'must be positive'));
  if (averageValue !== undefined && (nanoOf(averageValue) ?? 0n) <= 0n) {
    errors.push(invalid(`${path}.averageValue`, canonicalQuantity(averageValue), 'must be positive'));
  }
  return [...errors, ...positive(averageUtilization, `${path}.averageUtilization`)];
}

function validateRules(rules: Rules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0) {
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  }
  if (window !== undefined && window > LONGEST_WINDOW) {
    errors.push(
      invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${LONGEST_WINDOW}`),
    );
  }
  if (rules.selectPolicy !== undefined && !['Disabled', 'Max', 'Min'].includes(rules.selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, rules.selectPolicy, ['Disabled', 'Max', 'Min']));
  }
  if (!rules.policies?.length) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  rules.policies?.forEach(({ type = '', value = 0, periodSeconds = 0 }, index) => {
    const here = at(`${path}.policies`, index);
    if (!['Percent', 'Pods'].includes(type)) errors.push(notSupported(`${here}.type`, type, ['Percent', 'Pods']));
    if (value <= 0) errors.push(invalid(`${here}.value`, value, 'must be greater than zero'));
    if (periodSeconds <= 0) errors.push(invalid(`${here}.periodSeconds`, periodSeconds, 'must be greater than zero'));
    if (periodSeconds > LONGEST_PERIOD) {
      errors.push(invalid(`${here}.periodSeconds`, periodSeconds, `must be less than or equal to ${LONGEST_PERIOD}`));
    }
  });
  return errors;
}
