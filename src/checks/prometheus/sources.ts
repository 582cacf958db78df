import type { View } from '../../cluster/view.ts';
import type { MetricSource, PrometheusPlace } from '../../config/check-config.ts';
import { didYouMean } from '../../config/did-you-mean.ts';
import type { ObjectRef } from '../../kube.ts';
import type { Pair, RouterName } from '../../release/plan.ts';
import { isPartitioned } from '../../traffic/pods.ts';
import { inPattern, podsPattern } from '../fill-in.ts';
import { isSelected, type Matcher, selector } from './selectors.ts';

/** `baseline`: fresh pods of the old version, which share stable's Service. */
export type Side = 'canary' | 'stable' | 'baseline';

/** Whose requests are asked for. */
export interface Version {
  workload: ObjectRef;
  namespace: string;
  /** A regular expression for the names of its pods. */
  pods: string;
  /** Whether the workload has pods of the other version too. */
  isShared: boolean;
  /** The Service that reaches it and the one that the user's routes name, which are the same for stable. */
  services?: { own: string; main: string };
}

/** What to ask of one version: selectors, and how to read the labels of what they select. */
export interface Metrics {
  /** The counters of all its requests. */
  requests: string;
  /** Those of them that ended in an error of the server; no series is in two of them. */
  failed: readonly string[];
  /** The buckets of the histogram of how long they took. */
  buckets: string;
  /** What a second is in the histogram’s unit. */
  second: number;
  /** Labels that tell one process that counts from another. */
  process: readonly string[];
  /** Labels that say how a request ended. */
  ends: readonly string[];
  isFailed(labels: Readonly<Record<string, string>>): boolean;
}

/** What a kind of program calls what it counts. */
interface Form {
  counter: string;
  /** Without `_bucket`. */
  histogram: string;
  second: 1 | 1000;
  process: readonly string[];
  /** The first is on every series of the counter: without it all requests would look good. */
  ends: readonly [string, ...string[]];
  failed: readonly (readonly Matcher[])[];
  whose(version: Version): readonly Matcher[];
  /** The router that gives each version a Service of its own, where requests are counted by Service and not by pod. */
  router?: RouterName;
}

const SERVER_ERROR = '5..';
/** Those that gRPC’s own table of codes says are HTTP’s 5xx: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const GRPC_ERROR = '2|4|12|13|14|15';
/** Of a shared workload the pods alone tell whose requests they are. */
const podsIfShared = ({ isShared, pods }: Version): readonly Matcher[] => (isShared ? [['pod', '=~', pods]] : []);

