import { JsonSyntaxError, parseJson } from '../../apply/json-text.ts';
import type { DeleteOptions, FieldError } from '../../types.ts';
import { badRequest, invalid } from '../statuses.ts';
import type { Incoming } from './message.ts';
import { dryRunErrors } from './write-options.ts';

interface DeleteBody {
  apiVersion?: string;
  kind?: string;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;

function isPolicy(text: string): text is (typeof POLICIES)[number] {
  return POLICIES.some(policy => policy === text);
}

function bodyOf(incoming: Incoming): DeleteBody {
  const text = incoming.body.toString();
  if (text === '') return bodyOfQuery(incoming.query);
  const body = parsed(text);
  const kind = body.kind ?? 'DeleteOptions';
  if (kind !== 'DeleteOptions') {
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(body.apiVersion ?? 'v1')} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  return body;
}

function parsed(text: string): DeleteBody {
  try {
    const { value } = parseJson(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as DeleteBody;
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
  throw badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal the body into DeleteOptions");
}

function bodyOfQuery(query: URLSearchParams): DeleteBody {
  const policy = query.get('propagationPolicy');
  const grace = query.get('gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  return {
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(orphan === null ? {} : { orphanDependents: orphan === 'true' }),
    ...(query.has('dryRun') ? { dryRun: query.getAll('dryRun') } : {}),
  };
}

/** Reads DeleteOptions from the body, or from the query where there is no body. */
export function deleteOptions(incoming: Incoming): DeleteOptions {
  const body = bodyOf(incoming);
  const { propagationPolicy: policy, orphanDependents: orphan, gracePeriodSeconds, preconditions } = body;
  const errors: FieldError[] = [];
  if (orphan !== undefined && policy !== undefined) {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    errors.push({ reason: 'FieldValueInvalid', field: 'propagationPolicy', message });
  }
  if (policy !== undefined && !isPolicy(policy)) {
    const supported = [...POLICIES, 'nil'].map(name => JSON.stringify(name)).join(', ');
    errors.push({
      reason: 'FieldValueNotSupported',
      field: 'propagationPolicy',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`,
    });
  }
  const dryRun = body.dryRun ?? [];
  errors.push(...dryRunErrors(dryRun));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const propagation =
    policy !== undefined && isPolicy(policy)
      ? policy
      : orphan === undefined
        ? undefined
        : orphan
          ? 'Orphan'
          : 'Background';
  return {
    ...(propagation === undefined ? {} : { propagation }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
    dryRun: dryRun.length > 0,
  };
}
