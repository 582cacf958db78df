import type { FieldError } from '../../types.ts';
import type { ResourceRequest } from '../core.ts';
import { invalid } from '../statuses.ts';
import type { Incoming } from './message.ts';

const MANAGER_LIMIT = 128;
const APPLY = 'application/apply-patch+yaml';

export type WriteVerb = 'create' | 'update' | 'patch';

const KINDS: Readonly<Record<WriteVerb, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

export interface HttpWriteOptions {
  manager: string;
  dryRun: boolean;
  fieldValidation: ResourceRequest['fieldValidation'];
  force: boolean;
}

const isTrue = (text: string | null): boolean => text !== null && /^(true|1)$/i.test(text);

function notSupported(field: string, value: string, supported: string[]): FieldError {
  const list = supported.map(name => JSON.stringify(name)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

export function dryRunErrors(values: readonly string[]): FieldError[] {
  const wrong = values.filter(value => value !== 'All');
  return wrong.length > 0
    ? [
        {
          ...notSupported('dryRun', '', ['All']),
          message: `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`,
        },
      ]
    : [];
}

/** Reads and checks the query of a write as the server's option types do. */
export function writeOptions(incoming: Incoming, verb: WriteVerb, contentType: string): HttpWriteOptions {
  const { query, headers } = incoming;
  const manager = query.get('fieldManager') ?? '';
  const applying = verb === 'patch' && contentType === APPLY;
  const errors: FieldError[] = [];
  if (verb === 'patch' && !applying && query.get('force') !== null) {
    errors.push({
      reason: 'FieldValueForbidden',
      field: 'force',
      message: 'Forbidden: may not be specified for non-apply patch',
    });
  }
  if (applying && manager === '') {
    errors.push({
      reason: 'FieldValueRequired',
      field: 'fieldManager',
      message: 'Required value: is required for apply patch',
    });
  }
  if (Buffer.byteLength(manager) > MANAGER_LIMIT) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      message: `Too long: may not be more than ${MANAGER_LIMIT} bytes`,
    });
  } else if (/[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u.test(manager)) {
    errors.push({
      reason: 'FieldValueInvalid',
      field: 'fieldManager',
      message: `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`,
    });
  }
  errors.push(...dryRunErrors(query.getAll('dryRun')));
  const validation = query.get('fieldValidation') ?? '';
  if (validation !== '' && validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    errors.push(notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: KINDS[verb] }, '', errors);
  return {
    manager: manager || managerOf(headers['user-agent']),
    dryRun: query.has('dryRun'),
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    force: isTrue(query.get('force')),
  };
}

/** Without a name of its own a manager is called by the first word of its user agent. */
function managerOf(agent: string | undefined): string {
  return (agent ?? '').split('/')[0]?.slice(0, MANAGER_LIMIT) || 'unknown';
}
