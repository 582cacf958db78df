import { BlockList, isIP } from 'node:net';
import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateCidr } from '../ip-addresses.ts';
import { type LabelSelector, validateLabelSelector } from '../label-selector.ts';
import { portNumber } from '../names.ts';
import { validatePort } from '../pod/probes.ts';

interface NetworkPolicySpec {
  podSelector?: LabelSelector;
  policyTypes?: string[];
  ingress?: { ports?: PolicyPort[]; from?: Peer[] }[];
  egress?: { ports?: PolicyPort[]; to?: Peer[] }[];
}

interface PolicyPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

interface IpBlock {
  cidr?: string;
  except?: string[];
}

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: IpBlock;
}

export function validateNetworkPolicy(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as NetworkPolicySpec;
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  spec.ingress?.forEach(({ ports = [], from = [] }, index) => {
    errors.push(...validateTraffic(ports, from, at('spec.ingress', index), 'from'));
  });
  spec.egress?.forEach(({ ports = [], to = [] }, index) => {
    errors.push(...validateTraffic(ports, to, at('spec.egress', index), 'to'));
  });
  if ((spec.policyTypes?.length ?? 0) > 2) {
    return [...errors, invalid('spec.policyTypes', spec.policyTypes, 'may not specify more than two policyTypes')];
  }
  spec.policyTypes?.forEach((type, index) => {
    if (type !== 'Ingress' && type !== 'Egress')
      errors.push(notSupported(at('spec.policyTypes', index), type, ['Ingress', 'Egress']));
  });
  return errors;
}

function validateTraffic(
  ports: readonly PolicyPort[],
  peers: readonly Peer[],
  path: string,
  side: string,
): FieldError[] {
  return [
    ...ports.flatMap((port, index) => validatePolicyPort(port, at(`${path}.ports`, index))),
    ...peers.flatMap((peer, index) => validatePeer(peer, at(`${path}.${side}`, index))),
  ];
}

function validatePolicyPort({ protocol = 'TCP', port, endPort }: PolicyPort, path: string): FieldError[] {
  const errors = PROTOCOLS.includes(protocol) ? [] : [notSupported(`${path}.protocol`, protocol, PROTOCOLS)];
  const here = `${path}.endPort`;
  const refuse = (text: string): FieldError[] => (endPort === undefined ? [] : [invalid(here, endPort, text)]);
  if (port === undefined) return [...errors, ...refuse('may not be specified when `port` is not specified')];
  if (typeof port === 'string') {
    errors.push(...refuse('may not be specified when `port` is non-numeric'));
    return [...errors, ...validatePort(port, `${path}.port`)];
  }
  errors.push(...validatePort(port, `${path}.port`));
  if (endPort === undefined) return errors;
  if (endPort < port) errors.push(invalid(here, endPort, 'must be greater than or equal to `port`'));
  return [...errors, ...portNumber(endPort).map(text => invalid(here, endPort, text))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Peer, path: string): FieldError[] {
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(path, 'must specify a peer')];
  const errors = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock ? validateIpBlock(ipBlock, `${path}.ipBlock`) : []),
  ];
  if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function validateIpBlock({ cidr, except = [] }: IpBlock, path: string): FieldError[] {
  if (!cidr) return [required(`${path}.cidr`)];
  const errors = validateCidr(cidr, `${path}.cidr`);
  if (errors.length > 0) return errors;
  return except.flatMap((hole, index) => {
    const here = at(`${path}.except`, index);
    const malformed = validateCidr(hole, here);
    if (malformed.length > 0) return malformed;
    return isStrictSubset(hole, cidr) ? [] : [invalid(here, hole, 'must be a strict subset of `cidr`')];
  });
}

function isStrictSubset(inner: string, outer: string): boolean {
  const [network = '', bits = ''] = outer.split('/');
  const [address = '', innerBits = ''] = inner.split('/');
  const [family, other] = [isIP(network), isIP(address)];
  if (family !== other) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return block.check(address, family === 6 ? 'ipv6' : 'ipv4') && Number(innerBits) > Number(bits);
}
