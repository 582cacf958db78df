import { parse } from 'yaml';
import { ACTIONS } from '../../src/action/inputs.ts';
import { OUTPUTS } from '../../src/action/interface.ts';
import {
  actionOf,
  isOurs,
  type Job,
  jobsOf,
  ourSteps,
  readText,
  type Step,
  stepsOf,
  type Workflow,
} from './workflow-files.ts';

/** What is wrong with a workflow by one rule, a sentence each. */
export type WorkflowRule = (workflow: Workflow) => string[];

const { inputs: INPUTS } = parse(readText('action.yml')) as {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
};

/** What the steps of a job need a permission for; a permission that is not here is too much for any of our workflows. */
const NEEDS: Readonly<Record<string, (job: Job, steps: Step[]) => boolean>> = {
  'contents: read': (_, steps) => uses(steps, 'actions/checkout@'),
  // A release into a cluster that the job itself makes is no pull request's.
  'pull-requests: write': (_, steps) =>
    !uses(steps, 'helm/kind-action@') && steps.some(step => isOurs(step) && step.with?.['comment'] !== false),
  'deployments: write': (_, steps) => steps.some(step => isOurs(step) && 'environment' in (step.with ?? {})),
  'packages: write': (_, steps) => runs(steps, 'docker push'),
  'packages: read': (_, steps) => runs(steps, 'docker login') && !runs(steps, 'docker push'),
  'id-token: write': (_, steps) =>
    ['google-github-actions/auth@', 'aws-actions/configure-aws-credentials@', 'azure/login@', 'actions/attest-'].some(
      action => uses(steps, action),
    ),
  'attestations: write': (_, steps) => uses(steps, 'actions/attest-'),
  'contents: write': (_, steps) => runs(steps, 'git push') || runs(steps, 'gh release'),
};

const uses = (steps: Step[], action: string): boolean => steps.some(step => step.uses?.startsWith(action));
const runs = (steps: Step[], command: string): boolean => steps.some(({ run = '' }) => run.includes(command));

/** Also for parts of workflows. */
export const ACTION_RULES: Readonly<Record<string, WorkflowRule>> = {
  'gives our action only inputs that it has, and all that it requires': workflow =>
    ourSteps(workflow).flatMap(step => {
      const given = Object.entries(step.with ?? {});
      const action = actionOf(step);
      return [
        ...given.filter(([input]) => !(input in INPUTS)).map(([input]) => `There is no input ${input}.`),
        ...given
          .filter(([input, value]) => isBoolean(input) && !/^(true|false|\$\{\{.*\}\})$/.test(String(value)))
          .map(([input]) => `The input ${input} is neither true nor false.`),
        ...(action.includes('${{') || ACTIONS.some(one => one === action) ? [] : [`There is no action ${action}.`]),
        ...(action === 'deploy' && !step.with?.['manifests'] ? ['A deploy has no manifests.'] : []),
      ];
    }),

  'reads only outputs that our action has': workflow => {
    const ours = new Set(ourSteps(workflow).map(({ id }) => id));
    const others = new Set(
      stepsOf(workflow)
        .filter(step => !isOurs(step))
        .map(({ id }) => id),
    );
    // A list of steps may go on with what a step before it, which is not shown, has put out.
    const isPart = Object.keys(workflow.on).length === 0;
    return [...workflow.source.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)]
      .filter(([, id, output]) => (ours.has(id) || (isPart && !others.has(id))) && !OUTPUTS.some(one => one === output))
      .map(([read]) => `${read}: our action has no such output.`);
  },

  'names every other action by its commit, with the version beside it': workflow =>
    [...stepsOf(workflow), ...jobsOf(workflow).map(([, job]) => job)].flatMap(({ uses: action }) =>
      !action || isOurs({ uses: action }) || action.startsWith('./.github/workflows/') || isPinned(action, workflow)
        ? []
        : [`${action} is not a commit with a version in a comment.`],
    ),

  // Whatever is written into a script is run: a comment, a title or the name of a branch could be anything.
  'puts no expression into a script': workflow =>
    stepsOf(workflow).flatMap(({ run = '' }) => (run.includes('${{') ? [`An expression in: ${run}`] : [])),
};

