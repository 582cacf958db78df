import type { Crd, CrdCondition, CrdNames } from './crd-view.ts';

/**
 * The CRD as the controller of names leaves it: its names are accepted unless another CRD of the group has one of them,
 * and then it is established. `time` is the time of the change as Kubernetes writes it.
 */
export function withAcceptedNames(crd: Crd, others: readonly Crd[], time: string): Crd {
  const wanted = crd.spec?.names;
  if (!wanted) return crd;
  const conflict = conflictOf(crd, others);
  const before = crd.status?.conditions ?? [];
  const accepted: CrdCondition = conflict
    ? condition('NamesAccepted', 'False', conflict.reason, conflict.message, time)
    : condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found', time);
  const established = conflict
    ? condition('Established', 'False', 'NotAccepted', 'not all names are accepted', time)
    : condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted', time);
  const own = [accepted, established].map(next => {
    const old = before.find(({ type }) => type === next.type);
    if (!old) return next;
    // Once established a CRD stays so, and times tell of changes only.
    return old.status === next.status || (old.type === 'Established' && old.status === 'True') ? old : next;
  });
  const foreign = before.filter(({ type }) => type !== 'NamesAccepted' && type !== 'Established');
  return {
    ...crd,
    status: {
      ...crd.status,
      conditions: [...own, ...foreign],
      acceptedNames: conflict ? { ...(crd.status?.acceptedNames ?? { plural: '', kind: '' }) } : { ...wanted },
    },
  };
}

const condition = (
  type: string,
  status: string,
  reason: string,
  message: string,
  lastTransitionTime: string,
): CrdCondition => ({
  type,
  status,
  lastTransitionTime,
  reason,
  message,
});

export function isEstablished(crd: Crd): boolean {
  return !!crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
}

const REASONS: readonly (readonly [keyof CrdNames, string])[] = [
  ['plural', 'PluralConflict'],
  ['singular', 'SingularConflict'],
  ['shortNames', 'ShortNamesConflict'],
  ['kind', 'KindConflict'],
  ['listKind', 'ListKindConflict'],
];

function conflictOf(crd: Crd, others: readonly Crd[]): { reason: string; message: string } | undefined {
  const group = others.filter(
    other => other.spec?.group === crd.spec?.group && other.metadata.name !== crd.metadata.name,
  );
  const names = group.map(other => other.status?.acceptedNames ?? {});
  const resources = new Set(names.flatMap(name => [name.plural, name.singular, ...(name.shortNames ?? [])]));
  const kinds = new Set(names.flatMap(name => [name.kind, name.listKind]));
  for (const [field, reason] of REASONS) {
    const taken = field === 'kind' || field === 'listKind' ? kinds : resources;
    for (const name of [crd.spec?.names[field]].flat()) {
      if (name && taken.has(name)) return { reason, message: `${JSON.stringify(name)} is already in use` };
    }
  }
  return undefined;
}
