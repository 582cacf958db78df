import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { metricCheck } from '../../src/checks/metric.ts';
import type { MetricConfig } from '../../src/config/check-config.ts';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import { requireCredentials } from '../../src/config/settle-checks.ts';
import { askingContext } from './asking.ts';
import { type Got, type WebServer, webServer } from './web-server.ts';

const at = (path: string): URL => new URL(path, import.meta.url);
const AT = Date.parse('2026-11-23T12:00:00Z');

interface Recipe {
  /** Names that the workflow of its chapter gives. */
  credentials: readonly string[];
  workflow: string;
  config: MetricConfig;
}

/** Every config in the document, as the action reads it, by the name of its check. */
const RECIPES: ReadonlyMap<string, Recipe> = new Map(
  readFileSync(at('../../docs/metric-recipes.md'), 'utf8')
    .split(/^## /m)
    .flatMap(chapter => {
      const blocks = [...chapter.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => text);
      const workflow = blocks.filter(text => !text.startsWith('checks:')).join('');
      const credentials = [...workflow.matchAll(/^ +([A-Z][A-Z_]+)=\$\{\{/gm)].map(([, name = '']) => name);
      return blocks
        .filter(text => text.startsWith('checks:'))
        .flatMap(text => readReleaseConfig(text).checks ?? [])
        .map(config => [config.name, { credentials, workflow, config: config as MetricConfig }] as const);
    }),
);

interface Fixture {
  documentation: string;
  answer: unknown;
}
const fixtureOf = (name: string): Fixture => JSON.parse(readFileSync(at(`recipes/${name}.json`), 'utf8')) as Fixture;

let server: WebServer;
let answer: unknown;
beforeAll(async () => {
  server = await webServer(response => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
});
afterAll(() => server.close());

interface Expected {
  host: string;
  method: string;
  path: string;
  query?: Record<string, string>;
  headers: Record<string, unknown>;
  body?: unknown;
  value: number;
}

const START_MS = AT - 300_000;
const scalar = (name: string) => ({
  data_source: 'metrics',
  name,
  aggregator: 'sum',
  query: `sum:trace.http.request.${name}{service:shop,kube_deployment:web-canary}.as_count()`,
});

const EXPECTED: Readonly<Record<string, Expected>> = {
  'datadog-latency': {
    host: 'api.datadoghq.eu',
    method: 'GET',
    path: '/api/v1/query',
    query: {
      from: `${START_MS / 1000}`,
      to: `${AT / 1000}`,
      query: 'p99:trace.http.request{service:shop,kube_deployment:web-canary}',
    },
    headers: { 'dd-api-key': 'secret of DD_API_KEY', 'dd-application-key': 'secret of DD_APP_KEY' },
    value: 99.85856628417969,
  },
  'datadog-success-rate': {
    host: 'api.datadoghq.eu',
    method: 'POST',
    path: '/api/v2/query/scalar',
    headers: {
      'dd-api-key': 'secret of DD_API_KEY',
      'dd-application-key': 'secret of DD_APP_KEY',
      'content-type': 'application/json',
    },
    body: {
      data: {
        type: 'scalar_request',
        attributes: {
          from: START_MS,
          to: AT,
          formulas: [{ formula: '100 * (1 - default_zero(errors) / hits)' }],
          queries: [scalar('errors'), scalar('hits')],
        },
      },
    },
    value: 0.5,
  },
  'cloudwatch-latency': {
    host: 'monitoring.eu-central-1.amazonaws.com',
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
      'x-amz-security-token': 'session',
      'x-amz-date': '20261123T120000Z',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261123\/eu-central-1\/monitoring\/aws4_request, SignedHeaders=\S*x-amz-target, Signature=[0-9a-f]{64}$/,
      ),
    },
    body: {
      StartTime: START_MS / 1000,
      EndTime: AT / 1000,
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        {
          Id: 'p99',
          MetricStat: {
            Metric: {
              Namespace: 'ApplicationSignals',
              MetricName: 'Latency',
              Dimensions: [
                { Name: 'Environment', Value: 'eks:production/shop' },
                { Name: 'Service', Value: 'web-canary' },
              ],
            },
            Period: 60,
            Stat: 'p99',
          },
        },
      ],
    },
    value: 412.5,
  },
  'google-latency': {
    host: 'monitoring.googleapis.com',
    method: 'GET',
    path: '/v3/projects/my-project/timeSeries',
    query: {
      filter:
        'metric.type = "workload.googleapis.com/http.server.request.duration" AND resource.labels.pod_name = monitoring.regex.full_match("web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}")',
      'interval.startTime': '2026-11-23T11:55:00.000Z',
      'interval.endTime': '2026-11-23T12:00:00.000Z',
      'aggregation.alignmentPeriod': '60s',
      'aggregation.perSeriesAligner': 'ALIGN_DELTA',
      'aggregation.crossSeriesReducer': 'REDUCE_PERCENTILE_99',
    },
    headers: { authorization: 'Bearer secret of GOOGLE_TOKEN' },
    value: 0.473005,
  },
  'new-relic-errors': {
    host: 'api.newrelic.com',
    method: 'POST',
    path: '/graphql',
    headers: { 'api-key': 'secret of NEW_RELIC_KEY', 'content-type': 'application/json' },
    body: {
      query:
        'query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql) { results } } } }',
      variables: {
        account: 1234567,
        nrql: "SELECT count(*) FROM Transaction WHERE error IS true AND k8s.deployment.name = 'web-canary' SINCE 300 seconds ago",
      },
    },
    value: 1000,
  },
  'dynatrace-errors': {
    host: 'abc12345.live.dynatrace.com',
    method: 'GET',
    path: '/api/v2/metrics/query',
    query: {
      metricSelector:
        'builtin:service.errors.server.rate:filter(in("dt.entity.service",entitySelector("type(SERVICE),entityName.startsWith(~"web-canary~")"))):splitBy():avg',
      from: `${START_MS}`,
      to: `${AT}`,
      resolution: 'Inf',
    },
    headers: { authorization: 'Api-Token secret of DT_TOKEN' },
    value: 33.3,
  },
  'grafana-errors': {
    host: 'grafana.example.com',
    method: 'POST',
    path: '/api/ds/query',
    headers: { authorization: 'Bearer secret of GRAFANA_TOKEN', 'content-type': 'application/json' },
    body: {
      from: `${START_MS}`,
      to: `${AT}`,
      queries: [
        {
          refId: 'A',
          datasource: { uid: 'PD8C576611E62080A' },
          expr: 'sum(rate(http_requests_total{pod=~"web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}", code=~"5.."}[5m]))',
          format: 'time_series',
          maxDataPoints: 100,
          intervalMs: 15_000,
        },
      ],
    },
    value: 90,
  },
};

const AWS_KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret of AWS',
  AWS_SESSION_TOKEN: 'session',
};

