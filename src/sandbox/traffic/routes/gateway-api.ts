import type { KubeObject } from '../../../kube.ts';
import { keyOf } from '../../controllers/context.ts';
import { type BackendRef, isPermitted, type ReferenceGrant } from '../../controllers/network/gateway.ts';
import type { NodeView } from '../data-plane.ts';
import {
  type Address,
  type Decision,
  fitsWhole,
  type Headers,
  losing,
  type Outcome,
  type Request,
  type RouteTable,
  ruleText,
  uniqueAddresses,
} from './route-table.ts';

const GROUP = 'gateway.networking.k8s.io';
const GRANT = `${GROUP}/ReferenceGrant`;

interface ValueMatch {
  type?: string;
  name: string;
  value: string;
}
interface MethodMatch {
  type?: string;
  service?: string;
  method?: string;
}
interface Match {
  path?: { type?: string; value?: string };
  /** Of HTTP its name, of gRPC what is called. */
  method?: string | MethodMatch;
  headers?: readonly ValueMatch[];
  queryParams?: readonly ValueMatch[];
}
interface Rule {
  name?: string;
  matches?: readonly Match[];
  filters?: readonly { type: string }[];
  backendRefs?: readonly BackendRef[];
}
type Route = KubeObject<{ hostnames?: readonly string[]; rules?: readonly Rule[] }>;

export const gatewayApiTable: RouteTable = {
  kinds: [`${GROUP}/HTTPRoute`, `${GROUP}/GRPCRoute`, GRANT],
  isRead: () => true,
  isEntry: ({ kind }) => kind !== 'ReferenceGrant',
  addresses: (route, headers) => {
    const { hostnames, rules = [] } = (route as Route).spec ?? {};
    const matches = rules.flatMap(matchesOf);
    const known = matches.flatMap(match => {
      const path = pathOf(match);
      const address: Address = { protocol: 'http', host: hostnames?.[0] ?? '', path: path ?? '' };
      return path !== undefined && fits(match, { ...address, headers }) ? [address] : [];
    });
    return uniqueAddresses(known);
  },
  decide(view, object, request) {
    const route = object as Route;
    const rules = route.spec?.rules ?? [];
    const fitting = rules.flatMap((rule, index) =>
      matchesOf(rule)
        .filter(match => fits(match, request))
        .map(match => ({ rule, index, rank: rankOf(match) })),
    );
    // The sort is stable: of equals the first rule counts.
    const [best] = fitting.sort((a, b) => compare(b.rank, a.rank));
    if (!best) return losing(`rules for ${request.path}`, `no rule fits ${requestText(request)}`);
    return decisionOf(view, route, best.rule, ruleText('rule', best.index, best.rule.name));
  },
};

function matchesOf({ matches = [] }: Rule): readonly Match[] {
  return matches.length > 0 ? matches : [{}];
}

/** A path that fits; undefined where only an expression says which. */
function pathOf({ path, method }: Match): string | undefined {
  if (typeof method === 'object') {
    if (method.type === 'RegularExpression') return undefined;
    return `/${method.service ?? 'any.Service'}/${method.method ?? 'Any'}`;
  }
  return path?.type === 'RegularExpression' ? undefined : (path?.value ?? '/');
}

/** Clients send GET requests without a query. */
function fits({ path, method, headers = [], queryParams = [] }: Match, request: Request): boolean {
  const fitsMethod = typeof method === 'object' ? fitsCall(method, request.path) : (method ?? 'GET') === 'GET';
  return (
    fitsMethod && queryParams.length === 0 && fitsPath(path, request.path) && fitsHeaders(headers, request.headers)
  );
}

function fitsPath({ type = 'PathPrefix', value = '/' }: NonNullable<Match['path']> = {}, path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return fitsWhole(value, path);
  const prefix = value.replace(/\/$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

function fitsCall({ type, service, method }: MethodMatch, path: string): boolean {
  const [, calledService = '', calledMethod = ''] = path.split('/');
  const is = (wanted: string | undefined, called: string): boolean =>
    wanted === undefined || (type === 'RegularExpression' ? fitsWhole(wanted, called) : wanted === called);
  return is(service, calledService) && is(method, calledMethod);
}

function fitsHeaders(wanted: readonly ValueMatch[], headers: Headers): boolean {
  return wanted.every(({ type, name, value }) => {
    const has = headers[name.toLowerCase()];
    return has !== undefined && (type === 'RegularExpression' ? fitsWhole(value, has) : has === value);
  });
}

/** What makes one match more specific than another, in the order of the specification. */
function rankOf({ path, method, headers = [], queryParams = [] }: Match): number[] {
  const call = typeof method === 'object' ? method : undefined;
  return [
    Number(path?.type === 'Exact'),
    path?.type === 'RegularExpression' ? 0 : (path?.value ?? '/').length,
    call?.service?.length ?? 0,
    call?.method?.length ?? 0,
    Number(typeof method === 'string'),
    headers.length,
    queryParams.length,
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, place) => value !== b[place]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function decisionOf(view: NodeView, route: Route, rule: Rule, text: string): Decision {
  if (rule.filters?.some(({ type }) => type === 'RequestRedirect'))
    return { rule: text, shares: [{ weight: 1, to: 'elsewhere' }] };
  const refs = rule.backendRefs ?? [];
  if (refs.length === 0) return losing(text, 'it has no backendRefs, so that a proxy answers 500');
  return { rule: text, shares: refs.map(ref => ({ weight: ref.weight ?? 1, to: outcomeOf(view, route, ref) })) };
}

function outcomeOf(view: NodeView, route: Route, ref: BackendRef): Outcome {
  if ((ref.kind ?? 'Service') !== 'Service' || (ref.group ?? '') !== '') return 'elsewhere';
  const namespace = ref.namespace ?? route.metadata.namespace ?? '';
  const service = `${namespace}/${ref.name}`;
  if (isPermitted(view.all(GRANT) as readonly ReferenceGrant[], route, ref)) return { service, port: ref.port };
  return {
    lost: `no ReferenceGrant in namespace ${namespace} lets ${route.kind} ${keyOf(route)} refer to Service ${service}`,
  };
}

function requestText({ path, headers }: Request): string {
  const carried = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `a request for ${path}${carried.length > 0 ? ` with ${carried.join(', ')}` : ''}`;
}
