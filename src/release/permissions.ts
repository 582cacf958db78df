import type { Cluster, KindRef } from '../cluster/cluster.ts';
import type { CheckConfig } from '../config/check-config.ts';
import { SluiceError } from '../errors.ts';
import { isWorkload } from '../health/health.ts';
import { groupOf, type KubeObject, refOf } from '../kube.ts';
import { editsRoutes } from '../traffic/routers.ts';
import { checkNeeds } from './check-permissions.ts';
import type { TrafficPlan } from './plan.ts';

/** What Sluice itself needs in a namespace, beside the right to write the manifests' own kinds (the dry run asks for that). */
export interface Need {
  group: string;
  resource: string;
  verbs: readonly string[];
  /** Of the only object that is asked, where rules may be for it alone. */
  name?: string | undefined;
}

const HOME_NEEDS: readonly Need[] = [
  { group: '', resource: 'secrets', verbs: ['get', 'list', 'create', 'update', 'delete'] },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'] },
];

/** A release that moves traffic, as far as rights go. */
export interface Moving {
  traffic: TrafficPlan;
  /** What it changes, and what it makes for itself. */
  before: readonly KubeObject[];
  made: readonly KubeObject[];
  checks: readonly CheckConfig[];
}

interface RulesReview {
  incomplete?: boolean;
  resourceRules?: { verbs?: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }[];
}

/**
 * Fails where the credentials lack a right that the release will need, with the rules to add, before anything is written:
 * those for record and lock in the release's namespace, and those to watch workloads and their pods wherever they are.
 */
export async function requirePermissions(
  cluster: Cluster,
  home: string,
  objects: readonly KubeObject[],
  moving?: Moving,
): Promise<void> {
  const workloads = objects.filter(isWorkload);
  const routes = moving?.traffic.routes ?? [];
  const ofChecks = moving ? checkNeeds(moving.checks, moving.traffic.pairs) : new Map<string, Need[]>();
  const namespaces = [
    ...new Set([
      home,
      ...[...workloads.map(refOf), ...routes].flatMap(({ namespace }) => namespace ?? []),
      ...ofChecks.keys(),
    ]),
  ];
  const missing = await Promise.all(
    namespaces.map(async namespace => {
      const here = workloads.filter(({ metadata }) => metadata.namespace === namespace);
      const needs = [
        ...(namespace === home ? HOME_NEEDS : []),
        ...(await watchNeeds(cluster, here)),
        ...(await trafficNeeds(cluster, namespace, home, moving)),
        ...(ofChecks.get(namespace) ?? []),
      ];
      return { namespace, needs: await missingIn(cluster, namespace, needs) };
    }),
  );
  const lacking = missing.filter(({ needs }) => needs.length > 0);
  if (lacking.length === 0) return;
  const text = lacking.map(
    ({ namespace, needs }) =>
      `in namespace ${namespace}: ${needs.map(need => `${need.verbs.join(', ')} on ${need.resource}`).join('; ')}`,
  );
  throw new SluiceError('forbidden', `The credentials lack rights ${text.join(', and ')}. Nothing was written.`, {
    hint: lacking
      .map(
        ({ namespace, needs }) => `Add to a Role in namespace ${namespace} that is bound to them:\n${rulesYaml(needs)}`,
      )
      .join('\n'),
  });
}

