import { writeFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
import { ADMIN_TOKEN } from './server/authentication.ts';
import { present } from './server/core.ts';
import { adminAnswer } from './server/http/admin.ts';
import { selfSigned } from './server/http/certificate.ts';
import { handle } from './server/http/handler.ts';
import { type Handler, type Listener, listen } from './server/http/listen.ts';

export interface SandboxServerOptions extends SandboxOptions {
  /** Port of plain HTTP, on which everybody is the administrator; 0 (any) where absent. */
  port?: number;
  /** Port of TLS (HTTP/2 and HTTP/1.1); 0 (any) where absent. */
  tlsPort?: number;
  /** Where to write a kubeconfig for the TLS port. */
  kubeconfig?: string;
  /** Serves the faults and counters under /_sandbox on the plain port. */
  admin?: boolean;
}

export interface SandboxServer {
  sandbox: Sandbox;
  /** Address of plain HTTP. */
  url: string;
  /** Address of TLS; the certificate is in the kubeconfig. */
  tlsUrl: string;
  /** Text of the kubeconfig, for other users by their token. */
  kubeconfigFor(token: string): string;
  close(): Promise<void>;
}

/** A sandbox that any client can talk to, over plain HTTP and over TLS. */
export async function openSandboxServer(options: SandboxServerOptions = {}): Promise<SandboxServer> {
  const clock: Clock = options.clock ?? systemClock;
  const certificate = selfSigned(clock.now());
  const sandbox = createSandbox({ ...options, clock, rootCertificate: certificate.cert });
  const { core, faults } = sandbox;
  const serve: Handler = incoming =>
    faults.serve({ ...incoming, sent: present(core) }, request => handle(core, request));
  const onConnection = (): void => faults.connected();
  const plain: Handler = incoming => (options.admin ? adminAnswer(faults, incoming) : undefined) ?? serve(incoming);
  const listeners: Listener[] = [];
  try {
    listeners.push(await listen({ port: options.port ?? 0, handler: plain, onConnection }));
    listeners.push(await listen({ port: options.tlsPort ?? 0, tls: certificate, handler: serve, onConnection }));
  } catch (error) {
    sandbox.stop();
    await Promise.all(listeners.map(listener => listener.close()));
    throw error;
  }
  const [first, second] = listeners;
  const tlsUrl = `https://127.0.0.1:${second?.port ?? 0}`;
  const kubeconfigFor = (token: string): string => kubeconfig(tlsUrl, certificate.cert, token);
  if (options.kubeconfig) await writeFile(options.kubeconfig, kubeconfigFor(ADMIN_TOKEN), { mode: 0o600 });
  return {
    sandbox,
    url: `http://127.0.0.1:${first?.port ?? 0}`,
    tlsUrl,
    kubeconfigFor,
    close: async () => {
      sandbox.stop();
      await Promise.all(listeners.map(listener => listener.close()));
    },
  };
}

function kubeconfig(server: string, certificate: string, token: string): string {
  return `apiVersion: v1
kind: Config
current-context: sandbox
clusters:
- name: sandbox
  cluster:
    server: ${server}
    certificate-authority-data: ${Buffer.from(certificate).toString('base64')}
users:
- name: sandbox
  user:
    token: ${token}
contexts:
- name: sandbox
  context:
    cluster: sandbox
    user: sandbox
    namespace: default
`;
}
