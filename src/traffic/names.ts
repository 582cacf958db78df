import { createHash } from 'node:crypto';

/** Of an object whose name becomes a DNS label: Services. */
export const LONGEST_LABEL = 63;
/** Of a Deployment: its ReplicaSets and pods add a hyphen and ten characters, and then six, to it within 253. */
export const LONGEST_WORKLOAD = 236;
/** Of any other object. */
export const LONGEST_NAME = 253;

/** `<name>-<suffix>`; a name that would be too long is cut and told apart by a hash of the whole. */
export function suffixed(name: string, suffix: string, longest: number): string {
  const whole = `${name}-${suffix}`;
  if (whole.length <= longest) return whole;
  const hash = shortHash(name);
  const kept = name.slice(0, longest - suffix.length - hash.length - 2).replace(/[^a-z0-9]+$/, '');
  return `${kept}-${hash}-${suffix}`;
}

/** Eight characters that tell texts apart. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
