import { resolve } from 'node:path';
import {
  type Cluster as ClusterEntry,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { SluiceError } from '../errors.ts';
import type { KubeconfigText } from './kubeconfig-source.ts';

/** What kubeconfigs know of users beyond what client-node reads. */
export interface UserEntry extends User {
  readonly tokenFile?: string;
  readonly impersonateGroups?: readonly string[];
  readonly impersonateUid?: string;
  readonly impersonateExtra?: Readonly<Record<string, readonly string[]>>;
  /** Where the relative paths of this entry begin. */
  readonly directory: string;
}

/** The one context that a run uses. Paths are absolute. */
export interface Target {
  context: string;
  server: URL;
  namespace: string;
  cluster: ClusterEntry;
  /** The cluster's entry for exec plugins, `extensions` of the kubeconfig. */
  execConfig: unknown;
  /** Undefined where the context names none: requests are anonymous. */
  user: UserEntry | undefined;
}

export interface Kubeconfig {
  /** Where it was found, for messages. */
  origin: string;
  clusters: (ClusterEntry & { execConfig: unknown })[];
  contexts: Context[];
  users: UserEntry[];
  current: string;
}

type Raw = Record<string, unknown>;

/** Joins the files as kubectl does, the first to name something wins, and picks the context. */
export function resolveTarget(configs: readonly Kubeconfig[], wanted?: string, namespace?: string): Target {
  const clusters = configs.flatMap(config => config.clusters);
  const contexts = configs.flatMap(config => config.contexts);
  const users = configs.flatMap(config => config.users);
  const origin = configs.map(config => config.origin).join(', ');
  const choice =
    contexts.length === 0
      ? 'It has no contexts.'
      : `It has: ${[...new Set(contexts.map(one => one.name))].join(', ')}.`;

  const name = wanted || configs.map(config => config.current).find(one => one !== '');
  if (!name)
    throw invalid(
      `No context is chosen: ${origin} has no current-context. ${choice}`,
      'Name one in the context input.',
    );
  const context = contexts.find(one => one.name === name);
  if (!context)
    throw invalid(`There is no context ${name} in ${origin}. ${choice}`, 'Name one of them in the context input.');
  const cluster = clusters.find(one => one.name === context.cluster);
  if (!cluster)
    throw invalid(`The context ${name} of ${origin} names the cluster ${context.cluster}, which is not there.`);
  const user = users.find(one => one.name === context.user);
  if (context.user && !user)
    throw invalid(`The context ${name} of ${origin} names the user ${context.user}, which is not there.`);
  if (!URL.canParse(cluster.server) || !/^https?:$/.test(new URL(cluster.server).protocol)) {
    throw invalid(`The server of cluster ${cluster.name} in ${origin} is not an http or https URL.`);
  }
  return {
    context: name,
    server: new URL(cluster.server),
    namespace: namespace || context.namespace || 'default',
    cluster,
    execConfig: cluster.execConfig,
    user,
  };
}

/** Every credential that the kubeconfigs hold, of whichever user, to be masked. */
export function secretsIn(configs: readonly Kubeconfig[]): string[] {
  return configs
    .flatMap(config => config.users)
    .flatMap(user => [
      user.token ?? '',
      user.password ?? '',
      ...(user.username && user.password ? [`${user.username}:${user.password}`] : []),
      ...(user.keyData ? [user.keyData, Buffer.from(user.keyData, 'base64').toString('utf8')] : []),
      ...authProviderSecrets(user.authProvider),
    ]);
}

function authProviderSecrets(provider: unknown): string[] {
  const config = recordOf(recordOf(provider)['config']);
  return ['access-token', 'id-token', 'refresh-token', 'client-secret'].map(key => String(config[key] ?? ''));
}

/** What one file says; an error names the place that is wrong and quotes nothing. */
export function readKubeconfig(file: KubeconfigText): Kubeconfig {
  const raw = readYaml(file);
  try {
    return {
      origin: file.origin,
      // client-node leaves paths relative, and some newer fields out.
      clusters: newClusters(raw['clusters']).map((cluster, index) => ({
        ...cluster,
        ...(cluster.caFile ? { caFile: resolve(file.directory, cluster.caFile) } : {}),
        execConfig: execExtension(recordOf(entry(raw['clusters'], index)['cluster'])),
      })),
      contexts: newContexts(raw['contexts']),
      users: newUsers(raw['users']).map((user, index) => ({
        ...user,
        ...(user.certFile ? { certFile: resolve(file.directory, user.certFile) } : {}),
        ...(user.keyFile ? { keyFile: resolve(file.directory, user.keyFile) } : {}),
        ...beyond(recordOf(entry(raw['users'], index)['user']), file.directory),
        directory: file.directory,
      })),
      current: typeof raw['current-context'] === 'string' ? raw['current-context'] : '',
    };
  } catch (error) {
    // The messages of client-node name a place, `clusters[0].name is missing`, and never a value.
    const place =
      error instanceof Error && /^\w+\[\d+\][.\w]* is missing$/.test(error.message)
        ? error.message
        : 'an entry has the wrong form';
    throw invalid(`The kubeconfig from ${file.origin} is not valid: ${place}.`);
  }
}

function readYaml(file: KubeconfigText): Raw {
  let raw: unknown;
  try {
    raw = parse(file.text, { maxAliasCount: 100 });
  } catch {
    // The parser's message quotes the text, which may hold a credential, so it is not passed on.
    throw notOne(file, 'it is not YAML');
  }
  if (raw === null && file.text.trim() === '') return {};
  const isConfig =
    typeof raw === 'object' &&
    raw !== null &&
    ('clusters' in raw || 'contexts' in raw || 'users' in raw || recordOf(raw)['kind'] === 'Config');
  if (!isConfig) throw notOne(file, 'it has no clusters, users and contexts');
  return recordOf(raw);
}

function notOne(file: KubeconfigText, why: string): SluiceError {
  return invalid(
    `The text from ${file.origin} is not a kubeconfig: ${why}.`,
    'Give the content of a kubeconfig file, as it is or in base64; check that the secret which holds it is set and complete.',
  );
}

function beyond(user: Raw, directory: string): Partial<UserEntry> {
  const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  const extra = Object.entries(recordOf(user['as-user-extra'])).map(([key, value]) => [key, strings(value)] as const);
  return {
    ...(typeof user['tokenFile'] === 'string' ? { tokenFile: resolve(directory, user['tokenFile']) } : {}),
    impersonateGroups: strings(user['as-groups']),
    ...(typeof user['as-uid'] === 'string' ? { impersonateUid: user['as-uid'] } : {}),
    impersonateExtra: Object.fromEntries(extra),
  };
}

function execExtension(cluster: Raw): unknown {
  const extensions = Array.isArray(cluster['extensions']) ? cluster['extensions'] : [];
  return extensions.map(recordOf).find(one => one['name'] === 'client.authentication.k8s.io/exec')?.['extension'];
}

function entry(list: unknown, index: number): Raw {
  return recordOf(Array.isArray(list) ? list[index] : undefined);
}

export function recordOf(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

function invalid(message: string, hint?: string): SluiceError {
  return new SluiceError('invalid-kubeconfig', message, hint === undefined ? {} : { hint });
}
