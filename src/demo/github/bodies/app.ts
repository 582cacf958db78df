import { nodeId, timeText } from '../names.ts';
import type { World } from '../world.ts';
import { userBody } from './user.ts';

const ACTIONS = { id: 15368, name: 'GitHub Actions', owner: 'github' };
const CREATED = Date.UTC(2018, 6, 30, 9, 30, 17);

/** An app, as comments and check runs name it. */
export function appBody(world: World, slug: string): Record<string, unknown> {
  const isActions = slug === 'github-actions';
  const { id, name, owner } = isActions ? ACTIONS : { id: world.user(`${slug}[bot]`).id, name: slug, owner: slug };
  return {
    id,
    client_id: `Iv1.${id.toString(16).padStart(16, '0')}`,
    slug,
    node_id: nodeId('A', id),
    owner: userBody(world.links, world.user(owner, 'Organization')),
    name,
    description: isActions ? 'Automate your workflow from idea to production' : null,
    external_url: isActions ? 'https://help.github.com/en/actions' : `https://${slug}.example`,
    html_url: `${world.links.html}/apps/${slug}`,
    created_at: timeText(CREATED),
    updated_at: timeText(CREATED),
    permissions: { checks: 'write', contents: 'write', issues: 'write', metadata: 'read', statuses: 'write' },
    events: ['check_run', 'issue_comment', 'pull_request', 'push'],
  };
}
