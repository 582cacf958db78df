import { describe, expect, it } from '@jest/globals';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import { refusal } from './refusal.ts';

const read = (job: string) => readReleaseConfig(`checks:\n  - job: ${job}`, { file: 'sluice.yaml' });
const manifest = (spec: string, more = ''): string => `{manifest: {${more}spec: ${spec}}}`;
const pods = (container: string): string => `{template: {spec: {containers: [${container}]}}}`;

describe('a check that runs a Job', () => {
  it('needs no more than a pod template, and runs once', () => {
    const { checks } = read(manifest(pods('{name: c, image: c}')));
    expect(checks).toMatchObject([{ kind: 'job', name: 'job', count: 1, timeoutMs: 600_000, failureLimit: 0 }]);
  });

  it.each([
    ['{{weight}} in its args', pods('{name: c, args: ["{{weight}}", "{{.State}}", "{{ if .X }}"]}')],
    [
      'labels, and a policy',
      '{podFailurePolicy: {}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c}]}}}',
    ],
    ['another restartPolicy', '{template: {spec: {restartPolicy: OnFailure, containers: [{name: c}]}}}'],
  ])('takes %s', (_what, spec) => {
    expect(read(manifest(spec)).checks).toHaveLength(1);
  });

  it.each([
    ['nothing', '{}', 'manifest'],
    ['another kind', manifest(pods('{name: c}'), 'kind: Pod, '), 'must be that of a Job'],
    ['another version', manifest(pods('{name: c}'), 'apiVersion: batch/v1beta1, '), 'must be that of a Job'],
    ['no template', manifest('{backoffLimit: 1}'), 'no spec.template'],
    ['no containers', manifest('{template: {spec: {}}}'), 'spec.template.spec has no containers'],
    ['no pod', manifest('{template: {}}'), 'spec.template.spec has no containers'],
    ['a container that is a text', manifest(pods('c')), 'each container must be a mapping'],
    ['args that are a text', manifest(pods('{name: c, args: run}')), 'command, args and env lists'],
    [
      'labels that are a list',
      manifest('{template: {metadata: {labels: [a]}, spec: {containers: [{name: c}]}}}'),
      'labels must be a mapping',
    ],
    ['a namespace', manifest(pods('{name: c}'), 'metadata: {namespace: shop}, '), 'must not name a namespace'],
    [
      'a suspended Job',
      manifest('{suspend: true, template: {spec: {containers: [{name: c}]}}}'),
      'never comes to its end',
    ],
    [
      'pods that never end',
      manifest('{template: {spec: {restartPolicy: Always, containers: [{name: c}]}}}'),
      'Never or OnFailure',
    ],
    [
      'an unknown variable',
      manifest(pods('{name: c, command: ["{{canary-svc}}"]}')),
      'there is no variable {{canary-svc}}',
    ],
    [
      'one in env',
      manifest(pods('{name: c, env: [{name: A, value: "{{wieght}}"}]}')),
      '{{wieght}} (did you mean weight?)',
    ],
    [
      'one in an init container',
      manifest('{template: {spec: {initContainers: [{name: i, args: ["{{x}}"]}], containers: [{name: c}]}}}'),
      '{{x}}',
    ],
  ])('refuses %s', async (_what, job, words) => {
    const { message, problems } = await refusal(() => read(job));
    expect([message, ...problems.map(one => one.message)].join('\n')).toContain(words);
  });
});