const FORMS: Readonly<Record<MetricSource, Form>> = {
  // The names of the client libraries’ own examples; `namespace` and `pod` are those of the Prometheus operator.
  plain: {
    counter: 'http_requests_total',
    histogram: 'http_request_duration_seconds',
    second: 1,
    process: ['pod', 'instance'],
    ends: ['code'],
    failed: [[['code', '=~', SERVER_ERROR]]],
    whose: ({ namespace, pods }) => [
      ['namespace', '=', namespace],
      ['pod', '=~', pods],
    ],
  },
  // The proxy beside the pod reports, or the waypoint before it. Code 0 is a client that has left: no error of the server.
  istio: {
    counter: 'istio_requests_total',
    histogram: 'istio_request_duration_milliseconds',
    second: 1000,
    process: ['pod', 'instance'],
    ends: ['response_code', 'grpc_response_status'],
    failed: [
      [['response_code', '=~', SERVER_ERROR]],
      [
        ['response_code', '!~', SERVER_ERROR],
        ['grpc_response_status', '=~', GRPC_ERROR],
      ],
    ],
    whose: version => [
      ['reporter', '=~', 'destination|waypoint'],
      ['destination_workload_namespace', '=', version.namespace],
      ['destination_workload', '=', version.workload.name],
      ...podsIfShared(version),
    ],
  },
  // Probes and what is asked of the proxy itself, on port 4191, are counted with the requests.
  linkerd: {
    counter: 'response_total',
    histogram: 'response_latency_ms',
    second: 1000,
    process: ['pod', 'instance'],
    ends: ['classification'],
    failed: [[['classification', '=', 'failure']]],
    whose: version => [
      ['direction', '=', 'inbound'],
      ['namespace', '=', version.namespace],
      [version.workload.kind.toLowerCase(), '=', version.workload.name],
      ...podsIfShared(version),
      ['route_name', '!=', 'probe'],
      ['target_addr', '!~', '.+:4191'],
    ],
  },
  // What a canary Ingress took keeps the main Service’s name, and has its own upstream’s in `canary`.
  'ingress-nginx': {
    counter: 'nginx_ingress_controller_requests',
    histogram: 'nginx_ingress_controller_request_duration_seconds',
    second: 1,
    process: ['controller_pod'],
    ends: ['status'],
    failed: [[['status', '=~', SERVER_ERROR]]],
    whose: ({ namespace, services: { own, main } = NO_SERVICES }) => [
      ['namespace', '=', namespace],
      ['service', '=', main],
      own === main ? ['canary', '=', ''] : ['canary', '=~', `${inPattern(namespace)}-${inPattern(own)}-[0-9a-z-]+`],
    ],
    router: 'nginx',
  },
  // One cluster a Service: Contour names it `namespace_service_port`, kgateway puts `kube_` in front; Envoy Gateway has one for both versions.
  envoy: {
    counter: 'envoy_cluster_upstream_rq_xx',
    histogram: 'envoy_cluster_upstream_rq_time',
    second: 1000,
    process: ['pod', 'instance'],
    ends: ['envoy_response_code_class'],
    failed: [[['envoy_response_code_class', '=', '5']]],
    whose: ({ namespace, services: { own } = NO_SERVICES }) => [
      ['envoy_cluster_name', '=~', `(kube_)?${inPattern(namespace)}_${inPattern(own)}_[0-9]+`],
    ],
    router: 'gateway-api',
  },
  // One service a backend; those of GRPCRoutes end in `-grpc`, and newer versions put the route’s name in front.
  traefik: {
    counter: 'traefik_service_requests_total',
    histogram: 'traefik_service_request_duration_seconds',
    second: 1,
    process: ['pod', 'instance'],
    ends: ['code'],
    failed: [[['code', '=~', SERVER_ERROR]]],
    whose: ({ namespace, services: { own } = NO_SERVICES }) => [
      [
        'service',
        '=~',
        `((http|grpc)route-.+-)?${inPattern(namespace)}-${inPattern(own)}-[0-9]+(-grpc)?@kubernetesgateway`,
      ],
    ],
    router: 'gateway-api',
  },
};
const NO_SERVICES = { own: '', main: '' };

/** Whose metrics are asked for: what the configuration says, or what the router has. */
export function sourceOf({ source }: Pick<PrometheusPlace, 'source'>, router: RouterName): MetricSource {
  if (source) return source;
  if (router === 'istio') return 'istio';
  return router === 'nginx' ? 'ingress-nginx' : 'plain';
}

/** Why ready-made questions and `compare` cannot be asked in a release with this router; undefined where they can. */
export function sourceFault(
  place: Pick<PrometheusPlace, 'source' | 'labels' | 'metrics'>,
  router: RouterName,
  { baseline = false } = {},
): string | undefined {
  const source = sourceOf(place, router);
  const { router: needed } = FORMS[source];
  if (needed !== undefined && baseline)
    return `${source} counts requests by Service, and cannot tell those of the baseline from stable's, which are behind one; choose the source plain, istio or linkerd, which count by pod, or no baseline`;
  if (needed !== undefined && needed !== router)
    return `${source} counts requests by Service, and with the router ${router} it cannot tell the new version's from stable's (with ${needed} it can); choose the source plain, istio or linkerd, which count by pod`;
  return renameFault('labels', place.labels, LABELS) ?? renameFault('metrics', place.metrics, METRICS);
}

