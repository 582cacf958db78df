import { type Reason, SluiceError } from '../errors.ts';
import { forbiddenHint, hintFor } from './error-hints.ts';
import { recordOf } from './kubeconfig.ts';

export interface ApiCause {
  reason: string;
  message: string;
  field: string;
}

/** A field that another manager owns, as server-side apply reports it. */
export interface FieldConflict {
  manager: string;
  field: string;
}

/** What was asked for, in words. */
export interface Asked {
  /** As RBAC names it: get, list, watch, create, update, patch, delete; and apply, which RBAC calls patch. */
  verb: string;
  /** `Deployment shop/web`. */
  object: string;
  kind?: string;
  namespace?: string | undefined;
  /** Values that must not be quoted, since the object is a Secret. */
  secrets?: readonly string[];
}

/** The API server answered, and it was not a success. */
export class ApiError extends SluiceError {
  readonly verb: string;
  readonly object: string;
  readonly status: number;
  /** The API's own reason, `Conflict`; empty where it gives none. */
  readonly apiReason: string;
  readonly apiMessage: string;
  readonly causes: readonly ApiCause[];
  /** Set where an apply met fields of others. */
  readonly conflicts: readonly FieldConflict[];

  constructor(code: Reason, message: string, hint: string | undefined, facts: ApiFacts) {
    super(code, message, hint === undefined ? {} : { hint });
    this.name = 'ApiError';
    this.verb = facts.verb;
    this.object = facts.object;
    this.status = facts.status;
    this.apiReason = facts.apiReason;
    this.apiMessage = facts.apiMessage;
    this.causes = facts.causes;
    this.conflicts = facts.conflicts;
  }
}

export interface ApiFacts {
  verb: string;
  object: string;
  status: number;
  apiReason: string;
  apiMessage: string;
  causes: readonly ApiCause[];
  conflicts: readonly FieldConflict[];
  /** Group and resource that the Status names, `{group: 'apps', kind: 'deployments'}`. */
  group: string;
  resource: string;
}

/** The error for an answer; `body` is a Status, or whatever a proxy in between had to say. */
export function apiError(asked: Asked, status: number, body: string, credentials: string): ApiError {
  const facts = readStatus(asked, status, body);
  const code = codeFor(facts, asked);
  const told = facts.conflicts.length > 0 ? conflictText(facts.conflicts) : facts.apiMessage;
  const message = `Cannot ${asked.verb} ${asked.object}: ${told} (${[status, facts.apiReason].filter(Boolean).join(' ')}).`;
  const hint = code === 'forbidden' ? forbiddenHint(facts, asked) : hintFor(code, facts, asked, credentials);
  return new ApiError(code, message, hint, facts);
}

function readStatus(asked: Asked, status: number, body: string): ApiFacts {
  const parsed = parsedStatus(body);
  const details = recordOf(parsed['details']);
  const secrets = asked.secrets;
  const words = (value: unknown): string => {
    const text = typeof value === 'string' ? value : '';
    return secrets ? withoutValues(text, secrets) : text;
  };
  const causes = (Array.isArray(details['causes']) ? details['causes'] : []).map(recordOf).map(cause => ({
    reason: words(cause['reason']),
    message: words(cause['message']),
    field: words(cause['field']),
  }));
  const plain = parsed['kind'] === 'Status' ? words(parsed['message']) : words(firstLine(body));
  return {
    verb: asked.verb,
    object: asked.object,
    status,
    apiReason: words(parsed['reason']),
    apiMessage: plain.replace(/[.\s]+$/, '') || 'the answer has no message',
    causes,
    conflicts: causes.filter(cause => cause.reason === 'FieldManagerConflict').map(conflictOf),
    group: words(details['group']),
    resource: words(details['kind']),
  };
}

function parsedStatus(body: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(body));
  } catch {
    // Not an API server's answer, but that of a proxy or load balancer: its first line is told instead.
    return {};
  }
}

function firstLine(body: string): string {
  const text = body.replace(/<(style|script|head)[^>]*>.*?<\/\1>|<[^>]+>/gs, ' ');
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}

/** `conflict with "kubectl" using apps/v1` names the manager; the field begins with a dot. */
function conflictOf(cause: ApiCause): FieldConflict {
  return { manager: /"(.*?)"/.exec(cause.message)?.[1] ?? cause.message, field: cause.field.replace(/^\./, '') };
}

function conflictText(conflicts: readonly FieldConflict[]): string {
  const managers = [...new Set(conflicts.map(one => one.manager))].sort();
  return managers
    .map(manager => {
      const fields = conflicts.filter(one => one.manager === manager).map(one => one.field);
      return `${manager} owns ${fields.sort().join(', ')}`;
    })
    .join('; ');
}

/** The API quotes what it cannot accept; of a Secret that would be the secret. */
function withoutValues(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter(one => one.length >= 3).sort((a, b) => b.length - a.length);
  const quoted = longestFirst.reduce((safe, secret) => safe.replaceAll(secret, '***'), text);
  return quoted
    .replace(/(Invalid value: )("(?:[^"\\]|\\.)*"|[^:,\s]+)/g, '$1***')
    .replace(/(Value:)[^}\s]+/g, '$1***')
    .replace(/(unrecognized|invalid|looking for|after) (type|character|value)[: ]+\S+/gi, '$1 $2 ***');
}

function codeFor(facts: ApiFacts, asked: Asked): Reason {
  const { status, apiReason, apiMessage } = facts;
  const namespaceGone = facts.resource === 'namespaces' && asked.kind !== 'Namespace';
  if (status === 401) return 'unauthorized';
  if (status === 403) return / cannot [a-z*]+ (resource|path) /.test(apiMessage) ? 'forbidden' : 'rejected-by-api';
  if (status === 404) return namespaceGone ? 'namespace-missing' : 'api-error';
  if (status === 409) return namespaceGone ? 'namespace-missing' : 'conflict';
  // The API server answers 500 where server-side apply cannot read the object: the object is wrong, not the server.
  if (
    status === 500 &&
    apiReason === '' &&
    /typed patch object|strict decoding|cannot be handled as/.test(apiMessage)
  ) {
    return 'rejected-by-api';
  }
  return [400, 413, 415, 422].includes(status) ? 'rejected-by-api' : 'api-error';
}
