import type { KubeObject } from '../../../kube.ts';
import type { GroupKind } from '../../types.ts';
import type { NodeView } from '../data-plane.ts';

/** Names are in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** Where a client may ask: one place that a route answers. */
export interface Address {
  protocol: 'http' | 'tls' | 'tcp';
  /** Empty: any. */
  host: string;
  path: string;
  /** Of the listener, where the route tells listeners apart. */
  port?: number;
}

export interface Request extends Address {
  headers: Headers;
}

export interface Destination {
  /** `namespace/name`. */
  service: string;
  /** Of the Service, by number or name; its first where absent. */
  port?: number | string | undefined;
  /** Only pods with these labels. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** `namespace/name` of the Service whose requests it takes, where it is an alternative to that one. */
  insteadOf?: string;
}

/** `elsewhere` is answered by something that is not modelled: the proxy itself, a host outside. */
export type Outcome = Destination | 'elsewhere' | { lost: string };

export interface Share {
  weight: number;
  to: Outcome;
}

/** What the rule says that fits a request. */
export interface Decision {
  /** `rule 2`, in the words of the kind. */
  rule: string;
  shares: readonly Share[];
}

/** How one kind of data plane reads the objects that program it. A further one is one more file beside this one. */
export interface RouteTable {
  kinds: readonly GroupKind[];
  /** Whether an object of these kinds means anything to it. */
  isRead(object: KubeObject): boolean;
  /** Whether requests come in by it. */
  isEntry(object: KubeObject): boolean;
  /** Where clients with these headers may ask a route. */
  addresses(route: KubeObject, headers: Headers): Address[];
  decide(view: NodeView, route: KubeObject, request: Request): Decision;
}

/** A decision that loses everything. */
export function losing(rule: string, lost: string): Decision {
  return { rule, shares: [{ weight: 1, to: { lost } }] };
}

/** A rule by its place and, where it has one, its name. */
export function ruleText(word: string, index: number, name: string | undefined): string {
  return `${word} ${index + 1}${name ? ` (${name})` : ''}`;
}

/** Whether a pattern fits the whole text; one that cannot be read fits nothing. */
export function fitsWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}

export function uniqueAddresses(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map(address => [JSON.stringify(address), address])).values()];
}
