import { describe, expect, it } from '@jest/globals';
import { isSelected, type Matcher } from '../../../src/checks/prometheus/selectors.ts';
import {
  isCounted,
  metricsOf,
  type Side,
  sourceFault,
  sourceOf,
  versionOf,
} from '../../../src/checks/prometheus/sources.ts';
import type { MetricSource } from '../../../src/config/check-config.ts';
import type { Pair, RouterName } from '../../../src/release/plan.ts';
import { handView, pod, ref, workload } from '../../traffic/hand-view.ts';
import { pairOf } from './asked.ts';

const NO_RENAMES = { labels: undefined, metrics: undefined };
const requestsOf = (source: MetricSource, side: Side, pair: Pair = pairOf('shop', 'web')): string =>
  metricsOf(source, versionOf(pair, side, handView()), NO_RENAMES).requests;

describe('the source of metrics', () => {
  it.each<[RouterName, MetricSource]>([
    ['istio', 'istio'],
    ['nginx', 'ingress-nginx'],
    ['gateway-api', 'plain'],
    ['pods', 'plain'],
    ['service', 'plain'],
  ])('is by the router %s %s, unless one is named', (router, source) => {
    expect(sourceOf({ source: undefined }, router)).toBe(source);
    expect(sourceOf({ source: 'linkerd' }, router)).toBe('linkerd');
  });

  it.each<[MetricSource, readonly RouterName[]]>([
    ['plain', ['pods', 'service', 'gateway-api', 'istio', 'nginx']],
    ['istio', ['pods', 'service', 'gateway-api', 'istio', 'nginx']],
    ['linkerd', ['pods', 'service', 'gateway-api', 'istio', 'nginx']],
    ['ingress-nginx', ['nginx']],
    ['envoy', ['gateway-api']],
    ['traefik', ['gateway-api']],
  ])('%s tells versions apart behind %j alone', (source, fitting) => {
    const routers: readonly RouterName[] = ['pods', 'service', 'gateway-api', 'istio', 'nginx'];
    expect(routers.filter(router => sourceFault({ source, ...NO_RENAMES }, router) === undefined)).toEqual(fitting);
    const countsPods = fitting.length > 1;
    const [router = 'pods'] = fitting;
    const baseline = sourceFault({ source, ...NO_RENAMES }, router, { baseline: true });
    expect(baseline).toEqual(countsPods ? undefined : expect.stringContaining('those of the baseline'));
  });

  it('is refused with what to choose', () => {
    expect(sourceFault({ source: 'envoy', ...NO_RENAMES }, 'pods')).toBe(
      "envoy counts requests by Service, and with the router pods it cannot tell the new version's from stable's (with gateway-api it can); choose the source plain, istio or linkerd, which count by pod",
    );
  });

  it('is refused with renames of what is not asked for', () => {
    const of = (renames: object) => sourceFault({ source: 'plain', ...NO_RENAMES, ...renames }, 'pods');
    expect(of({ labels: { pods: 'pod_name' } })).toMatch(
      /^labels renames pods, and no ready-made question asks for that; they ask for .*namespace.* \(did you mean pod\?\)$/,
    );
    expect(of({ metrics: { http_request_total: 'requests' } })).toMatch(/\(did you mean http_requests_total\?\)$/);
    // Of another source: the configuration's own renames are for all checks.
    expect(
      of({ labels: { controller_pod: 'pod', deployment: 'd' }, metrics: { response_total: 'r' } }),
    ).toBeUndefined();
    expect(of({ metrics: { http_request_duration_seconds: 'a', http_request_duration_seconds_bucket: 'b' } })).toBe(
      undefined,
    );
  });
});

