/** What `permissions` of a workflow can give the job's own token, by the names of the API. */
const GIVEN = new Set([
  'actions',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'issues',
  'models',
  'packages',
  'pages',
  'pull_requests',
  'security_events',
  'statuses',
]);

/**
 * What a workflow has to write for the permissions of `x-accepted-github-permissions`: a comma stands between those that are
 * needed together, a semicolon between sets of which each would do. Of several that a workflow can give, that of pull
 * requests: a comment on one is both an issue's and a pull request's. Undefined where none can be given so.
 */
export function workflowPermissions(header: string | undefined): string | undefined {
  const sets = (header ?? '').slice(0, 1_000).split(';').map(readSet);
  const givable = sets.filter(set => set.length > 0 && set.every(isGivable));
  const chosen = givable.find(set => set.some(({ name }) => name === 'pull_requests')) ?? givable[0];
  return chosen?.map(({ name, access }) => `${name.replaceAll('_', '-')}: ${access}`).join(', ');
}

interface Permission {
  name: string;
  access: string;
}

/** Every token may read the metadata. */
function readSet(text: string): Permission[] {
  return text
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '' && one !== 'metadata=read')
    .map(one => {
      const [name = '', access = ''] = one.split('=');
      return { name, access };
    });
}

function isGivable({ name, access }: Permission): boolean {
  return GIVEN.has(name) && (access === 'read' || access === 'write');
}
