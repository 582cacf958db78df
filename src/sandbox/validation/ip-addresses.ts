import { BlockList, isIP } from 'node:net';
import { hasFormat } from '../crd/formats.ts';
import type { FieldError } from '../types.ts';
import { invalid } from './field-errors.ts';

export const isAddress = (value: string): boolean => isIP(value) !== 0;

export function validateIp(value: string, path: string): FieldError[] {
  if (isAddress(value)) return [];
  return [invalid(path, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

export function validateCidr(value: string, path: string): FieldError[] {
  if (hasFormat('cidr', value)) return [];
  return [invalid(path, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

const RANGES: readonly (readonly [BlockList, string])[] = [
  [blocks([['127.0.0.0', 8]], [['::1', 128]]), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [blocks([['169.254.0.0', 16]], [['fe80::', 10]]), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [
    blocks([['224.0.0.0', 24]], [['ff02::', 16]]),
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
];

function blocks(v4: [string, number][], v6: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of v4) list.addSubnet(network, bits, 'ipv4');
  for (const [network, bits] of v6) list.addSubnet(network, bits, 'ipv6');
  return list;
}

/** An address that traffic may be sent to: none of the host itself or of its link. */
export function validateNonSpecialIp(value: string, path: string): FieldError[] {
  const version = isIP(value);
  if (version === 0) return [invalid(path, value, 'must be a valid IP address')];
  if (value === '0.0.0.0' || value === '::') return [invalid(path, value, `may not be unspecified (${value})`)];
  const family = version === 6 ? 'ipv6' : 'ipv4';
  return RANGES.filter(([list]) => list.check(value, family)).map(([, text]) => invalid(path, value, text));
}