/** What moving traffic needs beside the right to apply: twins are made and deleted, Services pinned, endpoints watched, all of it put back. */
async function trafficNeeds(
  cluster: Cluster,
  namespace: string,
  home: string,
  moving: Moving | undefined,
): Promise<Need[]> {
  if (!moving) return [];
  const { traffic, before, made } = moving;
  const words = namespace === home ? [{ group: 'coordination.k8s.io', resource: 'leases', verbs: ['patch'] }] : [];
  const routes = (traffic.routes ?? []).filter(route => route.namespace === namespace);
  const edits = editsRoutes(traffic.router) ? ['patch', 'update'] : [];
  const ofRoutes = await needsFor(cluster, routes, ['get', 'list', 'watch', ...edits]);
  const pairs = traffic.pairs.filter(({ stable }) => stable.namespace === namespace);
  const here = (objects: readonly KubeObject[]): KubeObject[] =>
    objects.filter(({ metadata }) => metadata.namespace === namespace);
  const restored = await needsFor(cluster, here(before), ['get', 'update']);
  const own = await needsFor(cluster, here(made), ['get', 'create', 'patch', 'delete']);
  const services = pairs.some(({ service }) => service)
    ? [
        { group: '', resource: 'services', verbs: ['list', 'watch', 'patch', 'update'] },
        { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] },
      ]
    : [];
  const floors = traffic.floors.some(floor => floor.namespace === namespace);
  const scaler = {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    verbs: ['list', 'watch', 'patch', 'update'],
  };
  // Its pods are let in to the traffic, and taken out of it, by a label that is read before it is written.
  const compared = pairs.some(({ baseline }) => baseline)
    ? [{ group: '', resource: 'pods', verbs: ['get', 'patch'] }]
    : [];
  return [...words, ...restored, ...own, ...services, ...ofRoutes, ...compared, ...(floors ? [scaler] : [])];
}

async function needsFor(cluster: Cluster, objects: readonly KindRef[], verbs: readonly string[]): Promise<Need[]> {
  const kinds = new Map(objects.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]));
  return Promise.all(
    [...kinds.values()].map(async kind => ({
      group: groupOf(kind.apiVersion),
      resource: (await cluster.kind(kind)).plural,
      verbs,
    })),
  );
}

async function watchNeeds(cluster: Cluster, workloads: readonly KubeObject[]): Promise<Need[]> {
  if (workloads.length === 0) return [];
  const pods = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '' } };
  return needsFor(cluster, [...workloads, pods], ['list', 'watch']);
}

/** Where the authorizer cannot list its rules (some clouds' cannot) nothing is claimed: the request itself will tell. */
async function missingIn(cluster: Cluster, namespace: string, needs: readonly Need[]): Promise<Need[]> {
  const review = await cluster.create<KubeObject<unknown, RulesReview>>({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    metadata: { name: '' },
    spec: { namespace },
  });
  if (!review.status || review.status.incomplete) return [];
  return missingOf(needs, review.status.resourceRules ?? []);
}

function missingOf(needs: readonly Need[], rules: NonNullable<RulesReview['resourceRules']>): Need[] {
  const has = (list: readonly string[] | undefined, item: string): boolean =>
    list?.some(entry => entry === '*' || entry === item) ?? false;
  const allowed = (need: Need, verb: string): boolean =>
    rules.some(
      rule =>
        isFor(rule.resourceNames ?? [], need.name) &&
        has(rule.verbs, verb) &&
        has(rule.apiGroups, need.group) &&
        has(rule.resources, need.resource),
    );
  const missing = new Map<string, Need>();
  for (const need of needs) {
    const { group, resource } = need;
    const key = `${group}/${resource}`;
    const verbs = need.verbs.filter(verb => !allowed(need, verb));
    const known = missing.get(key)?.verbs ?? [];
    if (verbs.length > 0) missing.set(key, { group, resource, verbs: [...new Set([...known, ...verbs])] });
  }
  return [...missing.values()];
}

/** To a proxy, a Service's name has its scheme and port with it: `https:web:443`. */
function isFor(names: readonly string[], name: string | undefined): boolean {
  return names.length === 0 || (name !== undefined && names.some(one => one.split(':').includes(name)));
}

/** Rules of a Role, as YAML to copy. */
function rulesYaml(needs: readonly Need[]): string {
  return needs
    .map(
      need =>
        `- apiGroups: ["${need.group}"]\n  resources: ["${need.resource}"]\n  verbs: [${need.verbs.map(verb => `"${verb}"`).join(', ')}]`,
    )
    .join('\n');
}
