import { createHash } from 'node:crypto';

/** Of whole seconds, as GitHub tells times: `2026-03-02T10:00:00Z`. */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/**
 * A global id in the form that GitHub gives since 2021: a prefix for the kind, and MessagePack of numbers in base 64.
 * Opaque, but of the true length and alphabet.
 */
export function nodeId(prefix: string, ...numbers: readonly number[]): string {
  const parts = numbers.map(number => {
    const isLong = number > 0xffffffff;
    const bytes = Buffer.alloc(isLong ? 9 : 5);
    bytes[0] = isLong ? 0xcf : 0xce;
    if (isLong) bytes.writeBigUInt64BE(BigInt(number), 1);
    else bytes.writeUInt32BE(number, 1);
    return bytes;
  });
  const head = Buffer.from([0x90 + numbers.length + 1, 0]);
  return `${prefix}_${Buffer.concat([head, ...parts]).toString('base64url')}`;
}

/** 40 hexadecimal digits, the same for the same text. */
export function fakeSha(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

export const isBotLogin = (login: string): boolean => login.endsWith('[bot]');
export const isSha = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);
