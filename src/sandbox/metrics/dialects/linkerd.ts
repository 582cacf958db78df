import type { PodCount } from '../book.ts';
import { LINKERD_BUCKETS } from '../buckets.ts';
import { counterFamily, histogramFamily, labelled } from '../family.ts';
import { type Labels, withoutLabels } from '../labels.ts';
import type { Dialect } from './dialects.ts';
import { codeOf, splitKey, workloadOf } from './names.ts';

/**
 * Linkerd's proxies beside the pods (linkerd.io, "Proxy Metrics"); `namespace`, `pod` and `deployment` as the Prometheus of its
 * viz extension adds them. Latencies are by status code, and only responses are by classification.
 */
export const linkerd: Dialect = ({ ofPods }) => [
  counterFamily('response_total', 'Total count of HTTP responses.', responses(ofPods)),
  histogramFamily(
    'response_latency_ms',
    'Elapsed times between a request’s headers being received and its response stream completing.',
    { bounds: LINKERD_BUCKETS, perUnit: 1 },
    latencies(ofPods),
  ),
];

function labelsOf({ pod, way, isError }: PodCount): Labels {
  const service = splitKey(way.service);
  const { namespace = '', name } = pod.metadata;
  const workload = workloadOf(pod);
  return {
    direction: 'inbound',
    authority: `${service.name}.${service.namespace}.svc.cluster.local${way.port === undefined ? '' : `:${way.port}`}`,
    status_code: codeOf(isError),
    classification: isError ? 'failure' : 'success',
    namespace,
    pod: name,
    // A Job is `k8s_job`, because `job` is Prometheus' own.
    [workload.kind === 'Job' ? 'k8s_job' : workload.kind.toLowerCase()]: workload.name,
  };
}

const responses = labelled(labelsOf);
const latencies = labelled((count: PodCount) => withoutLabels(labelsOf(count), ['classification']));