/** Those of all sources: the configuration’s own renames hold for checks of several. */
const LABELS: readonly string[] = [
  ...new Set(
    Object.values(FORMS).flatMap(({ process, ends, failed, whose }) => [
      ...process,
      ...ends,
      ...failed.flat().map(([label]) => label),
      ...['Deployment', 'StatefulSet'].flatMap(kind => whose(sample(kind)).map(([label]) => label)),
    ]),
  ),
];
const METRICS: readonly string[] = Object.values(FORMS).flatMap(({ counter, histogram }) => [
  counter,
  histogram,
  `${histogram}_bucket`,
]);

function sample(kind: string): Version {
  return { workload: { apiVersion: 'apps/v1', kind, name: '' }, namespace: '', pods: '', isShared: true };
}

function renameFault(
  key: string,
  renames: Readonly<Record<string, string>> | undefined,
  known: readonly string[],
): string | undefined {
  const unknown = Object.keys(renames ?? {}).find(name => !known.includes(name));
  if (unknown === undefined) return undefined;
  return `${key} renames ${unknown}, and no ready-made question asks for that; they ask for ${known.join(', ')}${didYouMean(unknown, known)}`;
}

/** One side of a pair, as it is at this moment; without a baseline stable stands for it. */
export function versionOf(pair: Pair, side: Side, view: View): Version {
  const workload = { canary: pair.twin, stable: pair.stable, baseline: pair.baseline ?? pair.stable }[side];
  const { service } = pair;
  const main = service?.stable.name;
  const own = side === 'canary' ? service?.twin.name : main;
  return {
    workload,
    namespace: pair.stable.namespace ?? '',
    // An empty pattern would select what has no such label at all; no pod has this name.
    pods: podsPattern(pair, side, view) || '-',
    isShared: isPartitioned(pair),
    ...(own === undefined || main === undefined ? {} : { services: { own, main } }),
  };
}

/** Whether its counters outlive pods: those of a gateway go on from one release's twin to the next one's, which has its name. */
export function outlivesPods(source: MetricSource): boolean {
  return FORMS[source].router !== undefined;
}

/** Whether a version can be asked about: one that no Service selects has no requests where they are counted by Service. */
export function isCounted(source: MetricSource, { services }: Version): boolean {
  return FORMS[source].router === undefined || services !== undefined;
}

export function metricsOf(
  source: MetricSource,
  version: Version,
  { labels = {}, metrics = {} }: Pick<PrometheusPlace, 'labels' | 'metrics'>,
): Metrics {
  const form = FORMS[source];
  const label = (usual: string): string => labels?.[usual] ?? usual;
  const renamed = (matchers: readonly Matcher[]): Matcher[] =>
    matchers.map(([name, operator, value]) => [label(name), operator, value]);
  const failed = form.failed.map(renamed);
  const whose = renamed(form.whose(version));
  const counter = metrics?.[form.counter] ?? form.counter;
  const hasEnd: Matcher = [label(form.ends[0]), '!=', ''];
  const bucket = metrics?.[`${form.histogram}_bucket`] ?? `${metrics?.[form.histogram] ?? form.histogram}_bucket`;
  return {
    requests: selector(counter, [...whose, hasEnd]),
    failed: failed.map(matchers => selector(counter, [...whose, ...matchers])),
    buckets: selector(bucket, whose),
    second: secondIn(bucket) ?? form.second,
    process: form.process.map(label),
    ends: form.ends.map(label),
    isFailed: found => failed.some(matchers => isSelected(found, matchers)),
  };
}

/** A histogram of another name may have another unit, which by Prometheus’ rules is the end of its name. */
function secondIn(bucket: string): number | undefined {
  if (/_(ms|milliseconds)_bucket$/.test(bucket)) return 1000;
  return /_seconds_bucket$/.test(bucket) ? 1 : undefined;
}
