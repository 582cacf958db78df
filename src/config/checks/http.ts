import type { Json } from '../../kube.ts';
import { ASKING_KEYS, IN_CLUSTER_KEYS, urlField } from '../asking-keys.ts';
import { choiceField, durationField, type Field, refuse } from '../field.ts';
import { templateField } from '../variables.ts';
import type { CheckKeys } from './kind.ts';

const LONGEST_BODY = 65_536;
const STATUS = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/;

type Range = readonly [number, number];

/** `200`, `200-299`, or a list of them. */
const statusField: Field<readonly Range[]> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 100, maximum: 599 },
      { type: 'string', pattern: STATUS.source },
      { type: 'array', minItems: 1, maxItems: 10, items: { type: ['integer', 'string'] } },
    ],
  },
  read(value, at) {
    const ranges = (Array.isArray(value) ? value : [value]).map(rangeOf);
    const sound = ranges.filter(range => range !== undefined);
    if (sound.length === ranges.length && sound.length > 0 && sound.length <= 10) return sound;
    return refuse(value, at, 'codes such as 200, 200-299, or a list of them');
  },
};

function rangeOf(value: Json): Range | undefined {
  const [whole, from = '', to = from] = STATUS.exec(String(value)) ?? [];
  return whole && Number(from) <= Number(to) ? [Number(from), Number(to)] : undefined;
}

export const httpKeys: CheckKeys<'http'> = {
  description: 'Asks a URL, a Service, or the pods of the new version over HTTP: status, text of the answer, time.',
  keys: {
    url: {
      key: 'url',
      field: urlField,
      description: 'What is asked. Without it the Service, or else the new version’s pods in turn.',
    },
    ...IN_CLUSTER_KEYS,
    path: {
      key: 'path',
      field: templateField('a path that begins with /', 2_048),
      description: 'Path and query, where no url is given.',
      standard: '/',
    },
    method: {
      key: 'method',
      field: choiceField(['GET', 'HEAD', 'POST']),
      description: 'How it is asked.',
      standard: 'GET',
    },
    body: { key: 'body', field: templateField('a text', LONGEST_BODY), description: 'What is sent, with POST.' },
    status: { key: 'status', field: statusField, description: 'Status codes that pass.', standard: '200-299' },
    contains: {
      key: 'contains',
      field: templateField('a text', 4_096),
      description: 'Plain text that the answer must hold.',
    },
    maxLatencyMs: {
      key: 'max-latency',
      field: durationField({ min: 1, max: 10_000 }),
      description: 'Longest time to the whole answer that passes.',
    },
    ...ASKING_KEYS,
  },
  faults({ url, service, port, scheme, path, method, body, auth, contains }) {
    return [
      ...(url !== undefined && service !== undefined ? ['give either url or service'] : []),
      ...(url !== undefined && (port !== undefined || scheme !== undefined || path !== '/')
        ? ['port, scheme and path belong to a Service or to pods; a url has its own']
        : []),
      ...(path.startsWith('/') ? [] : ['path must begin with /']),
      ...(body !== undefined && method !== 'POST' ? ['a body is sent with method: POST alone'] : []),
      ...(contains !== undefined && method === 'HEAD'
        ? ['the answer to HEAD has no text that contains could look for']
        : []),
      ...(url === undefined && auth !== undefined
        ? ['the API server’s proxy hands no Authorization on; give a url, or another header']
        : []),
    ];
  },
};
