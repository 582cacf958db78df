import type { Json } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import type { Asking, Auth, HeaderValue, InCluster, Limits, Reduce } from './check-config.ts';
import { choiceField, durationField, type Field, refuse, textField } from './field.ts';
import { MUTE, type Place } from './place.ts';
import { readTable, type Table, tableSchema } from './table.ts';
import { fill, templateField } from './variables.ts';

const LONGEST_TEXT = 2_048;
const MOST_HEADERS = 20;

export const CREDENTIAL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const credentialField = textField(
  CREDENTIAL_NAME,
  100,
  'the name of a line of the input credentials, as in PROM_TOKEN',
);

/** A finite number, as it is written. */
export const numberField: Field<number> = {
  schema: { type: 'number' },
  read: (value, at) =>
    typeof value === 'number' && Number.isFinite(value) ? value : refuse(value, at, 'a number, without a unit'),
};

/** A plain number above that is taken for milliseconds. */
const MOST_SECONDS = 60;
const textOfDuration = durationField();

/** A time in seconds: a number, or a duration with its unit. */
export const secondsField: Field<number> = {
  schema: { anyOf: [{ type: 'number', maximum: MOST_SECONDS }, textOfDuration.schema] },
  read(value, at) {
    if (typeof value === 'number' && value > MOST_SECONDS)
      return at.problem(`${value} is ${value} seconds (did you mean ${Math.round(value)}ms?)`);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    const milliseconds = typeof value === 'string' ? textOfDuration.read(value, MUTE) : undefined;
    if (milliseconds !== undefined) return milliseconds / 1_000;
    return refuse(value, at, 'seconds as a number, as in 0.4, or a duration such as 400ms');
  },
};

/** What keeps a text from being an address that is asked: it is none, or it holds a name or password. */
export function addressFault(text: string): 'no address' | 'has credentials' | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'no address';
  const { username, password } = new URL(text);
  return username || password ? 'has credentials' : undefined;
}

/** An http(s) address, which may hold variables, but no credentials. */
export const urlField: Field<string> = {
  schema: { type: 'string', pattern: '^https?://', maxLength: LONGEST_TEXT },
  read(value, at) {
    const fault = typeof value === 'string' ? addressFault(fill(value, () => '1')) : undefined;
    if (fault === 'has credentials')
      return at.problem(
        'an address in a file must not hold a password; give it by the input credentials, and name it under auth',
      );
    // What is refused otherwise is quoted, and may be an address with a password, only ill-written.
    if (fault === 'no address' && String(value).includes('@'))
      return at.problem('what is given (not shown here) is not allowed; give an http(s) address');
    const text = templateField('an http(s) address', LONGEST_TEXT).read(value, at);
    return text === undefined || fault === undefined ? text : refuse(value, at, 'an http(s) address');
  },
};

const BEARER_KEYS: Table<{ bearer: string; scheme: string }> = {
  bearer: {
    key: 'bearer',
    field: credentialField,
    description: 'Name of the credential that is sent as a token.',
    required: true,
  },
  scheme: {
    key: 'scheme',
    field: textField(/^[A-Za-z][A-Za-z0-9-]*$/, 40, 'a word such as Api-Token'),
    description: 'The word before the token, where it is not `Bearer`.',
  },
};

const BASIC_KEYS: Table<{ basic: string }> = {
  basic: {
    key: 'basic',
    field: credentialField,
    description: 'Name of the credential, `user:password`, for basic authentication.',
    required: true,
  },
};

const authField: Field<Auth> = {
  schema: { anyOf: [tableSchema(BEARER_KEYS), tableSchema(BASIC_KEYS)] },
  read(value, at) {
    if (!isMapping(value)) return refuse(value, at, '{bearer: NAME} or {basic: NAME}');
    if ('bearer' in value === 'basic' in value) return at.problem('give either bearer or basic');
    if ('basic' in value) {
      const basic = readTable(BASIC_KEYS, value, at)?.basic;
      return basic === undefined ? undefined : { basic };
    }
    const { bearer, scheme } = readTable(BEARER_KEYS, value, at) ?? {};
    return bearer === undefined ? undefined : { bearer, ...(scheme === undefined ? {} : { scheme }) };
  },
};

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_|~-]{1,256}$/;
/** Set by the request itself, or by `auth`. */
const OWN_HEADERS = ['host', 'content-length', 'transfer-encoding', 'connection', 'authorization', 'accept-encoding'];

