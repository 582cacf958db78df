import type { RouteCount } from '../book.ts';
import { TRAEFIK_BUCKETS } from '../buckets.ts';
import { counterFamily, histogramFamily, labelled } from '../family.ts';
import type { Dialect } from './dialects.ts';
import { codeOf } from './names.ts';

/** Traefik's providers, which end the names of its services, by the kind of the route. */
const PROVIDERS: Readonly<Record<string, string>> = {
  HTTPRoute: 'kubernetesgateway',
  GRPCRoute: 'kubernetesgateway',
  Ingress: 'kubernetes',
};

/**
 * A Traefik before the Services (pkg/observability/metrics/prometheus.go). Its service is `namespace-service-port@provider`
 * for Ingresses, for IngressRoutes (requests that come by no route stand for theirs), and for Gateway API routes as of
 * loadHTTPService in pkg/provider/kubernetes/gateway/httproute.go of 3.x; newer ones put the route's own name in front.
 */
export const traefik: Dialect = ({ ofServices }) => [
  counterFamily(
    'traefik_service_requests_total',
    'How many HTTP requests processed on a service, partitioned by status code, protocol, and method.',
    counted(ofServices),
  ),
  histogramFamily(
    'traefik_service_request_duration_seconds',
    'How long it took to process the request on a service, partitioned by status code, protocol, and method.',
    { bounds: TRAEFIK_BUCKETS, perUnit: 1000 },
    counted(ofServices),
  ),
];

const counted = labelled(({ way, isError }: RouteCount) => {
  const [kind = ''] = (way.route ?? '').split(' ');
  const provider = PROVIDERS[kind] ?? 'kubernetescrd';
  const service = `${way.service.replace('/', '-')}-${way.port ?? ''}@${provider}`;
  return { code: codeOf(isError), method: 'GET', protocol: 'http', service };
});
