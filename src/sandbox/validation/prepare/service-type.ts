import type { KubeObject } from '../../../kube.ts';

export interface ServicePort {
  name?: string;
  protocol?: string;
  appProtocol?: string;
  port?: number;
  targetPort?: number | string;
  nodePort?: number;
}

export interface ServiceSpec {
  type?: string;
  selector?: Record<string, string>;
  ports?: ServicePort[];
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  externalName?: string;
  externalIPs?: string[];
  externalTrafficPolicy?: string;
  internalTrafficPolicy?: string;
  healthCheckNodePort?: number;
  sessionAffinity?: string;
  sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number } };
  allocateLoadBalancerNodePorts?: boolean;
  loadBalancerClass?: string;
  loadBalancerIP?: string;
  loadBalancerSourceRanges?: string[];
  trafficDistribution?: string;
}

export type Service = KubeObject<ServiceSpec>;

export const needsClusterIp = ({ type }: ServiceSpec): boolean => type !== 'ExternalName';
export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None';
export const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
export const isExternal = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && !!spec.externalIPs?.length);
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const nodePorts = (spec: ServiceSpec): unknown => spec.ports?.map(port => port.nodePort ?? 0);

/** What was allocated before stays where an update leaves it out, and goes with the type that needed it. */
export function carryAllocations(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const next = structuredClone(spec);
  normaliseClusterIps(next, old);
  dropForType(next, old);
  if (needsClusterIp(old) && needsClusterIp(next) && !next.clusterIP && !next.clusterIPs?.length) {
    if (old.clusterIP) next.clusterIP = old.clusterIP;
    if (old.clusterIPs) next.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePort(old) && needsNodePort(next)) keepNodePorts(next, old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(next))
    next.healthCheckNodePort ||= old.healthCheckNodePort ?? 0;
  if (needsClusterIp(old) && needsClusterIp(next)) {
    if (old.ipFamilies) next.ipFamilies ??= [...old.ipFamilies];
    if (old.ipFamilyPolicy) next.ipFamilyPolicy ??= old.ipFamilyPolicy;
  }
  return next;
}

function keepNodePorts(next: ServiceSpec, old: ServiceSpec): void {
  const taken = new Set(next.ports?.map(port => port.nodePort));
  const byPort = new Map(old.ports?.map(port => [`${port.protocol}/${port.port}`, port.nodePort]));
  for (const port of next.ports ?? []) {
    const before = byPort.get(`${port.protocol}/${port.port}`);
    if (!port.nodePort && before && !taken.has(before)) port.nodePort = before;
  }
}

/** `clusterIP` is the first of `clusterIPs`; who changes only one of them means both. */
function normaliseClusterIps(next: ServiceSpec, old: ServiceSpec): void {
  if (same(next.clusterIP ?? '', old.clusterIP ?? '')) return;
  if (!next.clusterIP && same(next.clusterIPs, old.clusterIPs)) delete next.clusterIPs;
  else if (next.clusterIP && same(next.clusterIPs, old.clusterIPs)) {
    next.clusterIPs = [next.clusterIP, ...(old.clusterIPs ?? []).slice(1)];
  }
}

function dropForType(next: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && !needsClusterIp(next) && same(next.clusterIP, old.clusterIP)) {
    delete next.clusterIP;
    delete next.clusterIPs;
    delete next.ipFamilies;
    delete next.ipFamilyPolicy;
    delete next.internalTrafficPolicy;
  }
  if (needsNodePort(old) && !needsNodePort(next) && same(nodePorts(next), nodePorts(old))) {
    for (const port of next.ports ?? []) delete port.nodePort;
  }
  if (old.type === 'ExternalName' && next.type !== 'ExternalName' && same(next.externalName, old.externalName))
    delete next.externalName;
  if (isExternal(old) && !isExternal(next) && same(next.externalTrafficPolicy, old.externalTrafficPolicy))
    delete next.externalTrafficPolicy;
  if (
    needsHealthCheckPort(old) &&
    !needsHealthCheckPort(next) &&
    same(next.healthCheckNodePort, old.healthCheckNodePort)
  ) {
    delete next.healthCheckNodePort;
  }
  if (old.type === 'LoadBalancer' && next.type !== 'LoadBalancer') {
    if (same(next.allocateLoadBalancerNodePorts, old.allocateLoadBalancerNodePorts))
      delete next.allocateLoadBalancerNodePorts;
    if (same(next.loadBalancerClass, old.loadBalancerClass)) delete next.loadBalancerClass;
  }
}
