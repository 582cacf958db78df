import { goesByPost } from '../checks/prometheus/client.ts';
import type { CheckConfig } from '../config/check-config.ts';
import { fill, type Variable, variablesIn } from '../config/variables.ts';
import type { Need } from './permissions.ts';
import type { Pair } from './plan.ts';

const JOB_NEEDS: readonly Need[] = [
  { group: 'batch', resource: 'jobs', verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  { group: '', resource: 'pods', verbs: ['list', 'watch'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
];

/** What checks need, by namespace: to run Jobs, and to ask Services and pods through the API server. */
export function checkNeeds(checks: readonly CheckConfig[], pairs: readonly Pair[]): Map<string, Need[]> {
  const all = new Map<string, Need[]>();
  const add = (namespace: string | undefined, ...needs: Need[]): void => {
    if (namespace) all.set(namespace, [...(all.get(namespace) ?? []), ...needs]);
  };
  for (const check of checks)
    for (const pair of pairs) {
      const { namespace } = pair.stable;
      if (check.kind === 'job') add(namespace, ...JOB_NEEDS);
      if (!('service' in check) || check.url !== undefined) continue;
      const verbs = [isPosted(check) ? 'create' : 'get'];
      if (check.service !== undefined) {
        const target = targetOf(check.service, pair);
        add(target?.namespace, { group: '', resource: 'services/proxy', verbs, name: target?.name });
      } else if (check.kind === 'http') add(namespace, { group: '', resource: 'pods/proxy', verbs });
    }
  return all;
}

/** RBAC goes by the method that is handed on. */
function isPosted(check: CheckConfig): boolean {
  if (check.kind === 'http') return check.method === 'POST';
  if (!('query' in check)) return false;
  const { query, windowMs } = check;
  const stepMs = 'stepMs' in check ? check.stepMs : undefined;
  return goesByPost(query, stepMs === undefined ? undefined : { windowMs, stepMs });
}

/** The Service that is asked; undefined where only the sample itself will know it. */
function targetOf(text: string, pair: Pair): { namespace: string | undefined; name: string } | undefined {
  const { stable, twin, service } = pair;
  const known: Partial<Record<Variable, string | undefined>> = {
    canary: twin.name,
    stable: stable.name,
    service: service?.stable.name,
    'canary-service': service?.twin.name,
    'stable-service': (service?.ownStable ?? service?.stable)?.name,
    namespace: stable.namespace,
  };
  if (variablesIn(text).some(name => known[name] === undefined)) return undefined;
  const parts = fill(text, name => known[name] as string).split('/');
  return { namespace: parts.length > 1 ? parts[0] : stable.namespace, name: parts.at(-1) as string };
}
