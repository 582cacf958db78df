import { describe, expect, it } from '@jest/globals';
import { withPrometheus } from '../../../src/checks/prometheus/find.ts';
import { ApiError } from '../../../src/cluster/errors.ts';
import type { CheckConfig } from '../../../src/config/check-config.ts';
import { placeAt } from '../../../src/config/checks/prometheus.ts';
import { readReleaseConfig } from '../../../src/config/read-config.ts';
import { mergeConfig } from '../../../src/config/release-config.ts';
import { settledChecks } from '../../../src/config/settle-checks.ts';
import type { KubeObject } from '../../../src/kube.ts';
import { refusal } from '../../config/refusal.ts';
import { fakeCluster } from '../../health/fake-cluster.ts';

const checks = (config: string): readonly CheckConfig[] => settledChecks(readReleaseConfig(config), new Map());
const QUESTION = 'checks: [{success-rate: {min: 99}}]';

interface Port {
  name?: string;
  port: number;
}

const service = (
  name: string,
  labels: Record<string, string>,
  ports: Port[],
  spec: Record<string, unknown> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'monitoring', labels },
  spec: { ports, ...spec },
});

const NAME = 'app.kubernetes.io/name';
const COMPONENT = 'app.kubernetes.io/component';

/** As they are labelled by those who install them. */
const INSTALLED: [string, KubeObject, string][] = [
  [
    'the prometheus chart',
    service('prometheus-server', { [NAME]: 'prometheus', [COMPONENT]: 'server' }, [{ name: 'http', port: 80 }]),
    'monitoring/prometheus-server:80',
  ],
  [
    'kube-prometheus-stack',
    service('stack-prometheus', { app: 'kube-prometheus-stack-prometheus' }, [
      { name: 'reloader-web', port: 8080 },
      { name: 'http-web', port: 9090 },
    ]),
    'monitoring/stack-prometheus:9090',
  ],
  [
    'kube-prometheus',
    service('prometheus-k8s', { [NAME]: 'prometheus', [COMPONENT]: 'prometheus' }, [
      { name: 'web', port: 9090 },
      { name: 'reloader-web', port: 8080 },
    ]),
    'monitoring/prometheus-k8s:9090',
  ],
  ['somebody by hand', service('prometheus', {}, [{ port: 9090 }]), 'monitoring/prometheus:9090'],
];

/** What stands beside them and is none. */
const OTHERS = [
  service('prometheus-operated', { [NAME]: 'prometheus' }, [{ name: 'http-web', port: 9090 }], { clusterIP: 'None' }),
  service('prometheus-alertmanager', { [NAME]: 'alertmanager' }, [{ name: 'http', port: 9093 }]),
  service('prometheus-node-exporter', { [NAME]: 'prometheus', [COMPONENT]: 'metrics' }, [{ name: 'http', port: 9100 }]),
  service('prometheus-pushgateway', { app: 'prometheus', component: 'pushgateway' }, [{ name: 'http', port: 9091 }]),
];

describe('a Prometheus that nobody named', () => {
  it.each(INSTALLED)('is found where %s has installed it', async (_who, object, expected) => {
    const found = await withPrometheus(checks(QUESTION), fakeCluster(object, ...OTHERS));
    const question = found.find(({ kind }) => kind === 'success-rate') as { service?: string; port?: string };
    expect(`${question.service}:${question.port}`).toBe(expected);
  });

  it('is asked about before anything is written, where there is none or more than one', async () => {
    await expect(withPrometheus(checks(QUESTION), fakeCluster(...OTHERS))).rejects.toMatchObject({
      code: 'invalid-input',
      message:
        'Checks that ask Prometheus (success-rate): nothing says where Prometheus is, and no Service of the cluster looks like one.',
    });
    const two = fakeCluster(...INSTALLED.slice(0, 2).map(([, object]) => object));
    await expect(withPrometheus(checks(QUESTION), two)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('monitoring/prometheus-server:80, monitoring/stack-prometheus:9090'),
    });
  });

  it('says what to give where the Services of other namespaces may not be listed', async () => {
    const cluster = fakeCluster();
    cluster.errors['list Service'] = new ApiError('forbidden', 'forbidden', undefined, {
      verb: 'list',
      object: 'Service objects in all namespaces',
      status: 403,
      apiReason: 'Forbidden',
      apiMessage: '',
      causes: [],
      conflicts: [],
      group: '',
      resource: 'services',
    });
    await expect(withPrometheus(checks(QUESTION), cluster)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('may not list Services in all namespaces'),
      hint: expect.stringContaining('the input prometheus'),
    });
  });

  it('is not asked with a token, which the API server would take for its own', async () => {
    const [, installed] = INSTALLED[0] as (typeof INSTALLED)[number];
    const config = `
prometheus: {auth: {bearer: PROM}}
checks:
  - success-rate: {min: 99}
  - latency-p99: {max: 1, auth: {basic: PROM}}`;
    const settled = settledChecks(readReleaseConfig(config), new Map([['PROM', 'x']]));
    const { code, problems } = await refusal(() => withPrometheus(settled, fakeCluster(installed)));
    expect(code).toBe('invalid-input');
    expect(problems.map(({ message }) => message)).toEqual(
      ['success-rate', 'latency-p99'].map(
        name =>
          `Check ${name}, of the Prometheus that was found, Service monitoring/prometheus-server: the API server’s proxy hands no Authorization on; give a url, or another header.`,
      ),
    );
  });

  it('is not looked for where every check knows its own, or none asks', async () => {
    const cluster = fakeCluster();
    for (const config of [
      `prometheus: {url: "https://prometheus.example"}\n${QUESTION}`,
      'checks: [{prometheus: {query: up, max: 1, service: "monitoring/{{release}}"}}]',
      'checks: [{http: {path: /healthz}}]',
    ])
      await withPrometheus(checks(config), cluster);
    expect(cluster.requests).toEqual([]);
  });
});

