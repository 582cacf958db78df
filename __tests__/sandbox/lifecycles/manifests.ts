import type { KubeObject } from '../../../src/kube.ts';
import type { Entry, Recording } from './recording.ts';

type Labels = Record<string, string>;

const API_VERSIONS: Record<string, string> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  Service: 'v1',
};

/** Labels that controllers add to what they create. */
const ADDED =
  /pod-template-hash|controller-revision-hash|pod-template-generation|kubernetes\.io|controller-uid|job-name/;

/** The recordings hold no manifests: what was created is read off the first states of the object and of its pods. */
export function manifestFor({ events }: Recording, kind: string, name: string, namespace: string): KubeObject {
  const metadata = { name, namespace };
  const apiVersion = API_VERSIONS[kind] ?? 'v1';
  if (kind === 'Service') return { apiVersion, kind, metadata, spec: serviceSpec(events) };
  const first = events.find(entry => entry.kind === kind && entry.name === name);
  const { images, ...spec } = (first?.spec ?? {}) as { images?: string };
  const pod = podOf(events, kind, name);
  const labels = Object.fromEntries(
    Object.entries((pod?.metadata?.['labels'] ?? {}) as Labels).filter(([key]) => !ADDED.test(key)),
  );
  const template = {
    metadata: { ...(kind === 'Job' ? {} : { labels }), ...annotationsOf(pod) },
    spec: podSpec(events, kind, pod, images ?? ''),
  };
  const selector = kind === 'Job' ? {} : { selector: { matchLabels: labels } };
  const serviceName = kind === 'StatefulSet' ? { serviceName: name } : {};
  return { apiVersion, kind, metadata, spec: { ...spec, ...selector, ...serviceName, template } };
}

function podOf(events: Entry[], kind: string, name: string): Entry | undefined {
  const sets = events.filter(entry => entry.kind === 'ReplicaSet' && entry.metadata?.['owner'] === `${kind}/${name}`);
  const owners = new Set([`${kind}/${name}`, ...sets.slice(0, 1).map(set => `ReplicaSet/${set.name}`)]);
  return events.find(entry => entry.kind === 'Pod' && owners.has(String(entry.metadata?.['owner'])));
}

function annotationsOf(pod: Entry | undefined): { annotations?: Labels } {
  const annotations = pod?.metadata?.['annotations'] as Labels | undefined;
  return annotations ? { annotations } : {};
}

function podSpec(events: Entry[], kind: string, pod: Entry | undefined, image: string): Record<string, unknown> {
  const statuses = events
    .filter(entry => entry.kind === 'Pod' && entry.metadata?.['owner'] === pod?.metadata?.['owner'])
    .map(entry => entry.status?.['containerStatuses'] as { name: string }[] | undefined);
  const name = statuses.find(found => found)?.[0]?.name ?? 'web';
  const job = kind === 'Job';
  const unschedulable = events.some(entry => entry.message?.includes("didn't match Pod's node affinity/selector"));
  return {
    containers: [
      {
        name,
        image,
        ...(job ? {} : { ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { path: '/', port: 8080 } } }),
      },
    ],
    ...(job ? { restartPolicy: 'Never' } : { terminationGracePeriodSeconds: 1 }),
    ...(unschedulable ? { nodeSelector: { no: 'where' } } : {}),
  };
}

function serviceSpec(events: Entry[]): Record<string, unknown> {
  const pod = events.find(entry => entry.kind === 'Pod');
  const labels = (pod?.metadata?.['labels'] ?? {}) as Labels;
  return { selector: { app: labels['app'] ?? 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] };
}
