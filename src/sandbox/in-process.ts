import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { openDiscovery } from '../cluster/discovery.ts';
import { type ClusterLog, openRequester, type RequestFact } from '../cluster/request.ts';
import { restCluster } from '../cluster/rest-cluster.ts';
import { type Fate, localTransport } from './local-transport.ts';
import { beginLife } from './process-life.ts';
import type { Sandbox } from './sandbox.ts';
import type { Incoming } from './server/http/message.ts';

export type { Fate } from './local-transport.ts';

export interface InProcessOptions {
  /** Bearer token of the user; absent: the administrator. */
  token?: string;
  /** What the client calls itself (its User-Agent); `sluice` where absent. Runs that are told apart have names of their own. */
  client?: string;
  /** Namespace of the context; `default` where absent. */
  namespace?: string;
  /** Ends everything with its reason. */
  signal?: AbortSignal;
  /** Deadline of one call with all its attempts; 30 s where absent. */
  timeoutMs?: number;
  /** From 0 to 1, for the jitter of repetitions; without it there is none. */
  random?: () => number;
  /** Asked before each request is executed; they are counted from 1, repetitions and watches included. */
  onCall?: (n: number, call: CallFacts) => Fate;
  onRequest?: (fact: RequestFact) => void;
  log?: ClusterLog;
}

export interface CallFacts {
  method: string;
  path: string;
  query: URLSearchParams;
}

/** A request that may have changed something: neither a dry run nor a review. */
export interface CallLog {
  n: number;
  /** Milliseconds of the clock. */
  at: number;
  verb: 'create' | 'apply' | 'patch' | 'update' | 'delete';
  path: string;
  status: number;
}

/** One process that is a client of a sandbox, and may die. */
export interface InProcess {
  cluster: Cluster;
  /** The sandbox's clock, which falls silent for this process when it dies: to be handed to all that runs in it. */
  clock: Clock;
  /** Requests so far. */
  readonly calls: number;
  readonly writes: readonly CallLog[];
  readonly dead: boolean;
  /** The process is gone at once, as by SIGKILL. */
  kill(): void;
  /** The process is stopped, as by SIGSTOP, until `thaw`: meanwhile it sends nothing and hears nothing, and what it has sent is executed. */
  freeze(): void;
  /** The process goes on, and learns first of what was sent to it, then of the time that has passed. */
  thaw(): void;
}

const SILENT: ClusterLog = { debug: () => undefined, warning: () => undefined };

/** The real client over a sandbox in the same process: the same requests, retries, deadlines and errors, without a socket. */
export function inProcessCluster(sandbox: Sandbox, options: InProcessOptions = {}): InProcess {
  const { onCall, random = () => 0.5, signal = new AbortController().signal, timeoutMs = 30_000 } = options;
  const life = beginLife(sandbox.core.clock);
  const { clock } = life;
  const writes: CallLog[] = [];
  let calls = 0;
  const transport = localTransport({
    sandbox,
    life,
    fateOf: (n, { method, path, query }) => {
      calls = n;
      return onCall?.(n, { method, path, query }) ?? 'execute';
    },
    executed: (n, incoming, status) => {
      const verb = verbOf(incoming);
      if (verb) writes.push({ n, at: clock.now(), verb, path: incoming.path, status });
    },
  });
  const headers = {
    ...(options.client ? { 'user-agent': options.client } : {}),
    ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
  };
  const credential = { headers, certificate: undefined };
  const server = new URL('http://sandbox');
  const requester = openRequester({
    server,
    transport,
    credentials: { origin: 'the token', current: async () => credential, renew: async () => false },
    timeoutMs,
    clock,
    log: options.log ?? SILENT,
    signal,
    random,
    onRequest: options.onRequest,
  });
  const cluster = restCluster({
    server: server.origin,
    namespace: options.namespace ?? 'default',
    requester,
    discovery: openDiscovery(requester),
    until: signal,
    watching: { clock, random, support: { initialEvents: true } },
    close: () => transport.close(),
  });
  return {
    cluster,
    clock,
    get calls() {
      return calls;
    },
    writes,
    get dead() {
      return life.death.aborted;
    },
    kill: life.kill,
    freeze: life.freeze,
    thaw: life.thaw,
  };
}

const VERBS: Readonly<Record<string, CallLog['verb']>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Undefined for what can change nothing. */
function verbOf({ method, path, query, headers }: Incoming): CallLog['verb'] | undefined {
  if (query.has('dryRun') || /^\/apis\/auth(oriz|entic)ation\.k8s\.io\//.test(path)) return undefined;
  return headers['content-type'] === 'application/apply-patch+yaml' ? 'apply' : VERBS[method];
}
