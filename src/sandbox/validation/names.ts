/** The forms of names, labels and keys. Each check answers with what is wrong, in the API server's words. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";

export type NameCheck = (value: string) => string[];

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const bytes = (value: string): number => Buffer.byteLength(value);
const charactersAtMost = (most: number): string => `must be no more than ${most} characters`;
const bytesAtMost = (most: number): string => `must be no more than ${most} bytes`;

/** The sentence after a failed pattern, with its examples: `text (e.g. 'a',  or 'b', regex used for validation is '…')`. */
function regexError(text: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map(example => `'${example}', `).join(' or ');
  return `${text} (${examples.length > 0 ? `e.g. ${shown}` : ''}regex used for validation is '${pattern}')`;
}

export const dnsLabel: NameCheck = value => [
  ...(bytes(value) > 63 ? [charactersAtMost(63)] : []),
  ...(whole(LABEL).test(value)
    ? []
    : whole(SUBDOMAIN).test(value)
      ? ['must not contain dots']
      : [regexError(LABEL_TEXT, LABEL, 'my-name', '123-abc')]),
];

export const dnsSubdomain: NameCheck = value => [
  ...(bytes(value) > 253 ? [charactersAtMost(253)] : []),
  ...(whole(SUBDOMAIN).test(value) ? [] : [regexError(SUBDOMAIN_TEXT, SUBDOMAIN, 'example.com')]),
];

/** What a search path of DNS may be: the underscore is let in. */
export const dnsSubdomainWithUnderscore: NameCheck = value => {
  const label = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
  const subdomain = `${label}(\\.${label})*`;
  if (bytes(value) > 253) return [charactersAtMost(253)];
  if (whole(subdomain).test(value)) return [];
  return [
    regexError(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      subdomain,
      'example.com',
    ),
  ];
};

export const dns1035Label: NameCheck = value => [
  ...(bytes(value) > 63 ? [charactersAtMost(63)] : []),
  ...(whole(LABEL_1035).test(value) ? [] : [regexError(LABEL_1035_TEXT, LABEL_1035, 'my-name', 'abc-123')]),
];

export const wildcardSubdomain: NameCheck = value => [
  ...(bytes(value) > 253 ? [charactersAtMost(253)] : []),
  ...(whole(`\\*\\.${SUBDOMAIN}`).test(value)
    ? []
    : [
        regexError(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
          `\\*\\.${SUBDOMAIN}`,
          '*.example.com',
        ),
      ]),
];

/** A key of labels and annotations: a name, with an optional DNS subdomain and a slash before it. */
export const qualifiedName: NameCheck = value => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${regexError(QUALIFIED_TEXT, QUALIFIED, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) errors.push(...dnsSubdomain(prefix).map(error => `prefix part ${error}`));
  const name = parts[parts.length - 1] ?? '';
  if (name === '') errors.push('name part must be non-empty');
  else if (bytes(name) > 63) errors.push(`name part ${bytesAtMost(63)}`);
  if (!whole(QUALIFIED).test(name)) {
    errors.push(`name part ${regexError(QUALIFIED_TEXT, QUALIFIED, 'MyName', 'my.name', '123-abc')}`);
  }
  return errors;
};

export const labelValue: NameCheck = value => [
  ...(bytes(value) > 63 ? [bytesAtMost(63)] : []),
  ...(whole(LABEL_VALUE).test(value)
    ? []
    : [regexError(LABEL_VALUE_TEXT, LABEL_VALUE, 'MyValue', 'my_value', '12345')]),
];

/** What a path segment of the API may not be; the only rule for names of RBAC objects. */
export const pathSegment: NameCheck = value => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter(c => value.includes(c)).map(c => `may not contain '${c}'`);
};

export const portName: NameCheck = value => {
  const errors: string[] = [];
  if (value.length > 15) errors.push(charactersAtMost(15));
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

export const portNumber = (value: number): string[] =>
  value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];

export const environmentName: NameCheck = value =>
  value.length > 0 && /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

export const configKey: NameCheck = value => {
  const errors: string[] = [];
  if (bytes(value) > 253) errors.push(charactersAtMost(253));
  if (!whole(CONFIG_KEY).test(value)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (value === '.') errors.push("must not be '.'");
  if (value === '..') errors.push("must not be '..'");
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
};

export const headerName: NameCheck = value =>
  whole('[-A-Za-z0-9]+').test(value)
    ? []
    : [
        regexError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          '[-A-Za-z0-9]+',
          'X-Header-Name',
        ),
      ];

/** Suffixes get 5 characters, and a trailing dash is no part of the check. */
export function generateNameCheck(check: NameCheck): NameCheck {
  return value => check(value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value);
}
