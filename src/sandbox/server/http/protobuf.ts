/** Writes protobuf messages: fields in, bytes out. Only what OpenAPI documents need. */

const LENGTH_DELIMITED = 2;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A field that holds a string or a message. */
export function field(number: number, content: string | Buffer): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint((number << 3) | LENGTH_DELIMITED), varint(body.length), body]);
}

export function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}