describe('a Prometheus that is named', () => {
  const here = service('prometheus', {}, [{ name: 'web', port: 9090 }]);
  const named = (place: string): readonly CheckConfig[] =>
    checks(`prometheus: ${place}\nchecks: [{success-rate: {min: 99}}, {latency-p99: {max: 1}}, {compare: {}}]`);

  it.each([
    '{service: monitoring/prometheus}',
    '{service: monitoring/prometheus, port: 9090}',
    '{service: monitoring/prometheus, port: web}',
  ])('%s is looked up once before anything is written', async place => {
    const cluster = fakeCluster(here);
    const given = named(place);
    expect(await withPrometheus(given, cluster)).toEqual(given);
    expect(cluster.requests).toEqual(['get Service prometheus']);
  });

  it.each([
    ['{service: monitoring/prometheuss}', 'there is no Service monitoring/prometheuss'],
    ['{service: Monitoring/a b}', 'Monitoring/a b is no name of a Service; give name, or namespace/name'],
    [
      '{service: monitoring/prometheus, port: 9091}',
      'the Service monitoring/prometheus has no port 9091; it has 9090 (web)',
    ],
    [
      '{service: monitoring/prometheus, port: http}',
      'the Service monitoring/prometheus has no port http; it has 9090 (web)',
    ],
  ])('%s is refused where there is no such thing', async (place, fault) => {
    const { code, problems, hint } = await refusal(() => withPrometheus(named(place), fakeCluster(here)));
    expect(code).toBe('invalid-input');
    expect(problems).toEqual([
      { message: `Checks that ask Prometheus (success-rate, latency-p99, compare): ${fault}.` },
    ]);
    expect(hint).toContain('the key prometheus of the config');
  });

  it('is refused with each that is wrong, by the checks that say so', async () => {
    const given = checks(
      'checks: [{success-rate: {min: 99, service: monitoring/one}}, {latency-p99: {max: 1, service: monitoring/prometheus}}, {error-count: {max: 1, service: monitoring/two}}]',
    );
    const { problems } = await refusal(() => withPrometheus(given, fakeCluster(here)));
    expect(problems.map(({ message }) => message)).toEqual([
      'Checks that ask Prometheus (success-rate): there is no Service monitoring/one.',
      'Checks that ask Prometheus (error-count): there is no Service monitoring/two.',
    ]);
  });

  it('without a namespace is in that of the workloads, where they have one', async () => {
    const cluster = fakeCluster(here);
    const given = named('{service: prometheus}');
    await withPrometheus(given, cluster);
    expect(cluster.requests).toEqual([]);
    await withPrometheus(given, cluster, 'monitoring');
    expect(cluster.requests).toEqual(['get Service prometheus']);
    await expect(withPrometheus(given, cluster, 'shop')).rejects.toMatchObject({
      message: expect.stringContaining('there is no Service shop/prometheus'),
    });
  });

  it('may be one that may not be read', async () => {
    const cluster = fakeCluster();
    cluster.errors['get Service'] = new ApiError('forbidden', 'forbidden', undefined, {
      verb: 'get',
      object: 'Service monitoring/prometheus',
      status: 403,
      apiReason: 'Forbidden',
      apiMessage: '',
      causes: [],
      conflicts: [],
      group: '',
      resource: 'services',
    });
    const given = named('{service: monitoring/prometheus}');
    expect(await withPrometheus(given, cluster)).toEqual(given);
  });
});

