import { type FieldCause, StatusError } from '../types.ts';
import { pathsOf } from './field-set.ts';
import { identityOf, type Owner } from './managers.ts';
import type { Conflicts } from './ownership.ts';
import { compareText, pathText } from './path-element.ts';

/** 409 with a cause for each field: who owns it and where it is. */
export function conflictError(conflicts: Conflicts): StatusError {
  const sorted = [...conflicts].sort((a, b) => compareText(identityOf(a.owner), identityOf(b.owner)));
  const found = sorted.map(({ owner, fields }) => ({ name: ownerText(owner), paths: pathsOf(fields).map(pathText) }));
  const causes: FieldCause[] = found.flatMap(({ name, paths }) =>
    paths.map(field => ({ reason: 'FieldManagerConflict', message: `conflict with ${name}`, field })),
  );
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(found, causes),
    reason: 'Conflict',
    details: { causes: causes.map(cause => ({ ...cause })) },
    code: 409,
  });
}

function messageOf(found: { name: string; paths: string[] }[], causes: FieldCause[]): string {
  const [first] = causes;
  if (first && causes.length === 1) return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  const lines = found.flatMap(({ name, paths }) => [`conflicts with ${name}:`, ...paths.map(path => `- ${path}`)]);
  return `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
}

function ownerText({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
