import { type ChildProcess, spawn } from 'node:child_process';
import { isAbsolute, resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import { recordOf, type Target } from './kubeconfig.ts';
import { codeOf } from './kubeconfig-source.ts';
import { withoutSecrets } from './masking.ts';
import type { Environment } from './proxy.ts';

/** The `exec` stanza of a kubeconfig's user. */
export interface ExecStanza {
  apiVersion: string;
  command: string;
  args: string[];
  env: { name: string; value: string }[];
  installHint: string | undefined;
  interactiveMode: string;
  provideClusterInfo: boolean;
}

export interface ExecResult {
  token: string | undefined;
  certificate: { cert: string; key: string } | undefined;
  /** Milliseconds since the epoch; undefined: until the server refuses it. */
  expires: number | undefined;
}

const INSTALLATION: Readonly<Record<string, string>> = {
  'gke-gcloud-auth-plugin':
    'https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin (or google-github-actions/get-gke-credentials, which needs no plugin)',
  aws: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  'aws-iam-authenticator': 'https://docs.aws.amazon.com/eks/latest/userguide/install-aws-iam-authenticator.html',
  kubelogin: 'https://azure.github.io/kubelogin/install.html (or the azure/use-kubelogin action)',
};

const KNOWN_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** A sign-in that needs longer waits for a person. */
const DEADLINE_MS = 60_000;
/** For the rest of the output, once the plugin has ended: what it left running may hold the pipes open for ever. */
const DRAIN_MS = 1_000;
const STDERR_KEPT = 1_000;
/** Windows has no process groups to signal, and opens a window for a detached process. */
const OWN_GROUP = process.platform !== 'win32';

export function readExec(target: Target): ExecStanza | undefined {
  const exec = recordOf(target.user?.exec);
  if (typeof exec['command'] !== 'string') return undefined;
  const env = Array.isArray(exec['env']) ? exec['env'].map(recordOf) : [];
  return {
    apiVersion: String(exec['apiVersion'] ?? ''),
    command: exec['command'],
    args: Array.isArray(exec['args']) ? exec['args'].map(String) : [],
    env: env.map(one => ({ name: String(one['name']), value: String(one['value'] ?? '') })),
    installHint: typeof exec['installHint'] === 'string' ? exec['installHint'].trim() : undefined,
    interactiveMode: String(exec['interactiveMode'] ?? 'IfAvailable'),
    provideClusterInfo: exec['provideClusterInfo'] === true,
  };
}

/** Runs the plugin once, by the client authentication API of Kubernetes. Its secrets are not masked yet. */
export async function runExecPlugin(
  exec: ExecStanza,
  target: Target,
  ca: string | undefined,
  env: Environment,
  clock: Clock,
  signal: AbortSignal,
): Promise<ExecResult> {
  if (!KNOWN_VERSIONS.includes(exec.apiVersion)) {
    throw failure(
      exec,
      `its apiVersion is ${exec.apiVersion || 'missing'}`,
      `Known are ${KNOWN_VERSIONS.join(' and ')}: have the kubeconfig written anew by a current tool.`,
    );
  }
  if (exec.interactiveMode === 'Always') {
    throw failure(
      exec,
      'its interactiveMode is Always, and no terminal is here',
      'Use a way to sign in that needs no person.',
    );
  }
  const own = Object.fromEntries(exec.env.map(one => [one.name, one.value]));
  const info = JSON.stringify(execInfo(exec, target, ca));
  const output = await runCommand(exec, target, { ...env, ...own, KUBERNETES_EXEC_INFO: info }, clock, signal);
  return readCredential(exec, output);
}

function execInfo(exec: ExecStanza, target: Target, ca: string | undefined): object {
  const { cluster } = target;
  return {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo
        ? {
            cluster: {
              server: cluster.server,
              ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
              ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
              ...(ca ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') } : {}),
              ...(cluster.proxyUrl ? { 'proxy-url': cluster.proxyUrl } : {}),
              ...(target.execConfig === undefined ? {} : { config: target.execConfig }),
            },
          }
        : {}),
    },
  };
}

