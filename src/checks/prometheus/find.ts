import type { Cluster } from '../../cluster/cluster.ts';
import { ApiError } from '../../cluster/errors.ts';
import type { CheckConfig, PrometheusPlace } from '../../config/check-config.ts';
import { placeFaults } from '../../config/checks/prometheus.ts';
import { asksPrometheus, isPlaced } from '../../config/settle-checks.ts';
import { variablesIn } from '../../config/variables.ts';
import { SluiceError } from '../../errors.ts';
import type { KubeObject } from '../../kube.ts';
import { isObjectName } from '../ask.ts';

interface ServicePort {
  name?: string;
  port: number;
}
type Service = KubeObject<{ clusterIP?: string; type?: string; ports?: ServicePort[] }>;

/** A Service that checks ask, with the names of those checks. */
interface Named {
  namespace: string;
  name: string;
  port: string | undefined;
  checks: string[];
}

interface Found {
  service: string;
  port: string;
}

const SERVICE = { apiVersion: 'v1', kind: 'Service' };
/** What charts and operators call the port of Prometheus' API; others are those of its reloader or of metrics alone. */
const PORT_NAMES = ['http-web', 'web', 'http', 'http-prometheus'];
const PORTS = [9090, 80];
const SAY_WHERE =
  'Say where it is: the input prometheus, or the key prometheus of the config (url, or service: namespace/name). Nothing was written.';

const LOOK_AT =
  'Look at service and port: of the check, of the key prometheus of the config, or of the input prometheus. Nothing was written.';

/**
 * The checks, each of which that asks Prometheus with a place: where none was given, the one Prometheus that the cluster has.
 * Throws where a Service that is named is not there; one without a namespace is looked for in that of the workloads, if it is given.
 */
export async function withPrometheus(
  checks: readonly CheckConfig[],
  cluster: Cluster,
  ofWorkloads?: string,
): Promise<readonly CheckConfig[]> {
  await requireServices(namedServices(checks, ofWorkloads), cluster);
  const placeless = checks.filter(check => asksPrometheus(check) && !isPlaced(check));
  if (placeless.length === 0) return checks;
  const names = placeless.map(({ name }) => name).join(', ');
  const found = await findPrometheus(cluster, names);
  refuseMisplaced(
    placeless.flatMap(check => (asksPrometheus(check) ? [{ ...check, ...found }] : [])),
    found,
  );
  return checks.map(check => (asksPrometheus(check) && !isPlaced(check) ? { ...check, ...found } : check));
}

/** By variables a Service is known only when it is asked. */
function namedServices(checks: readonly CheckConfig[], ofWorkloads: string | undefined): Named[] {
  const all = new Map<string, Named>();
  for (const check of checks) {
    if (!asksPrometheus(check) || check.service === undefined || variablesIn(check.service).length > 0) continue;
    const { service, port } = check;
    const slash = service.lastIndexOf('/');
    const namespace = slash < 0 ? ofWorkloads : service.slice(0, slash);
    if (namespace === undefined) continue;
    const key = JSON.stringify([namespace, service.slice(slash + 1), port]);
    const named = all.get(key) ?? { namespace, name: service.slice(slash + 1), port, checks: [] };
    named.checks.push(check.name);
    all.set(key, named);
  }
  return [...all.values()];
}

/** That there is none would else be found out under traffic. */
async function requireServices(named: readonly Named[], cluster: Cluster): Promise<void> {
  const faults = await Promise.all(named.map(one => serviceFault(one, cluster)));
  const problems = named.flatMap(({ checks }, index) => {
    const fault = faults[index];
    return fault === undefined ? [] : [{ message: `Checks that ask Prometheus (${checks.join(', ')}): ${fault}.` }];
  });
  if (problems.length === 0) return;
  throw new SluiceError('invalid-input', problems.map(({ message }) => message).join('\n'), {
    problems,
    hint: LOOK_AT,
  });
}

async function serviceFault({ namespace, name, port }: Named, cluster: Cluster): Promise<string | undefined> {
  const told = `${namespace}/${name}`;
  if (!isObjectName(namespace) || !isObjectName(name))
    return `${told} is no name of a Service; give name, or namespace/name`;
  let service: Service | undefined;
  try {
    service = await cluster.get<Service>({ ...SERVICE, namespace, name });
  } catch (error) {
    // What may not be read can be asked all the same.
    if (error instanceof ApiError) return undefined;
    throw error;
  }
  if (!service) return `there is no Service ${told}`;
  const ports = service.spec?.ports ?? [];
  if (port === undefined || ports.length === 0) return undefined;
  if (ports.some(one => one.name === port || String(one.port) === port)) return undefined;
  const known = ports.map(one => `${one.port}${one.name ? ` (${one.name})` : ''}`).join(', ');
  return `the Service ${told} has no port ${port}; it has ${known}`;
}

/** Within the cluster a token would be taken for one of the API server's own. */
function refuseMisplaced(placed: readonly (CheckConfig & PrometheusPlace)[], { service }: Found): void {
  const problems = placed.flatMap(check =>
    placeFaults(check).map(fault => ({
      message: `Check ${check.name}, of the Prometheus that was found, Service ${service}: ${fault}.`,
    })),
  );
  if (problems.length === 0) return;
  throw new SluiceError('invalid-input', problems.map(({ message }) => message).join('\n'), {
    problems,
    hint: SAY_WHERE,
  });
}

async function findPrometheus(cluster: Cluster, names: string): Promise<Found> {
  const found = (await servicesOf(cluster, names)).flatMap(service => placeIn(service) ?? []);
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  const what = only
    ? `the cluster has ${found.length} Services that look like a Prometheus: ${found.map(({ service, port }) => `${service}:${port}`).join(', ')}`
    : 'nothing says where Prometheus is, and no Service of the cluster looks like one';
  throw new SluiceError('invalid-input', `Checks that ask Prometheus (${names}): ${what}.`, { hint: SAY_WHERE });
}

async function servicesOf(cluster: Cluster, names: string): Promise<Service[]> {
  try {
    return (await cluster.list<Service>(SERVICE)).items;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 403)) throw error;
    const why =
      'nothing says where Prometheus is, and the credentials may not list Services in all namespaces to find it';
    throw new SluiceError('invalid-input', `Checks that ask Prometheus (${names}): ${why}.`, {
      hint: SAY_WHERE,
      cause: error,
    });
  }
}

/** As the prometheus and kube-prometheus-stack charts, kube-prometheus and OpenShift label it. Governing Services are the same once more. */
function placeIn({ metadata, spec }: Service): Found | undefined {
  const { namespace = '', name, labels = {} } = metadata;
  if (spec?.clusterIP === 'None' || spec?.type === 'ExternalName') return undefined;
  const component = labels['app.kubernetes.io/component'] ?? labels['component'] ?? 'prometheus';
  const isNamed =
    labels['app.kubernetes.io/name'] === 'prometheus' || labels['app'] === 'prometheus' || name === 'prometheus';
  const isStack = labels['app']?.endsWith('kube-prometheus-stack-prometheus') === true;
  if (!isStack && !(isNamed && ['server', 'prometheus'].includes(component))) return undefined;
  const ports = spec?.ports ?? [];
  const port = ports.find(one => PORT_NAMES.includes(one.name ?? '')) ?? ports.find(one => PORTS.includes(one.port));
  return port && { service: `${namespace}/${name}`, port: String(port.port) };
}
