import type { Cluster } from '../cluster/cluster.ts';
import { SluiceError } from '../errors.ts';
import { isWorkload } from '../health/health.ts';
import { groupOf, type KubeObject } from '../kube.ts';

/** What Sluice itself needs in a namespace, beside the right to write the manifests' own kinds (the dry run asks for that). */
interface Need {
  group: string;
  resource: string;
  verbs: readonly string[];
}

const HOME_NEEDS: readonly Need[] = [
  { group: '', resource: 'secrets', verbs: ['get', 'list', 'create', 'update', 'delete'] },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'] },
];

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
): Promise<void> {
  const workloads = objects.filter(isWorkload);
  const namespaces = [...new Set([home, ...workloads.flatMap(({ metadata }) => metadata.namespace ?? [])])];
  const missing = await Promise.all(
    namespaces.map(async namespace => {
      const here = workloads.filter(({ metadata }) => metadata.namespace === namespace);
      const needs = [...(namespace === home ? HOME_NEEDS : []), ...(await watchNeeds(cluster, here))];
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

async function watchNeeds(cluster: Cluster, workloads: readonly KubeObject[]): Promise<Need[]> {
  if (workloads.length === 0) return [];
  const kinds = new Map(workloads.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]));
  const watched = [...kinds.values(), { apiVersion: 'v1', kind: 'Pod' }];
  return Promise.all(
    watched.map(async kind => ({
      group: groupOf(kind.apiVersion),
      resource: (await cluster.kind(kind)).plural,
      verbs: ['list', 'watch'],
    })),
  );
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
        !rule.resourceNames?.length &&
        has(rule.verbs, verb) &&
        has(rule.apiGroups, need.group) &&
        has(rule.resources, need.resource),
    );
  return needs
    .map(need => ({ ...need, verbs: need.verbs.filter(verb => !allowed(need, verb)) }))
    .filter(need => need.verbs.length > 0);
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
