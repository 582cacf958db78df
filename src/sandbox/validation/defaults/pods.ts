import { fill, inside, type Loose, listOf, objectOf } from './fill.ts';

const FILE_MODE = 0o644;
const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

/** What the API server fills into every pod spec, of a pod or of a template. */
export function defaultPodSpec(spec: Loose): void {
  for (const volume of listOf(spec.volumes)) defaultVolume(volume);
  for (const container of [
    ...listOf(spec.initContainers),
    ...listOf(spec.containers),
    ...listOf(spec.ephemeralContainers),
  ]) {
    defaultContainer(container);
  }
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (spec.restartPolicy === '') spec.restartPolicy = 'Always';
}

/** Pods alone: requests follow limits, services are told through the environment, the host's network has the same ports. */
export function defaultPod(pod: Loose): void {
  const spec = inside(pod, 'spec');
  defaultPodSpec(spec);
  fill(spec, { enableServiceLinks: true });
  for (const container of [...listOf(spec.initContainers), ...listOf(spec.containers)]) {
    const resources = objectOf(container.resources);
    const limits = objectOf(resources?.limits);
    if (resources && limits) fill(inside(resources, 'requests'), limits);
    if (!spec.hostNetwork) continue;
    for (const port of listOf(container.ports)) port.hostPort ||= port.containerPort;
  }
}

function defaultVolume(volume: Loose): void {
  const sources = Object.keys(volume).filter(key => key !== 'name' && volume[key]);
  if (sources.length === 0) volume.emptyDir = {};
  for (const kind of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const source = objectOf(volume[kind]);
    if (source) fill(source, { defaultMode: FILE_MODE });
  }
  const hostPath = objectOf(volume.hostPath);
  if (hostPath) fill(hostPath, { type: '' });
  const projections = listOf(objectOf(volume.projected)?.sources);
  for (const { serviceAccountToken } of projections) {
    const token = objectOf(serviceAccountToken);
    if (token) fill(token, { expirationSeconds: 3600 });
  }
  for (const downward of [volume.downwardAPI, ...projections.map(source => source.downwardAPI)]) {
    for (const item of listOf(objectOf(downward)?.items)) defaultFieldRef(item);
  }
  const image = objectOf(volume.image);
  if (image) image.pullPolicy ||= pullPolicyOf(String(image.reference ?? ''));
  const claim = objectOf(objectOf(objectOf(volume.ephemeral)?.volumeClaimTemplate)?.spec);
  if (claim) fill(claim, { volumeMode: 'Filesystem' });
}

function defaultFieldRef(holder: Loose): void {
  const reference = objectOf(holder.fieldRef);
  if (reference) fill(reference, { apiVersion: 'v1' });
}

function defaultContainer(container: Loose): void {
  container.imagePullPolicy ||= pullPolicyOf(String(container.image ?? ''));
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const port of listOf(container.ports)) port.protocol ||= 'TCP';
  for (const variable of listOf(container.env)) defaultFieldRef(objectOf(variable.valueFrom) ?? {});
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = objectOf(container[name]);
    if (!probe) continue;
    for (const [key, value] of Object.entries(PROBE)) probe[key] ||= value;
    defaultHandler(probe);
  }
  const lifecycle = objectOf(container.lifecycle);
  for (const hook of [lifecycle?.postStart, lifecycle?.preStop]) defaultHandler(objectOf(hook) ?? {});
}

function defaultHandler(handler: Loose): void {
  const get = objectOf(handler.httpGet);
  if (get) {
    get.path ||= '/';
    get.scheme ||= 'HTTP';
  }
  const grpc = objectOf(handler.grpc);
  if (grpc) fill(grpc, { service: '' });
}

/** Always for `latest`, given or implied; a digest or another tag needs one pull. What is no reference has no tag. */
function pullPolicyOf(image: string): string {
  if (image.includes('@') || /\s/.test(image)) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? (image === '' ? '' : 'latest');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}