describe('the requests of a version', () => {
  it.each<[MetricSource, Side, string]>([
    [
      'plain',
      'canary',
      'http_requests_total{namespace="shop",pod=~"web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}",code!=""}',
    ],
    [
      'plain',
      'stable',
      'http_requests_total{namespace="shop",pod=~"web-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}",code!=""}',
    ],
    [
      'istio',
      'canary',
      'istio_requests_total{reporter=~"destination|waypoint",destination_workload_namespace="shop",destination_workload="web-canary",response_code!=""}',
    ],
    [
      'linkerd',
      'stable',
      'response_total{direction="inbound",namespace="shop",deployment="web",route_name!="probe",target_addr!~".+:4191",classification!=""}',
    ],
    [
      'ingress-nginx',
      'canary',
      'nginx_ingress_controller_requests{namespace="shop",service="web",canary=~"shop-web-canary-[0-9a-z-]+",status!=""}',
    ],
    [
      'ingress-nginx',
      'stable',
      'nginx_ingress_controller_requests{namespace="shop",service="web",canary="",status!=""}',
    ],
    [
      'envoy',
      'canary',
      'envoy_cluster_upstream_rq_xx{envoy_cluster_name=~"(kube_)?shop_web-canary_[0-9]+",envoy_response_code_class!=""}',
    ],
    [
      'traefik',
      'stable',
      'traefik_service_requests_total{service=~"((http|grpc)route-.+-)?shop-web-[0-9]+(-grpc)?@kubernetesgateway",code!=""}',
    ],
  ])('by %s, %s', (source, side, selector) => {
    expect(requestsOf(source, side)).toBe(selector);
  });

  it('of a workload with both versions are those of its pods', () => {
    const set = ref('StatefulSet', 'db');
    const pair: Pair = { stable: set, twin: set, size: 2, surge: 1 };
    const of = (revision: string) => ({ app: 'db', 'controller-revision-hash': revision });
    const view = handView(
      workload(set, { app: 'db' }, { revision: 'new' }),
      pod('db-0', of('old')),
      pod('db-1', of('new')),
      pod('db-2', of('new')),
    );
    const requests = (source: MetricSource, side: Side) =>
      metricsOf(source, versionOf(pair, side, view), NO_RENAMES).requests;
    expect(requests('istio', 'canary')).toContain('destination_workload="db",pod=~"db-1|db-2"');
    expect(requests('linkerd', 'stable')).toContain('statefulset="db",pod=~"db-0"');
    expect(requests('plain', 'canary')).toContain('pod=~"db-1|db-2"');
    view.forget({ apiVersion: 'v1', kind: 'Pod', name: 'db-0', namespace: 'shop' });
    // An empty pattern would take what has no label `pod` at all.
    expect(requests('plain', 'stable')).toContain('pod=~"-"');
  });

  it('are counted by Service only where there is one', () => {
    const { service: _service, ...worker } = pairOf('shop', 'web');
    const version = versionOf(worker, 'canary', handView());
    expect(isCounted('plain', version)).toBe(true);
    expect(isCounted('envoy', version)).toBe(false);
    expect(isCounted('envoy', versionOf(pairOf('shop', 'web'), 'canary', handView()))).toBe(true);
  });

  it('are asked for by the names that they have here', () => {
    const { requests, failed, buckets, process, ends, second } = metricsOf(
      'plain',
      versionOf(pairOf('shop', 'web'), 'canary', handView()),
      {
        labels: { pod: 'kubernetes_pod_name', code: 'status' },
        metrics: { http_requests_total: 'app_requests', http_request_duration_seconds: 'app_latency_ms' },
      },
    );
    const whose =
      'namespace="shop",kubernetes_pod_name=~"web-canary-[b-df-hj-np-tv-xz24-9]{4,10}-[b-df-hj-np-tv-xz24-9]{5}"';
    expect({ requests, failed, buckets, process, ends, second }).toEqual({
      requests: `app_requests{${whose},status!=""}`,
      failed: [`app_requests{${whose},status=~"5.."}`],
      buckets: `app_latency_ms_bucket{${whose}}`,
      process: ['kubernetes_pod_name', 'instance'],
      ends: ['status'],
      second: 1000,
    });
  });

  it.each<[object, string, number]>([
    [{ istio_request_duration_milliseconds_bucket: 'latency_seconds_bucket' }, 'latency_seconds_bucket', 1],
    [{ istio_request_duration_milliseconds: 'latency' }, 'latency_bucket', 1000],
    [{}, 'istio_request_duration_milliseconds_bucket', 1000],
  ])('take the unit of %j from its name, where that says one', (metrics, name, second) => {
    const version = versionOf(pairOf('shop', 'web'), 'canary', handView());
    const found = metricsOf('istio', version, { labels: undefined, metrics: metrics as Record<string, string> });
    expect([found.buckets.split('{')[0], found.second]).toEqual([name, second]);
  });
});

describe('a request has failed', () => {
  const failed = (source: MetricSource, labels: Record<string, string>): boolean =>
    metricsOf(source, versionOf(pairOf('shop', 'web'), 'canary', handView()), NO_RENAMES).isFailed(labels);

  it.each<[MetricSource, Record<string, string>, boolean]>([
    ['plain', { code: '200' }, false],
    ['plain', { code: '404' }, false],
    ['plain', { code: '500' }, true],
    ['plain', { code: '5xx' }, true],
    ['plain', { code: '1500' }, false],
    ['plain', {}, false],
    ['istio', { response_code: '503' }, true],
    // The client has gone.
    ['istio', { response_code: '0' }, false],
    ['istio', { response_code: '200', grpc_response_status: '14' }, true],
    ['istio', { response_code: '200', grpc_response_status: '5' }, false],
    ['istio', { response_code: '200', grpc_response_status: '' }, false],
    ['linkerd', { classification: 'failure' }, true],
    ['linkerd', { classification: 'success' }, false],
    ['ingress-nginx', { status: '502' }, true],
    ['ingress-nginx', { status: '499' }, false],
    ['envoy', { envoy_response_code_class: '5' }, true],
    ['envoy', { envoy_response_code_class: '2' }, false],
    ['traefik', { code: '500' }, true],
  ])('by %s with %j: %j', (source, labels, expected) => {
    expect(failed(source, labels)).toBe(expected);
  });

  it('at most once: no series is in two selectors', () => {
    const version = versionOf(pairOf('shop', 'web'), 'canary', handView());
    const selectors = metricsOf('istio', version, NO_RENAMES).failed.map(one =>
      [...one.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, ...matcher]) => matcher as unknown as Matcher),
    );
    const whose = {
      reporter: 'destination',
      destination_workload_namespace: 'shop',
      destination_workload: 'web-canary',
    };
    for (const response_code of ['0', '200', '404', '500', '503'])
      for (const grpc_response_status of ['', '0', '2', '5', '14']) {
        const labels = { ...whose, response_code, grpc_response_status };
        const times = selectors.filter(one => isSelected(labels, one)).length;
        expect([labels, times]).toEqual([labels, failed('istio', labels) ? 1 : 0]);
      }
  });
});
