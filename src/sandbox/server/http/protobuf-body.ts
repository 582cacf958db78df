import type { Json, JsonObject } from '../../../kube.ts';
import { timestamp } from '../core.ts';
import { badRequest } from '../statuses.ts';
import type { Incoming } from './message.ts';
import { MESSAGES, type MessageField, SCALARS, UNREAD } from './protobuf-messages.ts';

/** What begins every Kubernetes protobuf body: `k8s` and a zero byte. */
const MAGIC = Buffer.from('k8s\0');
const MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

type WireValue = bigint | Buffer;

/** The fields of one message as they are on the wire, in order. Throws on what is no protobuf. */
function* wireFields(bytes: Buffer): Generator<[number: number, value: WireValue]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    switch (key & 7) {
      case 0:
        yield [key >>> 3, varint()];
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw badRequest('unexpected EOF');
        yield [key >>> 3, bytes.subarray(at, at + length)];
        at += length;
        break;
      }
      default:
        throw badRequest(`proto: illegal wireType ${key & 7}`);
    }
  }
}

function fieldOf(bytes: Buffer, number: number): WireValue | undefined {
  for (const [found, value] of wireFields(bytes)) if (found === number) return value;
  return undefined;
}

const textOf = (value: WireValue | undefined): string => (Buffer.isBuffer(value) ? value.toString() : '');

function scalar(type: string, value: WireValue): Json {
  switch (type) {
    case 'int':
      return Number(value);
    case 'bool':
      return value !== 0n;
    case 'bytes':
      return Buffer.isBuffer(value) ? value.toString('base64') : '';
    case 'Quantity':
      return Buffer.isBuffer(value) ? textOf(fieldOf(value, 1)) : '';
    case 'IntOrString': {
      if (!Buffer.isBuffer(value)) return 0;
      return fieldOf(value, 1) === 1n ? textOf(fieldOf(value, 3)) : Number(fieldOf(value, 2) ?? 0n);
    }
    case 'Time': {
      const seconds = Buffer.isBuffer(value) ? fieldOf(value, 1) : undefined;
      return seconds === undefined ? null : timestamp(Number(seconds) * 1000);
    }
    default:
      return textOf(value);
  }
}

const decoded = (type: string, value: WireValue): Json =>
  SCALARS.has(type) ? scalar(type, value) : messageOf(type, Buffer.isBuffer(value) ? value : Buffer.alloc(0));

function isZero(value: Json): boolean {
  if (typeof value === 'object') return value === null || Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false;
}

function messageOf(type: string, bytes: Buffer): JsonObject {
  if (type === UNREAD) return {};
  const fields = MESSAGES.get(type);
  const found: Record<string, Json> = {};
  for (const [number, value] of wireFields(bytes)) {
    const field = fields?.get(number);
    // To drop what is not understood would be to answer another request than the client's.
    if (!field) throw badRequest(`the sandbox cannot read field ${number} of a ${type} in protobuf; send JSON`);
    take(found, field, value);
  }
  return found;
}

function take(found: Record<string, Json>, { name, type, form, pointer }: MessageField, value: WireValue): void {
  switch (form) {
    case 'list':
      found[name] = [...((found[name] as Json[] | undefined) ?? []), decoded(type, value)];
      return;
    case 'map': {
      if (!Buffer.isBuffer(value)) return;
      const entry = decoded(type, fieldOf(value, 2) ?? Buffer.alloc(0));
      found[name] = { ...(found[name] as JsonObject | undefined), [textOf(fieldOf(value, 1))]: entry };
      return;
    }
    case 'one': {
      const content = decoded(type, value);
      if (name === '+') Object.assign(found, content);
      // Go writes every field that is no pointer, given or not.
      else if (pointer || !isZero(content)) found[name] = content;
      return;
    }
    default:
      form satisfies never;
  }
}

/** The request with its protobuf body as JSON, where it has one and the kind is one that clients send so. */
export function withJsonBody(incoming: Incoming): Incoming {
  const { body, headers } = incoming;
  const type = headers['content-type']?.split(';')[0]?.trim();
  if (type !== MEDIA_TYPE || !body.subarray(0, MAGIC.length).equals(MAGIC)) return incoming;
  const envelope = body.subarray(MAGIC.length);
  const [typeMeta, raw] = [fieldOf(envelope, 1), fieldOf(envelope, 2)];
  const kind = Buffer.isBuffer(typeMeta) ? textOf(fieldOf(typeMeta, 2)) : '';
  if (!MESSAGES.has(kind) || !Buffer.isBuffer(typeMeta)) return incoming;
  const apiVersion = textOf(fieldOf(typeMeta, 1));
  const versioned = `${apiVersion}/${kind}`;
  const object = {
    apiVersion,
    kind,
    ...messageOf(MESSAGES.has(versioned) ? versioned : kind, Buffer.isBuffer(raw) ? raw : Buffer.alloc(0)),
  };
  return {
    ...incoming,
    body: Buffer.from(JSON.stringify(object)),
    headers: { ...headers, 'content-type': 'application/json' },
  };
}
