import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckConfig } from '../../src/config/check-config.ts';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import type { SluiceError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube.ts';
import { deploy } from '../../src/release/deploy.ts';
import { userNamed } from '../../src/sandbox/server/authentication.ts';
import { refusal } from '../config/refusal.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import { app, deployRequest, LIMIT_MS, openRun, weight } from './rig.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/** All that a canary over pods needs where its checks ask nothing beyond it. */
const BASE: readonly Rule[] = [
  {
    apiGroups: ['', 'apps'],
    resources: ['configmaps', 'services', 'deployments', 'statefulsets', 'daemonsets'],
    verbs: ['*'],
  },
  { apiGroups: ['', 'coordination.k8s.io'], resources: ['secrets', 'leases'], verbs: ['*'] },
  {
    apiGroups: ['discovery.k8s.io', 'autoscaling'],
    resources: ['endpointslices', 'horizontalpodautoscalers'],
    verbs: ['*'],
  },
  { apiGroups: [''], resources: ['pods', 'events'], verbs: ['get', 'list', 'watch'] },
];
const JOB_MANIFEST = '{spec: {template: {spec: {containers: [{name: c, image: c}]}}}}';

let h: Harness;
afterEach(() => h.stop());

function allow(namespace: string, name: string, rules: readonly Rule[]): void {
  const rbac = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'User', name: 'deployer' }];
  const roleRef = { apiGroup: rbac, kind: 'Role', name };
  for (const object of [
    { kind: 'Role', rules },
    { kind: 'RoleBinding', subjects, roleRef },
  ])
    h.api.create({ apiVersion: `${rbac}/v1`, metadata: { name, namespace }, ...object } as KubeObject, {
      manager: 'test',
    });
}

function checksOf(yaml: string): readonly CheckConfig[] {
  return readReleaseConfig(`checks:\n  - ${yaml}`, { file: 'sluice.yaml' }).checks as readonly CheckConfig[];
}

/** Deploys as somebody who has these rights beside the usual ones, by namespace; answers what is missing. */
async function missing(check: string, more: Readonly<Record<string, readonly Rule[]>> = {}): Promise<SluiceError> {
  h = harness({ objects: app(), traffic: false });
  h.sandbox.core.tokens.set('deployer', userNamed('deployer'));
  h.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } }, { manager: 'test' });
  allow('default', 'base', BASE);
  for (const [namespace, rules] of Object.entries(more)) allow(namespace, 'more', rules);
  const run = openRun(h, { token: 'deployer' });
  const wish = { steps: [weight(50)], checks: checksOf(check), traffic: 'pods' as const };
  const error = await refusal(() =>
    h.run(deploy(run.deps, deployRequest(run, app({ image: 'web:2' }), wish)), LIMIT_MS),
  );
  expect(run.process.writes).toEqual([]);
  return error;
}

const proxyRule = (resource: string, verb: string, resourceNames?: string[]): Rule => ({
  apiGroups: [''],
  resources: [resource],
  verbs: [verb],
  ...(resourceNames ? { resourceNames } : {}),
});

/** The check asks for something that is not there, so that a deploy which nothing forbids ends before its first write. */
async function passes(check: string, more: Readonly<Record<string, readonly Rule[]>> = {}): Promise<void> {
  const { message } = await missing(`${check}\n  - job: {name: lacks-its-rights, manifest: ${JOB_MANIFEST}}`, more);
  expect(message).toBe(
    'The credentials lack rights in namespace default: get, list, watch, create, delete on jobs; get on pods/log. Nothing was written.',
  );
}

