import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { fromBase64, openCredentials } from './credentials.ts';
import type { Route } from './dial.ts';
import { openDiscovery } from './discovery.ts';
import { readKubeconfig, resolveTarget, secretsIn, type Target } from './kubeconfig.ts';
import { codeOf, findKubeconfigs } from './kubeconfig-source.ts';
import { type Mask, maskForms } from './masking.ts';
import { type Environment, proxyFromEnvironment } from './proxy.ts';
import { type ClusterLog, openRequester, type RequestFact } from './request.ts';
import { restCluster } from './rest-cluster.ts';
import { openTransport } from './transport.ts';

export interface ConnectOptions {
  /** A kubeconfig, as text or in base64; empty or absent: KUBECONFIG, `~/.kube/config`, or the pod's service account. */
  kubeconfig?: string | undefined;
  /** Absent: the kubeconfig's current-context. */
  context?: string | undefined;
  /** Absent: that of the context. */
  namespace?: string | undefined;
  /** Deadline of one call with all its attempts; 30 s where absent. */
  timeoutMs?: number;
  env: Environment;
  clock: Clock;
  log: ClusterLog;
  mask: Mask;
  signal: AbortSignal;
  /** From 0 to 1, for the jitter of repetitions. */
  random?: () => number;
  onRequest?: (fact: RequestFact) => void;
}

/** Reads the kubeconfig and signs in by what it names. Makes no request: the first call opens the connection. */
export async function connect(options: ConnectOptions): Promise<Cluster> {
  const { clock, env, log, mask, signal, timeoutMs = 30_000, random = Math.random } = options;
  const configs = (await findKubeconfigs(options.kubeconfig, env)).map(readKubeconfig);
  for (const secret of secretsIn(configs)) maskForms(mask, secret);
  const target = resolveTarget(configs, options.context, options.namespace);
  const route = await routeTo(target, env, mask);
  const credentials = await openCredentials({ target, ca: route.ca, env, clock, mask, signal });
  const transport = openTransport(route, timeoutMs, clock);
  const requester = openRequester({
    server: target.server,
    transport,
    credentials,
    timeoutMs,
    clock,
    log,
    signal,
    random,
    onRequest: options.onRequest,
  });
  return restCluster({
    server: `${target.server.origin}${target.server.pathname.replace(/\/+$/, '')}`,
    namespace: target.namespace,
    requester,
    discovery: openDiscovery(requester),
    until: signal,
    watching: { clock, random, support: { initialEvents: true } },
    close: () => transport.close(),
  });
}

async function routeTo({ cluster, server, context }: Target, env: Environment, mask: Mask): Promise<Route> {
  const proxy = cluster.proxyUrl || proxyFromEnvironment(server, env);
  return {
    server,
    proxy: proxy === undefined ? undefined : readProxy(proxy, mask),
    ca: cluster.caData
      ? fromBase64(cluster.caData)
      : cluster.caFile
        ? await readAuthority(cluster.caFile, context)
        : undefined,
    serverName: cluster.tlsServerName || undefined,
    insecure: cluster.skipTLSVerify,
  };
}

function readProxy(text: string, mask: Mask): URL {
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.password) {
    const password = decodeURIComponent(proxy.password);
    for (const secret of [proxy.password, password, `${decodeURIComponent(proxy.username)}:${password}`])
      maskForms(mask, secret);
  }
  if (proxy && /^https?:$/.test(proxy.protocol)) return proxy;
  const what = proxy ? `a ${proxy.protocol.slice(0, -1)} proxy` : 'no URL';
  throw new SluiceError(
    'invalid-kubeconfig',
    `The proxy for the API server is ${what}: only http and https proxies are known.`,
    {
      hint: 'Set proxy-url in the kubeconfig, or HTTPS_PROXY, to an http:// or https:// URL.',
    },
  );
}

async function readAuthority(file: string, context: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SluiceError(
      'invalid-kubeconfig',
      `The certificate authority of context ${context} cannot be read: ${file} (${codeOf(cause)}).`,
      {
        hint: 'A kubeconfig from another machine names files of that machine: write it with kubectl config view --flatten --raw.',
        cause,
      },
    );
  }
}
