import type { KubeObject } from '../../../kube.ts';
import { decodeBody } from '../../apply/decode-body.ts';
import type { Resource } from '../../types.ts';
import type { ResourceRequest } from '../core.ts';
import { failure } from '../statuses.ts';
import type { Incoming } from './message.ts';

const BODY_TYPES = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** The media type of a body, without its parameters. */
export function contentTypeOf(headers: Readonly<Record<string, string | undefined>>): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** Reads the object of a create or update, in the version in which it was sent and without its kind's defaults. */
export function decodeObject(incoming: Incoming, request: ResourceRequest, kind: Resource): KubeObject {
  const type = contentTypeOf(incoming.headers);
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml') {
    throw failure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${BODY_TYPES}`,
    );
  }
  const format = type === 'application/yaml' ? 'yaml' : 'json';
  const { object, warnings } = decodeBody(incoming.body.toString(), format, kind, request.fieldValidation);
  request.warnings.push(...warnings);
  return object.metadata === undefined ? { ...object, metadata: { name: '' } } : object;
}
