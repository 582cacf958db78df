import type { KubeObject } from '../../kube.ts';
import type { FieldError } from '../types.ts';
import { sameValue } from '../validation/equality.ts';
import { at, duplicate, invalid, notSupported, required } from '../validation/field-errors.ts';
import { dns1035Label, dnsSubdomain } from '../validation/names.ts';
import { isEstablished } from './crd-conditions.ts';
import type { Crd, CrdNames, CrdSpec, CrdVersion } from './crd-view.ts';
import { validateSchema } from './structural.ts';

/** Groups that only Kubernetes itself may add to. */
const PROTECTED = /(^|\.)(k8s\.io|kubernetes\.io)$/;
const APPROVAL = 'api-approved.kubernetes.io';

/** What is wrong with a CRD, but for its metadata. */
export function validateCrd(object: KubeObject): FieldError[] {
  const spec = ((object as Crd).spec ?? { versions: [] }) as CrdSpec;
  const { group = '', names = { plural: '', kind: '' } } = spec;
  const wanted = `${names.plural}.${group}`;
  const errors: FieldError[] = [];
  if (object.metadata.name !== wanted) {
    errors.push(invalid('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  errors.push(...validateGroup(group), ...validateScope(spec.scope));
  if (spec.conversion?.strategy && !['None', 'Webhook'].includes(spec.conversion.strategy)) {
    errors.push(notSupported('spec.conversion.strategy', spec.conversion.strategy, ['None', 'Webhook']));
  }
  errors.push(...validateVersions(spec.versions ?? []), ...validateNames(names), ...validateApproval(object, group));
  return errors;
}

function validateGroup(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  if (!group.includes('.')) return [invalid('spec.group', group, 'should be a domain with at least one dot')];
  return dnsSubdomain(group).map(text => invalid('spec.group', group, text));
}

function validateScope(scope: string | undefined): FieldError[] {
  if (!scope) return [required('spec.scope')];
  return ['Cluster', 'Namespaced'].includes(scope)
    ? []
    : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])];
}

function validateVersions(versions: readonly CrdVersion[]): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  // Where every version has one schema, the server keeps it once, at the top.
  const shared = versions.length > 0 && versions.every(({ schema }) => sameValue(schema, versions[0]?.schema));
  versions.forEach((version, index) => {
    const here = at('spec.versions', index);
    if (names.has(version.name)) errors.push(duplicate(`${here}.name`, version.name));
    names.add(version.name);
    errors.push(...dns1035Label(version.name ?? '').map(text => invalid(`${here}.name`, version.name ?? '', text)));
    const schema = version.schema?.openAPIV3Schema;
    if (!schema) errors.push(required(`${here}.schema.openAPIV3Schema`));
    else if (!shared) errors.push(...validateSchema(schema, `${here}.schema.openAPIV3Schema`));
    else if (index === 0) errors.push(...validateSchema(schema, 'spec.validation.openAPIV3Schema'));
  });
  const storing = versions.filter(version => version.storage).length;
  if (storing !== 1) {
    const shown = versions.map(({ name, served, storage }) => ({ name, served, storage }));
    errors.push(invalid('spec.versions', shown, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function validateNames(names: CrdNames): FieldError[] {
  const errors: FieldError[] = [];
  const { plural, singular, shortNames = [], kind, listKind, categories = [] } = names;
  const check = (value: string | undefined, path: string, lower: boolean): void => {
    if (!value) {
      errors.push(required(path));
      return;
    }
    errors.push(
      ...dns1035Label(lower ? value : value.toLowerCase()).map(text =>
        invalid(path, value, lower ? text : `may have mixed case, but should otherwise match: ${text}`),
      ),
    );
  };
  check(plural, 'spec.names.plural', true);
  if (singular) check(singular, 'spec.names.singular', true);
  check(kind, 'spec.names.kind', false);
  if (listKind) check(listKind, 'spec.names.listKind', false);
  if (kind && kind === listKind)
    errors.push(invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same'));
  for (const [index, name] of shortNames.entries()) check(name, at('spec.names.shortNames', index), true);
  for (const [index, name] of categories.entries()) check(name, at('spec.names.categories', index), true);
  return errors;
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
    ['spec.group', spec.group, before.group],
    ['spec.names.plural', spec.names?.plural, before.names?.plural],
    ...(isEstablished(old as Crd)
      ? ([
          ['spec.scope', spec.scope, before.scope],
          ['spec.names.kind', spec.names?.kind, before.names?.kind],
        ] as [string, unknown, unknown][])
      : []),
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
