import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { SluiceError } from '../errors.ts';
import type { Environment } from './proxy.ts';

/** A kubeconfig as text, and where its relative paths begin. */
export interface KubeconfigText {
  text: string;
  /** For messages: `the input kubeconfig`, or the file's path. */
  origin: string;
  directory: string;
}

const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The first source that has something: the input, the files of KUBECONFIG, `~/.kube/config`, the pod's service account. */
export async function findKubeconfigs(input: string | undefined, env: Environment): Promise<KubeconfigText[]> {
  if (input !== undefined && input.trim() !== '') {
    return [{ text: decoded(input), origin: 'the input kubeconfig', directory: env['GITHUB_WORKSPACE'] ?? '.' }];
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter(file => file !== '');
  const home = env['HOME'] ?? env['USERPROFILE'];
  const files = listed.length > 0 ? listed : home ? [join(home, '.kube', 'config')] : [];
  // As kubectl: files that do not exist are passed over, as long as one does.
  const found = (await Promise.all(files.map(readKubeconfig))).filter(one => one !== undefined);
  if (found.length > 0) return found;
  const own = listed.length > 0 ? undefined : await inCluster(env);
  if (own) return [own];
  const looked =
    listed.length > 0 ? `KUBECONFIG names ${listed.join(', ')}, and there is no such file` : nothingFound(files);
  throw new SluiceError('invalid-kubeconfig', `There is no kubeconfig: ${looked}.`, {
    hint: 'Give the kubeconfig input (text or base64), or let an earlier step write a file and set KUBECONFIG to its path.',
  });
}

function nothingFound(files: string[]): string {
  return `the kubeconfig input is empty, KUBECONFIG is not set${files.map(file => `, there is no ${file}`).join('')}, and this is not a pod`;
}

async function readKubeconfig(file: string): Promise<KubeconfigText | undefined> {
  try {
    return { text: await readFile(file, 'utf8'), origin: file, directory: dirname(file) };
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new SluiceError('invalid-kubeconfig', `The kubeconfig ${file} cannot be read: ${codeOf(cause)}.`, { cause });
  }
}

/** Secrets are often stored in base64, since that keeps them on one line. */
function decoded(input: string): string {
  const packed = input.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(packed)) return input;
  return Buffer.from(packed, 'base64').toString('utf8');
}

async function inCluster(env: Environment): Promise<KubeconfigText | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return undefined;
  const namespace = await readFile(`${IN_CLUSTER}/namespace`, 'utf8').catch(() => 'default');
  const name = 'in-cluster';
  const config = {
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
          'certificate-authority': `${IN_CLUSTER}/ca.crt`,
        },
      },
    ],
    users: [{ name, user: { tokenFile: `${IN_CLUSTER}/token` } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: namespace.trim() } }],
  };
  return { text: JSON.stringify(config), origin: 'the service account of this pod', directory: IN_CLUSTER };
}

export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
