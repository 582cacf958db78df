import { describe, expect, it } from '@jest/globals';
import { familiesOf } from '../../../src/sandbox/metrics/dialects/dialects.ts';
import { expositionText, type Sample } from '../../../src/sandbox/metrics/family.ts';
import { type Labels, NAME } from '../../../src/sandbox/metrics/labels.ts';
import type { Harness } from '../harness.ts';
import { shop } from './shop.ts';

function samplesOf(world: Harness, name: string, wanted: Labels = {}): Sample[] {
  return familiesOf(world.sandbox.metrics.counts())
    .flatMap(({ samples }) => samples)
    .filter(
      ({ labels }) =>
        labels[NAME] === name && Object.entries(wanted).every(([label, value]) => labels[label] === value),
    );
}

function sum(world: Harness, name: string, wanted: Labels = {}): number {
  return samplesOf(world, name, wanted).reduce((total, { value }) => total + value, 0);
}

function oneOf(world: Harness, name: string, wanted: Labels): Labels {
  return samplesOf(world, name, wanted)[0]?.labels ?? {};
}

const LATENCY = 'sandbox.sluice.dev/latency';
const ERRORS = 'sandbox.sluice.dev/error-rate';

function running(canary: Record<string, string> = {}, forMs = 30_000): Harness {
  const world = shop({ canary, objects: [], traffic: { intervalMs: 50 } });
  world.clock.advance(forMs);
  return world;
}

