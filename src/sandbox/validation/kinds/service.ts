import { isIP } from 'node:net';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { at, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateCidr, validateIp, validateNonSpecialIp } from '../ip-addresses.ts';
import { dnsLabel, dnsSubdomain, portNumber, qualifiedName } from '../names.ts';
import { validateLabels } from '../object-meta.ts';
import { PROTOCOLS } from '../pod/containers.ts';
import { validatePort } from '../pod/probes.ts';
import {
  isExternal,
  isHeadless,
  needsClusterIp,
  type Service,
  type ServicePort,
  type ServiceSpec,
} from '../prepare/service-type.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const POLICIES = ['Cluster', 'Local'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
const LONGEST_AFFINITY = 86_400;

export function validateService(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  errors.push(...validateType(spec), ...validatePorts(ports), ...validateLabels(spec.selector, 'spec.selector'));
  errors.push(...validateAffinity(spec), ...validateClusterIps(spec), ...validateExternalIps(spec));
  if (!spec.type) errors.push(required('spec.type'));
  else if (!TYPES.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, TYPES));
  return [...errors, ...validateNodePorts(spec), ...validateDuplicatePorts(ports), ...validateTypeFields(spec)];
}

function validateType(spec: ServiceSpec): FieldError[] {
  if ((spec.type === 'NodePort' || spec.type === 'LoadBalancer') && isHeadless(spec)) {
    return [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)];
  }
  if (spec.type !== 'ExternalName') return [];
  const errors = (['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
    .filter(field => (Array.isArray(spec[field]) ? spec[field]?.length : spec[field]))
    .map(field => forbidden(`spec.${field}`, 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') return [...errors, required('spec.externalName')];
  return [...errors, ...dnsSubdomain(name).map(text => invalid('spec.externalName', name, text))];
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const here = at('spec.ports', index);
    const { name, protocol, appProtocol } = port;
    const errors: FieldError[] = [];
    if (name) {
      errors.push(...dnsLabel(name).map(text => invalid(`${here}.name`, name, text)));
      if (names.has(name)) errors.push(duplicate(`${here}.name`, name));
      names.add(name);
    } else if (ports.length > 1) errors.push(required(`${here}.name`));
    errors.push(...portNumber(port.port ?? 0).map(text => invalid(`${here}.port`, port.port ?? 0, text)));
    if (!protocol) errors.push(required(`${here}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${here}.protocol`, protocol, PROTOCOLS));
    errors.push(...validatePort(port.targetPort, `${here}.targetPort`));
    if (appProtocol !== undefined) {
      errors.push(...qualifiedName(appProtocol).map(text => invalid(`${here}.appProtocol`, appProtocol, text)));
    }
    return errors;
  });
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  if (sessionAffinity === 'None') {
    return sessionAffinityConfig
      ? [forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')]
      : [];
  }
  if (sessionAffinity !== 'ClientIP')
    return [notSupported('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])];
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const path = 'spec.sessionAffinityConfig';
  if (!sessionAffinityConfig?.clientIP) return [required(path, 'when session affinity type is ClientIP')];
  if (seconds === undefined)
    return [required(`${path}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP')];
  if (seconds > 0 && seconds <= LONGEST_AFFINITY) return [];
  return [
    invalid(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${LONGEST_AFFINITY}`),
  ];
}

function validateClusterIps(spec: ServiceSpec): FieldError[] {
  if (!needsClusterIp(spec)) return [];
  const addresses = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  const errors: FieldError[] = [];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== 'IPv4' && family !== 'IPv6')
      errors.push(notSupported(at('spec.ipFamilies', index), family, ['IPv4', 'IPv6']));
  }
  if (spec.clusterIP && addresses[0] !== spec.clusterIP) {
    errors.push(invalid('spec.clusterIPs', addresses, 'first value must match `clusterIP`'));
  }
  if (spec.ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(spec.ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, FAMILY_POLICIES));
  }
  addresses.forEach((address, index) => {
    const here = at('spec.clusterIPs', index);
    if (address === 'None') return;
    const version = isIP(address);
    const family = spec.ipFamilies?.[index];
    if (version === 0) errors.push(...validateIp(address, here));
    else if (family && family !== `IPv${version}`) {
      errors.push(invalid(here, address, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``));
    }
  });
  return errors;
}

function validateExternalIps(spec: ServiceSpec): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((address, index) => {
    const here = at('spec.externalIPs', index);
    return isIP(address) === 0 ? validateIp(address, here) : validateNonSpecialIp(address, here);
  });
}

