import { AGE, type Column, column, NAME, type View, wide } from './column.ts';
import { selectorText } from './text.ts';

interface Port {
  port?: number | null;
  nodePort?: number;
  protocol?: string;
}
interface Service {
  spec: {
    type?: string;
    clusterIP?: string;
    externalName?: string;
    externalIPs?: string[];
    ports?: Port[];
    selector?: Record<string, string>;
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}
interface Ingress {
  spec: { ingressClassName?: string; rules?: { host?: string }[]; tls?: unknown[] };
  status?: Service['status'];
}
interface Endpoint {
  addresses?: string[];
}
interface Slice {
  addressType?: string;
  ports?: Port[];
  endpoints?: Endpoint[];
}

interface Subset {
  addresses?: { ip: string }[];
  ports?: Port[];
}

const SHOWN = 3;

const service = (object: View): Service => object as unknown as Service;
const ingress = (object: View): Ingress => object as unknown as Ingress;
const slice = (object: View): Slice => object as unknown as Slice;

function addresses(status: Service['status']): string {
  return (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').join(',');
}

function externalAddress(object: View): string {
  const { spec, status } = service(object);
  const external = (spec.externalIPs ?? []).join(',');
  switch (spec.type) {
    case 'LoadBalancer':
      return [addresses(status), external].filter(text => text !== '').join(',') || '<pending>';
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return external || '<none>';
  }
}

function ports(list: readonly Port[] | undefined): string {
  const text = (list ?? []).map(({ port, nodePort, protocol = 'TCP' }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return text.join(',') || '<none>';
}

function shortened(list: readonly string[], none = '<unset>'): string {
  if (list.length === 0) return none;
  return list.length > SHOWN ? `${list.slice(0, SHOWN).join(',')} + ${list.length - SHOWN} more...` : list.join(',');
}

/** The addresses that are ready, with each of their ports. */
function readyAddresses(object: View): string[] {
  return ((object as { subsets?: Subset[] }).subsets ?? []).flatMap(({ addresses: ready = [], ports: open = [] }) =>
    open.length > 0 ? open.flatMap(({ port }) => ready.map(({ ip }) => `${ip}:${port}`)) : ready.map(({ ip }) => ip),
  );
}

function hosts(object: View): string {
  const named = (ingress(object).spec.rules ?? []).map(({ host }) => host ?? '').filter(host => host !== '');
  if (named.length === 0) return '*';
  return named.length > SHOWN
    ? `${named.slice(0, SHOWN).join(',')} + ${named.length - SHOWN} more...`
    : named.join(',');
}

export const NETWORK_COLUMNS: Readonly<Record<string, () => readonly Column[]>> = {
  Service: () => [
    NAME,
    column('Type', object => service(object).spec.type ?? 'ClusterIP'),
    column('Cluster-IP', object => service(object).spec.clusterIP || '<none>'),
    column('External-IP', externalAddress),
    column('Port(s)', object => ports(service(object).spec.ports)),
    AGE,
    wide('Selector', object => selectorText({ matchLabels: service(object).spec.selector ?? {} })),
  ],
  'networking.k8s.io/Ingress': () => [
    NAME,
    column('Class', object => ingress(object).spec.ingressClassName ?? '<none>'),
    column('Hosts', hosts),
    column('Address', object => addresses(ingress(object).status)),
    column('Ports', object => (ingress(object).spec.tls?.length ? '80, 443' : '80')),
    AGE,
  ],
  'discovery.k8s.io/EndpointSlice': () => [
    NAME,
    column('AddressType', object => slice(object).addressType ?? ''),
    column('Ports', object =>
      shortened(
        (slice(object).ports ?? []).map(({ port }) => (port === undefined || port === null ? '*' : String(port))),
      ),
    ),
    column('Endpoints', object =>
      shortened((slice(object).endpoints ?? []).flatMap(endpoint => endpoint.addresses ?? [])),
    ),
    AGE,
  ],
  Endpoints: () => [NAME, column('Endpoints', object => shortened(readyAddresses(object), '<none>')), AGE],
  'networking.k8s.io/NetworkPolicy': () => [
    NAME,
    column('Pod-Selector', object =>
      selectorText((object as unknown as { spec: { podSelector?: object } }).spec.podSelector),
    ),
    AGE,
  ],
};
