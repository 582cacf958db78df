/** What the release’s checks ask, in every dialect. */
export const CHECK_QUESTIONS = [
  'http_requests_total',
  'sum by (pod) (http_requests_total{service="web-canary"})',
  'sum(rate(http_requests_total{namespace="default",pod=~"web-canary-.*",code!~"5.."}[2s])) / sum(rate(http_requests_total{namespace="default",pod=~"web-canary-.*"}[2s])) * 100',
  'sum(increase(http_requests_total{service="web-canary",code=~"5.."}[2s])) or vector(0)',
  'sum(increase(http_requests_total{service="web",code=~"5.."}[2s])) or vector(0)',
  'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="web-canary"}[2s])))',
  'sum(rate(istio_requests_total{reporter="destination",destination_workload="web-canary",destination_workload_namespace="default",response_code!~"5.."}[2s])) / sum(rate(istio_requests_total{reporter="destination",destination_workload="web-canary"}[2s]))',
  'histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{destination_workload="web"}[2s])) by (le)) / 1000',
  'sum by (pod, response_code) (istio_requests_total)',
  'sum(increase(response_total{direction="inbound",deployment="web-canary",classification="failure"}[2s]))',
  'histogram_quantile(0.99, sum by (le) (rate(response_latency_ms_bucket{deployment="web-canary",direction="inbound"}[2s])))',
  'sum(rate(nginx_ingress_controller_requests{ingress="web",canary!="",status!~"[45].*"}[2s])) / sum(rate(nginx_ingress_controller_requests{ingress="web",canary!=""}[2s])) * 100',
  'sum by (canary) (increase(nginx_ingress_controller_requests{canary=""}[2s]))',
  'histogram_quantile(0.99, sum by (le, canary) (rate(nginx_ingress_controller_request_duration_seconds_bucket[2s])))',
  'sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"default_web-canary_[0-9]+",envoy_response_code!~"5.*"}[2s]))',
  'sum without (envoy_response_code_class) (envoy_cluster_upstream_rq_xx)',
  'histogram_quantile(0.9, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="default_web_80"}[2s])))',
  'sum by (service, code) (rate(traefik_service_requests_total{service=~"default-web-canary-80@kubernetes.*"}[2s]))',
  'histogram_quantile(0.99, sum by (le, service) (rate(traefik_service_request_duration_seconds_bucket[2s])))',
];

/** What the language has beside it. */
export const OTHER_QUESTIONS = [
  'histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[1s500ms]))',
  'rate(http_requests_total[900ms])',
  'increase(http_requests_total[10m])',
  'rate(http_requests_total[1s] offset 700ms)',
  'http_requests_total offset 1s',
  'http_requests_total{code="200"} - ignoring(code, instance) http_requests_total{code="500"}',
  'http_requests_total{code="500"} / ignoring(code) sum without (code) (http_requests_total)',
  'sum by (pod) (http_requests_total) / on (pod) sum by (pod) (istio_requests_total)',
  'sum by (pod) (http_requests_total) > 60',
  '60 < bool sum by (pod) (http_requests_total)',
  'sum by (pod) (http_requests_total) == sum by (pod) (istio_requests_total)',
  'max by (service) (http_requests_total) - min by (service) (http_requests_total)',
  'avg(http_requests_total) * count(http_requests_total) - sum(http_requests_total)',
  '-sum(http_requests_total) + 2 * 3 - 4 / 2',
  'clamp_max(clamp_min(http_requests_total, 20), 50)',
  'http_requests_total{code="500"} or sum by (pod) (http_requests_total)',
  'http_requests_total unless on (pod) http_requests_total{code="500"}',
  'http_requests_total and on (pod) http_requests_total{code="500"}',
  'histogram_quantile(2, http_request_duration_seconds_bucket)',
  'histogram_quantile(0.5, http_requests_total)',
  'absent_metric',
  'sum(absent_metric) or vector(0)',
  'sum(rate(absent_metric[1m])) / sum(rate(http_requests_total[1m]))',
  '(vector(0) / 0) or vector(1)',
];

/** Numbers whose text is to be the same. */
export const NUMBERS = [
  '1e21',
  '1e-7',
  '123456.789',
  '1/3',
  '-0',
  '1/0',
  '-1/0',
  '0/0',
  '1.2345678901234e+25',
  '0x1F',
  '.5e-9',
];

/** Refused in the same words. */
export const REFUSED = [
  '',
  'sum by',
  'rate(up)',
  'sum(1)',
  '{}',
  '{a=~".*"}',
  'up + up[5m]',
  '1 == 1',
  'vector(1) or 1',
  '5m',
  'up[0s]',
  'up offset',
  'up{a="b"',
  'up{a="b}',
  'up{__name__="down"}',
  'rate(up[5m], 1)',
  '-up[5m]',
  '1 +',
  'up $ 2',
];

/** Refused by both, each in its own words. */
export const REFUSED_OTHERWISE = [
  'up[5m',
  'up up',
  'sum(up) by (pod',
  'up{a=~"("}',
  'up{a="\\d"}',
  'up offset 1s2m',
  '1.2.3',
  'sum(up',
];
/** The labels without their names are not the only ones any more, or match more than one. */
export const IMPOSSIBLE = [
  'rate({__name__=~"http_requests_total|http_request_duration_seconds_count"}[5m])',
  'http_requests_total{code="200"} / on (service) http_requests_total{code="200"}',
  'http_requests_total / ignoring(code, pod, instance) sum by (namespace, container, service, job, method) (http_requests_total)',
];
