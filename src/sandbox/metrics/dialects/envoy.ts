import type { RouteCount } from '../book.ts';
import { ENVOY_BUCKETS } from '../buckets.ts';
import { counterFamily, histogramFamily, labelled } from '../family.ts';
import type { Labels } from '../labels.ts';
import type { Dialect } from './dialects.ts';
import { codeOf } from './names.ts';

/**
 * An Envoy before the Services, one cluster each, named as Contour has it: `namespace_service_port` (altStatName of its
 * internal/envoy/cluster.go; the cluster's own name, with a hash in it, is not in its statistics). Envoy Gateway has one cluster
 * for each rule, `httproute/namespace/name/rule/0`, with all backends of the rule in it, which no statistic tells apart.
 */
export const envoy: Dialect = ({ ofServices }) => [
  counterFamily('envoy_cluster_upstream_rq', 'Requests by response code.', byCode(ofServices)),
  counterFamily('envoy_cluster_upstream_rq_xx', 'Requests by class of response codes.', byClass(ofServices)),
  histogramFamily(
    'envoy_cluster_upstream_rq_time',
    'Request time in milliseconds.',
    { bounds: ENVOY_BUCKETS, perUnit: 1 },
    byCluster(ofServices),
  ),
];

function clusterOf({ way }: RouteCount): Labels {
  return { envoy_cluster_name: `${way.service.replace('/', '_')}_${way.port ?? ''}` };
}

const byCluster = labelled(clusterOf);
const byCode = labelled((count: RouteCount) => ({
  ...clusterOf(count),
  envoy_response_code: codeOf(count.isError),
}));
const byClass = labelled((count: RouteCount) => ({
  ...clusterOf(count),
  envoy_response_code_class: codeOf(count.isError).charAt(0),
}));