/** For whole workflows. */
export const WORKFLOW_RULES: Readonly<Record<string, WorkflowRule>> = {
  'grants nothing but what a job says': workflow => [
    ...(JSON.stringify(workflow.permissions) === '{}' ? [] : ['The workflow itself grants something, or the default.']),
    ...jobsOf(workflow).flatMap(([name, { permissions }]) =>
      typeof permissions === 'object' ? [] : [`Job ${name} does not say its permissions one by one.`],
    ),
  ],

  'gives the reason for each permission': workflow => {
    const granted = jobsOf(workflow).flatMap(([, job]) => permissionsOf(job));
    const explained = [...workflow.source.matchAll(/^ {6}([a-z-]+: (?:read|write)) # to \w.*$/gm)].map(
      ([, one]) => one,
    );
    return granted.length === explained.length ? [] : [`Granted: ${granted}; with a reason: ${explained}.`];
  },

  'grants what the steps of a job need, and no more': workflow =>
    jobsOf(workflow).flatMap(([name, job]) => {
      const { steps } = job;
      // What a called workflow needs is compared with it by itself.
      if (!steps) return [];
      const granted = permissionsOf(job);
      const needed = Object.keys(NEEDS).filter(one => NEEDS[one]?.(job, steps));
      return [
        ...granted.filter(one => !needed.includes(one)).map(one => `Job ${name} does not need ${one}.`),
        ...needed
          .filter(one => !granted.includes(one) && !granted.includes(one.replace(/read$/, 'write')))
          .map(one => `Job ${name} needs ${one}.`),
      ];
    }),

  'cannot run for ever': workflow =>
    jobsOf(workflow).flatMap(([name, job]) =>
      job.uses || Number(job['timeout-minutes']) <= 180 ? [] : [`Job ${name} has no timeout-minutes up to 180.`],
    ),

  'lets deploys to one place wait for each other, and cuts none': workflow =>
    jobsOf(workflow).flatMap(([name, job]) => {
      const { steps = [] } = job;
      // A cluster that the job itself makes is nobody else's.
      if (uses(steps, 'helm/kind-action@')) return [];
      const deploys = steps.some(step => isOurs(step) && actionOf(step) === 'deploy');
      const group = job.concurrency ?? workflow.concurrency;
      if (deploys && !group) return [`Job ${name} deploys without a concurrency group.`];
      const isCut = typeof group === 'object' && (group['cancel-in-progress'] ?? false) !== false;
      return isCut && steps.some(isOurs) ? [`Job ${name} may be cut by the next one.`] : [];
    }),

  'obeys comments at once, without a job for those that are no commands': workflow =>
    jobsOf(workflow).flatMap(([name, job]) => {
      const steps = job.steps ?? [];
      const step = steps.find(one => isOurs(one) && actionOf(one) === 'comment');
      if (!step) return 'issue_comment' in workflow.on ? [`Job ${name} is for comments and obeys none.`] : [];
      const prefix = String(step.with?.['command-prefix'] ?? '/');
      const condition = `github.event.issue.pull_request && startsWith(github.event.comment.body, '${prefix}')`;
      return [
        ...(workflow.on['issue_comment']?.types?.join() === 'created' ? [] : ['It is not for new comments alone.']),
        ...(job.if === condition ? [] : [`Job ${name} has not the condition ${condition}.`]),
        ...((job.concurrency ?? workflow.concurrency) ? [`Job ${name} may have to wait for another.`] : []),
        ...(uses(steps, 'actions/checkout@') ? [`Job ${name} checks something out.`] : []),
      ];
    }),

  'makes no two deployments of one release': workflow =>
    jobsOf(workflow).flatMap(([name, job]) =>
      job.environment && job.steps?.some(step => isOurs(step) && step.with?.['environment'])
        ? [`Job ${name} has an environment, and gives our action one, too.`]
        : [],
    ),

  'runs nothing of a fork with what is secret': workflow => [
    ...('pull_request_target' in workflow.on ? ['It is for pull_request_target.'] : []),
    ...('pull_request' in workflow.on
      ? jobsOf(workflow)
          .filter(([name, job]) => hasSecrets(workflow, name) && !job.if?.includes(SAME_REPOSITORY))
          .map(([name]) => `Job ${name} has secrets, and no condition that leaves out forks.`)
      : []),
  ],
};

const SAME_REPOSITORY = 'github.event.pull_request.head.repo.full_name == github.repository';

function hasSecrets(workflow: Workflow, job: string): boolean {
  return JSON.stringify(workflow.jobs[job]).includes('secrets.');
}

export function permissionsOf({ permissions }: Job): string[] {
  return typeof permissions === 'object' && permissions !== null
    ? Object.entries(permissions).map(([scope, level]) => `${scope}: ${level}`)
    : [];
}

function isBoolean(input: string): boolean {
  return /`true` or `false`/.test(INPUTS[input]?.description ?? '');
}

function isPinned(action: string, { source }: Workflow): boolean {
  return (
    /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action) &&
    source.split('\n').some(line => line.includes(`${action} # v`) && /# v\d+(\.\d+){1,2}$/.test(line))
  );
}
