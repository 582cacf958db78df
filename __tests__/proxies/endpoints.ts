import type { KubeObject } from '../../src/kube.ts';
import type { Endpoint } from '../../src/sandbox/controllers/endpoints/endpoint-slice.ts';
import type { Api } from '../../src/sandbox/types.ts';

type Slice = KubeObject & { endpoints?: readonly Endpoint[] | null };

/** What a proxy may send the requests of a Service to. */
export function readyEndpoints(api: Api, namespace: string, service: string): Endpoint[] {
  return api
    .list<Slice>('discovery.k8s.io/EndpointSlice', namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions.ready);
}
