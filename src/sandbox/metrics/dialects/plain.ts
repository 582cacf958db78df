import type { PodCount } from '../book.ts';
import { CLIENT_BUCKETS } from '../buckets.ts';
import { counterFamily, histogramFamily, labelled } from '../family.ts';
import type { Dialect } from './dialects.ts';
import { codeOf, splitKey } from './names.ts';

/**
 * The application itself, by a client library with its default buckets; `namespace`, `pod`, `container`, `service`, `job` and
 * `instance` as the discovery of the Prometheus operator adds them where each pod is scraped through the Service that its
 * clients use. The counters begin anew with each run of the container, and a code has no series before its first request.
 */
export const plain: Dialect = ({ ofRuns }) => [
  counterFamily('http_requests_total', 'Requests that were answered, by code and method.', counted(ofRuns)),
  histogramFamily(
    'http_request_duration_seconds',
    'How long requests took.',
    { bounds: CLIENT_BUCKETS, perUnit: 1000 },
    counted(ofRuns),
  ),
];

const counted = labelled(({ pod, container, way, isError }: PodCount) => {
  const { name: service } = splitKey(way.service);
  const { namespace = '', name } = pod.metadata;
  const port = pod.spec?.containers.find(one => one.name === container)?.ports?.[0]?.containerPort;
  return {
    namespace,
    pod: name,
    container,
    service,
    job: service,
    instance: `${pod.status?.podIP ?? ''}${port === undefined ? '' : `:${port}`}`,
    code: codeOf(isError),
    method: 'GET',
  };
});
