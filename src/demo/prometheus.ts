import type { KubeObject } from '../kube.ts';
import { inProcessCluster } from '../sandbox/in-process.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const NAMESPACE = 'monitoring';
const LABELS = { 'app.kubernetes.io/name': 'prometheus' };

const OBJECTS: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'prometheus', namespace: NAMESPACE, labels: LABELS },
    spec: { selector: LABELS, ports: [{ name: 'http', port: 9090 }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'prometheus', namespace: NAMESPACE, labels: LABELS },
    spec: {
      selector: { matchLabels: LABELS },
      template: {
        // The sandbox answers Prometheus' queries in the place of such a pod.
        metadata: { labels: LABELS, annotations: { 'sandbox.sluice.dev/serves': 'prometheus' } },
        spec: { containers: [{ name: 'prometheus', image: 'prom/prometheus:v3.8.0' }] },
      },
    },
  },
];

/** What a cluster has beside the shop: a Prometheus, which scrapes the pods and is found by the checks. */
export async function installPrometheus(sandbox: Sandbox): Promise<void> {
  // Somebody else's client: what it writes is not Sluice's.
  const { cluster } = inProcessCluster(sandbox, { client: 'installer' });
  for (const object of OBJECTS) await cluster.apply(object);
  await cluster.close();
}
