import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Any image whose container answers on port 80; a web server, since pods that prove their readiness need no time of grace. */
const IMAGE = process.env['SLUICE_BENCH_IMAGE'] ?? 'registry.k8s.io/nginx-slim';
export const OLD_TAG = '0.21';
export const NEW_TAG = '0.24';

export function deploymentNames(pairs: number): string[] {
  return Array.from({ length: pairs }, (_, index) => `app-${String(index + 1).padStart(3, '0')}`);
}

/** Writes a folder of so many Deployments, each with its Service, one file a pair. */
export async function writeManifests(folder: string, pairs: number, tag: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await Promise.all(deploymentNames(pairs).map(name => writeFile(join(folder, `${name}.yaml`), pairOf(name, tag))));
  return folder;
}

function pairOf(name: string, tag: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: { app.kubernetes.io/name: ${name} }
spec:
  replicas: 1
  selector:
    matchLabels: { app.kubernetes.io/name: ${name} }
  template:
    metadata:
      labels: { app.kubernetes.io/name: ${name} }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: ${IMAGE}:${tag}
          ports: [{ name: http, containerPort: 80 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
          env: [{ name: LOG_LEVEL, value: info }]
          resources:
            requests: { cpu: 1m, memory: 8Mi }
            limits: { memory: 32Mi }
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels: { app.kubernetes.io/name: ${name} }
spec:
  selector: { app.kubernetes.io/name: ${name} }
  ports: [{ name: http, port: 80, targetPort: http }]
`;
}
