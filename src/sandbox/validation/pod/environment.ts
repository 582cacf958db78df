import type { FieldError } from '../../types.ts';
import { at, invalid, notSupported, required } from '../field-errors.ts';
import { configKey, dnsSubdomain, environmentName, generateNameCheck, qualifiedName } from '../names.ts';
import { canonicalQuantity, nanoOf } from '../quantity.ts';
import type { Container, EnvFrom, EnvVar, ResourceFieldRef } from './pod-spec-view.ts';

const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]; // prettier-ignore
const CONVERTIBLE_PATHS = new Set([
  ...FIELD_PATHS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.hostNetwork',
  'status.phase',
]); // prettier-ignore
const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]; // prettier-ignore
const CPU_DIVISORS = ['1m', '1'];
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const DIVISOR_NAMES: Record<string, string> = {
  cpu: 'cpu',
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
};
const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'] as const;

export function validateEnvironment(container: Container, path: string): FieldError[] {
  return [
    ...(container.env ?? []).flatMap((variable, index) => validateVariable(variable, at(`${path}.env`, index))),
    ...(container.envFrom ?? []).flatMap((source, index) => validateEnvFrom(source, `${path}.envFrom`, index)),
  ];
}

function validateVariable(variable: EnvVar, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!variable.name) errors.push(required(`${path}.name`));
  else errors.push(...environmentName(variable.name).map(text => invalid(`${path}.name`, variable.name, text)));
  if (variable.valueFrom) errors.push(...validateSource(variable, `${path}.valueFrom`));
  return errors;
}

function validateSource({ value, valueFrom = {} }: EnvVar, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = SOURCES.filter(name => valueFrom[name]);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, `${path}.fieldRef`, FIELD_PATHS));
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, false));
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, `${path}.secretKeyRef`));
  if (given.length === 0) {
    const names = 'one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalid(path, '', `must specify ${names}`));
  } else if (value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (given.length > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

/** A reference to a field of the pod, of the environment or of a downward API volume (which allows labels and annotations too). */
export function validateFieldRef(
  { apiVersion, fieldPath = '' }: { apiVersion?: string; fieldPath?: string },
  path: string,
  allowed: readonly string[],
): FieldError[] {
  if (!apiVersion) return [required(`${path}.apiVersion`)];
  if (!fieldPath) return [required(`${path}.fieldPath`)];
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath);
  if (subscript) {
    const key = subscript[2] ?? '';
    const checked = subscript[1] === 'metadata.annotations' ? key.toLowerCase() : key;
    return qualifiedName(checked).map(text => invalid(path, checked, text));
  }
  if (!CONVERTIBLE_PATHS.has(fieldPath)) {
    return [
      invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`),
    ];
  }
  return allowed.includes(fieldPath) ? [] : [notSupported(`${path}.fieldPath`, fieldPath, [...allowed].sort())];
}

/** A reference to resources of a container; in a volume it has to name the container. */
export function validateResourceFieldRef(
  { resource = '', containerName, divisor }: ResourceFieldRef,
  path: string,
  inVolume: boolean,
): FieldError[] {
  if (inVolume && !containerName) return [required(`${path}.containerName`)];
  if (!resource) return [required(`${path}.resource`)];
  const pages = /^(limits|requests)\.hugepages-/.test(resource);
  const errors =
    pages || RESOURCE_FIELDS.includes(resource) ? [] : [notSupported(`${path}.resource`, resource, RESOURCE_FIELDS)];
  const of = pages ? 'hugepages' : (DIVISOR_NAMES[resource.slice(resource.indexOf('.') + 1)] ?? '');
  const allowed = of === 'cpu' ? CPU_DIVISORS : BYTE_DIVISORS;
  if (of === '' || divisor === undefined || nanoOf(divisor) === 0n) return errors;
  if (allowed.includes(canonicalQuantity(divisor))) return errors;
  const listed = of === 'cpu' ? '1m and 1' : allowed.join(', ');
  return [
    ...errors,
    invalid(`${path}.divisor`, resource, `only divisor's values ${listed} are supported with the ${of} resource`),
  ];
}

function validateKeyRef({ name = '', key }: { name?: string; key?: string }, path: string): FieldError[] {
  const errors = dnsSubdomain(name).map(text => invalid(`${path}.name`, name, text));
  if (!key) return [...errors, required(`${path}.key`)];
  return [...errors, ...configKey(key).map(text => invalid(`${path}.key`, key, text))];
}

/** What is wrong with the choice of a source is told of the whole list, not of its item. */
function validateEnvFrom(source: EnvFrom, list: string, index: number): FieldError[] {
  const path = at(list, index);
  const errors: FieldError[] = [];
  if (source.prefix)
    errors.push(...environmentName(source.prefix).map(text => invalid(`${path}.prefix`, source.prefix, text)));
  for (const kind of ['configMapRef', 'secretRef'] as const) {
    const reference = source[kind];
    if (!reference) continue;
    const { name } = reference;
    if (!name) errors.push(required(`${path}.${kind}.name`));
    else errors.push(...generateNameCheck(dnsSubdomain)(name).map(text => invalid(`${path}.${kind}.name`, name, text)));
  }
  const given = Number(!!source.configMapRef) + Number(!!source.secretRef);
  if (given === 0) errors.push(invalid(list, '', 'must specify one of: `configMapRef` or `secretRef`'));
  if (given > 1) errors.push(invalid(list, '', 'may not have more than one field specified at a time'));
  return errors;
}
