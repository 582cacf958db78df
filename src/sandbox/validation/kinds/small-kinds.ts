import { isIP } from 'node:net';
import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { at, invalid, notSupported, required, tooMany } from '../field-errors.ts';
import { validateNonSpecialIp } from '../ip-addresses.ts';
import { dnsLabel, dnsSubdomain } from '../names.ts';
import { nonNegative, positive } from '../numbers.ts';
import { PROTOCOLS } from '../pod/containers.ts';

/** Kinds with only a handful of rules. */

interface LeaseSpec {
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
}

export function validateLease(object: KubeObject): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = (object.spec ?? {}) as LeaseSpec;
  return [
    ...positive(leaseDurationSeconds, 'spec.leaseDurationSeconds'),
    ...nonNegative(leaseTransitions, 'spec.leaseTransitions'),
  ];
}

interface EndpointSlice extends KubeObject {
  addressType?: string;
  endpoints?: { addresses?: string[]; hostname?: string; nodeName?: string }[] | null;
  ports?: { name?: string; protocol?: string }[] | null;
}

const MOST_ADDRESSES = 100;

function validateAddress(address: string, type: string | undefined, path: string): FieldError[] {
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const wrong =
    isIP(address) === Number(type.slice(3)) ? [] : [invalid(path, address, `must be a valid ${type} address`)];
  return [...wrong, ...validateNonSpecialIp(address, path)];
}

export function validateEndpointSlice(object: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  const types = ['FQDN', 'IPv4', 'IPv6'];
  if (!object.addressType) errors.push(required('addressType'));
  else if (!types.includes(object.addressType)) errors.push(notSupported('addressType', object.addressType, types));
  object.endpoints?.forEach(({ addresses = [], hostname, nodeName }, index) => {
    const here = at('endpoints', index);
    if (addresses.length === 0) errors.push(required(`${here}.addresses`, 'must contain at least 1 address'));
    if (addresses.length > MOST_ADDRESSES) {
      errors.push(tooMany(`${here}.addresses`, addresses.length, MOST_ADDRESSES));
    }
    addresses.forEach((address, number) => {
      errors.push(...validateAddress(address, object.addressType, at(`${here}.addresses`, number)));
    });
    if (nodeName !== undefined) {
      errors.push(...dnsSubdomain(nodeName).map(text => invalid(`${here}.nodeName`, nodeName, text)));
    }
    if (hostname !== undefined) {
      errors.push(...dnsLabel(hostname).map(text => invalid(`${here}.hostname`, hostname, text)));
    }
  });
  const names = new Set<string>();
  object.ports?.forEach(({ name = '', protocol = 'TCP' }, index) => {
    const here = at('ports', index);
    if (name) errors.push(...dnsLabel(name).map(text => invalid(`${here}.name`, name, text)));
    if (names.has(name))
      errors.push({
        reason: 'FieldValueDuplicate',
        field: `${here}.name`,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    names.add(name);
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${here}.protocol`, protocol, PROTOCOLS));
  });
  return errors;
}

export function validateEndpointSliceUpdate(object: EndpointSlice, old: EndpointSlice): FieldError[] {
  return object.addressType === old.addressType
    ? []
    : [invalid('addressType', object.addressType ?? '', 'field is immutable')];
}
