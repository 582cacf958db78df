import type { RouteCount } from '../book.ts';
import { CLIENT_BUCKETS } from '../buckets.ts';
import { counterFamily, histogramFamily, labelled } from '../family.ts';
import type { Dialect } from './dialects.ts';
import { codeOf, splitKey } from './names.ts';

const KIND = 'Ingress ';

/**
 * The controller of ingress-nginx, of requests that came by Ingresses (internal/ingress/metric/collectors/socket.go, fed by
 * rootfs/etc/nginx/lua/monitor.lua). A request that a canary took keeps `ingress` and `service` of the main Ingress; the name
 * of the canary's upstream, `namespace-service-port`, is in `canary`, which is empty for all others. `namespace` is the
 * Ingress's: a Prometheus that does not honour labels makes `exported_namespace` and `exported_service` of it.
 */
export const ingressNginx: Dialect = ({ ofIngresses }) => {
  const all = counted(ofIngresses);
  return [
    counterFamily('nginx_ingress_controller_requests', 'The total number of client requests', all),
    histogramFamily(
      'nginx_ingress_controller_request_duration_seconds',
      'The request processing time in milliseconds',
      { bounds: CLIENT_BUCKETS, perUnit: 1000 },
      all,
    ),
  ];
};

const counted = labelled(({ way, isError }: RouteCount) => {
  const ingress = splitKey((way.route ?? '').slice(KIND.length));
  return {
    controller_class: 'k8s.io/ingress-nginx',
    controller_namespace: 'ingress-nginx',
    controller_pod: 'ingress-nginx-controller',
    namespace: ingress.namespace,
    ingress: ingress.name,
    service: splitKey(way.insteadOf ?? way.service).name,
    canary: way.insteadOf === undefined ? '' : `${way.service.replace('/', '-')}-${way.port ?? ''}`,
    method: 'GET',
    path: way.path ?? '/',
    status: codeOf(isError),
  };
});