/** The local server in the place of a vendor’s, whose host is told. */
function vendor(hosts: string[]): typeof fetch {
  const { fetch } = askingContext().outside;
  return (input, init) => {
    const { host, pathname, search } = new URL(String(input));
    hosts.push(host);
    return fetch(`${server.url}${pathname}${search}`, init);
  };
}

describe('the recipes of docs/metric-recipes.md', () => {
  it('are all tried, each with an answer', () => {
    expect([...RECIPES.keys()].sort()).toEqual(Object.keys(EXPECTED).sort());
    const names = readdirSync(at('recipes')).map(name => name.replace('.json', ''));
    expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))('%s asks as its API is asked, and reads its answer', async (name, expected) => {
    const recipe = RECIPES.get(name);
    if (!recipe) throw new Error('there is no such recipe');
    const { credentials, workflow, config } = recipe;
    expect(parse(workflow)).toBeInstanceOf(Array);
    requireCredentials([config], one => credentials.includes(one));
    const fixture = fixtureOf(name);
    expect(fixture.documentation).toMatch(/^https:\/\//);
    answer = fixture.answer;
    const hosts: string[] = [];
    const context = askingContext({
      clock: { now: () => AT, after: () => () => undefined },
      outside: {
        fetch: vendor(hosts),
        credential: one => (credentials.includes(one) ? `secret of ${one}` : undefined),
        env: config.aws ? AWS_KEYS : {},
      },
    });
    const sample = await metricCheck(config, context).sample(new AbortController().signal, false);
    const got = server.got.splice(0);
    expect(hosts).toEqual([expected.host]);
    expect(got.map(seen)).toEqual([
      {
        method: expected.method,
        path: expected.path,
        query: expected.query ?? {},
        headers: expect.objectContaining(expected.headers),
        body: expected.body,
      },
    ]);
    expect(sample).toMatchObject({ outcome: expect.stringMatching(/^(pass|fail)$/), value: expected.value });
  });
});

function seen({ method, path, headers, body }: Got) {
  const { pathname, searchParams } = new URL(path, server.url);
  return {
    method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers,
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
  };
}
