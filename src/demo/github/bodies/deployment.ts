import { nodeId, timeText } from '../names.ts';
import type { Deployment, DeploymentStatus } from '../records.ts';
import type { FakeRepository } from '../repository.ts';
import type { World } from '../world.ts';
import { appBody } from './app.ts';
import { userBody } from './user.ts';

export function deploymentBody(world: World, repository: FakeRepository, one: Deployment): Record<string, unknown> {
  const url = deploymentUrl(world, repository, one);
  return {
    url,
    id: one.id,
    node_id: nodeId('DE', repository.id, one.id),
    task: one.task,
    original_environment: one.originalEnvironment,
    environment: one.environment,
    description: one.description,
    created_at: timeText(one.createdAt),
    updated_at: timeText(one.updatedAt),
    statuses_url: `${url}/statuses`,
    repository_url: `${world.links.api}/repos/${repository.fullName}`,
    creator: userBody(world.links, one.creator),
    sha: one.sha,
    ref: one.ref,
    payload: one.payload,
    transient_environment: one.isTransient,
    production_environment: one.isProduction,
    performed_via_github_app: one.viaApp === undefined ? null : appBody(world, one.viaApp),
  };
}

export function deploymentStatusBody(
  world: World,
  repository: FakeRepository,
  deployment: Deployment,
  status: DeploymentStatus,
): Record<string, unknown> {
  const url = deploymentUrl(world, repository, deployment);
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', repository.id, status.id),
    state: status.state,
    creator: userBody(world.links, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: timeText(status.at),
    updated_at: timeText(status.at),
    deployment_url: url,
    repository_url: `${world.links.api}/repos/${repository.fullName}`,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: status.viaApp === undefined ? null : appBody(world, status.viaApp),
  };
}

function deploymentUrl(world: World, repository: FakeRepository, { id }: Deployment): string {
  return `${world.links.api}/repos/${repository.fullName}/deployments/${id}`;
}
