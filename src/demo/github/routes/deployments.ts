import { deploymentBody, deploymentStatusBody } from '../bodies/deployment.ts';
import { notFound, Problem } from '../problems.ts';
import { DEPLOYMENT_STATES, type Deployment, type DeploymentStatus } from '../records.ts';
import { checkDescription, checkUrl } from './limits.ts';
import { isGreen, verifiedContexts } from './required-contexts.ts';
import {
  type Answer,
  callerOf,
  choiceOf,
  flagOf,
  listed,
  neededText,
  numberOf,
  type Request,
  type Route,
  textOf,
} from './route.ts';

const READ = { scope: 'deployments', access: 'read' } as const;
const WRITE = { scope: 'deployments', access: 'write' } as const;
const ALL = '/repos/{owner}/{repo}/deployments';
const STATUSES = `${ALL}/{deployment_id}/statuses`;

export const DEPLOYMENT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: ALL,
    docs: 'deployments/deployments#list-deployments',
    needs: [READ],
    handle: request => {
      const { world, repository, query } = request;
      const fits = (one: Deployment): boolean =>
        (['sha', 'ref', 'task', 'environment'] as const).every(key => {
          const wanted = query.get(key);
          return wanted === null || wanted === 'none' || one[key] === wanted;
        });
      const newestFirst = repository.deployments.filter(fits).reverse();
      return listed(request, newestFirst, one => deploymentBody(world, repository, one));
    },
  },
  { method: 'POST', path: ALL, docs: 'deployments/deployments#create-a-deployment', needs: [WRITE], handle: deploy },
  {
    method: 'GET',
    path: STATUSES,
    docs: 'deployments/statuses#list-deployment-statuses',
    needs: [READ],
    handle: request => {
      const { world, repository } = request;
      const deployment = deploymentOf(request);
      const newestFirst = [...deployment.statuses].reverse();
      return listed(request, newestFirst, one => deploymentStatusBody(world, repository, deployment, one));
    },
  },
  {
    method: 'POST',
    path: STATUSES,
    docs: 'deployments/statuses#create-a-deployment-status',
    needs: [WRITE],
    handle: addStatus,
  },
];

function deploy(request: Request): Answer {
  const { world, repository, body } = request;
  const { viewer, app } = callerOf(request);
  const ref = neededText(request, 'ref');
  const sha = repository.commits.resolve(ref);
  if (sha === undefined) throw new Problem(422, `No ref found for: ${ref}`);
  if (flagOf(request, 'auto_merge') !== false && repository.commits.isBehind(ref)) {
    repository.commits.add({ branch: ref, message: `Merge ${repository.defaultBranch} into ${ref}` });
    repository.commits.setBehind(ref, false);
    return { status: 202, body: { message: `Auto-merged ${repository.defaultBranch} into ${ref} on deployment.` } };
  }
  const contexts = verifiedContexts(repository, sha, body['required_contexts']);
  if (!contexts.every(isGreen)) {
    throw new Problem(409, `Conflict: Commit status checks failed for ${ref}.`, {
      errors: [{ contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
    });
  }
  const environment = textOf(request, 'environment') ?? 'production';
  const at = world.clock.now();
  const deployment: Deployment = {
    id: world.nextId('deployment', 2_700_000_000),
    sha,
    ref,
    task: textOf(request, 'task') ?? 'deploy',
    payload: body['payload'] ?? {},
    originalEnvironment: environment,
    environment,
    description: textOf(request, 'description') ?? null,
    isTransient: flagOf(request, 'transient_environment') ?? false,
    isProduction: flagOf(request, 'production_environment') ?? environment === 'production',
    creator: viewer,
    viaApp: app,
    createdAt: at,
    updatedAt: at,
    statuses: [],
  };
  repository.deployments.push(deployment);
  return { status: 201, body: deploymentBody(world, repository, deployment) };
}

function addStatus(request: Request): Answer {
  const { world, repository } = request;
  const { viewer, app } = callerOf(request);
  const deployment = deploymentOf(request);
  const state = choiceOf(request, 'state', DEPLOYMENT_STATES);
  const [description, environmentUrl, logUrl] = ['description', 'environment_url', 'log_url'].map(name =>
    textOf(request, name),
  );
  const targetUrl = textOf(request, 'target_url');
  checkDescription('DeploymentStatus', description);
  checkUrl('DeploymentStatus', 'environment_url', environmentUrl);
  checkUrl('DeploymentStatus', 'log_url', logUrl);
  checkUrl('DeploymentStatus', 'target_url', targetUrl);
  const add = (to: Deployment, told: Pick<DeploymentStatus, 'state'> & Partial<DeploymentStatus>): DeploymentStatus => {
    const at = world.clock.now();
    const environment = told.environment ?? to.environment;
    const status: DeploymentStatus = {
      id: world.nextId('deployment status', 6_100_000_000),
      description: '',
      environmentUrl: '',
      logUrl: '',
      creator: viewer,
      viaApp: app,
      at,
      ...told,
      environment,
    };
    to.statuses.push(status);
    Object.assign(to, { environment, updatedAt: at });
    return status;
  };
  const environment = textOf(request, 'environment');
  const status = add(deployment, {
    state,
    description: description ?? '',
    environmentUrl: environmentUrl ?? '',
    logUrl: logUrl ?? targetUrl ?? '',
    ...(environment === undefined ? {} : { environment }),
  });
  if (state === 'success' && flagOf(request, 'auto_inactive') !== false) {
    for (const earlier of superseded(repository.deployments, deployment)) add(earlier, { state: 'inactive' });
  }
  return { status: 201, body: deploymentStatusBody(world, repository, deployment, status) };
}

/** The earlier ones of the same environment that are still a success; those of production and of transient environments stay. */
function superseded(all: readonly Deployment[], by: Deployment): Deployment[] {
  return all.filter(
    one =>
      one.id < by.id &&
      one.environment === by.environment &&
      !one.isTransient &&
      !one.isProduction &&
      one.statuses.at(-1)?.state === 'success',
  );
}

function deploymentOf(request: Request): Deployment {
  const id = numberOf(request, 'deployment_id');
  const deployment = request.repository.deployments.find(one => one.id === id);
  if (!deployment) throw notFound();
  return deployment;
}
