import type { KubeObject } from '../../kube.ts';
import type { Crd, CrdStatus } from './crd-view.ts';

/** Fills in what the API server fills into a CRD when it decodes one. */
export function defaultCrd(object: Record<string, unknown>): void {
  const { spec } = object as unknown as Crd;
  if (!spec) return;
  const { names } = spec;
  if (names?.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= {};
  spec.conversion.strategy ||= 'None';
}

/** The status of a new CRD: names are accepted later, only the version that stores is known. */
export function initialCrdStatus(object: KubeObject): CrdStatus {
  const stored = (object as Crd).spec?.versions?.filter(version => version.storage).map(version => version.name) ?? [];
  return { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: stored };
}