describe('where Prometheus is', () => {
  it('is for all checks what the config says, unless one says otherwise', () => {
    const config = `
prometheus: {url: "https://one.example", headers: {X-Scope-OrgID: shop}, source: istio, labels: {pod: pod_name}}
checks:
  - success-rate: {min: 99}
  - latency-p99: {max: 1, url: "https://two.example", source: plain, labels: {namespace: ns}}`;
    const [, first, second] = checks(config);
    expect(first).toMatchObject({
      url: 'https://one.example',
      headers: { 'X-Scope-OrgID': 'shop' },
      source: 'istio',
      labels: { pod: 'pod_name' },
    });
    expect(second).toMatchObject({
      url: 'https://two.example',
      headers: undefined,
      source: 'plain',
      labels: { pod: 'pod_name', namespace: 'ns' },
    });
  });

  it('gets a check’s own headers and credentials beside the common ones, which never go to another address', () => {
    const config = `
prometheus: {url: "https://one.example", auth: {bearer: PROM}, headers: {X-Scope-OrgID: shop}}
checks:
  - success-rate: {min: 99, headers: {X-Cache: "no"}}
  - latency-p99: {max: 1, auth: {basic: OTHER}}
  - error-count: {max: 1, url: "https://two.example"}`;
    const all = new Map(['PROM', 'OTHER'].map(name => [name, 'x']));
    const [, first, second, third] = settledChecks(readReleaseConfig(config), all);
    expect(first).toMatchObject({ auth: { bearer: 'PROM' }, headers: { 'X-Scope-OrgID': 'shop', 'X-Cache': 'no' } });
    expect(second).toMatchObject({ auth: { basic: 'OTHER' }, headers: { 'X-Scope-OrgID': 'shop' } });
    expect(third).toMatchObject({ url: 'https://two.example', auth: undefined, headers: undefined });
  });

  it('is within the cluster asked by no credential, be it the check’s own or beside the address of an input', async () => {
    const file = readReleaseConfig(`
prometheus: {service: monitoring/prometheus}
checks:
  - success-rate: {min: 99, auth: {bearer: PROM}}
  - latency-p99: {max: 1}
  - error-count: {max: 1, auth: {basic: MISSING}}`);
    const all = new Map([['PROM', 'x']]);
    const fault = 'the API server’s proxy hands no Authorization on; give a url, or another header.';
    const { code, problems } = await refusal(async () => settledChecks(file, all));
    expect(code).toBe('invalid-input');
    expect(problems.map(({ message }) => message)).toEqual([
      `Check success-rate: ${fault}`,
      `Check error-count: ${fault}`,
      'Check error-count: the credential MISSING is not among the lines of the input credentials.',
    ]);
    const written = readReleaseConfig(`prometheus: {url: "https://one.example", auth: {bearer: PROM}}\n${QUESTION}`);
    const merged = mergeConfig(written, { prometheus: placeAt({ service: 'monitoring/prometheus' }) });
    expect(() => settledChecks(merged, all)).toThrow(`Check success-rate: ${fault}`);
  });

  it('is by its address what the input says, with what the config says beside it', () => {
    const file = readReleaseConfig('prometheus: {service: monitoring/prometheus, port: 9090, source: linkerd}');
    const merged = mergeConfig(file, { prometheus: placeAt({ url: 'https://one.example' }) });
    expect(merged.prometheus).toMatchObject({
      url: 'https://one.example',
      service: undefined,
      port: undefined,
      source: 'linkerd',
    });
  });

  it('needs the credentials that are named, all that are missing told at once', () => {
    const config = `
prometheus: {url: "https://one.example", auth: {bearer: PROM}}
checks:
  - success-rate: {min: 99}
  - webhook: {url: "https://two.example", headers: {X-Key: {credential: HOOK}}}`;
    const settle = (...names: string[]): unknown =>
      settledChecks(readReleaseConfig(config), new Map(names.map(name => [name, 'x'])));
    expect(() => settle()).toThrow(/Check success-rate: the credential PROM .*\n.*Check webhook: the credential HOOK /);
    expect(settle('PROM', 'HOOK')).toHaveLength(3);
  });
});
