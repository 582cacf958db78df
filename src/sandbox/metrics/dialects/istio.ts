import type { PodCount } from '../book.ts';
import { ENVOY_BUCKETS } from '../buckets.ts';
import { counterFamily, histogramFamily, labelled } from '../family.ts';
import type { Dialect } from './dialects.ts';
import { codeOf, splitKey, workloadOf } from './names.ts';

/**
 * Istio's proxies beside the pods, as reporters of what they let in (istio.io, "Istio Standard Metrics"); `namespace` and
 * `pod` as the discovery of pods adds them. The proxy outlives a restart of the container beside it. Who sent the requests is
 * not in the mesh.
 */
export const istio: Dialect = ({ ofPods }) => [
  counterFamily('istio_requests_total', 'requests', counted(ofPods)),
  histogramFamily(
    'istio_request_duration_milliseconds',
    'request duration',
    { bounds: ENVOY_BUCKETS, perUnit: 1 },
    counted(ofPods),
  ),
];

const counted = labelled(({ pod, way, isError }: PodCount) => {
  const service = splitKey(way.service);
  const { namespace = '', name, labels: own = {} } = pod.metadata;
  const workload = workloadOf(pod).name;
  const app = own['app'] ?? own['app.kubernetes.io/name'];
  const version = own['version'] ?? own['app.kubernetes.io/version'];
  return {
    reporter: 'destination',
    source_workload: 'unknown',
    source_workload_namespace: 'unknown',
    source_app: 'unknown',
    destination_workload: workload,
    destination_workload_namespace: namespace,
    destination_app: app ?? 'unknown',
    destination_version: version ?? 'unknown',
    destination_canonical_service: app ?? workload,
    destination_canonical_revision: version ?? 'latest',
    destination_service: `${service.name}.${service.namespace}.svc.cluster.local`,
    destination_service_name: service.name,
    destination_service_namespace: service.namespace,
    destination_cluster: 'Kubernetes',
    request_protocol: 'http',
    response_code: codeOf(isError),
    response_flags: '-',
    connection_security_policy: 'none',
    namespace,
    pod: name,
  };
});