function runCommand(
  exec: ExecStanza,
  target: Target,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  // A bare name is looked up in PATH; a path is relative to the kubeconfig that names it.
  const named = /[\\/]/.test(exec.command);
  const command =
    named && !isAbsolute(exec.command) ? resolve(target.user?.directory ?? '.', exec.command) : exec.command;
  return new Promise((done, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = spawn(command, exec.args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: OWN_GROUP });
    const output: Buffer[] = [];
    let complaint = '';
    const settle = (end: () => void): void => {
      stopTimers();
      signal.removeEventListener('abort', abort);
      // A process that the plugin left behind holds the pipes open; they must not keep this one alive.
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      end();
    };
    const abort = (): void => {
      killAll(child);
      settle(() => reject(signal.reason));
    };
    const told = (how: string): SluiceError => {
      const secrets = exec.env.filter(one => /token|secret|key|password/i.test(one.name)).map(one => one.value);
      const said = withoutSecrets(complaint.trim(), secrets);
      return failure(exec, said === '' ? how : `${how} and said: ${said}`);
    };
    const ended = (code: number | null, by: string | null): void => {
      const how = by ? `it was ended by ${by}` : `it ended with code ${code}`;
      settle(() => (code === 0 ? done(Buffer.concat(output).toString('utf8')) : reject(told(how))));
    };
    const stopDeadline = clock.after(DEADLINE_MS, () => {
      killAll(child);
      settle(() => reject(told(`it did not end within ${DEADLINE_MS / 1_000} s`)));
    });
    let stopDrain = (): void => undefined;
    const stopTimers = (): void => {
      stopDeadline();
      stopDrain();
    };
    signal.addEventListener('abort', abort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-STDERR_KEPT);
    });
    child.on('error', cause => {
      const why =
        codeOf(cause) === 'ENOENT' ? missing(exec) : failure(exec, `it could not be started (${codeOf(cause)})`);
      settle(() => reject(why));
    });
    child.on('exit', (code, by) => {
      stopDrain = clock.after(DRAIN_MS, () => ended(code, by));
    });
    child.on('close', ended);
  });
}

/** Ends the plugin and all that it has started; a signal to its shell alone would not reach those. */
function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (OWN_GROUP) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already; macOS says so by EPERM where its leader is not yet waited for.
  }
  child.kill('SIGKILL');
}

function readCredential(exec: ExecStanza, output: string): ExecResult {
  let status: Record<string, unknown>;
  try {
    status = recordOf(recordOf(JSON.parse(output))['status']);
  } catch {
    throw failure(exec, 'what it printed is not JSON');
  }
  const text = (key: string): string | undefined =>
    typeof status[key] === 'string' && status[key] !== '' ? status[key] : undefined;
  const token = text('token');
  const cert = text('clientCertificateData');
  const key = text('clientKeyData');
  if (!token && !(cert && key)) throw failure(exec, 'it printed neither a token nor a client certificate with its key');
  const expires = Date.parse(text('expirationTimestamp') ?? '');
  return {
    token,
    certificate: cert && key ? { cert, key } : undefined,
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}

function missing(exec: ExecStanza): SluiceError {
  const name = exec.command.replace(/^.*[\\/]/, '').replace(/\.exe$/, '');
  const page = INSTALLATION[name];
  return new SluiceError(
    'unauthorized',
    `The kubeconfig signs in with ${exec.command}, which is not installed on this runner.`,
    {
      hint: page ? `How to install it: ${page}.` : exec.installHint || `Install ${name} in an earlier step.`,
    },
  );
}

function failure(exec: ExecStanza, why: string, hint?: string): SluiceError {
  return new SluiceError('unauthorized', `The credential plugin ${exec.command} gave no credentials: ${why}.`, {
    hint: hint ?? `Run the sign-in step of your cloud before this one, and try \`${exec.command}\` there.`,
  });
}
