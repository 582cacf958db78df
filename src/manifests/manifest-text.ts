/** A manifest larger than this is a mistake, or an attack: all CRDs of a large operator have about 5 MiB. */
export const MAX_BYTES = 20 * 1024 * 1024;

/** The text of a manifest; throws an Error that says what it is instead. */
export function decodeManifest(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) throw new Error(`is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
  if (isUtf16(bytes))
    throw new Error(
      'is encoded as UTF-16, not UTF-8 (PowerShell writes UTF-16 with ">"; use "| Out-File -Encoding utf8")',
    );
  try {
    // A byte order mark is dropped.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('is not UTF-8 text', { cause });
  }
}

/** By its mark, or by the zero that every second byte of an ASCII letter in UTF-16 is. */
function isUtf16([first, second]: Uint8Array): boolean {
  const mark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return mark || (first === 0) !== (second === 0);
}