describe('before the first write', () => {
  it('a check that runs a Job asks for the right to make and delete Jobs, and to read logs', async () => {
    const { code, message, hint } = await missing(`job: {manifest: ${JOB_MANIFEST}}`);
    expect({ code, message }).toEqual({
      code: 'forbidden',
      message:
        'The credentials lack rights in namespace default: get, list, watch, create, delete on jobs; get on pods/log. Nothing was written.',
    });
    expect(hint).toContain(
      '- apiGroups: ["batch"]\n  resources: ["jobs"]\n  verbs: ["get", "list", "watch", "create", "delete"]',
    );
  });

  it('what is there is not asked for', async () => {
    const rule = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create'] };
    const { message } = await missing(`job: {manifest: ${JOB_MANIFEST}}`, { default: [rule] });
    expect(message).toContain('in namespace default: delete on jobs; get on pods/log.');
  });

  it.each([
    ['http: {path: /healthz}', 'default: get on pods/proxy.'],
    ['http: {path: /healthz, method: HEAD}', 'default: get on pods/proxy.'],
    ['http: {path: /healthz, method: POST}', 'default: create on pods/proxy.'],
    ['http: {service: web, path: /healthz}', 'default: get on services/proxy.'],
    ['http: {service: web, method: POST}', 'default: create on services/proxy.'],
    ['http: {service: "{{namespace}}/{{canary-service}}"}', 'default: get on services/proxy.'],
    [
      'http: {service: web}\n  - http: {name: two, service: web, method: POST}',
      'default: get, create on services/proxy.',
    ],
    ['prometheus: {query: up, min: 1, service: monitoring/prometheus}', 'monitoring: get on services/proxy.'],
    [
      `prometheus: {query: "sum(${'x'.repeat(4_000)})", min: 1, service: monitoring/prometheus}`,
      'monitoring: create on services/proxy.',
    ],
    // What is a sign of PromQL takes three in the form that is sent.
    [
      `prometheus: {query: "${'('.repeat(700)}up${')'.repeat(700)}", min: 1, service: monitoring/prometheus}`,
      'monitoring: create on services/proxy.',
    ],
    // A range has its ends and its step beside it.
    [
      `prometheus: {query: "${'x'.repeat(3_960)}", step: 5s, reduce: max, min: 1, service: monitoring/prometheus}`,
      'monitoring: create on services/proxy.',
    ],
    [
      `prometheus: {query: "${'x'.repeat(3_960)}", min: 1, service: monitoring/prometheus}`,
      'monitoring: get on services/proxy.',
    ],
    ['success-rate: {min: 99, service: monitoring/prometheus}', 'monitoring: get on services/proxy.'],
    ['latency-p99: {max: 1, service: monitoring/prometheus}', 'monitoring: get on services/proxy.'],
    ['error-count: {max: 1, service: monitoring/prometheus}', 'monitoring: get on services/proxy.'],
    ['compare: {of: errors, service: monitoring/prometheus}', 'monitoring: get on services/proxy.'],
    ['mann-whitney: {query: "x{{canary}}", service: monitoring/prometheus}', 'monitoring: get on services/proxy.'],
  ])('%s asks for what it sends through the API server', async (check, rights) => {
    const { message } = await missing(check);
    expect(message).toBe(`The credentials lack rights in namespace ${rights} Nothing was written.`.replace('..', '.'));
  });

  it.each([
    ['http: {url: "http://example.com/"}', {}],
    ['prometheus: {query: up, min: 1, url: "http://example.com/"}', {}],
    // Only the sample will know whom it asks.
    ['http: {service: "web-{{revision}}"}', {}],
    ['http: {service: web}', { default: [proxyRule('services/proxy', 'get')] }],
    ['http: {service: web, port: 8080}', { default: [proxyRule('services/proxy', 'get', ['web:8080'])] }],
    ['http: {service: web, scheme: https}', { default: [proxyRule('services/proxy', '*', ['https:web:443'])] }],
    [
      'success-rate: {min: 99, service: monitoring/prometheus}',
      { monitoring: [proxyRule('services/proxy', 'get', ['prometheus'])] },
    ],
  ] as const)('%s asks for no more than that', passes);

  it('a rule for another Service is none', async () => {
    const { message } = await missing('http: {service: web}', {
      default: [proxyRule('services/proxy', 'get', ['web-canary:80', 'other'])],
    });
    expect(message).toContain('default: get on services/proxy.');
  });
});