describe('what programs count of the traffic', () => {
  it('is each request that was answered, once', () => {
    const world = running({ [ERRORS]: '25%' });
    const { answered, errors } = world.traffic?.counts() ?? { answered: 0, errors: 0 };
    expect(errors).toBeGreaterThan(20);
    for (const [name, bad] of [
      ['http_requests_total', { code: '500' }],
      ['istio_requests_total', { response_code: '500' }],
      ['response_total', { classification: 'failure' }],
      ['envoy_cluster_upstream_rq', { envoy_response_code: '500' }],
      ['envoy_cluster_upstream_rq_xx', { envoy_response_code_class: '5' }],
      ['traefik_service_requests_total', { code: '500' }],
    ] as [string, Labels][]) {
      expect([name, sum(world, name), sum(world, name, bad)]).toEqual([name, answered, errors]);
    }
    const byIngress = world.traffic?.counts('Ingress default/web');
    expect(sum(world, 'nginx_ingress_controller_requests')).toBe(byIngress?.answered);
    expect(sum(world, 'nginx_ingress_controller_requests', { status: '500' })).toBe(byIngress?.errors);
  });

  it('has the labels of each kind of program', () => {
    const world = running();
    const pod = world.api.list('Pod', 'default').map(({ metadata }) => metadata.name);
    const canaryPod = pod.find(name => name.startsWith('web-canary-')) ?? '';
    expect(oneOf(world, 'http_requests_total', { pod: canaryPod })).toEqual({
      [NAME]: 'http_requests_total',
      namespace: 'default',
      pod: canaryPod,
      container: 'web',
      service: 'web-canary',
      job: 'web-canary',
      instance: expect.stringMatching(/^10\.244\.\d+\.\d+:80$/),
      code: '200',
      method: 'GET',
    });
    expect(oneOf(world, 'istio_requests_total', { pod: canaryPod })).toMatchObject({
      reporter: 'destination',
      destination_workload: 'web-canary',
      destination_workload_namespace: 'default',
      destination_app: 'web',
      destination_service: 'web-canary.default.svc.cluster.local',
      destination_service_name: 'web-canary',
      response_code: '200',
      response_flags: '-',
    });
    expect(oneOf(world, 'response_total', { pod: canaryPod })).toEqual({
      [NAME]: 'response_total',
      direction: 'inbound',
      authority: 'web-canary.default.svc.cluster.local:80',
      status_code: '200',
      classification: 'success',
      namespace: 'default',
      pod: canaryPod,
      deployment: 'web-canary',
    });
    expect(oneOf(world, 'response_latency_ms_count', { pod: canaryPod })).not.toHaveProperty('classification');
    expect(oneOf(world, 'envoy_cluster_upstream_rq', { envoy_cluster_name: 'default_web-canary_80' })).toMatchObject({
      envoy_response_code: '200',
    });
    const services = samplesOf(world, 'traefik_service_requests_total').map(({ labels }) => labels['service']);
    expect(services.sort()).toEqual(
      ['web', 'web-canary']
        .flatMap(name => [`default-${name}-80@kubernetes`, `default-${name}-80@kubernetescrd`])
        .sort(),
    );
  });

  it('has at the controller of ingress-nginx a canary’s requests under the main Ingress, with its upstream', () => {
    const world = running({}, 60_000);
    const byCanary = samplesOf(world, 'nginx_ingress_controller_requests').map(({ labels }) => labels);
    const main = { namespace: 'default', ingress: 'web', service: 'web', path: '/', method: 'GET', status: '200' };
    expect(byCanary).toEqual([expect.objectContaining(main), { ...byCanary[0], canary: 'default-web-canary-80' }]);
    expect(byCanary[0]).not.toHaveProperty('canary');
    const [stable = 0, canary = 0] = samplesOf(world, 'nginx_ingress_controller_requests').map(({ value }) => value);
    expect(canary / (stable + canary)).toBeCloseTo(0.2, 1);
  });

  it('spreads latencies around that of the pod', () => {
    const world = running({ [LATENCY]: '400ms' }, 120_000);
    const buckets = new Map(
      samplesOf(world, 'http_request_duration_seconds_bucket', { service: 'web-canary' }).reduce(
        (sums, { labels, value }) => sums.set(labels['le'] ?? '', (sums.get(labels['le'] ?? '') ?? 0) + value),
        new Map<string, number>(),
      ),
    );
    const all = buckets.get('+Inf') ?? 0;
    // 400 ms e^(±0.25 z): half a second is 0.89 deviations above the median, a quarter 1.88 below.
    expect(all).toBeGreaterThan(1000);
    expect((buckets.get('0.5') ?? 0) / all).toBeCloseTo(0.81, 1);
    expect((buckets.get('0.25') ?? 0) / all).toBeCloseTo(0.03, 1);
    expect(buckets.get('0.1')).toBe(0);
    expect(buckets.get('1')).toBe(all);
    const mean = sum(world, 'http_request_duration_seconds_sum', { service: 'web-canary' }) / all;
    expect(mean).toBeGreaterThan(0.39);
    expect(mean).toBeLessThan(0.44);
    // The same requests in other units and buckets.
    expect(
      sum(world, 'istio_request_duration_milliseconds_bucket', { destination_workload: 'web-canary', le: '500' }),
    ).toBe(buckets.get('0.5'));
    expect(sum(world, 'response_latency_ms_bucket', { deployment: 'web-canary', le: '500' })).toBe(buckets.get('0.5'));
    expect(
      sum(world, 'envoy_cluster_upstream_rq_time_sum', { envoy_cluster_name: 'default_web-canary_80' }) / all / 1000,
    ).toBeCloseTo(mean, 9);
    expect(sum(world, 'traefik_service_request_duration_seconds_bucket', { le: '1.2' })).toBe(
      sum(world, 'traefik_service_request_duration_seconds_count'),
    );
  });

  it('begins anew in an application whose container was restarted, and goes on in the proxy beside it', () => {
    const world = running({ 'sandbox.sluice.dev/crash-after': '20s' }, 18_000);
    const canary = { service: 'web-canary' };
    const before = sum(world, 'http_requests_total', canary);
    const inMesh = sum(world, 'istio_requests_total', { destination_workload: 'web-canary' });
    expect(before).toBeGreaterThan(100);
    world.clock.advance(1000);
    expect(samplesOf(world, 'http_requests_total', canary)).toEqual([]);
    world.clock.advance(4000);
    const after = sum(world, 'http_requests_total', canary);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(before);
    expect(sum(world, 'istio_requests_total', { destination_workload: 'web-canary' })).toBeGreaterThan(inMesh);
  });

  it('has no series of a pod that is gone, but at what is before the Services', () => {
    const world = running();
    const before = sum(world, 'traefik_service_requests_total');
    world.api.delete('apps/Deployment', 'default', 'web-canary', { propagation: 'Background' });
    world.clock.advance(5000);
    expect(samplesOf(world, 'http_requests_total', { service: 'web-canary' })).toEqual([]);
    expect(samplesOf(world, 'response_total', { deployment: 'web-canary' })).toEqual([]);
    expect(sum(world, 'traefik_service_requests_total')).toBeGreaterThan(before);
    expect(
      samplesOf(world, 'traefik_service_requests_total', { service: 'default-web-canary-80@kubernetes' }),
    ).toHaveLength(1);
  });

  it('is forgotten with the Service by what has a cluster for each, and with the Ingress by ingress-nginx', () => {
    const world = running();
    const canary = { canary: 'default-web-canary-80' };
    world.api.delete('Service', 'default', 'web-canary', {});
    expect(samplesOf(world, 'envoy_cluster_upstream_rq', { envoy_cluster_name: 'default_web-canary_80' })).toEqual([]);
    expect(samplesOf(world, 'nginx_ingress_controller_requests', canary)).toHaveLength(1);
    world.api.delete('networking.k8s.io/Ingress', 'default', 'web', {});
    expect(samplesOf(world, 'nginx_ingress_controller_requests')).toEqual([]);
  });

  it('changes nothing of the traffic', () => {
    const lossesAnd = (world: Harness): unknown => [world.traffic?.counts(), world.traffic?.losses];
    const uncounted = shop({
      objects: [],
      traffic: { intervalMs: 50, metrics: { ...running({}, 0).sandbox.metrics, record: () => undefined } },
    });
    uncounted.clock.advance(30_000);
    expect(lossesAnd(running())).toEqual(lossesAnd(uncounted));
  });
});

describe('the text that is scraped', () => {
  it('has each metric with its help and type, and values escaped', () => {
    const text = expositionText([
      {
        name: 'a_total',
        help: 'All.',
        type: 'counter',
        samples: [{ labels: { [NAME]: 'a_total', x: 'a"b\\c\nd' }, value: 2.5 }],
      },
      { name: 'none', help: 'Nothing.', type: 'counter', samples: [] },
      { name: 'b', help: 'B.', type: 'histogram', samples: [{ labels: { [NAME]: 'b_count' }, value: 3 }] },
    ]);
    expect(text).toBe(
      [
        '# HELP a_total All.',
        '# TYPE a_total counter',
        'a_total{x="a\\"b\\\\c\\nd"} 2.5',
        '# HELP b B.',
        '# TYPE b histogram',
        'b_count 3',
        '',
      ].join('\n'),
    );
  });
});