function validateNodePorts({ type, ports = [] }: ServiceSpec): FieldError[] {
  const taken = new Set<string>();
  return ports.flatMap(({ nodePort, protocol }, index) => {
    const path = `${at('spec.ports', index)}.nodePort`;
    if (!nodePort) return [];
    if (type === 'ClusterIP') return [forbidden(path, "may not be used when `type` is 'ClusterIP'")];
    const key = `${protocol}/${nodePort}`;
    if (taken.has(key)) return [duplicate(path, nodePort)];
    taken.add(key);
    return [];
  });
}

function validateDuplicatePorts(ports: readonly ServicePort[]): FieldError[] {
  const taken = new Set<string>();
  return ports.flatMap(({ protocol = '', port = 0 }, index) => {
    const key = `${protocol}/${port}`;
    if (!taken.has(key)) {
      taken.add(key);
      return [];
    }
    const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    return [duplicate(at('spec.ports', index), shown)];
  });
}

function validateTypeFields(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const balanced = (field: string): FieldError =>
    forbidden(`spec.${field}`, "may only be used when `type` is 'LoadBalancer'");
  const ranges = (spec.loadBalancerSourceRanges ?? []).flatMap((range, index) =>
    validateCidr(range.trim(), at('spec.LoadBalancerSourceRanges', index)),
  );
  if (spec.type === 'LoadBalancer') {
    const { loadBalancerClass } = spec;
    errors.push(...ranges);
    if (loadBalancerClass !== undefined) {
      const problems = qualifiedName(loadBalancerClass);
      errors.push(...problems.map(text => invalid('spec.loadBalancerClass', loadBalancerClass, text)));
    }
  } else {
    if (spec.loadBalancerSourceRanges?.length) errors.push(balanced('LoadBalancerSourceRanges'), ...ranges);
    if (spec.allocateLoadBalancerNodePorts !== undefined) errors.push(balanced('allocateLoadBalancerNodePorts'));
    if (spec.loadBalancerClass !== undefined) errors.push(balanced('loadBalancerClass'));
  }
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort } = spec;
  if (external && !isExternal(spec)) {
    errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'));
  } else if (external && !POLICIES.includes(external))
    errors.push(notSupported('spec.externalTrafficPolicy', external, POLICIES));
  if (healthCheckNodePort && !(spec.type === 'LoadBalancer' && external === 'Local')) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', healthCheckNodePort, text));
  }
  if (internal !== undefined && !POLICIES.includes(internal))
    errors.push(notSupported('spec.internalTrafficPolicy', internal, POLICIES));
  const { trafficDistribution: distribution } = spec;
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution)) {
    errors.push(notSupported('spec.trafficDistribution', distribution, DISTRIBUTIONS));
  }
  return errors;
}

/** The first address of a Service and its class of load balancer are for life, unless the type changes. */
export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const [spec, before] = [service.spec ?? {}, old.spec ?? {}];
  const errors: FieldError[] = [];
  const addressed = needsClusterIp(spec) && needsClusterIp(before);
  if (addressed && before.clusterIPs?.[0] && spec.clusterIPs?.[0] !== before.clusterIPs[0]) {
    errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set'));
  }
  const balanced = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (balanced && !sameValue(spec.loadBalancerClass, before.loadBalancerClass)) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  return errors;
}
