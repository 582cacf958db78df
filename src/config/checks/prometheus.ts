import { isMapping } from '../../manifests/object-fields.ts';
import {
  ASKING_KEYS,
  IN_CLUSTER_KEYS,
  LIMIT_KEYS,
  limitFaults,
  reduceField,
  secondsField,
  urlField,
  windowField,
} from '../asking-keys.ts';
import type { MetricSource, PrometheusPlace } from '../check-config.ts';
import { choiceField, durationField, type Field, integerField, refuse, textField } from '../field.ts';
import { type Key, type Said, standardsOf, type Table } from '../table.ts';
import { templateField } from '../variables.ts';
import type { CheckKeys } from './kind.ts';

const SOURCES: readonly MetricSource[] = ['plain', 'istio', 'linkerd', 'ingress-nginx', 'envoy', 'traefik'];
export const LONGEST_QUERY = 8_192;

/** Names of Prometheus, by the names that they stand for. */
function renamesField(pattern: RegExp, what: string): Field<Readonly<Record<string, string>>> {
  return {
    schema: { type: 'object', maxProperties: 20, additionalProperties: { type: 'string', pattern: pattern.source } },
    read(value, at) {
      const sound =
        isMapping(value) &&
        Object.keys(value).length <= 20 &&
        Object.values(value).every(one => typeof one === 'string' && pattern.test(one));
      return sound ? (value as Record<string, string>) : refuse(value, at, what);
    },
  };
}

/** Where Prometheus is: keys of the configuration itself, and of each check that asks it. */
export const PLACE_KEYS: Table<PrometheusPlace> = {
  url: { key: 'url', field: urlField, description: 'Address of Prometheus, with the path below which its API is.' },
  ...IN_CLUSTER_KEYS,
  path: {
    key: 'path',
    field: textField(/^\/[\w./~-]*$/, 256, 'a path such as /prometheus'),
    description: 'Path of the Service below which the API is, as in `/prometheus`.',
  },
  source: {
    key: 'source',
    field: choiceField(SOURCES),
    description:
      'Whose metrics they are. Without it, by the router: istio, ingress-nginx, or plain ones of the application.',
  },
  labels: {
    key: 'labels',
    field: renamesField(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'a mapping of names of labels to those that yours have'),
    description: 'Labels that have other names in your Prometheus, as in `{pod: kubernetes_pod_name}`.',
  },
  metrics: {
    key: 'metrics',
    field: renamesField(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'a mapping of names of metrics to those that yours have'),
    description: 'Metrics that have other names, as in `{http_requests_total: app_requests_total}`.',
  },
  ...ASKING_KEYS,
};

export const WINDOW_KEY: Key<number> = {
  key: 'window',
  field: windowField,
  description: 'How far back a query looks; `{{window}}` in it.',
  standard: '1m',
};

export const MIN_REQUESTS_KEY: Key<number> = {
  key: 'min-requests',
  field: integerField({ min: 1, max: 1_000_000 }),
  description: 'With fewer requests to the new version in the window nothing is judged: at the end of a hold, no data.',
  standard: 50,
};

/** A place of which only that is said. */
export function placeAt(said: Partial<Said<PrometheusPlace>>): Said<PrometheusPlace> {
  return { ...standardsOf(PLACE_KEYS), ...said };
}

export function placeFaults({ url, service, port, scheme, path, auth }: Said<PrometheusPlace>): string[] {
  return [
    ...(url !== undefined && service !== undefined ? ['give either url or service'] : []),
    ...(service === undefined && [port, scheme, path].some(said => said !== undefined)
      ? ['port, scheme and path belong to a service; a url has its own']
      : []),
    ...(service !== undefined && auth !== undefined
      ? ['the API server’s proxy hands no Authorization on; give a url, or another header']
      : []),
  ];
}

export const prometheusKeys: CheckKeys<'prometheus'> = {
  description: 'Asks Prometheus a query and holds the number against limits.',
  keys: {
    query: {
      key: 'query',
      field: templateField('a query in PromQL', LONGEST_QUERY),
      description: 'The query; its result must be one number.',
      required: true,
    },
    ...LIMIT_KEYS,
    reduce: {
      key: 'reduce',
      field: reduceField,
      description:
        'How one number is made of several series, or of the points of a range. Without it several are an error.',
    },
    windowMs: WINDOW_KEY,
    stepMs: {
      key: 'step',
      field: durationField({ min: 1_000, max: 3_600_000 }),
      description: 'Makes it a range query over the window with this resolution; needs reduce.',
    },
    ...PLACE_KEYS,
  },
  faults: check => [
    ...limitFaults(check),
    ...placeFaults(check),
    ...(check.stepMs !== undefined && check.reduce === undefined
      ? ['a range has several points; say how to reduce them']
      : []),
    ...(check.stepMs !== undefined && check.windowMs / check.stepMs > 11_000
      ? ['the range has more than 11,000 points, which Prometheus refuses']
      : []),
  ],
};

const QUESTION_KEYS = { ...LIMIT_KEYS, windowMs: WINDOW_KEY, minRequests: MIN_REQUESTS_KEY, ...PLACE_KEYS };

export const successRateKeys: CheckKeys<'success-rate'> = {
  description: 'Percent of the new version’s requests that were answered without an error of the server.',
  keys: QUESTION_KEYS,
  faults: check => [...limitFaults(check), ...placeFaults(check), ...percentFaults(check)],
};

export const latencyKeys: CheckKeys<'latency-p99'> = {
  description: 'Seconds that 99 of 100 requests to the new version took at most.',
  keys: {
    ...QUESTION_KEYS,
    min: {
      ...LIMIT_KEYS.min,
      field: secondsField,
      description: 'The time must not be lower: seconds, or as in `5ms`.',
    },
    max: {
      ...LIMIT_KEYS.max,
      field: secondsField,
      description: 'The time must not be higher: seconds, or as in `400ms`.',
    },
  },
  faults: check => [...limitFaults(check), ...placeFaults(check)],
};

export const errorCountKeys: CheckKeys<'error-count'> = {
  description: 'Requests to the new version that ended in an error of the server within the window.',
  keys: QUESTION_KEYS,
  faults: check => [...limitFaults(check), ...placeFaults(check)],
};

function percentFaults({ min, max }: { min: number | undefined; max: number | undefined }): string[] {
  const off = [min, max].find(limit => limit !== undefined && (limit < 0 || limit > 100));
  if (off !== undefined) return [`${off} is no percentage; give 0 to 100, as in min: 99.5`];
  if (min === undefined || min === 0 || min > 1) return [];
  return [`min ${min} is ${min} % (did you mean ${Number((100 * min).toPrecision(12))}?)`];
}
