import { IMAGE, OLD_TAG, OWN_CLUSTER } from './world.ts';

export interface DeploymentText {
  name?: string;
  image?: string;
  replicas?: number;
  /** Further lines of the container, indented by ten. */
  container?: string;
  /** Whether the container has a readiness probe; true unless given, where a probe can succeed. */
  probe?: boolean;
  /** Annotations of the pod template. */
  annotations?: Record<string, string>;
}

/** The images that any cluster can pull serve nothing; the sandbox's kubelet believes any probe. */
const PROBE = '          readinessProbe: {httpGet: {path: /ready, port: 8080}}\n';

/** A Deployment as YAML. */
export function deployment({
  name = 'web',
  image = `${IMAGE}:${OLD_TAG}`,
  replicas = 2,
  container = '',
  annotations = {},
  probe = !OWN_CLUSTER,
}: DeploymentText = {}): string {
  const notes = Object.entries(annotations)
    .map(([key, value]) => `        ${key}: ${JSON.stringify(value)}\n`)
    .join('');
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
${notes ? `      annotations:\n${notes}` : ''}    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: ${name}
          image: ${image}
${probe ? PROBE : ''}${container}`;
}

export function service(name = 'web'): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: {app: ${name}}
  ports: [{port: 80, targetPort: 8080}]
`;
}

export function configMap(name: string, data: Record<string, string>): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data: ${JSON.stringify(data)}
`;
}

export function documents(...texts: string[]): string {
  return texts.join('---\n');
}
