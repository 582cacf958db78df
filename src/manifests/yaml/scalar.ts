/** What a scalar of YAML 1.1 stands for, before it becomes JSON; integers are exact. */
export type Resolved =
  | { type: 'null' }
  | { type: 'boolean'; value: boolean }
  | { type: 'integer'; value: bigint }
  | { type: 'float'; value: number }
  | { type: 'string'; value: string };

const CORE_TAG = 'tag:yaml.org,2002:';
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;
/** 64 bits in base 2, with the prefix; what is longer takes long to read, and is out of range. */
const LONGEST_INTEGER = 66;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

const WORDS = new Map<string, Resolved>([
  ...['y', 'yes', 'true', 'on'].flatMap(word => spellings(word, { type: 'boolean', value: true })),
  ...['n', 'no', 'false', 'off'].flatMap(word => spellings(word, { type: 'boolean', value: false })),
  ...['', '~', 'null'].flatMap(word => spellings(word, { type: 'null' })),
  ...['.inf', '+.inf'].flatMap(word => spellings(word, { type: 'float', value: Number.POSITIVE_INFINITY })),
  ...spellings('-.inf', { type: 'float', value: Number.NEGATIVE_INFINITY }),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, Resolved] => [word, { type: 'float', value: Number.NaN }]),
]);

/**
 * Reads a plain scalar as kubectl does, which is go-yaml v2: YAML 1.1 without numbers of base 60, and with the octals
 * of both versions. Source of the rules: `resolve.go` in goyaml.v2 of sigs.k8s.io/yaml.
 */
export function resolvePlain(text: string): Resolved {
  const word = WORDS.get(text);
  if (word) return word;
  if (/^[-+0-9]/.test(text)) return resolveNumber(text.replaceAll('_', '')) ?? { type: 'string', value: text };
  if (text.startsWith('.') && FLOAT.test(text)) return finite(text) ?? { type: 'string', value: text };
  return { type: 'string', value: text };
}

/** Reads a scalar under an explicit tag; undefined where the text is not of that type. Foreign tags mean nothing to kubectl: the text stays. */
export function resolveTagged(text: string, tag: string): Resolved | undefined {
  const asString: Resolved = { type: 'string', value: text };
  const plain = resolvePlain(text);
  switch (tag) {
    case `${CORE_TAG}null`:
      return plain.type === 'null' ? plain : undefined;
    case `${CORE_TAG}bool`:
      return plain.type === 'boolean' ? plain : undefined;
    case `${CORE_TAG}int`:
      return plain.type === 'integer' ? plain : undefined;
    case `${CORE_TAG}float`:
      if (plain.type === 'integer') return { type: 'float', value: Number(plain.value) };
      return plain.type === 'float' ? plain : undefined;
    case `${CORE_TAG}timestamp`:
      return /^\d{4}-\d{1,2}-\d{1,2}([Tt ]|$)/.test(text) ? asString : undefined;
    case `${CORE_TAG}binary`:
      return decodeBinary(text);
    default:
      return asString;
  }
}

function resolveNumber(text: string): Resolved | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits !== undefined && digits.length <= LONGEST_INTEGER) {
    const octal = /^0[0-7]/.test(digits);
    const size = BigInt(octal ? `0o${digits.slice(1)}` : digits.toLowerCase());
    const value = sign === '-' ? -size : size;
    const most = sign ? -MIN_INT64 - 1n : MAX_UINT64;
    if (value >= MIN_INT64 && value <= most) return { type: 'integer', value };
  }
  return FLOAT.test(text) ? finite(text) : undefined;
}

/** Too large for a double: kubectl leaves the text. */
function finite(text: string): Resolved | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { type: 'float', value } : undefined;
}

/** Bytes that are not UTF-8 are refused, where kubectl would replace them without a word. */
function decodeBinary(text: string): Resolved | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) return undefined;
  const value = Buffer.from(compact, 'base64').toString('utf8');
  return value.includes('\uFFFD') ? undefined : { type: 'string', value };
}

function spellings(word: string, resolved: Resolved): [string, Resolved][] {
  const capital = word.replace(/[a-z]/, first => first.toUpperCase());
  return [...new Set([word, capital, word.toUpperCase()])].map(spelling => [spelling, resolved]);
}
