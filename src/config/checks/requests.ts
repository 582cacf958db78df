import { jsonPathProblem } from '../../checks/json-path.ts';
import { ASKING_KEYS, LIMIT_KEYS, limitFaults, reduceField, urlField, windowField } from '../asking-keys.ts';
import { choiceField, type Field, refuse, textField } from '../field.ts';
import { readTable, type Table, tableSchema } from '../table.ts';
import { templateField } from '../variables.ts';
import type { CheckKeys } from './kind.ts';

export const webhookKeys: CheckKeys<'webhook'> = {
  description: 'Posts the release’s facts as JSON; an answer of 2xx passes.',
  keys: { url: { key: 'url', field: urlField, description: 'Where they are posted.', required: true }, ...ASKING_KEYS },
};

interface Aws {
  region: string;
  service: string;
}

const AWS_KEYS: Table<Aws> = {
  region: {
    key: 'region',
    field: textField(/^[a-z0-9-]+$/, 40, 'a region such as eu-central-1'),
    description: 'Region.',
    required: true,
  },
  service: {
    key: 'service',
    field: textField(/^[a-z0-9-]+$/, 40, 'the name of a service such as monitoring'),
    description: 'Service as signatures name it.',
    standard: 'monitoring',
  },
};

const awsField: Field<Aws> = {
  schema: tableSchema(AWS_KEYS),
  read(value, at) {
    const said = readTable(AWS_KEYS, value, at);
    return said?.region === undefined ? undefined : { region: said.region, service: said.service ?? 'monitoring' };
  },
};

const jsonPathField: Field<string> = {
  schema: { type: 'string', pattern: '^\\$', maxLength: 1_024 },
  read(value, at) {
    if (typeof value !== 'string' || value.length > 1_024)
      return refuse(value, at, 'a JSONPath such as $.data[0].value');
    const problem = jsonPathProblem(value);
    return problem === undefined ? value : at.problem(problem);
  },
};

export const metricKeys: CheckKeys<'metric'> = {
  description: 'Asks any JSON API, takes a number out of the answer by JSONPath and holds it against limits.',
  keys: {
    url: { key: 'url', field: urlField, description: 'What is asked.', required: true },
    method: { key: 'method', field: choiceField(['GET', 'POST']), description: 'How it is asked.', standard: 'GET' },
    body: {
      key: 'body',
      field: templateField('a text', 65_536),
      description: 'What is sent, with POST; as JSON where it is JSON, unless a Content-Type says otherwise.',
    },
    jsonPath: {
      key: 'json-path',
      field: jsonPathField,
      description: 'Where the number is in the answer.',
      required: true,
    },
    ...LIMIT_KEYS,
    reduce: {
      key: 'reduce',
      field: reduceField,
      description: 'How one number is made of several that the path finds. Without it several are an error.',
    },
    windowMs: { key: 'window', field: windowField, description: 'How far back `{{start}}` is.', standard: '1m' },
    aws: {
      key: 'aws',
      field: awsField,
      description: 'Signs the request for AWS with the keys of the environment (AWS_ACCESS_KEY_ID, …).',
    },
    ...ASKING_KEYS,
  },
  faults: check => [
    ...limitFaults(check),
    ...(check.body !== undefined && check.method !== 'POST' ? ['a body is sent with method: POST alone'] : []),
    ...(check.aws && check.auth ? ['give either aws or auth'] : []),
  ],
};