export const headersField: Field<Readonly<Record<string, HeaderValue>>> = {
  schema: {
    type: 'object',
    maxProperties: MOST_HEADERS,
    additionalProperties: {
      anyOf: [
        { type: 'string' },
        {
          type: 'object',
          properties: { credential: credentialField.schema },
          required: ['credential'],
          additionalProperties: false,
        },
      ],
    },
  },
  read(value, at) {
    if (!isMapping(value) || Object.keys(value).length > MOST_HEADERS)
      return refuse(value, at, `a mapping of at most ${MOST_HEADERS} headers`);
    const headers = Object.entries(value).map(
      ([name, one]) => [name, headerValue(name, one, at.within(name))] as const,
    );
    return headers.some(([, one]) => one === undefined)
      ? undefined
      : (Object.fromEntries(headers) as Record<string, HeaderValue>);
  },
};

function headerValue(name: string, value: Json, at: Place): HeaderValue | undefined {
  if (!HEADER_NAME.test(name)) return at.problem('that is no name of a header');
  if (OWN_HEADERS.includes(name.toLowerCase()))
    return at.problem(`${name} cannot be set here${name.toLowerCase() === 'authorization' ? '; use auth' : ''}`);
  if (typeof value === 'string' && /^[\x20-\x7e]{0,2048}$/.test(value)) return value;
  if (isMapping(value) && Object.keys(value).join() === 'credential') {
    const credential = credentialField.read(value['credential'] as Json, at.within('credential'));
    return credential === undefined ? undefined : { credential };
  }
  return refuse(value, at, 'a text, or {credential: NAME}');
}

/** How long a whole answer may take at most, in milliseconds. */
export const LONGEST_ANSWER_MS = 10_000;

export const ASKING_KEYS: Table<Asking> = {
  auth: {
    key: 'auth',
    field: authField,
    description: 'By what the request is let in: `bearer` or `basic`, with the name of a credential.',
  },
  headers: {
    key: 'headers',
    field: headersField,
    description: 'Further headers; a value is a text or `{credential: NAME}`.',
  },
  timeoutMs: {
    key: 'timeout',
    field: durationField({ min: 100, max: LONGEST_ANSWER_MS }),
    description: 'Longest time until the whole answer is there, at most 10s.',
    standard: '10s',
  },
};

export const IN_CLUSTER_KEYS: Table<InCluster> = {
  service: {
    key: 'service',
    field: templateField('the name of a Service, or namespace/name', 300),
    description:
      'A Service (`name` or `namespace/name`), asked through the API server’s proxy: nothing needs to be exposed.',
  },
  port: {
    key: 'port',
    field: portField(),
    description: 'Number or name of the Service’s port. Without it, its first.',
  },
  scheme: {
    key: 'scheme',
    field: choiceField(['http', 'https']),
    description: 'What the Service speaks. Without it, http, or https on a port that is named so or is 443.',
  },
};

function portField(): Field<string> {
  const allowed = 'a number from 1 to 65535, or the name of a port';
  return {
    schema: {
      anyOf: [
        { type: 'integer', minimum: 1, maximum: 65_535 },
        { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$' },
      ],
    },
    read(value, at) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return String(value);
      if (typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(value)) return value;
      return refuse(value, at, allowed);
    },
  };
}

export const LIMIT_KEYS: Table<Limits> = {
  min: { key: 'min', field: numberField, description: 'The number must not be lower.' },
  max: { key: 'max', field: numberField, description: 'The number must not be higher.' },
};

export function limitFaults({ min, max }: Limits): string[] {
  if (min === undefined && max === undefined) return ['nothing is asked of the number; give min, max or both'];
  if (min !== undefined && max !== undefined && min > max) return [`min ${min} is higher than max ${max}`];
  return [];
}

export const reduceField: Field<Reduce> = choiceField(['min', 'max', 'mean', 'sum', 'last']);

/** The window of a query, in milliseconds. */
export const windowField = durationField({ min: 1_000, max: 86_400_000 });
