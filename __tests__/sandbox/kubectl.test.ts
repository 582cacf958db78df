import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSandboxServer, type SandboxServer } from '../../src/sandbox/server.ts';

const APP = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: 'example/web:1', ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: web.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
`;

/** Every kubectl to try: those of KUBECTLS (colon-separated), else the one on the PATH, if any. */
function kubectls(): string[] {
  const { KUBECTLS = '', PATH = '' } = process.env;
  const named = KUBECTLS.split(':').filter(file => file !== '');
  if (named.length > 0) return named;
  const found = PATH.split(':').map(folder => path.join(folder, 'kubectl'));
  return found.filter(file => existsSync(file)).slice(0, 1);
}

interface Run {
  code: number;
  output: string;
}

const binaries = kubectls();
if (binaries.length === 0) {
  console.warn('No kubectl on the PATH nor in KUBECTLS: the sandbox was not tried with one.');
}

let server: SandboxServer;
let home: string;
beforeAll(async () => {
  server = await openSandboxServer();
  home = await mkdtemp(path.join(tmpdir(), 'kubectl-'));
  await writeFile(path.join(home, 'config'), server.kubeconfigFor('admin'));
  await writeFile(path.join(home, 'app.yaml'), APP);
  await writeFile(path.join(home, 'next.yaml'), APP.replace('blue', 'green'));
});
afterAll(async () => {
  await server.close();
  await rm(home, { recursive: true });
});

function client(binary: string, namespace: string): (command: string) => Promise<Run> {
  return command =>
    new Promise(resolve => {
      const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: path.join(home, 'config') };
      const parameters = ['-n', namespace, ...command.split(' ')];
      execFile(binary, parameters, { env, cwd: home, timeout: 60_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: stdout + stderr });
      });
    });
}

const each = binaries.length > 0 ? describe.each(binaries.map((binary, index) => ({ binary, index }))) : describe.skip;

each('kubectl $binary', (given?: { binary: string; index: number }) => {
  const namespace = `try-${given?.index}`;
  const run = client(given?.binary ?? '', namespace);
  /** Runs a command that has to succeed, and answers what it printed. */
  const succeed = async (command: string): Promise<string> => {
    const { code, output } = await run(command);
    expect({ command, code, output: code === 0 ? '' : output }).toEqual({ command, code: 0, output: '' });
    return output;
  };

  it('creates what it sends as protobuf or JSON', async () => {
    await succeed(`create namespace ${namespace}`);
    await succeed('create configmap one --from-literal=a=b');
    await succeed('create secret generic two --from-literal=a=b');
    await succeed('create serviceaccount robot');
    await succeed('create role reader --verb=get --resource=pods');
    await succeed('create rolebinding reader --role=reader --serviceaccount=default:robot');
    await succeed('create quota limits --hard=pods=100');
    await succeed('create job once --image=example/job:1');
    await succeed('create cronjob often --image=example/job:1 --schedule=@hourly');
    expect(await succeed('get configmap one -o jsonpath={.data.a}')).toBe('b');
    expect(await succeed('get secret two -o jsonpath={.data.a}')).toBe('Yg==');
    expect(await succeed('get role reader -o jsonpath={.rules[0].verbs[0]}')).toBe('get');
    expect(await succeed('auth can-i create pods')).toContain('yes');
    expect(await succeed('auth can-i --list')).toContain('*.*');
    expect(await succeed('create token robot')).toContain('robot');
  }, 60_000);

  it('applies and shows', async () => {
    await succeed('apply --server-side -f app.yaml');
    await succeed('rollout status deployment/web --timeout=30s');
    await succeed('wait --for=condition=Available deployment/web --timeout=30s');
    expect(await succeed('get deployment,replicaset,pod,service,ingress -o wide')).toMatch(
      /deployment.apps\/web +2\/2/,
    );
    expect(await succeed('get deployment web -o yaml')).toContain('readyReplicas: 2');
    expect(await succeed('describe deployment web')).toContain('NewReplicaSetAvailable');
    expect(await succeed('describe pod')).toMatch(/Normal +Started/);
    expect(await succeed('describe service web')).toMatch(/TargetPort: +8080/);
    expect(await succeed('get endpointslice')).toMatch(/web-\w+ +IPv4 +8080 +10\./);
    expect(await succeed('describe ingress web')).toContain('web.example.com');
    expect(await succeed('describe node')).toContain('Ready');
    expect(await succeed('explain deployment.spec.strategy')).toContain('rollingUpdate');
    expect(await succeed('api-resources')).toContain('deployments');
    expect((await run('diff -f next.yaml')).output).toContain('+  colour: green');
    await succeed('apply -f next.yaml');
    expect(await succeed('get configmap settings -o jsonpath={.data.colour}')).toBe('green');
    const top = await run('top pods');
    expect(top).toEqual({ code: 1, output: 'error: Metrics API not available\n' });
  }, 60_000);

  it('changes and rolls', async () => {
    await succeed('set image deployment/web app=example/web:2');
    await succeed('rollout status deployment/web --timeout=30s');
    expect(await succeed('rollout history deployment/web')).toMatch(/\n2 /);
    await succeed('rollout undo deployment/web');
    await succeed('rollout restart deployment/web');
    await succeed('rollout pause deployment/web');
    await succeed('rollout resume deployment/web');
    await succeed('scale deployment/web --replicas=3');
    await succeed('rollout status deployment/web --timeout=30s');
    expect(await succeed('get deployment web -o jsonpath={..image}')).toBe('example/web:1');
    await succeed('label deployment/web tier=front');
    await succeed('annotate deployment/web note=tried');
    await succeed('patch deployment/web -p {"spec":{"minReadySeconds":1}}');
    await succeed('expose deployment/web --name=again --port=81');
    await succeed('autoscale deployment/web --max=4');
    expect(await succeed('logs deployment/web')).not.toContain('error');
  }, 90_000);

  it('watches and deletes', async () => {
    const watching = run('get configmap --watch --request-timeout=4s');
    await succeed('create configmap seen --from-literal=a=b');
    expect((await watching).output).toMatch(/seen +1/);
    await succeed('delete deployment web --cascade=foreground --timeout=30s');
    expect((await run('get deployment web')).output).toContain('NotFound');
    const waiting = run('wait --for=delete configmap/seen --timeout=30s');
    await succeed('delete configmap seen');
    expect((await waiting).code).toBe(0);
    await succeed(`delete namespace ${namespace} --timeout=30s`);
  }, 90_000);
});
