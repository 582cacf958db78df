import type { KubeObject } from '../../../kube.ts';
import { hasFormat } from '../../crd/formats.ts';
import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { type LabelSelector, validateLabelSelector } from '../label-selector.ts';
import { PROTOCOLS } from '../pod/containers.ts';
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
}

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr?: string };
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
      errors.push(notSupported(at('spec.policyTypes', index), type, ['Egress', 'Ingress']));
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
    ...ports.flatMap(({ protocol = 'TCP', port }, index) => {
      const here = at(`${path}.ports`, index);
      return [
        ...(PROTOCOLS.includes(protocol) ? [] : [notSupported(`${here}.protocol`, protocol, PROTOCOLS)]),
        ...(port === undefined ? [] : validatePort(port, `${here}.port`)),
      ];
    }),
    ...peers.flatMap((peer, index) => validatePeer(peer, at(`${path}.${side}`, index))),
  ];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Peer, path: string): FieldError[] {
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(path, 'must specify a peer')];
  const errors = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
  ];
  if (!ipBlock) return errors;
  if (podSelector || namespaceSelector) {
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  }
  if (!ipBlock.cidr) return [...errors, required(`${path}.ipBlock.cidr`)];
  if (hasFormat('cidr', ipBlock.cidr)) return errors;
  const text = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  return [...errors, invalid(`${path}.ipBlock.cidr`, ipBlock.cidr, text)];
}
