import type { KubeObject } from '../../kube.ts';
import type { FieldError } from '../types.ts';
import { sameValue } from '../validation/equality.ts';
import { at, invalid, notSupported, required } from '../validation/field-errors.ts';
import { dns1035Label, dnsSubdomain } from '../validation/names.ts';
import { isEstablished } from './crd-conditions.ts';
import { validateColumns, validateSubresources } from './crd-subresources.ts';
import type { Crd, CrdNames, CrdSpec, CrdVersion } from './crd-view.ts';
import { validateSchema } from './structural.ts';

/** Groups that only Kubernetes itself may add to. */
const PROTECTED = /(^|\.)(k8s\.io|kubernetes\.io)$/;
const APPROVAL = 'api-approved.kubernetes.io';

/** A new CRD is named after what it defines. */
export function validateCrdName(object: KubeObject): FieldError[] {
  const { group = '', names = { plural: '', kind: '' } } = (object as Crd).spec ?? ({} as Partial<CrdSpec>);
  const { name } = object.metadata;
  if (name === `${names.plural ?? ''}.${group}`) return [];
  return [invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

/** What is wrong with a CRD, but for its metadata. */
export function validateCrd(object: KubeObject): FieldError[] {
  const spec = ((object as Crd).spec ?? { versions: [] }) as CrdSpec;
  const { group = '', names = { plural: '', kind: '' }, versions = [] } = spec;
  const listed: unknown = spec.versions && shownVersions(versions);
  return [
    ...validateGroup(group),
    ...validateScope(spec.scope),
    ...validateVersions(versions, listed),
    ...validateNames(names),
    ...validateShared(versions),
    ...validateConversion(spec.conversion),
    ...validateApproval(object, group),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = dnsSubdomain(group);
  if (problems.length > 0) return [invalid('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateScope(scope: string | undefined): FieldError[] {
  if (!scope) return [required('spec.scope')];
  return ['Cluster', 'Namespaced'].includes(scope)
    ? []
    : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])];
}

/** Where every version has one and the same, the server keeps it once, at the top. */
function shared<K extends keyof CrdVersion>(versions: readonly CrdVersion[], field: K): CrdVersion[K] | undefined {
  const first = versions[0]?.[field];
  return versions.every(version => sameValue(version[field], first)) ? first : undefined;
}

function validateVersions(versions: readonly CrdVersion[], listed: unknown): FieldError[] {
  const errors = versions.flatMap((version, index) =>
    version.schema?.openAPIV3Schema ? [] : [required(`${at('spec.versions', index)}.schema.openAPIV3Schema`)],
  );
  const own = (field: 'schema' | 'subresources' | 'additionalPrinterColumns'): boolean =>
    shared(versions, field) === undefined;
  versions.forEach((version, index) => {
    const here = at('spec.versions', index);
    const { name = '', schema, subresources, additionalPrinterColumns = [] } = version;
    const problems = dns1035Label(name);
    if (problems.length > 0) errors.push(invalid(`${here}.name`, name, problems.join(',')));
    if (own('schema') && schema?.openAPIV3Schema) {
      errors.push(...validateSchema(schema.openAPIV3Schema, `${here}.schema.openAPIV3Schema`));
    }
    if (own('subresources')) errors.push(...validateSubresources(subresources, `${here}.subresources`));
    if (own('additionalPrinterColumns')) {
      errors.push(...validateColumns(additionalPrinterColumns, `${here}.additionalPrinterColumns`));
    }
  });
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.push(invalid('spec.versions', listed, 'must contain unique version names'));
  }
  if (versions.filter(version => version.storage).length !== 1) {
    const text = 'must have exactly one version marked as storage version';
    errors.push(invalid('spec.versions', listed, text));
  }
  return errors;
}

/** The versions as Go prints its internal structs; what lies at the top is null here. */
function shownVersions(versions: readonly CrdVersion[]): unknown {
  return versions.map(({ name, served, storage, schema, subresources, additionalPrinterColumns }) => ({
    Name: name ?? '',
    Served: served ?? false,
    Storage: storage ?? false,
    Deprecated: false,
    DeprecationWarning: null,
    Schema: shared(versions, 'schema') === undefined ? (schema ?? null) : null,
    Subresources: shared(versions, 'subresources') === undefined ? (subresources ?? null) : null,
    AdditionalPrinterColumns:
      shared(versions, 'additionalPrinterColumns') === undefined ? (additionalPrinterColumns ?? null) : null,
    SelectableFields: null,
  }));
}

function validateShared(versions: readonly CrdVersion[]): FieldError[] {
  const schema = shared(versions, 'schema')?.openAPIV3Schema;
  return [
    ...(schema ? validateSchema(schema, 'spec.validation.openAPIV3Schema') : []),
    ...validateSubresources(shared(versions, 'subresources'), 'spec.subresources'),
    ...validateColumns(shared(versions, 'additionalPrinterColumns') ?? [], 'spec.additionalPrinterColumns'),
  ];
}

function validateConversion(conversion: CrdSpec['conversion']): FieldError[] {
  const strategy = conversion?.strategy;
  if (strategy && !['None', 'Webhook'].includes(strategy)) {
    return [notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook'])];
  }
  if (strategy !== 'Webhook' || conversion?.webhook?.clientConfig) return [];
  return [required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook')];
}

function validateNames(names: CrdNames): FieldError[] {
  const { plural, singular, shortNames = [], kind, listKind, categories = [] } = names;
  const path = 'spec.names';
  const missing = Object.entries({ plural, singular, kind, listKind }).filter(([, value]) => !value);
  const label = (value: string, here: string, advice = ''): FieldError[] => {
    const problems = dns1035Label(advice ? value.toLowerCase() : value);
    return problems.length > 0 ? [invalid(here, value, `${advice}${problems.join(',')}`)] : [];
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  return [
    ...missing.map(([field]) => required(`${path}.${field}`)),
    ...(plural ? label(plural, `${path}.plural`) : []),
    ...(singular ? label(singular, `${path}.singular`) : []),
    ...(kind ? label(kind, `${path}.kind`, mixed) : []),
    ...(listKind ? label(listKind, `${path}.listKind`, mixed) : []),
    ...shortNames.flatMap((name, index) => label(name, at(`${path}.shortNames`, index))),
    ...(kind && kind === listKind
      ? [invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
    ...categories.flatMap((name, index) => label(name, at(`${path}.categories`, index))),
  ];
}

function validateApproval(object: KubeObject, group: string): FieldError[] {
  if (!PROTECTED.test(group)) return [];
  const approval = object.metadata.annotations?.[APPROVAL];
  if (approval) return [];
  const text =
    'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111';
  return [required(`metadata.annotations[${APPROVAL}]`, text)];
}

/** An established CRD keeps its group, scope and names. */
export function validateCrdUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [(object as Crd).spec, (old as Crd).spec];
  if (!spec || !before) return [];
  const fields: [string, unknown, unknown][] = [
    ...(isEstablished(old as Crd)
      ? ([
          ['spec.scope', spec.scope, before.scope],
          ['spec.names.kind', spec.names?.kind, before.names?.kind],
        ] as [string, unknown, unknown][])
      : []),
    ['spec.group', spec.group, before.group],
    ['spec.names.plural', spec.names?.plural, before.names?.plural],
  ];
  const stored = (old as Crd).status?.storedVersions ?? [];
  return [
    ...fields.filter(([, now, then]) => now !== then).map(([path, now]) => invalid(path, now, 'field is immutable')),
    ...stored
      .map((version, index) => [version, index] as const)
      .filter(([version]) => !spec.versions.some(({ name }) => name === version))
      .map(([version, index]) =>
        invalid(
          at('status.storedVersions', index),
          version,
          `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
        ),
      ),
  ];
}
