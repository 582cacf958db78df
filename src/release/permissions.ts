import type { Cluster } from '../cluster/cluster.ts';
import { SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';

/** What Sluice itself needs in a namespace, beside the right to write the manifests' own kinds (the dry run asks for that). */
export interface Need {
  group: string;
  resource: string;
  verbs: readonly string[];
}

export const HOME_NEEDS: readonly Need[] = [
  { group: '', resource: 'secrets', verbs: ['get', 'list', 'create', 'update', 'delete'] },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'] },
];
export const WATCH_NEEDS: readonly Need[] = [{ group: '', resource: 'pods', verbs: ['list', 'watch'] }];

interface RulesReview {
  incomplete?: boolean;
  resourceRules?: { verbs?: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }[];
}

/**
 * Fails where the credentials lack a right that the release will need, with the rules to add, before anything is written.
 * Where the authorizer cannot list its rules (some clouds' cannot) nothing is claimed: the request itself will tell.
 */
export async function requirePermissions(cluster: Cluster, namespace: string, needs: readonly Need[]): Promise<void> {
  const review = await cluster.create<KubeObject<unknown, RulesReview>>({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    metadata: { name: '' },
    spec: { namespace },
  });
  if (!review.status || review.status.incomplete) return;
  const missing = missingOf(needs, review.status.resourceRules ?? []);
  if (missing.length === 0) return;
  const names = missing.map(need => `${need.verbs.join(', ')} on ${need.resource}`).join('; ');
  throw new SluiceError(
    'forbidden',
    `The credentials lack rights in namespace ${namespace}: ${names}. Nothing was written.`,
    {
      hint: `Add to a Role in namespace ${namespace} that is bound to them:\n${rulesYaml(missing)}`,
    },
  );
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
