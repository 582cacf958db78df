import type { FieldError } from '../../types.ts';
import { at, invalid } from '../field-errors.ts';
import type { StrategyContext } from './context.ts';
import {
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  type Service,
  type ServiceSpec,
} from './service-type.ts';

/** 10.96.0.0/16, of which the upper part is given out first. */
const RANGE = '10.96.';
const FIRST_DYNAMIC = 256;
const ADDRESSES = 65_534;
const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;
const FIRST_DYNAMIC_PORT = 30_086;

const address = (index: number): string => `${RANGE}${index >> 8}.${index & 255}`;

/** Gives the Service its addresses and ports, or says why those that it asks for cannot be had. */
export function allocate(
  service: Service,
  old: Service | undefined,
  context: StrategyContext,
): { object: Service; errors: FieldError[] } {
  const spec = structuredClone(service.spec ?? {});
  const others = context.services().filter(other => other.metadata.uid !== service.metadata.uid) as readonly Service[];
  const errors: FieldError[] = [];
  if (needsClusterIp(spec)) errors.push(...allocateAddress(spec, old?.spec, others));
  if (errors.length === 0) errors.push(...allocatePorts(spec, old?.spec, others));
  return { object: { ...service, spec }, errors };
}

function allocateAddress(spec: ServiceSpec, old: ServiceSpec | undefined, others: readonly Service[]): FieldError[] {
  if (isHeadless(spec)) {
    // Without a selector nobody could tell the family of a headless Service's endpoints, so both are allowed.
    spec.ipFamilies ??= spec.selector || old ? ['IPv4'] : ['IPv4', 'IPv6'];
    spec.ipFamilyPolicy ??= spec.selector || old ? 'SingleStack' : 'RequireDualStack';
    spec.clusterIPs = ['None'];
    return [];
  }
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  const taken = new Set(others.flatMap(other => other.spec?.clusterIPs ?? []));
  const wanted = spec.clusterIP || spec.clusterIPs?.[0];
  if (wanted && wanted !== old?.clusterIP) {
    const because = (text: string): FieldError[] => [
      invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: ${text}`),
    ];
    if (!wanted.startsWith(RANGE)) return because('the provided network does not match the current range');
    if (taken.has(wanted)) return because('provided IP is already allocated');
  }
  const given = wanted ?? nextFree(FIRST_DYNAMIC + 1, ADDRESSES, index => taken.has(address(index)), address);
  spec.clusterIP = given;
  spec.clusterIPs = [given];
  return [];
}

function allocatePorts(spec: ServiceSpec, old: ServiceSpec | undefined, others: readonly Service[]): FieldError[] {
  const before = new Set(portsOf(old ?? {}));
  const taken = new Set(others.flatMap(other => portsOf(other.spec ?? {})));
  const errors: FieldError[] = [];
  const mine = new Set<number>();
  const take = (wanted: number | undefined, field: string): number => {
    if (!wanted) {
      const free = nextFree(
        FIRST_DYNAMIC_PORT,
        LAST_PORT,
        port => taken.has(port) || mine.has(port),
        port => port,
      );
      mine.add(free);
      return free;
    }
    if (!before.has(wanted)) {
      if (wanted < FIRST_PORT || wanted > LAST_PORT) {
        const range = `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
        errors.push(invalid(field, wanted, range));
      } else if (taken.has(wanted)) errors.push(invalid(field, wanted, 'provided port is already allocated'));
    }
    mine.add(wanted);
    return wanted;
  };
  const chosen = new Set((spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
  for (const port of chosen) mine.add(port);
  spec.ports?.forEach((port, index) => {
    if (needsNodePort(spec) || (spec.type === 'LoadBalancer' && port.nodePort)) {
      port.nodePort = take(port.nodePort, `${at('spec.ports', index)}.nodePort`);
    }
  });
  if (needsHealthCheckPort(spec)) spec.healthCheckNodePort = take(spec.healthCheckNodePort, 'spec.healthCheckNodePort');
  return errors;
}

const portsOf = (spec: ServiceSpec): number[] =>
  [...(spec.ports ?? []).map(port => port.nodePort), spec.healthCheckNodePort].filter((port): port is number => !!port);

function nextFree<T>(first: number, last: number, isTaken: (index: number) => boolean, name: (index: number) => T): T {
  let index = first;
  while (index < last && isTaken(index)) index += 1;
  return name(index);
}
