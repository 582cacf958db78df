import { fill, inside, type Loose, listOf, objectOf } from './fill.ts';

export function defaultService(object: Loose): void {
  const spec = inside(object, 'spec');
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    fill(inside(inside(spec, 'sessionAffinityConfig'), 'clientIP'), { timeoutSeconds: 10_800 });
  }
  for (const port of listOf(spec.ports)) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port ?? 0;
  }
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const reachable = external || (spec.type === 'ClusterIP' && listOf(spec.externalIPs).length > 0);
  if (reachable) spec.externalTrafficPolicy ||= 'Cluster';
  if (external || spec.type === 'ClusterIP') fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (spec.type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
}

export function defaultEndpointSlice(object: Loose): void {
  for (const port of listOf(object.ports)) fill(port, { name: '', protocol: 'TCP' });
}

export function defaultEndpoints(object: Loose): void {
  for (const subset of listOf(object.subsets)) for (const port of listOf(subset.ports)) port.protocol ||= 'TCP';
}

export function defaultNetworkPolicy(object: Loose): void {
  const spec = inside(object, 'spec');
  for (const rule of [...listOf(spec.ingress), ...listOf(spec.egress)]) {
    for (const port of listOf(rule.ports)) fill(port, { protocol: 'TCP' });
  }
  if (listOf(spec.policyTypes).length === 0)
    spec.policyTypes = ['Ingress', ...(listOf(spec.egress).length > 0 ? ['Egress'] : [])];
}

export function defaultIngressClass(object: Loose): void {
  const parameters = objectOf(objectOf(object.spec)?.parameters);
  if (parameters) fill(parameters, { scope: 'Cluster' });
}
